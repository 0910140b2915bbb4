"""Rings of a permutation against a walk number by number."""

from itertools import pairwise

import numpy as np
import pytest

from neurocyte.report.rings import rings


def walked(after: list[int]) -> list[list[int]]:
    seen: set[int] = set()
    found = []
    for first in range(len(after)):
        ring, at = [], first
        while at not in seen:
            seen.add(at)
            ring.append(at)
            at = after[at]
        if ring:
            found.append(ring)
    return found


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 9, 500])
def test_rings_are_those_of_a_walk(count):
    rng = np.random.default_rng(count)
    for _ in range(20):
        after = rng.permutation(count)
        order, starts = rings(after)
        expected = walked(after.tolist())
        assert [order[a:b].tolist() for a, b in pairwise(starts)] == expected


def test_one_long_ring():
    after = np.roll(np.arange(1000), -1)
    order, starts = rings(after)
    np.testing.assert_array_equal(order, np.arange(1000))
    assert starts.tolist() == [0, 1000]
