"""TIFF in all its kinds through tifffile: plain, OME, ImageJ."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from neurocyte.errors import InputError
from neurocyte.io._limits import check_size
from neurocyte.io._tiff_metadata import channel_names, tiff_pixel_size

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
        values, page = _read_plane(path, tif)
        return _apply_photometric(path, values, page), tiff_pixel_size(tif)


def read_tiff_values(path: Path) -> npt.NDArray[Any]:
    """Return the stored values of a one-plane TIFF, with no colour applied: for label images.

    Args:
        path: The file.

    Returns:
        (H, W), or (H, W, 3) where the file has colours, of any number type.

    Raises:
        InputError: More than one picture, or a stack.
    """
    with tifffile.TiffFile(path) as tif:
        return _read_plane(path, tif)[0]


def _read_plane(path: Path, tif: tifffile.TiffFile) -> tuple[npt.NDArray[Any], Any]:
    """Return (H, W) or (H, W, 3) values and the page that describes them."""
    # A reduced copy (thumbnail) beside the picture is not a second picture.
    found = [series for series in tif.series if not series.keyframe.is_reduced] or list(tif.series)
    if not found:
        raise InputError(f"{path} is truncated or holds no picture: copy or export it again.")
    if len(found) > 1:
        raise InputError(f"{path} holds {len(found)} separate pictures: save the one to be used as a file.")
    series = found[0]
    layout, lengths = _layout(path, series)
    check_size(path, lengths, series.dtype.itemsize)
    _check_complete(path, series)
    values: npt.NDArray[Any] = series.asarray()
    if values.shape != series.shape:
        raise InputError(f"{path} is truncated: copy or export it again.")
    values = values.reshape(lengths)
    if layout == "YX":
        return values, series.keyframe
    colours = _colours(path, np.moveaxis(values, 0 if layout.endswith("YX") else -1, -1), tif, series)
    return colours, series.keyframe


def _layout(path: Path, series: Any) -> tuple[str, tuple[int, ...]]:
    """Return the axes longer than one (Y and X always) and their lengths; refuse all but one plane."""
    kept = [(name, n) for name, n in zip(series.axes, series.shape, strict=True) if name in "YX" or n != 1]
    axes, lengths = "".join(name for name, _ in kept), tuple(int(n) for _, n in kept)
    if axes not in ("YX", "CYX", "SYX", "YXC", "YXS"):
        size = " x ".join(str(n) for n in lengths)
        raise InputError(f"{path} is a stack with axes {axes} ({size}): save each plane (YX) as one file.")
    return axes, lengths


def _check_complete(path: Path, series: Any) -> None:
    """Refuse a file that ends before its pixels do: tifffile fills such gaps with zeros."""
    file_size = path.stat().st_size
    for page in series.pages:
        # A multi-file OME-TIFF has pages in other files; a page is None where its file is missing.
        if page is None or page.parent is not series.keyframe.parent:
            raise InputError(f"{path} is one part of a set of files: save the picture as a file of its own.")
        ends = (start + size for start, size in zip(page.dataoffsets, page.databytecounts, strict=False))
        if max(ends, default=0) > file_size:
            raise InputError(f"{path} is truncated: copy or export it again.")


def _colours(path: Path, values: npt.NDArray[Any], tif: tifffile.TiffFile, series: Any) -> npt.NDArray[Any]:
    """Return RGB, or grey without its alpha; refuse channels that are not colours."""
    count = values.shape[-1]
    samples = "S" in series.axes
    if count == 3 or (count == 4 and samples):
        return values[..., :3]
    if count == 2 and samples and series.keyframe.extrasamples:
        return values[..., 0]
    names = ", ".join(channel_names(tif)) or ", ".join(str(n) for n in range(min(count, 10)))
    raise InputError(f"{path} has {count} channels ({names}): save the one to be used as a file of its own.")


def _apply_photometric(path: Path, values: npt.NDArray[Any], page: Any) -> npt.NDArray[Any]:
    kind = tifffile.PHOTOMETRIC
    if page.photometric == kind.PALETTE:
        # A TIFF colour map is (3, 2**bits) in 16 bits.
        colours = (page.colormap >> 8).astype(np.uint8)
        return np.moveaxis(colours[:, values], 0, -1)
    if page.photometric == kind.MINISWHITE:
        if values.dtype == np.bool_:
            # tifffile (and scikit-image) call a bool array white-is-zero when writing, yet store True as 1.
            return values if page.software.startswith("tifffile") else ~values
        if values.dtype.kind == "u":
            return np.iinfo(values.dtype).max - values
        return values
    known = page.photometric in (kind.MINISBLACK, kind.RGB) or (
        page.photometric == kind.YCBCR and page.compression in (6, 7)
    )
    if not known:
        raise InputError(f"{path} is stored as {page.photometric.name}: save it as grey or RGB.")
    return values
