"""Label images and masks on disk."""

from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from neurocyte.errors import InputError
from neurocyte.io._ome_zarr_planes import OmeZarrPlanes
from neurocyte.io._planes import read_plane
from neurocyte.io._raster import read_raster_values
from neurocyte.io._tiff import is_tiff, read_tiff_values
from neurocyte.io.atomic import atomic_path
from neurocyte.io.images import check_file, guarded
from neurocyte.io.png import write_png
from neurocyte.io.selection import Selection

# A plain TIFF ends at 4 GiB; labels compress, but how well is known afterwards.
_PLAIN_BYTES = 2**32 - 2**25


def narrow_labels(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Store non-negative whole numbers as uint16, or uint32 where a label exceeds 65,535.

    Args:
        labels: (H, W), bool or integer, 0 to 2**32 - 1.

    Returns:
        The same numbers.
    """
    largest = int(labels.max(initial=0))
    return labels.astype(np.uint16 if largest <= np.iinfo(np.uint16).max else np.uint32, copy=False)


def read_labels(path: str | Path) -> npt.NDArray[Any]:
    """Read a label image.

    Args:
        path: A TIFF, PNG or BMP file of whole numbers, or an OME-Zarr label image; a PNG palette's indices
            are the labels.

    Returns:
        (H, W) uint16, or uint32 where a label exceeds 65,535; 0 = background.

    Raises:
        InputError: The file cannot be read, is a colour picture, or holds fractions or negative numbers.
    """
    path = Path(path)
    check_file(path)
    labels = guarded(path, _read_values)
    return narrow_labels(_checked(labels, str(path)))


def _read_values(path: Path) -> npt.NDArray[Any]:
    if path.is_dir():
        return read_plane(path, OmeZarrPlanes(path, may_be_blank=True), Selection())[0]
    return read_tiff_values(path) if is_tiff(path) else read_raster_values(path)


def write_labels(path: str | Path, labels: npt.NDArray[Any], pixel_size_um: float | None = None) -> None:
    """Write a label image as a zlib-compressed TIFF that ImageJ opens; all or nothing.

    Args:
        path: The file, .tif.
        labels: (H, W), non-negative integers or bool; stored as uint16, uint32 where one exceeds 65,535.
        pixel_size_um: Side of a pixel in micrometres, stored the way ImageJ does; None: not stored.

    Raises:
        InputError: Not a two-dimensional array of non-negative whole numbers.
        UsageError: The file cannot be written.
    """
    stored = narrow_labels(_checked(labels, "The label image"))
    with atomic_path(path) as temporary:
        tifffile.imwrite(temporary, stored, compression="zlib", **_imagej_options(pixel_size_um))


def write_label_tiles(
    path: str | Path,
    tiles: Iterable[npt.NDArray[np.unsignedinteger]],
    shape: tuple[int, int],
    dtype: np.dtype[np.unsignedinteger],
    side: int,
    pixel_size_um: float | None = None,
) -> None:
    """Write a label image tile by tile as `write_labels` does, BigTIFF where it might outgrow a plain one.

    Args:
        path: The file, .tif.
        tiles: In raster order; those at the lower and right ends may be smaller.
        shape: (H, W) of all.
        dtype: Of the tiles, uint16 or uint32.
        side: Of a tile, pixels, a multiple of 16.
        pixel_size_um: As for `write_labels`.

    Raises:
        UsageError: The file cannot be written.
    """
    with atomic_path(path) as temporary:
        tifffile.imwrite(
            temporary,
            iter(tiles),
            shape=shape,
            dtype=dtype,
            tile=(side, side),
            compression="zlib",
            bigtiff=prod(shape) * dtype.itemsize > _PLAIN_BYTES,
            **_imagej_options(pixel_size_um),
        )


def _imagej_options(pixel_size_um: float | None) -> dict[str, Any]:
    """ImageJ's description, written by hand: tifffile's own ImageJ mode refuses uint32."""
    unit = "" if pixel_size_um is None else "unit=micron\n"
    options: dict[str, Any] = {
        "photometric": "minisblack",
        "description": f"ImageJ=1.54f\nimages=1\n{unit}",
        "metadata": None,
    }
    if pixel_size_um is not None:
        options |= {"resolution": (1 / pixel_size_um, 1 / pixel_size_um), "resolutionunit": "NONE"}
    return options


def write_mask(path: str | Path, mask: npt.NDArray[Any]) -> None:
    """Write a mask as an 8-bit grey PNG, 0 and 255; all or nothing.

    Args:
        path: The file, .png.
        mask: (H, W), bool or integer; non-zero is foreground.

    Raises:
        InputError: Not a two-dimensional array of non-negative whole numbers.
        UsageError: The file cannot be written.
    """
    stored = np.where(_checked(mask, "The mask") != 0, np.uint8(255), np.uint8(0))
    write_png(path, stored)


def _checked(labels: npt.NDArray[Any], what: str) -> npt.NDArray[Any]:
    if labels.ndim != 2 or labels.dtype.kind not in "bui" or labels.size == 0:
        raise InputError(f"{what} is {labels.dtype} of shape {labels.shape}: give (H, W) whole numbers.")
    if labels.dtype.kind == "i" and labels.min() < 0:
        raise InputError(f"{what} holds negative numbers: number the cells from 1, 0 is background.")
    if labels.max() > np.iinfo(np.uint32).max:
        raise InputError(f"{what} holds numbers above 4,294,967,295: number the cells from 1.")
    return labels
