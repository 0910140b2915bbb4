"""Centre lines with lengths and junctions counted by hand."""

import math

import numpy as np
import pytest

from neurocyte.skeletons import skeletons

ROOT2 = math.sqrt(2)


def draw(*rows):
    return np.array([[int(character) if character != "." else 0 for character in row] for row in rows])


CASES = {
    "one pixel": (draw("...", ".1.", "..."), 0.0, 0),
    "straight line to the frame": (draw(".......", "1111111", "......."), 6.0, 0),
    "diagonal line": (np.eye(5, dtype=int), 4 * ROOT2, 0),
    "other diagonal": (np.eye(5, dtype=int)[::-1], 4 * ROOT2, 0),
    "plus": (draw("...1...", "...1...", "...1...", "1111111", "...1...", "...1...", "...1..."), 12.0, 1),
    "cross": (np.eye(7, dtype=int) | np.eye(7, dtype=int)[::-1], 12 * ROOT2, 1),
    "two forks": (
        draw("1........1", ".1......1.", "..111111..", ".1......1.", "1........1"),
        5.0 + 8 * ROOT2,
        2,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_lines_have_the_length_and_the_junctions_counted_by_hand(name):
    labels, length, branches = CASES[name]
    measured = skeletons(labels)
    np.testing.assert_allclose(measured.lengths, [length], rtol=1e-12)
    assert measured.branches.tolist() == [branches]


def test_a_thick_bar_is_thinned_to_one_line():
    labels = np.zeros((15, 60), dtype=np.uint16)
    labels[5:10, 5:55] = 1
    measured = skeletons(labels)
    assert 44 <= measured.lengths[0] <= 50
    assert measured.branches.tolist() == [0]


def test_touching_cells_keep_their_own_lines():
    # One bar of three rows a cell, side by side: merged they would thin to a single line between them.
    labels = np.zeros((8, 30), dtype=np.uint16)
    labels[1:4, 2:28] = 1
    labels[4:7, 2:28] = 2
    alone = skeletons((labels == 1).astype(np.uint16))
    measured = skeletons(labels)
    assert measured.lengths.tolist() == [alone.lengths[0]] * 2
    assert measured.lengths[0] >= 20
    assert measured.branches.tolist() == [0, 0]


def test_lines_of_two_cells_that_touch_are_not_joined():
    measured = skeletons(draw("1111", "2222"))
    assert measured.lengths.tolist() == [3.0, 3.0]
    assert measured.branches.tolist() == [0, 0]


def test_labels_without_pixels_and_no_labels():
    labels = np.zeros((4, 9), dtype=np.int32)
    assert skeletons(labels).lengths.shape == (0,)
    labels[1, 2:6] = 3
    measured = skeletons(labels)
    assert measured.lengths.tolist() == [0.0, 0.0, 3.0]
    assert measured.branches.tolist() == [0, 0, 0]
