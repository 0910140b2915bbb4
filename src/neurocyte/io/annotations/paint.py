"""From single cells to one label image, and what overlaps cost."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from neurocyte.io.annotations.cells import CellsLoader
from neurocyte.io.annotations.sample import Annotation


def paint(shape: tuple[int, int], cells: Iterable[npt.NDArray[np.int64]]) -> Annotation:
    """Draw cells into a label image; where cells overlap, the last drawn wins.

    Args:
        shape: (H, W) of the image.
        cells: For each cell the flat row-major indices (n,) of its pixels, inside the image.

    Returns:
        The label image, cells numbered 1..n in the order drawn without gaps, with the number of pixels that
        more than one cell claimed and the number of cells that have no pixel left.
    """
    order = np.zeros(shape[0] * shape[1], dtype=np.uint32)
    claimed = np.zeros(order.size, dtype=bool)
    shared = np.zeros(order.size, dtype=bool)
    count = 0
    for count, pixels in enumerate(cells, start=1):
        shared[pixels] = claimed[pixels]
        claimed[pixels] = True
        order[pixels] = count
    left = np.bincount(order, minlength=count + 1)[1:] > 0
    kept = int(left.sum())
    numbers = np.zeros(count + 1, dtype=np.uint16 if kept <= np.iinfo(np.uint16).max else np.uint32)
    numbers[1:][left] = np.arange(1, kept + 1)
    return Annotation(
        labels=numbers[order].reshape(shape),
        lost_pixels=int(shared.sum()),
        instances=count,
        dropped=count - kept,
    )


def painted(load_cells: CellsLoader) -> Annotation:
    """Read cells and draw them: what `Sample.load` is for a format that holds cells one by one.

    Args:
        load_cells: Reads them.

    Returns:
        The label image with what overlaps cost.
    """
    cells = load_cells()
    return paint(cells.shape, (cell.pixels for cell in cells.cells))
