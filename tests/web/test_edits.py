"""Corrections, exact on hand-made arrays."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurocyte.web.edits import EditError, delete, draw, merge, split


def picture(*rows: str) -> np.ndarray:
    return np.array([[int(c) if c != "." else 0 for c in row] for row in rows], dtype=np.uint16)


LABELS = picture(
    "11..22",
    "11..22",
    "......",
    "..77..",
)


def test_delete_leaves_the_other_numbers() -> None:
    before = LABELS.copy()
    changed = delete(LABELS, [2, 1])
    assert_array_equal(changed, picture("......", "......", "......", "..77.."))
    assert changed.dtype == np.uint16
    assert_array_equal(before, LABELS)


def test_merge_keeps_the_lowest_number() -> None:
    assert_array_equal(merge(LABELS, [7, 2]), picture("11..22", "11..22", "......", "..22.."))


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ([], "Choose a cell"),
        ([3], "no cell 3"),
        ([1, 9], "no cell 9"),
        ([0], "no cell 0"),
        ([-1], "no cell -1"),
    ],
)
def test_delete_what_is_not_there(chosen: list[int], said: str) -> None:
    with pytest.raises(EditError, match=said):
        delete(LABELS, chosen)


@pytest.mark.parametrize("chosen", [[], [1], [1, 1]])
def test_one_cell_cannot_be_merged(chosen: list[int]) -> None:
    with pytest.raises(EditError, match="two cells"):
        merge(LABELS, chosen)


def test_split_gives_the_larger_part_the_number_and_loses_no_pixel() -> None:
    labels = np.zeros((5, 12), np.uint16)
    labels[1:4, 1:11] = 4
    labels[0, 0] = 9
    # Straight down through column 3: columns 1-2 have 6 pixels, 4-10 have 21; column 3 is near to both.
    changed = split(labels, 4, [(3.5, -1.0), (3.5, 9.0)])
    assert set(np.unique(changed)) == {0, 4, 9, 10}
    assert_array_equal(changed > 0, labels > 0)
    assert (changed[1:4, 1:3] == 10).all()
    assert (changed[1:4, 4:11] == 4).all()
    assert changed[0, 0] == 9


def test_a_diagonal_cut_parts_a_cell_at_its_corners_too() -> None:
    labels = np.ones((8, 8), np.uint16)
    changed = split(labels, 1, [(0.0, 0.0), (8.0, 8.0)])
    assert set(np.unique(changed)) == {1, 2}
    assert changed[0, 7] != changed[7, 0]
    assert min(np.count_nonzero(changed == 1), np.count_nonzero(changed == 2)) >= 21


@pytest.mark.parametrize(
    "line",
    [
        [(0.5, 2.5), (5.5, 2.5)],  # ends within the cell
        [(0.5, 0.5), (0.5, 4.5)],  # passes beside it
        [(1.5, 0.0), (1.5, 5.0)],  # takes a column of 3 pixels off: nothing to its left
        [(2.5, 0.0), (2.5, 5.0)],  # leaves a crumb of 3 pixels
    ],
)
def test_a_line_that_parts_nothing(line: list[tuple[float, float]]) -> None:
    labels = np.zeros((5, 12), np.uint16)
    labels[1:4, 1:11] = 4
    with pytest.raises(EditError, match="does not part cell 4"):
        split(labels, 4, line)


def test_pieces_apart_that_the_line_does_not_meet_stay() -> None:
    labels = picture("111111111111", "111111111111", "............", "11111.......")
    changed = split(labels, 1, [(6.5, -1.0), (6.5, 2.0)])
    assert set(np.unique(changed)) == {0, 1, 2}
    assert (changed[3, :5] == 1).all()
    # Nor does a line that only passes between pieces part anything.
    with pytest.raises(EditError, match="does not part"):
        split(labels, 1, [(0.0, 2.5), (12.0, 2.5)])


def test_draw_a_new_cell_of_the_pixels_whose_centres_are_inside() -> None:
    changed = draw(np.zeros((6, 6), np.uint16), [(1.0, 2.0), (4.0, 2.0), (4.0, 5.0), (1.0, 5.0)])
    expected = np.zeros((6, 6), np.uint16)
    expected[2:5, 1:4] = 1
    assert_array_equal(changed, expected)


def test_draw_leaves_other_cells_and_is_cut_at_the_border() -> None:
    changed = draw(LABELS, [(-3.0, -3.0), (9.0, -3.0), (9.0, 3.0), (-3.0, 3.0)])
    assert_array_equal(changed, picture("118822", "118822", "888888", "..77.."))
    assert_array_equal(
        draw(LABELS, [(0.0, 2.0), (6.0, 2.0), (6.0, 3.0), (0.0, 3.0)], label=7),
        picture("11..22", "11..22", "777777", "..77.."),
    )


@pytest.mark.parametrize(
    ("outline", "label", "said"),
    [
        ([(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)], None, "no free pixel"),
        ([(4.0, 4.0), (5.0, 4.0), (5.0, 5.0)], None, "no free pixel"),
        ([(0.0, 0.0), (6.0, 0.0), (6.0, 6.0)], 5, "no cell 5"),
        ([(0.0, 0.0), (1e9, 0.0), (6.0, 6.0)], None, "far outside"),
    ],
)
def test_outlines_that_draw_nothing(outline: list[tuple[float, float]], label: int | None, said: str) -> None:
    with pytest.raises(EditError, match=said):
        draw(LABELS, outline, label)


def test_a_line_from_far_away() -> None:
    with pytest.raises(EditError, match="far outside"):
        split(LABELS, 1, [(-1e9, 0.0), (1e9, 0.0)])


def test_labels_beyond_65535_get_room() -> None:
    labels = np.zeros((4, 4), np.uint16)
    labels[0, 0] = 65535
    changed = draw(labels, [(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)])
    assert changed.dtype == np.uint32
    assert changed[1, 1] == 65536
