"""Timing several variants against one another on a machine that others may use too."""

import os
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

Name = TypeVar("Name", bound=Hashable)

# The first calls allocate memory and choose kernels.
WARM_UP = 2
DEFAULT_THREADS = 2
# Of the processor's time what other programs take is no part; it is the sum over threads.
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "processor": time.process_time}


def default_threads() -> int:
    """Return the threads to time with: two, or the machine's cores if fewer."""
    return min(DEFAULT_THREADS, os.cpu_count() or 1)


def interleave(
    variants: Mapping[Name, Callable[[], object]],
    rounds: int,
    warm_up: int = WARM_UP,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[Name, list[float]]:
    """Run all variants once a round, so that other load on the machine meets them alike.

    Args:
        variants: what to time, by name.
        rounds: timed runs of each.
        warm_up: rounds before those, not timed.
        clock: gives seconds.

    Returns:
        Seconds of each run by name, in the order of the rounds.
    """
    seconds: dict[Name, list[float]] = {name: [] for name in variants}
    for round_ in range(-warm_up, rounds):
        for name, run in variants.items():
            began = clock()
            run()
            taken = clock() - began
            if round_ >= 0:
                seconds[name].append(taken)
    return seconds


def milliseconds(seconds: Sequence[float]) -> dict[str, Any]:
    """Return ``median``, ``quartiles`` [lower, upper] in milliseconds, and ``rounds``."""
    low, middle, high = np.percentile(np.asarray(seconds) * 1e3, (25, 50, 75)).tolist()
    return {"median": middle, "quartiles": [low, high], "rounds": len(seconds)}


def ratio(above: Sequence[float], below: Sequence[float]) -> dict[str, Any]:
    """Return ``median`` and ``quartiles`` of the ratio of two variants' times, round by round.

    Both runs of a round lie seconds apart, so that a slow minute of the machine cancels.
    """
    quotients = np.asarray(above) / np.asarray(below)
    low, middle, high = np.percentile(quotients, (25, 50, 75)).tolist()
    return {"median": middle, "quartiles": [low, high]}


def load() -> float | None:
    """Return how many processes wanted to run in the last minute; None where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
