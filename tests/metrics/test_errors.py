"""Counting errors, splits and merges by hand."""

import numpy as np

from neurocyte.metrics.errors import count_difference, merges, splits
from neurocyte.metrics.matching import Overlaps, overlaps


def row(*labels: int) -> np.ndarray:
    return np.array([labels], dtype=np.uint16)


def test_a_cell_cut_in_two_is_one_split() -> None:
    table = overlaps(row(1, 1, 1, 1, 0, 2), row(5, 5, 6, 6, 0, 7))
    assert (splits(table), merges(table), count_difference(table)) == (1, 0, 1)


def test_two_cells_in_one_are_one_merge() -> None:
    table = overlaps(row(5, 5, 6, 6, 0, 7), row(1, 1, 1, 1, 0, 2))
    assert (splits(table), merges(table), count_difference(table)) == (0, 1, -1)


def test_a_cell_cut_in_three_is_still_one_split() -> None:
    assert splits(overlaps(row(1, 1, 1, 1, 1, 1), row(5, 5, 6, 6, 7, 7))) == 1


def test_half_inside_is_not_inside() -> None:
    truth = row(1, 1, 1, 1, 0, 0)
    assert splits(overlaps(truth, row(5, 5, 6, 6, 6, 6))) == 0
    assert splits(overlaps(truth, row(5, 5, 6, 6, 6, 0))) == 1


def test_no_cells_no_errors() -> None:
    def errors(table: Overlaps) -> tuple[int, int, int]:
        return splits(table), merges(table), count_difference(table)

    assert errors(overlaps(row(0, 0), row(0, 0))) == (0, 0, 0)
    assert errors(overlaps(row(1, 2), row(0, 0))) == (0, 0, -2)
    assert errors(overlaps(row(0, 0), row(1, 2))) == (0, 0, 2)
