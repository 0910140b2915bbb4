"""Bins counted by hand."""

import numpy as np
import pytest

from neurocyte.report.histogram import Bar, histogram


def test_values_fall_into_bins_of_a_round_width_from_zero():
    bars = histogram(np.arange(400))  # the 99th percentile is 395.01, over 40 bins: width 10
    assert bars[0] == Bar(0.0, 10.0, 10)
    assert [bar.count for bar in bars] == [10] * 40
    assert bars[-1].high == 400.0


def test_a_giant_is_held_by_an_open_last_bin():
    bars = histogram([*range(400), 1e6])
    assert bars[-1] == Bar(400.0, None, 1)
    assert sum(bar.count for bar in bars) == 401


def test_the_lower_edge_belongs_to_a_bin_and_the_upper_does_not():
    bars = histogram([0.0] * 500 + [2.0] * 500 + [80.0] * 500)
    assert [(bar.low, bar.count) for bar in bars if bar.count] == [(0.0, 500), (2.0, 500), (80.0, 500)]


@pytest.mark.parametrize("scale", [1e-6, 0.013, 1.0, 7.7, 3e5])
def test_there_are_sixteen_to_forty_one_bins_and_nothing_is_lost(scale):
    values = np.linspace(0, 1, 1001) * scale
    bars = histogram(values)
    assert 16 <= len(bars) <= 42
    assert sum(bar.count for bar in bars) == 1001


def test_no_values_and_equal_values():
    assert histogram([]) == []
    assert histogram([float("nan"), float("inf")]) == []
    assert sum(bar.count for bar in histogram([5.0, 5.0])) == 2
    assert sum(bar.count for bar in histogram([0.0])) == 1
