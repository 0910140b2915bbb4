"""How a segmentation goes wrong: cells counted, split and merged."""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.metrics.matching import Overlaps


def count_difference(table: Overlaps) -> int:
    """Predicted minus true number of cells; positive = too many.

    Args:
        table: Overlaps of two label images.

    Returns:
        Signed number of cells.
    """
    return table.n_pred - table.n_truth


def splits(table: Overlaps) -> int:
    """Count the true cells that hold two or more predicted cells.

    A predicted cell belongs to the true cell that holds more than half of its pixels (strictly, so that it
    belongs to one at most).

    Args:
        table: Overlaps of two label images.

    Returns:
        Number of split true cells.

    Source:
        Coelho, Shariff & Murphy 2009, "Nuclear segmentation in microscope cell images", with
        "overlaps most" narrowed to a majority so that debris beside a cell is no split.
    """
    inside = 2 * table.intersection > table.pred_area[table.pred_index]
    return _holding_several(table.truth_index[inside])


def merges(table: Overlaps) -> int:
    """Count the predicted cells that hold two or more true cells; the mirror image of :func:`splits`.

    Args:
        table: Overlaps of two label images.

    Returns:
        Number of merging predicted cells.

    Source:
        As for :func:`splits`.
    """
    inside = 2 * table.intersection > table.truth_area[table.truth_index]
    return _holding_several(table.pred_index[inside])


def _holding_several(holders: npt.NDArray[Any]) -> int:
    return int(np.count_nonzero(np.bincount(holders) >= 2))
