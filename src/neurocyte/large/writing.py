"""Label image and mask of a large image, written row by row."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.io.atomic import atomic_path
from neurocyte.io.labels import write_label_tiles
from neurocyte.io.png import PNG_END, png_chunk, png_head
from neurocyte.large.labels import LargeLabels

# Of the label image; a divisor of `neurocyte.large.boxes.CORE`.
TILE = 512


def write_large_labels(
    path: Path, labels: LargeLabels, count: int, pixel_size_um: float | None = None
) -> None:
    """Write a label image as a compressed TIFF in tiles; all or nothing.

    Args:
        path: the file, .tif.
        labels: of the image.
        count: the highest of them.
        pixel_size_um: side of a pixel in micrometres, None if unknown.

    Raises:
        UsageError: the file cannot be written.
    """
    dtype: Any = np.dtype(np.uint16 if count <= np.iinfo(np.uint16).max else np.uint32)
    write_label_tiles(path, _tiles(labels, dtype), labels.shape, dtype, TILE, pixel_size_um)


def _tiles(
    labels: LargeLabels, dtype: np.dtype[np.unsignedinteger]
) -> Iterator[npt.NDArray[np.unsignedinteger]]:
    for _, band in labels.bands():
        for top in range(0, len(band), TILE):
            for left in range(0, band.shape[1], TILE):
                yield np.ascontiguousarray(band[top : top + TILE, left : left + TILE], dtype=dtype)


def write_large_mask(path: Path, labels: LargeLabels) -> None:
    """Write a mask as an 8-bit grey PNG, 0 and 255; all or nothing.

    Pillow would want all of it at once.

    Args:
        path: the file, .png.
        labels: of the image; where they are not 0 is foreground.

    Raises:
        UsageError: the file cannot be written.
    """
    height, width = labels.shape
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(png_head(width, height))
        packer = zlib.compressobj(6)
        for _, band in labels.bands():
            # Each row begins with the number of its filter: none.
            rows = np.zeros((len(band), width + 1), dtype=np.uint8)
            rows[:, 1:][band > 0] = 255
            file.write(png_chunk(b"IDAT", packer.compress(rows.data)))
        file.write(png_chunk(b"IDAT", packer.flush()) + PNG_END)
