"""A part of a resampled plane, from a part of the plane."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurocyte.large.resampling import resampled
from neurocyte.preprocess import resize_plane

PLANE = np.random.default_rng(0).random((2, 90, 121), dtype=np.float32)


def part(new: tuple[int, int], rows: slice, columns: slice) -> np.ndarray:
    def read(down: slice, right: slice) -> np.ndarray:
        return PLANE[:, down, right]

    return resampled(read, PLANE.shape[1:], new, rows, columns)


@pytest.mark.parametrize("new", [(90, 121), (180, 242), (45, 121), (360, 484)])
def test_a_part_is_the_same_bits_where_the_scale_is_a_power_of_two(new: tuple[int, int]) -> None:
    rows, columns = slice(7, 40), slice(50, new[1])
    whole = np.stack([resize_plane(one, new) for one in PLANE])
    assert_array_equal(part(new, rows, columns), whole[:, rows, columns])


@pytest.mark.parametrize("new", [(61, 83), (101, 137), (13, 200)])
def test_at_other_scales_it_is_as_near_as_rounding_allows(new: tuple[int, int]) -> None:
    rows, columns = slice(3, 12), slice(11, 71)
    whole = np.stack([resize_plane(one, new) for one in PLANE])
    assert_allclose(part(new, rows, columns), whole[:, rows, columns], atol=2e-5)
