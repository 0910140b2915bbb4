"""The borders of all cells of an image at once, as closed lines; and their corners."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.report.rings import Integers, rings

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Contours:
    """Closed lines, one after another.

    Args:
        points: float64 (n, 2), rows and columns: the middles of the sides of pixels between a cell and what
            is not that cell, in order. The first point of a line comes once more as its last.
        starts: (k + 1,), where each line begins, and n.
        owners: (k,), the label of each line's cell.
    """

    points: Floats
    starts: Integers
    owners: Integers


def contours(labels: NDArray[np.integer[Any]]) -> Contours:
    """Trace every cell, and every hole in one; pixels that touch at a corner only have separate lines.

    Args:
        labels: Label image, integer (H, W), 0 is background.

    Returns:
        The lines, pixel centres having whole numbers.
    """
    padded = np.pad(labels, 1)
    flat, width = padded.ravel(), padded.shape[1]
    # Headings are right turns from one to the next; the cell is on the right hand, its side named by them.
    ahead = np.array((1, width, -1, -width))
    outwards = np.roll(ahead, 1)
    rows = slice(width, flat.size - width)
    inner = flat[rows]
    bare = [
        width + np.flatnonzero((inner != flat[rows.start + step : rows.stop + step]) & (inner > 0))
        for step in outwards.tolist()
    ]
    pixel = np.concatenate(bare)
    heading = np.repeat(np.arange(4), [len(one) for one in bare])
    number = np.empty(4 * flat.size, dtype=np.int32)
    number[4 * pixel + heading] = np.arange(len(pixel))
    own, front = flat[pixel], pixel + ahead[heading]
    corner = front + outwards[heading]
    goes_on, turns_left = flat[front] == own, flat[corner] == own
    following = 4 * pixel + (heading + 1) % 4
    following = np.where(goes_on, 4 * front + heading, following)
    following = np.where(goes_on & turns_left, 4 * corner + (heading - 1) % 4, following)
    order, starts = rings(number[following].astype(np.int64))
    # Closed: the first of each ring once more at its end.
    order = np.insert(order, starts[1:], order[starts[:-1]])
    starts = starts + np.arange(len(starts))
    row, column = np.divmod(pixel[order], width)
    half = np.array(((-0.5, 0.0), (0.0, 0.5), (0.5, 0.0), (0.0, -0.5)))[heading[order]]
    points = np.stack((row, column), axis=1) - 1 + half
    return Contours(points, starts, own[order][starts[:-1]].astype(np.int64))


def corners(lines: Contours, tolerance: float) -> NDArray[np.bool_]:
    """Choose points of each line so that no other is further than the tolerance from the line through them.

    All spans of all lines are halved together, as a call a span costs far more than its arithmetic.

    Args:
        lines: Closed lines.
        tolerance: In pixels.

    Returns:
        bool (n,); the ends of each line are kept.

    Source:
        Douglas and Peucker, Cartographica 10 (1973).
    """
    keep = np.zeros(len(lines.points), dtype=bool)
    keep[lines.starts[:-1]] = keep[lines.starts[1:] - 1] = True
    # Within a straight run no point is further away than one of its ends.
    steps = np.diff(lines.points, axis=0)
    turns = keep.copy()
    turns[1:-1] |= (steps[1:] != steps[:-1]).any(axis=1)
    candidates = np.flatnonzero(turns)
    # Rows and columns apart: of pairs, each step would skip every second number.
    points = np.ascontiguousarray(lines.points[candidates].T)
    ends = np.flatnonzero(keep[candidates])
    first, last = ends[::2], ends[1::2]
    while True:
        open_ = last - first > 1
        first, last = first[open_], last[open_]
        if not len(first):
            return keep
        inner = last - first - 1
        begins = np.cumsum(inner) - inner
        span = np.repeat(np.arange(len(inner)), inner)
        at = np.arange(len(span)) - np.repeat(begins - first - 1, inner)
        away = _squared_distances(points, at, first, last, span)
        furthest = np.maximum.reduceat(away, begins)
        hits = np.flatnonzero(away == furthest[span])
        # Of several that are as far, the first.
        middle = at[hits[np.searchsorted(span[hits], np.arange(len(inner)))]]
        split = furthest > tolerance**2
        first, middle, last = first[split], middle[split], last[split]
        keep[candidates[middle]] = True
        first, last = np.concatenate((first, middle)), np.concatenate((middle, last))


def _squared_distances(
    points: Floats, at: Integers, first: Integers, last: Integers, span: Integers
) -> Floats:
    """From points to the straight line between two others, those of the span that each belongs to."""
    begins = points.take(first, axis=1)
    chord_y, chord_x = (points.take(last, axis=1) - begins).take(span, axis=1)
    y, x = points.take(at, axis=1) - begins.take(span, axis=1)
    length = np.maximum(chord_y * chord_y + chord_x * chord_x, 1e-12)
    along = np.clip((y * chord_y + x * chord_x) / length, 0.0, 1.0)
    squared: Floats = (y - along * chord_y) ** 2 + (x - along * chord_x) ** 2
    return squared
