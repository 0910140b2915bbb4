"""Bins and bars of a histogram, ready to be drawn."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

# At most this many bins and at least four tenths of it; their width is 1, 2 or 5 times a power of ten.
_BINS = 40
# Values above this percentile share the last bin, so that one giant does not flatten all others.
_TAIL = 99.0


@dataclass(frozen=True)
class Bar:
    """A bin: from `low` up to but not including `high` (None for the open last bin), and what it holds."""

    low: float
    high: float | None
    count: int


def histogram(values: ArrayLike) -> list[Bar]:
    """Count values in bins of a round width from 0.

    Args:
        values: Numbers, float (n,), not negative; those that are not finite are left out.

    Returns:
        Consecutive bins from 0, the last one open where values beyond the bulk exist; none without values.
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return []
    width = _round_width(max(float(np.percentile(numbers, _TAIL)), 1e-9) / _BINS)
    count = math.floor(float(np.percentile(numbers, _TAIL)) / width) + 1
    index = np.floor(numbers / width).astype(np.int64)
    tail = int(np.count_nonzero(index >= count))
    counts = np.bincount(index[index < count], minlength=count).tolist()
    bars = [Bar(width * i, width * (i + 1), held) for i, held in enumerate(counts)]
    return [*bars, Bar(width * count, None, tail)] if tail else bars


def _round_width(width: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that is at least the width."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))
