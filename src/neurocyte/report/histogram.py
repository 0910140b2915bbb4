"""Bins for values of several groups, so that their distributions can be drawn over one axis."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# At most this many bins.
_BINS = 40
# Values above this percentile share the last bin, so that one giant does not flatten all others.
_TAIL = 99.0
# The axis is a multiple of so many bins, for its marks at the quarters.
_QUARTERS = 4


@dataclass(frozen=True)
class Bins:
    """Bins of equal width from `low` on; the last one also holds what lies beyond."""

    low: float
    width: float
    count: int

    @property
    def marks(self) -> list[float]:
        """The ends and quarters of the axis."""
        return [self.low + self.width * self.count * i / _QUARTERS for i in range(_QUARTERS + 1)]

    def counts(self, values: ArrayLike) -> list[int]:
        """Count values, (n,) and finite, bin by bin; a lower edge belongs to its bin."""
        numbers = np.asarray(values, dtype=np.float64)
        index = np.floor((numbers - self.low) / self.width + 1e-9).astype(np.int64)
        inside = np.clip(index, 0, self.count - 1)
        counted: list[int] = np.bincount(inside, minlength=self.count).tolist()
        return counted


def bins_for(values: ArrayLike, low: float = 0.0) -> Bins | None:
    """Choose bins whose axis covers 99 of 100 values.

    Args:
        values: Numbers of all groups, float (n,); those that are not finite are left out.
        low: Where the axis begins.

    Returns:
        At most 40 bins, a multiple of 4, whose width is 1, 2 or 5 times a power of ten; None without values.
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return None
    reach = max(float(np.percentile(numbers, _TAIL)) - low, 1e-9)
    width = _round_width(reach / _BINS)
    count = math.ceil(reach / width - 1e-9)
    return Bins(low, width, min(_BINS, -(-count // _QUARTERS) * _QUARTERS))


def finite(values: ArrayLike) -> NDArray[np.float64]:
    """Leave out what is not finite."""
    numbers = np.asarray(values, dtype=np.float64)
    return numbers[np.isfinite(numbers)]


def _round_width(width: float) -> float:
    """The least of 1, 2 and 5 times a power of ten that is at least the width."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))
