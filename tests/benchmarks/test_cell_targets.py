"""Targets of the older representations, of small label images, by hand."""

import runpy
from pathlib import Path

import numpy as np

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "representations" / "cell_targets.py"
cell_targets = runpy.run_path(str(SCRIPT))["cell_targets"]

LABELS = np.zeros((9, 16), np.int32)
LABELS[1:8, 1:8] = 7
LABELS[1:8, 8:15] = 3


def test_foreground_and_distance() -> None:
    foreground, _, distance, _, _ = cell_targets(LABELS)
    np.testing.assert_array_equal(foreground, LABELS > 0)
    # A square of 7: 1, 2, 3, 4 pixels deep, of 4 at most; the other cell is an edge like the background.
    assert distance[4, 1:15].tolist() == [0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25] * 2
    assert distance[0, 0] == 0


def test_the_border_lies_between_two_cells_only() -> None:
    border = cell_targets(LABELS)[1]
    assert border[4].tolist() == [0] * 6 + [1] * 4 + [0] * 6
    assert not cell_targets(np.where(LABELS == 7, 7, 0))[1].any()


def test_cells_a_pixel_apart_have_a_border_on_the_background_too() -> None:
    labels = LABELS.copy()
    labels[:, 8] = 0
    assert cell_targets(labels)[1][4, 8] == 1


def test_offsets_lead_to_the_middle_of_the_own_cell() -> None:
    offset = cell_targets(LABELS)[3:]
    assert offset[:, 1, 1].tolist() == [3, 3]
    assert offset[:, 7, 14].tolist() == [-3, -3]
    assert offset[:, 0, 0].tolist() == [0, 0]


def test_the_middle_of_a_bent_cell_lies_in_it() -> None:
    labels = np.zeros((30, 30), np.int32)
    labels[5:25, 5:8] = labels[22:25, 5:25] = 1
    offset = cell_targets(labels)[3:]
    row, column = 5 + offset[0, 5, 5], 5 + offset[1, 5, 5]
    assert labels[round(float(row)), round(float(column))] == 1


def test_empty_and_full_images() -> None:
    assert not cell_targets(np.zeros((5, 6), np.int32)).any()
    full = cell_targets(np.full((5, 6), 2))
    assert full[0].all()
    assert not full[1].any()
    assert (full[2] == 1).all()
