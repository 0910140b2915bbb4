"""All lines at once are the lines one by one."""

import numpy as np
import pytest
from skimage.measure import approximate_polygon, find_contours

from neurocyte.report.contours import Contours, contours, corners


def lines_of(labels):
    found = contours(labels)
    return [
        (int(owner), found.points[start:end])
        for owner, start, end in zip(found.owners, found.starts[:-1], found.starts[1:], strict=True)
    ]


def test_a_pixel_is_a_diamond_around_its_centre():
    labels = np.zeros((4, 5), dtype=np.uint16)
    labels[1, 2] = 7
    ((owner, line),) = lines_of(labels)
    assert owner == 7
    assert line.tolist() == [[0.5, 2], [1, 2.5], [1.5, 2], [1, 1.5], [0.5, 2]]


def test_no_cells_have_no_lines():
    assert lines_of(np.zeros((3, 3), dtype=np.uint16)) == []


@pytest.mark.parametrize("seed", range(6))
def test_every_cell_has_the_points_and_the_lines_that_scikit_image_finds(seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(1, 4, (12, 15)) * (rng.random((12, 15)) < 0.6)
    mine = lines_of(labels)
    for label in (1, 2, 3):
        mask = np.pad(labels == label, 1).astype(float)
        theirs = find_contours(mask, 0.5)
        own = [line for owner, line in mine if owner == label]
        assert sorted(map(len, own)) == sorted(map(len, theirs))
        points = {tuple(point) for line in own for point in line.tolist()}
        assert points == {tuple(point) for line in theirs for point in (line - 1).tolist()}


@pytest.mark.parametrize("seed", range(6))
def test_corners_are_those_of_douglas_and_peucker(seed):
    rng = np.random.default_rng(seed)
    lines = [np.cumsum(rng.normal(size=(count, 2)), axis=0) for count in (2, 3, 40, 5)]
    lines = [np.concatenate((line, line[:1])) for line in lines]
    starts = np.cumsum([0, *map(len, lines)])
    keep = corners(Contours(np.concatenate(lines), starts, np.arange(4)), 0.8)
    for line, start, end in zip(lines, starts[:-1], starts[1:], strict=True):
        kept = line[keep[start:end]]
        assert kept.tolist() == approximate_polygon(line, 0.8).tolist()
