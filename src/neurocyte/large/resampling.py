"""A part of what `neurocyte.preprocess.resize_plane` makes of a whole plane, from a part of it."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

Float32 = NDArray[np.float32]
Reader = Callable[[slice, slice], Float32]


def needed(rows: slice, old: int, new: int) -> slice:
    """Tell which rows (or columns) of a plane some of the resampled one are made of.

    Args:
        rows: of the resampled plane.
        old: the plane's side.
        new: the resampled plane's side.

    Returns:
        Rows of the plane.
    """
    scale = old / new
    # The filter's reach, and one for rounding.
    reach = max(scale, 1.0) + 1
    return slice(
        max(0, math.floor(rows.start * scale - reach)), min(old, math.ceil(rows.stop * scale + reach))
    )


def resampled(
    read: Reader, old: tuple[int, int], new: tuple[int, int], rows: slice, columns: slice
) -> Float32:
    """Resample a part of a plane bilinearly.

    Args:
        read: gives float32 (C, h, w) of rows and columns of the plane.
        old: (H, W) of the plane.
        new: (H', W') of the resampled plane.
        rows: of the resampled plane.
        columns: likewise.

    Returns:
        float32 (C, rows, columns); what is read, where both shapes are the same.
    """
    if old == new:
        return read(rows, columns)
    spans = [
        needed(part, *sides) for part, sides in zip((rows, columns), zip(old, new, strict=True), strict=True)
    ]
    (top, bottom), (left, right) = (
        (part.start * before / after - span.start, min(part.stop * before / after, before) - span.start)
        for part, span, before, after in zip((rows, columns), spans, old, new, strict=True)
    )
    size = (columns.stop - columns.start, rows.stop - rows.start)
    return np.stack(
        [
            np.asarray(
                PillowImage.fromarray(np.ascontiguousarray(channel)).resize(
                    size, PillowImage.Resampling.BILINEAR, box=(left, top, right, bottom)
                ),
                dtype=np.float32,
            )
            for channel in read(*spans)
        ]
    )
