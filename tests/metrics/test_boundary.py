"""Boundary F1 by hand."""

import numpy as np
import pytest

from neurocyte.errors import InputError
from neurocyte.metrics.boundary import boundary_f1, boundary_pixels


def square(top: int, left: int, side: int, shape: tuple[int, int] = (20, 20)) -> np.ndarray:
    mask = np.zeros(shape, dtype=np.uint8)
    mask[top : top + side, left : left + side] = 1
    return mask


def test_boundary_of_a_square_is_its_ring() -> None:
    edge = boundary_pixels(square(5, 5, 4))
    assert edge.sum() == 12
    assert not edge[6:8, 6:8].any()


def test_the_frame_is_no_boundary() -> None:
    assert np.argwhere(boundary_pixels(square(0, 0, 3, (8, 8)))).tolist() == [
        [0, 2], [1, 2], [2, 0], [2, 1], [2, 2]
    ]  # fmt: skip


def test_touching_cells_have_a_boundary_between_them() -> None:
    labels = np.repeat(np.array([[1, 1, 1, 2, 2, 2]], dtype=np.uint16), 3, axis=0)
    assert boundary_pixels(labels).sum() == 6
    assert boundary_pixels(labels > 0).sum() == 0


def test_a_shift_within_tolerance_is_free() -> None:
    truth = square(5, 5, 8)
    assert boundary_f1(truth, square(5, 7, 8)) == 1.0
    assert boundary_f1(truth, square(7, 7, 8)) < 1.0


def test_hand_counted_score() -> None:
    """A one-pixel-high bar of 10 against one of 6 at its left end: 8 of 10 lie within 2 px."""
    truth, pred = np.zeros((9, 20), dtype=bool), np.zeros((9, 20), dtype=bool)
    truth[4, 3:13] = True
    pred[4, 3:9] = True
    assert boundary_f1(truth, pred) == pytest.approx(2 * 1.0 * 0.8 / 1.8, abs=1e-15)
    assert boundary_f1(truth, pred, tolerance_px=0) == pytest.approx(2 * 1.0 * 0.6 / 1.6, abs=1e-15)


def test_tolerance_is_euclidean() -> None:
    truth, near, far = (np.zeros((12, 12), dtype=bool) for _ in range(3))
    truth[5, 5] = near[6, 6] = far[7, 6] = True
    assert boundary_f1(truth, near) == 1.0
    assert boundary_f1(truth, far) == 0.0
    assert boundary_f1(truth, far, tolerance_px=2.3) == 1.0


def test_empty_masks() -> None:
    blank = np.zeros((20, 20), dtype=np.uint8)
    assert boundary_f1(blank, blank) == 1.0
    assert boundary_f1(blank, square(5, 5, 4)) == 0.0
    assert boundary_f1(square(5, 5, 4), blank) == 0.0


def test_shapes_must_match() -> None:
    with pytest.raises(InputError, match="shape"):
        boundary_f1(np.zeros((3, 2)), np.zeros((2, 3)))
