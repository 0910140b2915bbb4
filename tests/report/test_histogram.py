"""Bins counted by hand."""

import numpy as np
import pytest

from neurocyte.report.histogram import Bins, bins_for


def test_values_fall_into_bins_of_a_round_width_from_zero():
    bins = bins_for(np.arange(400))  # the 99th percentile is 395.01, over 40 bins: width 10
    assert bins == Bins(0.0, 10.0, 40)
    assert bins.counts(np.arange(400)) == [10] * 40
    assert bins.marks == [0, 100, 200, 300, 400]


def test_the_last_bin_holds_what_lies_beyond():
    bins = bins_for([*range(400), 1e6])
    assert bins.count == 40
    assert bins.counts([*range(400), 1e6])[-1] == 11


def test_the_lower_edge_belongs_to_a_bin_and_the_upper_does_not():
    counts = Bins(1.0, 0.1, 4).counts([1.0, 1.1, 1.2, 1.2999, 1.3])
    assert counts == [1, 1, 2, 1]


@pytest.mark.parametrize("scale", [1e-6, 0.013, 1.0, 7.7, 3e5])
def test_there_are_sixteen_to_forty_bins_and_nothing_is_lost(scale):
    values = np.linspace(0, 1, 1001) * scale
    bins = bins_for(values)
    assert 16 <= bins.count <= 40
    assert bins.count % 4 == 0
    assert sum(bins.counts(values)) == 1001


def test_no_values_and_equal_values():
    assert bins_for([]) is None
    assert bins_for([float("nan"), float("inf")]) is None
    assert sum(bins_for([5.0, 5.0]).counts([5.0, 5.0])) == 2
    assert sum(bins_for([1.0], 1.0).counts([1.0])) == 1
