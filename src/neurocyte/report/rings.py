"""The rings of a permutation, walked all at once."""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def rings(after: Integers) -> tuple[Integers, Integers]:
    """Give all numbers ring by ring, each from its least number on.

    Ways are doubled: who knows what comes 2**k steps later learns from there what comes 2**(k + 1) steps
    later, so that the longest ring of n numbers takes log2(n) rounds.

    Args:
        after: (n,), what follows each of 0..n-1; everything follows something once.

    Returns:
        The numbers (n,), rings in the order of their least; and where each ring begins, (k + 1,), and n.
    """
    numbers = np.arange(len(after))
    least, ahead = numbers, after
    while True:
        lower = np.minimum(least, least.take(ahead))
        if (lower == least).all():
            break
        least, ahead = lower, ahead.take(ahead)
    # Steps to the end of the ring, which is where the least number follows.
    is_end = after == least
    left, ahead = np.where(is_end, 0, 1), np.where(is_end, numbers, after)
    while (further := left.take(ahead)).any():
        left, ahead = left + further, ahead.take(ahead)
    firsts = np.flatnonzero(least == numbers)
    lengths = left[firsts] + 1
    ends = np.cumsum(lengths)
    order, last = np.empty_like(numbers), np.empty_like(numbers)
    # Where the last number of each ring comes to stand, by the ring's least.
    last[firsts] = ends - 1
    order[last.take(least) - left] = numbers
    return order, np.concatenate(([0], ends))
