"""A part of an image that lies in blocks of one size."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy.typing as npt


def gather(
    target: npt.NDArray[Any],
    rows: slice,
    columns: slice,
    size: tuple[int, int],
    block: Callable[[int, int], npt.NDArray[Any]],
) -> None:
    """Copy what the blocks hold of a part of an image.

    Args:
        target: (rows, columns, ...), written to.
        rows: From the first to behind the last, within the image.
        columns: Likewise.
        size: Height and width of a block; those at the image's end may be smaller, or reach beyond it.
        block: Gives one by its place, counted down and to the right.
    """
    down, right = (
        range(side.start // one, -(-side.stop // one))
        for side, one in zip((rows, columns), size, strict=True)
    )
    for i, j in product(down, right):
        top, left = i * size[0], j * size[1]
        y, x = max(rows.start, top), max(columns.start, left)
        part = block(i, j)[y - top : rows.stop - top, x - left : columns.stop - left]
        to_y, to_x = y - rows.start, x - columns.start
        target[to_y : to_y + part.shape[0], to_x : to_x + part.shape[1]] = part
