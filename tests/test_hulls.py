"""Counted hulls and perimeters against scikit-image's, which look at one cell after another."""

import numpy as np
import pytest
from skimage.measure import regionprops_table

from neurocyte.hulls import hull_areas
from neurocyte.perimeters import perimeters


def boxes(labels):
    rows = [np.flatnonzero((labels == label).any(axis=1)) for label in range(1, labels.max() + 1)]
    return np.array([one[0] for one in rows]), np.array([one[-1] + 1 for one in rows])


def shapes(seed):
    """Cells of any shape, touching and in pieces, all labels present."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(1, 4, rng.integers(2, 30, 2)) * (rng.random() > 0.3)
    labels *= rng.random(labels.shape) < rng.uniform(0.2, 1)
    labels[0, 0], labels[1, 0], labels[0, 1] = 1, 2, 3
    return labels


def test_a_corner_counts_the_pixels_that_its_hull_touches():
    labels = np.zeros((6, 6), dtype=np.uint16)
    labels[1:5, 1] = labels[4, 1:5] = 1
    # Between the tips a line of slope 1 through the pixels' middles: 4 + 3 + 2 + 1.
    assert hull_areas(labels, np.array([1]), np.array([5])).tolist() == [10]
    # All but the tips are worth 1.
    assert perimeters(labels, 1).tolist() == [5]


@pytest.mark.parametrize("seed", range(20))
def test_they_are_scikit_images(seed):
    labels = shapes(seed)
    theirs = regionprops_table(labels, properties=("area_convex", "perimeter"))
    assert hull_areas(labels, *boxes(labels)).tolist() == theirs["area_convex"].tolist()
    assert perimeters(labels, 3).tolist() == pytest.approx(theirs["perimeter"].tolist(), rel=1e-12)
