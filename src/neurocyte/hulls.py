"""The convex hulls of all cells of an image at once: how many pixels they cover."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def hull_areas(labels: NDArray[np.integer[Any]], tops: Integers, bottoms: Integers) -> Integers:
    """Count the pixels whose centre lies in the convex hull of their cell, its border included.

    A pixel is taken for the middles of its four sides, as in scikit-image's `convex_hull_image`. All is
    counted in whole numbers, half pixels: no rounding decides what lies on a border.

    Args:
        labels: Label image, integer (H, W), with the labels 1..n, 0 is background.
        tops: First row of each label, (n,).
        bottoms: Last row of each label + 1, (n,).

    Returns:
        (n,), of label i at i - 1.
    """
    count = len(tops)
    sizes = 2 * (bottoms - tops) + 1
    begins = np.cumsum(sizes) - sizes
    # Left sides first, then the right ones, mirrored: of both the least is wanted.
    sides = np.concatenate([_least(*ends, begins, tops, int(sizes.sum())) for ends in _ends(labels)])
    chain = np.repeat(np.arange(2 * count), np.tile(sizes, 2))
    y = np.arange(len(sides)) - np.repeat(np.concatenate((begins, begins + sizes.sum())), np.tile(sizes, 2))
    there = sides < np.iinfo(np.int64).max
    chain, y, x = _envelope(chain[there], y[there], sides[there])
    heights = bottoms - tops
    row_chain = np.repeat(np.arange(2 * count), np.tile(heights, 2))
    starts = np.cumsum(np.tile(heights, 2)) - np.tile(heights, 2)
    # Centres of rows are at every second half pixel from the second on.
    row_y = 2 * (np.arange(len(row_chain)) - np.repeat(starts, np.tile(heights, 2))) + 1
    reach = int(sizes.max()) + 1
    before = np.searchsorted(chain * reach + y, row_chain * reach + row_y, side="right") - 1
    rise, run = x[before + 1] - x[before], y[before + 1] - y[before]
    # The first whole pixel at or after the line: rounded up.
    first = -(-(x[before] * run + rise * (row_y - y[before])) // (2 * run))
    left, right = first[: len(first) // 2], -first[len(first) // 2 :]
    owner = row_chain[: len(left)]
    covered: Integers = np.bincount(owner, np.maximum(right - left + 1, 0), count).astype(np.int64)
    return covered


def _ends(labels: NDArray[np.integer[Any]]) -> list[tuple[Integers, Integers, Integers]]:
    """Label, row and column of the first pixels of all runs along rows; then of the last, mirrored."""
    found = []
    padded = np.pad(labels, ((0, 0), (1, 1)))
    inner = padded[:, 1:-1]
    for neighbours, sign in ((padded[:, :-2], 1), (padded[:, 2:], -1)):
        ends = np.flatnonzero((inner != neighbours) & (inner > 0))
        row, column = np.divmod(ends, labels.shape[1])
        found.append((labels.ravel()[ends].astype(np.int64), row, sign * column))
    return found


def _least(
    label: Integers, row: Integers, column: Integers, begins: Integers, tops: Integers, size: int
) -> Integers:
    """The least column, in half pixels, that each cell has at each half row; the largest number for none."""
    least = np.full(size, np.iinfo(np.int64).max)
    place = begins[label - 1] + 2 * (row - tops[label - 1])
    for step, shift in ((0, 0), (1, -1), (2, 0)):
        np.minimum.at(least, place + step, 2 * column + shift)
    return least


def _envelope(chain: Integers, y: Integers, x: Integers) -> tuple[Integers, Integers, Integers]:
    """Drop the points of each chain, rising in y, that are not to the left of the line of their neighbours.

    Such a point is no corner of the hull whichever others go with it, so all are dropped together, again and
    again until none is left.
    """
    while True:
        keep = np.ones(len(y), dtype=bool)
        inner = (chain[1:-1] == chain[:-2]) & (chain[1:-1] == chain[2:])
        ahead_y, ahead_x = y[2:] - y[:-2], x[2:] - x[:-2]
        keep[1:-1] = ~inner | ((x[1:-1] - x[:-2]) * ahead_y < ahead_x * (y[1:-1] - y[:-2]))
        if keep.all():
            return chain, y, x
        chain, y, x = chain[keep], y[keep], x[keep]
