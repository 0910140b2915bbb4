"""TIFF in all its kinds through tifffile: plain, OME, ImageJ."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from neurocyte.errors import InputError
from neurocyte.io._limits import check_size
from neurocyte.io._pixel_size import tiff_pixel_size

_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_tiff(path: Path) -> bool:
    """Tell a TIFF or BigTIFF by its first bytes.

    Args:
        path: An existing file.

    Returns:
        True for a TIFF file.
    """
    with path.open("rb") as file:
        return file.read(4) in _MAGICS


def read_tiff(path: Path) -> tuple[npt.NDArray[Any], float | None]:
    """Decode the one picture of a TIFF file.

    Args:
        path: The file.

    Returns:
        Pixels (H, W) or (H, W, 3) of any number type, and the pixel size in micrometres or None.

    Raises:
        InputError: More than one picture, a stack, a channel number or colour space that is not handled.
    """
    with tifffile.TiffFile(path) as tif:
        series = _one_series(path, tif)
        page = series.keyframe
        pixels = _channels_last(path, _read_series(path, series), series)
        pixels = _apply_photometric(path, pixels, page)
        return pixels, tiff_pixel_size(tif)


def read_tiff_values(path: Path) -> npt.NDArray[Any]:
    """Return the stored values of a one-plane TIFF, with no colour applied: for label images.

    Args:
        path: The file.

    Returns:
        (H, W), or (H, W, C) where the file has colours, of any number type.

    Raises:
        InputError: More than one picture, or a stack.
    """
    with tifffile.TiffFile(path) as tif:
        series = _one_series(path, tif)
        return _channels_last(path, _read_series(path, series), series)


def _one_series(path: Path, tif: tifffile.TiffFile) -> Any:
    # A reduced copy (thumbnail) beside the picture is not a second picture.
    series = [s for s in tif.series if not s.keyframe.is_reduced] or list(tif.series)
    if len(series) != 1:
        raise InputError(f"{path} holds {len(series)} separate pictures: save the one to be used as a file.")
    return series[0]


def _read_series(path: Path, series: Any) -> npt.NDArray[Any]:
    check_size(path, tuple(series.shape), series.dtype.itemsize)
    file_size = path.stat().st_size
    for page in series.pages:
        ends = (o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=False))
        if page is not None and max(ends, default=0) > file_size:
            raise InputError(f"{path} is truncated: copy or export it again.")
    values: npt.NDArray[Any] = series.asarray()
    return values


def _channels_last(path: Path, values: npt.NDArray[Any], series: Any) -> npt.NDArray[Any]:
    """Squeeze axes of length one and move the channels last; refuse whatever is not one plane."""
    axes = [
        (name, index) for index, name in enumerate(series.axes) if name in "YX" or values.shape[index] != 1
    ]
    names = "".join(name for name, _ in axes)
    values = values.reshape([values.shape[index] for _, index in axes])
    if names == "YX":
        return values
    if names in ("CYX", "SYX"):
        return _three_channels(path, np.moveaxis(values, 0, -1), names[0])
    if names in ("YXC", "YXS"):
        return _three_channels(path, values, names[-1])
    size = " x ".join(str(n) for n in values.shape)
    raise InputError(
        f"{path} is a stack with axes {names} ({size}): save each plane (YX) as a file of its own."
    )


def _three_channels(path: Path, values: npt.NDArray[Any], axis: str) -> npt.NDArray[Any]:
    count = values.shape[-1]
    if count == 3:
        return values
    if count == 4 and axis == "S":
        return values[..., :3]
    raise InputError(
        f"{path} has {count} channels on axis {axis} (0 to {count - 1}): save the channel to be used alone."
    )


def _apply_photometric(path: Path, values: npt.NDArray[Any], page: Any) -> npt.NDArray[Any]:
    kind = tifffile.PHOTOMETRIC
    if page.photometric == kind.PALETTE:
        # A TIFF colour map is (3, 2**bits) in 16 bits.
        colours = (page.colormap >> 8).astype(np.uint8)
        return np.moveaxis(colours[:, values], 0, -1)
    if page.photometric == kind.MINISWHITE:
        if values.dtype == np.bool_:
            return ~values
        if values.dtype.kind == "u":
            return np.iinfo(values.dtype).max - values
        return values
    known = page.photometric in (kind.MINISBLACK, kind.RGB) or (
        page.photometric == kind.YCBCR and page.compression in (6, 7)
    )
    if not known:
        raise InputError(f"{path} is stored as {page.photometric.name}: save it as grey or RGB.")
    return values
