import numpy as np
import pytest

from neurocyte.errors import InputError
from neurocyte.metrics.reliability import found_matches, reliability


def test_found_cells_that_match() -> None:
    truth = np.zeros((6, 12), dtype=np.int32)
    truth[:, 1:5], truth[:, 7:9] = 7, 3
    found = np.zeros_like(truth)
    found[:, 1:4] = 1  # 3 of 4 columns
    found[:, 4:9] = 2  # 2 of 6: below one half
    assert found_matches(truth, found).tolist() == [True, False]
    assert found_matches(np.zeros_like(truth), found).tolist() == [False, False]
    assert found_matches(truth, np.zeros_like(truth)).tolist() == []
    with pytest.raises(InputError, match="native size"):
        found_matches(truth, found[:, :6])


def test_a_half_is_no_match() -> None:
    truth, found = np.zeros((2, 2, 4), dtype=np.int32)
    truth[:, :2], found[:, :4] = 1, 1
    assert found_matches(truth, found).tolist() == [False]


def test_the_curve_by_hand() -> None:
    said = [np.array([0.05, 0.15], dtype=np.float32), np.array([0.17, 1.0], dtype=np.float32)]
    curve = reliability(said, [np.array([False, True]), np.array([False, True])])
    assert curve is not None
    assert [(one.low, one.cells, one.matched) for one in curve.bins] == [
        (0.0, 1, 0),
        (0.1, 2, 0.5),
        (0.9, 1, 1),
    ]
    assert [one.confidence for one in curve.bins] == pytest.approx([0.05, 0.16, 1.0])
    assert curve.error == pytest.approx((0.05 + 2 * 0.34 + 0) / 4)


def test_no_cell() -> None:
    assert reliability([], []) is None
    assert reliability([np.zeros(0, dtype=np.float32)], [np.zeros(0, dtype=np.bool_)]) is None
