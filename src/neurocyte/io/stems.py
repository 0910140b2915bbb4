"""The name of a file's results: one that every system can write, and equal where people see no difference."""

import re
import unicodedata
from pathlib import PurePath

# Not in a file's name on Windows; a colon there even hides what is written behind an empty file.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
# Windows opens devices under these names, whatever the suffix.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10))}
# File systems take 255 bytes, of which a suffix and a number need some.
_LONGEST = 240


def stem_of(path: PurePath) -> str:
    """Give a file's stem as results are named by it and files are matched by it.

    Args:
        path: the file.

    Returns:
        Its stem, as `portable` makes it.
    """
    return portable(path.stem)


def portable(name: str) -> str:
    """Make a name that can be a file's on Linux, macOS and Windows; nearly all names stay as they are.

    Accented letters become one sign each (NFC), as macOS may hold them in two; what Windows forbids becomes
    ``_``; a name of its devices (``con``, ``nul``, ...) gets ``_`` in front; more than 240 bytes are cut off.

    Args:
        name: without a suffix.

    Returns:
        The name.
    """
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name))
    if is_device(name):
        name = f"_{name}"
    encoded = name.encode("utf-8", "surrogatepass")
    return name if len(encoded) <= _LONGEST else encoded[:_LONGEST].decode("utf-8", "ignore")


def is_device(name: str) -> bool:
    """Tell whether Windows would open a device under this file name."""
    return name.partition(".")[0].rstrip().casefold() in _DEVICES
