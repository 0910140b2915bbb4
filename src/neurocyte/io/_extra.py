"""Libraries of the extra `formats`; a file that needs one which is missing is an error of that file."""

import importlib
from functools import partial
from pathlib import Path
from types import ModuleType

from neurocyte.errors import InputError


def _needed(kind: str, name: str, path: Path) -> ModuleType:
    """Import the library that reads a file.

    Args:
        kind: What the file is.
        name: The library's module.
        path: The file, for the message.

    Returns:
        The module.

    Raises:
        InputError: It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as exc:
        raise InputError(f'{path} is {kind}: to read it, pip install "neurocyte[formats]".') from exc


zarr = partial(_needed, "an OME-Zarr folder", "zarr")
nd2 = partial(_needed, "an ND2 file", "nd2")
czi = partial(_needed, "a CZI file", "pylibCZIrw.czi")
