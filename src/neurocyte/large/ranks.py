"""Percentiles of an image that is met part by part: the very numbers of numpy.percentile, without sorting."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.percentiles import between

Float32 = NDArray[np.float32]
Keys = NDArray[np.uint32]

_BINS, _LOW_BITS = 2**16, 16


class Ranks:
    """Counts values by their size, for `neurocyte.preprocess.choose_levels`.

    Whole numbers up to 65,535 are counted each. Of others the upper half of the bits is counted, and the
    lower half of those in question when they are met again.

    Args:
        again: gives all values once more.
    """

    def __init__(self, again: Callable[[], Iterable[Float32]]) -> None:
        self._again = again
        self._counts = np.zeros(_BINS, dtype=np.int64)
        self._whole = True
        self._low, self._high = math.inf, -math.inf

    def add(self, values: NDArray[Any]) -> None:
        """Count values: always uint8 or uint16, or always float32."""
        self._whole = values.dtype.kind == "u"
        keys = values.ravel() if self._whole else _keys(values) >> _LOW_BITS
        self._counts += np.bincount(keys, minlength=_BINS)
        self._low = min(self._low, float(values.min()))
        self._high = max(self._high, float(values.max()))

    def extremes(self) -> tuple[float, float]:
        """Give the lowest and the highest value."""
        return self._low, self._high

    def percentiles(self, wanted: tuple[float, float]) -> tuple[float, float]:
        """Give two percentiles, 0 to 100, between values by linear interpolation."""
        last = int(self._counts.sum()) - 1
        places = [last * (percent / 100) for percent in wanted]
        ranks = [(math.floor(place), min(math.floor(place) + 1, last)) for place in places]
        values = self._at(sorted({rank for pair in ranks for rank in pair}))
        low, high = (
            between(values[first], values[second], place - first)
            for place, (first, second) in zip(places, ranks, strict=True)
        )
        return low, high

    def _at(self, ranks: list[int]) -> dict[int, Any]:
        """The values that stand at these places of the sorted ones, floats in their own type."""
        bins, before = _find(self._counts, ranks)
        if self._whole:
            return dict(zip(ranks, bins, strict=True))
        lower = {number: np.zeros(_BINS, dtype=np.int64) for number in set(bins)}
        for part in self._again():
            keys = _keys(part)
            upper = keys >> _LOW_BITS
            for number, counts in lower.items():
                counts += np.bincount(keys[upper == number] & (_BINS - 1), minlength=_BINS)
        found: dict[int, Any] = {}
        for rank, number, skipped in zip(ranks, bins, before, strict=True):
            ((rest,), _) = _find(lower[number], [rank - skipped])
            found[rank] = _value((number << _LOW_BITS) | rest)
        return found


def _find(counts: NDArray[np.int64], ranks: list[int]) -> tuple[list[int], list[int]]:
    """The bins that hold these ranks, and how many values lie before each bin."""
    total = np.cumsum(counts)
    bins = np.searchsorted(total, ranks, side="right")
    return bins.tolist(), (total[bins] - counts[bins]).tolist()


def _keys(values: Float32) -> Keys:
    """Whole numbers in the order of the values."""
    bits = np.ascontiguousarray(values, dtype=np.float32).ravel().view(np.uint32)
    keys: Keys = np.where(bits >> 31, ~bits, bits | np.uint32(2**31))
    return keys


def _value(key: int) -> np.float32:
    bits = key & (2**31 - 1) if key >> 31 else ~key & (2**32 - 1)
    value: np.float32 = np.array([bits], dtype=np.uint32).view(np.float32)[0]
    return value
