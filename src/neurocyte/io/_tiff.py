"""TIFF in all its kinds through tifffile: plain, OME, ImageJ."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from neurocyte.errors import InputError
from neurocyte.io._limits import check_size
from neurocyte.io._planes import Layout, read_plane
from neurocyte.io._tiff_colours import apply_photometric
from neurocyte.io._tiff_metadata import channel_names, tiff_pixel_size
from neurocyte.io._tiff_windows import CACHE_BYTES, PageWindows, Windows, is_windowed
from neurocyte.io.selection import Selection

_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Axes of pages that a plain TIFF gives no meaning to: what --z-projection is asked for.
_PAGES = "IQ"


def is_tiff(path: Path) -> bool:
    """Tell a TIFF or BigTIFF by its first bytes.

    Args:
        path: An existing file.

    Returns:
        True for a TIFF file.
    """
    with path.open("rb") as file:
        return file.read(4) in _MAGICS


@contextmanager
def open_tiff(path: Path, colours: bool = True) -> Iterator["TiffPlanes"]:
    """Open a TIFF file.

    Args:
        path: The file.
        colours: Whether palettes and the like are applied; label images want the values as they are stored.

    Yields:
        Its planes.

    Raises:
        InputError: It holds no picture.
    """
    with tifffile.TiffFile(path) as tif:
        yield TiffPlanes(path, tif, colours)


def read_tiff_values(path: Path) -> npt.NDArray[Any]:
    """Return the stored values of a one-plane TIFF, with no colour applied: for label images.

    Args:
        path: The file.

    Returns:
        (H, W), or (H, W, 3) where the file has colours, of any number type.

    Raises:
        InputError: More than one picture, or a stack.
    """
    with open_tiff(path, colours=False) as file:
        return read_plane(path, file, Selection())[0]


class TiffPlanes:
    """The planes of an open TIFF file; see `neurocyte.io._planes.PlaneFile`.

    Args:
        path: The file, for messages.
        tif: The same, open.
        colours: As for `open_tiff`.

    Raises:
        InputError: It holds no picture.
    """

    scene_kind = "separate picture"
    gaps = False

    def __init__(self, path: Path, tif: tifffile.TiffFile, colours: bool) -> None:
        self._path, self._tif, self._apply = path, tif, colours
        if _goes_round(tif):
            raise InputError(f"{path} is damaged, its pages go round in a circle: copy or export it again.")
        # OME-XML has no entities; a few lines of them grow to gigabytes as they are parsed.
        if "<!ENTITY" in tif.pages.first.description:
            raise InputError(
                f"{path} has metadata with XML entities, which can fill memory: export it again."
            )
        # A reduced copy (thumbnail) beside the picture is not a second picture.
        full = [number for number, one in enumerate(tif.series) if not one.keyframe.is_reduced]
        self._numbers = full or list(range(len(tif.series)))
        if not self._numbers or self._lacks_planes() or _is_cut_between_pages(tif):
            raise InputError(f"{path} is truncated or holds no picture: copy or export it again.")
        self.scenes = ("",) * len(self._numbers)

    def _lacks_planes(self) -> bool:
        """Tell an ImageJ stack that is cut: tifffile makes do with its first plane."""
        told = int((self._tif.imagej_metadata or {}).get("images", 1)) if self._tif.is_imagej else 1
        sizes = (zip(one.axes, one.shape, strict=True) for one in self._tif.series)
        return told > sum(prod(int(n) for name, n in axes if name not in "YXS") for axes in sizes)

    def layout(self, scene: int) -> Layout:
        """Tell what planes a picture has."""
        number = self._numbers[scene]
        series = self._tif.series[number]
        sizes = {name: int(n) for name, n in zip(series.axes, series.shape, strict=True) if n != 1}
        pages = [name for name in sizes if name in _PAGES]
        unknown = [name for name in sizes if name not in f"TCZYXS{_PAGES}"]
        if unknown or len(pages) > 1 or (pages and "Z" in sizes):
            size = " x ".join(str(n) for n in sizes.values())
            raise InputError(
                f"{self._path} is a stack with axes {''.join(sizes)} ({size}): save each plane as one file."
            )
        samples, channels = sizes.get("S", 1), sizes.get("C", 1)
        colours = _colours(samples, series.keyframe)
        if channels > 1 and not colours:
            raise InputError(
                f"{self._path} has {channels} channels of {samples} samples: save one as a file of its own."
            )
        palette = self._apply and series.keyframe.photometric == tifffile.PHOTOMETRIC.PALETTE
        return Layout(
            shape=(sizes.get("Y", 1), sizes.get("X", 1)),
            dtype=series.dtype,
            samples=3 if palette else (colours or 1),
            channels=channels if colours else samples,
            names=channel_names(self._tif, number),
            depth=sizes.get("Z", 1) * (sizes[pages[0]] if pages else 1),
            times=sizes.get("T", 1),
            pixel_size_um=tiff_pixel_size(self._tif, number),
        )

    def plane(self, scene: int, time: int, channel: int, z: int) -> npt.NDArray[Any]:
        """Read one plane."""
        series, index, colours = self._place(scene, time, channel, z)
        values = _read(self._path, self._tif, series, index)
        return self._coloured(values, colours, series.keyframe)

    def windows(self, scene: int, time: int, channel: int, z: int, planes: int = 1) -> Windows | None:
        """Give a reader of parts of one of so many planes; None where it must be read whole."""
        series, index, colours = self._place(scene, time, channel, z)
        found = _own_page(series, index)
        if found is None or not is_windowed(found[0]):
            return None
        _check_complete(self._path, found[0], series)
        page = PageWindows(found[0], CACHE_BYTES // planes)

        def read(rows: slice, columns: slice) -> npt.NDArray[Any]:
            values = page.read(rows, columns)
            values = values[..., index["S"]] if "S" in index else values
            values = values[..., 0] if values.shape[2:] == (1,) else values
            return self._coloured(values, colours, series.keyframe)

        return read

    def _place(self, scene: int, time: int, channel: int, z: int) -> tuple[Any, dict[str, int], int | None]:
        """Return the series of a plane, its index in that, and `_colours`."""
        series = self._tif.series[self._numbers[scene]]
        colours = _colours(dict(zip(series.axes, series.shape, strict=True)).get("S", 1), series.keyframe)
        index = {"T": time, "C": channel, "Z": z, **dict.fromkeys(_PAGES, z)}
        if not colours:
            index["S"] = channel
        return series, index, colours

    def _coloured(self, values: npt.NDArray[Any], colours: int | None, page: Any) -> npt.NDArray[Any]:
        if values.ndim == 3:
            values = values[..., 0] if colours == 1 else values[..., :3]
        return apply_photometric(self._path, values, page) if self._apply else values


def _colours(samples: int, page: Any) -> int | None:
    """Return how many of the samples are the picture: 3, 1 (of grey with alpha), None if all are channels."""
    if samples in (3, 4):
        return 3
    return 1 if samples == 1 or (samples == 2 and page.extrasamples) else None


def _read(path: Path, tif: tifffile.TiffFile, series: Any, index: dict[str, int]) -> npt.NDArray[Any]:
    """Return (H, W), or (H, W, S) where ``index`` says nothing of S; only what is needed is decoded."""
    values, axes = _page(path, tif, series, index)
    wanted = "YX" if "S" in index or "S" not in axes else "YXS"
    at = tuple(
        slice(None) if name in wanted else (index.get(name, 0) if n > 1 else 0)
        for name, n in zip(axes, values.shape, strict=True)
    )
    left = [name for name in axes if name in wanted]
    return np.array(values[at]).transpose([left.index(name) for name in wanted])


def _page(path: Path, tif: tifffile.TiffFile, series: Any, index: dict[str, int]) -> tuple[Any, str]:
    """Return the page that holds a plane, or all of a series that has none of its own, and the axes."""
    shape = tuple(series.shape)
    if found := _own_page(series, index):
        page, lead = found
        _check_complete(path, page, series)
        check_size(path, shape[lead:], series.dtype.itemsize)
        return _decoded(path, page, prod(series.keyframe.shape)).reshape(shape[lead:]), series.axes[lead:]
    _check_complete(path, series.pages[0], series)
    if series.dataoffset is None:
        check_size(path, shape, series.dtype.itemsize)
        values = series.asarray()
        if values.shape != shape:
            raise InputError(f"{path} is truncated: copy or export it again.")
        return values, series.axes
    # ImageJ describes more than 4 GB in one page, and the planes follow each other.
    if series.dataoffset + prod(shape) * series.dtype.itemsize > path.stat().st_size:
        raise InputError(f"{path} is truncated: copy or export it again.")
    kind = series.dtype.newbyteorder(tif.byteorder)
    return np.memmap(path, kind, "r", series.dataoffset, shape), series.axes


def _own_page(series: Any, index: dict[str, int]) -> tuple[Any, int] | None:
    """Return the page that holds a plane and the number of axes over pages; None where it has none."""
    shape, page_size = tuple(series.shape), prod(series.keyframe.shape)
    for lead in range(len(shape) + 1):
        if prod(shape[:lead]) == len(series.pages) and prod(shape[lead:]) == page_size:
            names = zip(series.axes[:lead], shape, strict=False)
            at = [index.get(name, 0) if n > 1 else 0 for name, n in names]
            return series.pages[int(np.ravel_multi_index(at, shape[:lead])) if lead else 0], lead
    return None


def _decoded(path: Path, page: Any, size: int) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = page.asarray()
    if values.size != size:
        raise InputError(f"{path} is truncated: copy or export it again.")
    return values


def _check_complete(path: Path, page: Any, series: Any) -> None:
    """Refuse a page that ends after the file does: tifffile fills such gaps with zeros."""
    # A multi-file OME-TIFF has pages in other files; a page is None where its file is missing.
    if page is None or page.parent is not series.keyframe.parent:
        raise InputError(f"{path} is one part of a set of files: save the picture as a file of its own.")
    ends = (start + size for start, size in zip(page.dataoffsets, page.databytecounts, strict=False))
    if max(ends, default=0) > path.stat().st_size:
        raise InputError(f"{path} is truncated: copy or export it again.")


def _goes_round(tif: tifffile.TiffFile) -> bool:
    """Tell a file of which a page names an earlier one as the next: tifffile may follow it without end."""
    start, seen = tif.pages.first.offset, set[int]()
    while 0 < start < tif.filehandle.size:
        if start in seen:
            return True
        seen.add(start)
        try:
            start = _next_page(tif, start)
        except struct.error:
            # It ends within a page, which is another fault.
            return False
    return False


def _is_cut_between_pages(tif: tifffile.TiffFile) -> bool:
    """Tell a file whose last page names a further one past the end: tifffile makes do with what is there."""
    return _next_page(tif, tif.pages[-1].offset) >= int(tif.filehandle.size)


def _next_page(tif: tifffile.TiffFile, start: int) -> int:
    """Read where the page after the one at `start` lies; 0 after the last."""
    file, sizes = tif.filehandle, tif.tiff
    file.seek(start)
    (tags,) = struct.unpack(sizes.tagnoformat, file.read(sizes.tagnosize))
    place = start + sizes.tagnosize + tags * sizes.tagsize
    if place >= file.size:
        raise struct.error("the page goes past the end")
    file.seek(place)
    (following,) = struct.unpack(sizes.offsetformat, file.read(sizes.offsetsize))
    return int(following)
