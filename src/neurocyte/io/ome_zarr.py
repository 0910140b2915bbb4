"""OME-Zarr folders: what one is, told from its JSON files alone, without the library for zarr."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

from neurocyte.errors import InputError

Metadata = dict[str, Any]
_IMAGE_KEYS = ("multiscales", "plate", "bioformats2raw.layout")


def ome_metadata(folder: Path) -> Metadata:
    """Read the OME metadata of a zarr group, NGFF 0.5 (zarr.json) or older (.zattrs).

    Args:
        folder: Any folder.

    Returns:
        The metadata; empty where there are none that can be read.
    """
    for name in ("zarr.json", ".zattrs"):
        try:
            data = json.loads((folder / name).read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        if name == "zarr.json":
            data = _dict(_dict(_dict(data).get("attributes")).get("ome"))
        return _dict(data)
    return {}


def is_ome_zarr(folder: Path) -> bool:
    """Tell an OME-Zarr image, plate or collection of images from any other folder.

    Args:
        folder: A path that need not exist.

    Returns:
        True if it is one.
    """
    metadata = ome_metadata(folder)
    return any(key in metadata for key in _IMAGE_KEYS)


def ome_zarr_scenes(folder: Path) -> tuple[tuple[str, Path], ...]:
    """List the images of an OME-Zarr folder.

    Args:
        folder: An image, a plate, or a collection as bioformats2raw writes it.

    Returns:
        For each its name (empty where it has only a number) and its group: the image itself, or the fields of
        a plate, by well.
    """
    metadata = ome_metadata(folder)
    if "multiscales" in metadata:
        return (("", folder),)
    if "plate" in metadata:
        wells = [str(well["path"]).strip("/") for well in metadata["plate"]["wells"]]
        return tuple(
            (f"{well}_{field}".replace("/", "_"), inside(inside(folder, well), field))
            for well in wells
            for field in _fields(inside(folder, well))
        )
    series = ome_metadata(folder / "OME").get("series")
    if series is None:
        numbers = (int(one.name) for one in folder.iterdir() if one.name.isdigit() and one.is_dir())
        series = sorted(numbers)
    return tuple(("", inside(folder, one)) for one in series)


def inside(folder: Path, name: object) -> Path:
    """Follow a path that the metadata of a folder name.

    Args:
        folder: The folder.
        name: The path, from the folder.

    Returns:
        The path.

    Raises:
        InputError: It leads out of the folder, or nowhere: what is there was not given to be read.
    """
    path = PurePosixPath(str(name))
    # No file system has a name with a NUL or half a surrogate pair: asking for it is a ValueError.
    impossible = "\0" in str(name) or any("\ud800" <= sign <= "\udfff" for sign in str(name))
    if path.is_absolute() or ".." in path.parts or not path.parts or impossible:
        raise InputError(
            f"{folder} has metadata with the path {str(name)[:80]!r}, which leads out of it or nowhere: "
            "copy it again."
        )
    return folder / path


def _fields(well: Path) -> list[str]:
    images = _dict(ome_metadata(well).get("well")).get("images", [])
    return [str(image["path"]).strip("/") for image in images]


def _dict(value: Any) -> Metadata:
    return value if isinstance(value, dict) else {}
