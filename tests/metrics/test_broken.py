"""Level lines in outlines, and comparisons without the cells that have them."""

import numpy as np
import pytest

from neurocyte.errors import InputError
from neurocyte.io.annotations import open_dataset
from neurocyte.metrics.broken import broken_cells, leave_out


def scene() -> np.ndarray:
    """1 and 2 meet at a level line of 40; 3 ends at the image's edge; 4 has an upright line of 40."""
    labels = np.zeros((60, 100), np.uint16)
    labels[5:15, 5:45] = 1
    labels[15:20, 5:45] = 2
    labels[50:, 5:34] = 3
    labels[50:, 34:60] = 9
    labels[5:45, 60:80] = 4
    return labels


def test_level_lines_on_either_side_break_a_cell_and_upright_ones_do_not() -> None:
    assert broken_cells(scene()).tolist() == [1, 2]
    assert broken_cells(scene().T.copy()).tolist() == [4]
    assert broken_cells(scene(), 29).tolist() == [1, 2, 3]
    assert broken_cells(scene(), 41).tolist() == []


def test_two_cells_side_by_side_are_two_lines() -> None:
    labels = np.zeros((20, 50), np.uint16)
    labels[5:10, 5:25] = 1
    labels[5:10, 25:45] = 2
    assert broken_cells(labels).tolist() == []


def test_the_end_of_a_row_and_the_start_of_the_next_are_two_lines() -> None:
    labels = np.zeros((3, 40), np.uint16)
    labels[0, 20:] = 1
    labels[1, :20] = 1
    assert broken_cells(labels).tolist() == []


def test_no_cells_no_lines() -> None:
    assert broken_cells(np.zeros((4, 4), np.uint16)).tolist() == []


def test_what_lies_mostly_in_a_cell_left_out_goes_with_it() -> None:
    truth = np.zeros((10, 40), np.uint16)
    truth[:, :20], truth[:, 20:] = 1, 2
    pred = np.zeros_like(truth)
    pred[:, :5], pred[:, 14:25], pred[:, 25:] = 7, 8, 9
    rest, found = leave_out(truth, pred, np.array([1]))
    assert np.unique(rest).tolist() == [0, 2]
    assert np.unique(found).tolist() == [0, 9]
    assert (found == 9).sum() == (pred == 9).sum()
    kept = leave_out(truth, pred, np.array([2]))[1]
    assert np.unique(kept).tolist() == [0, 7, 8]


def test_other_sizes_are_refused() -> None:
    with pytest.raises(InputError):
        leave_out(np.zeros((3, 3), int), np.zeros((4, 4), int), np.array([1]))


def test_real_astrocytes_are_broken_and_cortical_neurons_are_not(data_root) -> None:
    broken: dict[str, int] = {}
    for sample in open_dataset(data_root / "data" / "sartorius").samples:
        labels = sample.read_labels().labels
        broken[sample.cell_type] = broken.get(sample.cell_type, 0) + len(broken_cells(labels))
    assert broken == {"astro": 37, "shsy5y": 5, "cort": 0}
