"""A picture that is read part by part, for those too large to be read whole."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io._ome_zarr_planes import OmeZarrPlanes
from neurocyte.io._open import is_raster, open_planes
from neurocyte.io._planes import choose, together
from neurocyte.io._projection import project
from neurocyte.io._tiff import TiffPlanes
from neurocyte.io._tiff_windows import Windows
from neurocyte.io.images import as_kept_dtype, check_file, guarded
from neurocyte.io.selection import Selection

MAX_PIXELS = 10**10
"""Of a picture that is read part by part: 100,000 x 100,000."""

_ALL = Selection()


@dataclass(frozen=True)
class WindowedImage:
    """A picture as `neurocyte.io.images.read_image` gives it, but in parts.

    Attributes:
        path: The file.
        shape: (H, W).
        pixel_size_um: Side of a pixel in micrometres; None where the file does not say.
        gaps: Whether data that are missing read as zeros.
        windows: The reader.
    """

    path: Path
    shape: tuple[int, int]
    pixel_size_um: float | None
    gaps: bool
    windows: Windows

    def read(self, rows: slice, columns: slice) -> npt.NDArray[Any]:
        """Read a part.

        Args:
            rows: From the first to behind the last, within the picture.
            columns: Likewise.

        Returns:
            (h, w) grey or (h, w, 3) RGB; uint8, uint16 or float32 (finite).

        Raises:
            InputError: The data are damaged, or NaN or infinite.
        """
        values = guarded(self.path, lambda _: self.windows(rows, columns))
        if values.shape[:2] != (rows.stop - rows.start, columns.stop - columns.start):
            raise InputError(f"{self.path} is truncated: copy or export it again.")
        return as_kept_dtype(values, self.path)


@contextmanager
def open_windows(path: str | Path, selection: Selection = _ALL) -> Iterator[WindowedImage | None]:
    """Open a picture to be read part by part.

    TIFF in tiles, strips or without compression, and OME-Zarr can be; a z stack also, but for the sharpest
    plane, which needs whole planes.

    Args:
        path: The file.
        selection: Which plane of several.

    Yields:
        The picture; None where it must be read whole.

    Raises:
        InputError: As for `neurocyte.io.images.read_image`.
    """
    path = Path(path)
    check_file(path)
    if path.is_file() and is_raster(path):
        yield None
        return
    with ExitStack() as stack:
        file = guarded(path, lambda _: stack.enter_context(open_planes(path)))
        yield guarded(path, lambda _: _windowed(path, file, selection))


def _windowed(path: Path, file: Any, selection: Selection) -> WindowedImage | None:
    if not isinstance(file, TiffPlanes | OmeZarrPlanes):
        return None
    chosen = choose(path, file, selection)
    layout, how = chosen.layout, selection.z_projection
    if layout.shape[0] * layout.shape[1] > MAX_PIXELS:
        size = f"{layout.shape[0]} x {layout.shape[1]}"
        raise InputError(f"{path} is too large ({size} pixels, the limit is {MAX_PIXELS:,}): crop it.")
    if how == "focus" and layout.depth > 1:
        return None
    depths = range(layout.depth) if how in ("max", "min", "mean") else [_only(how, layout.depth)]
    places = list(product(dict.fromkeys(channel for channel, _ in chosen.channels), depths))
    readers: dict[tuple[int, int], Windows] = {}
    for channel, z in places:
        reader = file.windows(chosen.scene, chosen.time, channel, z, len(places))
        if reader is None:
            return None
        readers[channel, z] = reader

    def read(rows: slice, columns: slice) -> npt.NDArray[Any]:
        def part(channel: int, z: int, sample: int | None) -> npt.NDArray[Any]:
            values = readers[channel, z](rows, columns)
            return values if sample is None else values[..., sample]

        def plane(z: int) -> npt.NDArray[Any]:
            return together([part(channel, z, sample) for channel, sample in chosen.channels])

        return np.ascontiguousarray(project(plane, layout.depth, how))

    return WindowedImage(path, layout.shape, layout.pixel_size_um, file.gaps, read)


def _only(how: str | int | None, depth: int) -> int:
    """The plane that is read where only one is."""
    return how if isinstance(how, int) else (depth - 1) // 2
