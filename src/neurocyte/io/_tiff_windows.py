"""Parts of one page of a TIFF file: only the tiles or strips they lie in are decoded."""

from collections import OrderedDict
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.io.grid import gather

Windows = Callable[[slice, slice], npt.NDArray[Any]]

# A larger tile, strip or chunk, decoded as a whole, is no saving.
MOST_BYTES = 64 * 1024**2
# Of decoded tiles or strips, kept for all planes together: a row of network tiles over 20,000 pixels of RGB
# in 16 bits.
CACHE_BYTES = 128 * 1024**2


def is_windowed(page: Any) -> bool:
    """Tell whether parts of a page can be had without the rest.

    Args:
        page: Of tifffile.

    Returns:
        True for pages of moderate tiles or strips, and for those that lie in the file as in memory.
    """
    frame = page.keyframe
    samples_apart, depth = frame.shaped[:2]
    if samples_apart > 1 or depth > 1:
        return False
    return bool(page.is_contiguous) or prod(_segment_shape(frame)) * frame.dtype.itemsize <= MOST_BYTES


class PageWindows:
    """A page that is read in parts.

    Args:
        page: Of tifffile, of an open file; see `is_windowed`.
        cache: Bytes of decoded tiles or strips that are kept.
    """

    def __init__(self, page: Any, cache: int) -> None:
        self._page, self._frame = page, page.keyframe
        _, _, self._height, self._width, self._samples = self._frame.shaped
        self._recent: OrderedDict[int, npt.NDArray[Any]] = OrderedDict()
        self._bytes, self._most = 0, cache
        self._options: dict[str, Any] = {"_fullsize": False}
        if page.jpegtables is not None:
            self._options |= {"jpegtables": page.jpegtables, "jpegheader": self._frame.jpegheader}

    def read(self, rows: slice, columns: slice) -> npt.NDArray[Any]:
        """Read a part.

        Args:
            rows: From the first to behind the last.
            columns: Likewise.

        Returns:
            (rows, columns, S), S the samples of a pixel.
        """
        if self._page.is_contiguous and self._frame.fillorder == 1:
            return self._mapped(rows, columns)
        height, width = _segment_shape(self._frame)[:2]
        across = -(-self._width // width)
        values = np.empty(
            (rows.stop - rows.start, columns.stop - columns.start, self._samples), self._frame.dtype
        )
        gather(values, rows, columns, (height, width), lambda i, j: self._segment(i * across + j))
        return values

    def _mapped(self, rows: slice, columns: slice) -> npt.NDArray[Any]:
        """Read from where it lies. The map is let go at once: what it has read counts as memory."""
        kind = self._frame.dtype.newbyteorder(self._page.parent.byteorder)
        shape = (self._height, self._width, self._samples)
        start = self._page.dataoffsets[0]
        return np.array(
            np.memmap(self._page.parent.filehandle.path, kind, "r", start, shape)[rows, columns],
            dtype=self._frame.dtype,
        )

    def _segment(self, number: int) -> npt.NDArray[Any]:
        if number in self._recent:
            self._recent.move_to_end(number)
            return self._recent[number]
        decoded = self._decode(number)
        self._recent[number] = decoded
        self._bytes += decoded.nbytes
        while self._bytes > self._most and len(self._recent) > 1:
            self._bytes -= self._recent.popitem(last=False)[1].nbytes
        return decoded

    def _decode(self, number: int) -> npt.NDArray[Any]:
        file = self._page.parent.filehandle
        start, size = self._page.dataoffsets[number], self._page.databytecounts[number]
        data = None
        if size:
            file.seek(start)
            data = file.read(size)
        decoded, _, shape = self._frame.decode(data, number, **self._options)
        if decoded is None:
            # Not stored: tifffile fills it likewise.
            return np.full(shape[1:], self._frame.nodata, self._frame.dtype)
        plane: npt.NDArray[Any] = decoded[0]
        return plane


def _segment_shape(page: Any) -> tuple[int, int, int]:
    """Height, width and samples of a tile or strip."""
    _, _, height, width, samples = page.shaped
    if page.is_tiled:
        return page.tilelength, page.tilewidth, samples
    return min(page.rowsperstrip, height), width, samples
