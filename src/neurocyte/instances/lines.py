"""The lines along which the fragments of a label image touch, and fragments joined across them.

A line is judged as a whole, by its mean, so a few wrong pixels cut nothing.
"""

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocyte.instances.labels import IntArray

# Of a pixel, the neighbours after it in raster order: every pair of neighbours is met once.
NEIGHBOURS = ((0, 1), (1, -1), (1, 0), (1, 1))

Pixels = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


@dataclass(frozen=True)
class Lines:
    """Where two fragments touch.

    Args:
        low: int64 (m,), number of the one.
        high: int64 (m,), number of the other, which is greater.
        value: float64 (m,), what the pairs of neighbouring pixels say, added up or the highest of it.
        pairs: int64 (m,), pairs of neighbouring pixels.
    """

    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    pairs: npt.NDArray[np.int64]


def no_lines() -> Lines:
    """Return no line at all."""
    nothing = np.zeros(0, dtype=np.int64)
    return Lines(nothing, nothing, np.zeros(0), nothing)


def touching(fragments: IntArray, middle: tuple[slice, slice] | None = None) -> tuple[Pixels, Pixels]:
    """Find the pairs of neighbouring pixels of two fragments.

    Args:
        fragments: integer (H, W), 0 is background.
        middle: rows and columns in which the first pixel of a pair is to lie; None for all.

    Returns:
        Rows and columns of the ones and of the others, which come later in raster order.
    """
    rows, columns = middle or (slice(0, fragments.shape[0]), slice(0, fragments.shape[1]))
    padded = np.pad(fragments, 1)
    here = fragments[rows, columns]
    ones, others = [], []
    for down, right in NEIGHBOURS:
        there = padded[
            rows.start + 1 + down : rows.stop + 1 + down, columns.start + 1 + right : columns.stop + 1 + right
        ]
        pairs = np.flatnonzero((here != there) & (here > 0) & (there > 0))
        row, column = np.divmod(pairs, here.shape[1])
        ones.append((row + rows.start, column + columns.start))
        others.append((row + rows.start + down, column + columns.start + right))
    one, other = (
        (np.concatenate([row for row, _ in found]), np.concatenate([column for _, column in found]))
        for found in (ones, others)
    )
    return one, other


def lines_of(
    fragments: IntArray, one: Pixels, other: Pixels, values: npt.NDArray[np.floating], *, add: bool
) -> Lines:
    """Make one line of the pairs of every two fragments that touch.

    Args:
        fragments: integer (H, W), 0 is background.
        one: of `touching`.
        other: likewise.
        values: (n,), what each pair says.
        add: the values of a line are added up; else the highest stays.

    Returns:
        The lines, by the fragments' numbers.
    """
    low = np.minimum(fragments[one], fragments[other]).astype(np.int64)
    base = int(fragments.max(initial=0)) + 1
    pairs, index = np.unique(low * base + np.maximum(fragments[one], fragments[other]), return_inverse=True)
    value = np.zeros(len(pairs), dtype=np.float64)
    (np.add if add else np.maximum).at(value, index, values)
    return Lines(pairs // base, pairs % base, value, np.bincount(index, minlength=len(pairs)))


def join_fragments(count: int, lines: Lines, limit: float) -> npt.NDArray[np.intp]:
    """Join the two fragments with the least mean between them while that is below the limit.

    Args:
        count: Of fragments, numbered from 0.
        lines: Of every two that touch, with the sum over the pairs of pixels.
        limit: What a line's mean stays below where it is no border.

    Returns:
        (count,), for each fragment the number of the one that stands for all it is joined with.
    """
    around: list[dict[int, tuple[float, int]]] = [{} for _ in range(count)]
    queue: list[tuple[float, int, int]] = []
    columns = (lines.low.tolist(), lines.high.tolist(), lines.value.tolist(), lines.pairs.tolist())
    for low, high, total, pairs in zip(*columns, strict=True):
        around[low][high] = around[high][low] = (total, pairs)
        if total / pairs < limit:
            queue.append((total / pairs, low, high))
    heapq.heapify(queue)
    owner = list(range(count))
    while queue:
        mean, low, high = heapq.heappop(queue)
        line = around[low].get(high)
        # An entry is out of date when one of the two was joined to another, or their line has grown.
        if line is None or line[0] / line[1] != mean:
            continue
        kept, gone = (low, high) if len(around[low]) >= len(around[high]) else (high, low)
        owner[gone] = kept
        del around[kept][gone]
        for other, (total, pairs) in around[gone].items():
            if other == kept:
                continue
            del around[other][gone]
            before = around[kept].get(other, (0.0, 0))
            longer = (before[0] + total, before[1] + pairs)
            around[kept][other] = around[other][kept] = longer
            if longer[0] / longer[1] < limit:
                heapq.heappush(queue, (longer[0] / longer[1], min(kept, other), max(kept, other)))
        around[gone] = {}
    for number in range(count):
        while owner[number] != owner[owner[number]]:
            owner[number] = owner[owner[number]]
    return np.asarray(owner, dtype=np.intp)
