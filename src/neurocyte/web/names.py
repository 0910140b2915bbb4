"""Names of uploaded files made harmless, wherever they are shown or written."""

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST = 100
_NOTHING = "image"
# What paths, shells, HTML, CSV and file systems give a meaning to.
_SPECIAL = re.compile(r"[^\w .()+\-\[\]]")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])")


def clean_name(name: str) -> str:
    """Make a file name that means nothing but itself.

    Folders are cut off; all but letters, digits, spaces and `_.()+-[]` becomes `_`; what a spreadsheet takes
    for a formula, a file system for hidden and Windows for a device loses that meaning.

    Args:
        name: As the client sent it, any text.

    Returns:
        A name of 1 to `LONGEST` characters.
    """
    name = PurePosixPath(name.replace("\\", "/")).name
    name = _SPECIAL.sub("_", unicodedata.normalize("NFC", name)).lstrip("+-. ").rstrip(". ")
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    suffix = f".{suffix[:10]}" if suffix else ""
    name = stem[: LONGEST - len(suffix)].rstrip() + suffix
    if _RESERVED.fullmatch(name.partition(".")[0]):
        name = f"_{name}"
    return name or _NOTHING


def stem_of(name: str) -> str:
    """Give a cleaned name without its suffix."""
    return name.rpartition(".")[0] or name
