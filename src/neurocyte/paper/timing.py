"""Timing several variants against one another on a machine that others may use too."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

# The first calls allocate memory and choose kernels.
WARM_UP = 2
DEFAULT_THREADS = 2
# What speeds up a network's arithmetic: widths of vectors, and bfloat16 and int8 products.
_FEATURES = ("avx2", "fma3", "avx512_f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "neon", "sve")


def default_threads() -> int:
    """Return the threads to time with: two, or the machine's cores if fewer."""
    return min(DEFAULT_THREADS, os.cpu_count() or 1)


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch compute with so many threads inside, and with as many as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def interleave(
    variants: Mapping[str, Callable[[], object]], rounds: int, warm_up: int = WARM_UP
) -> dict[str, list[float]]:
    """Run all variants once a round, so that other load on the machine meets them alike.

    Args:
        variants: what to time, by name.
        rounds: timed runs of each.
        warm_up: rounds before those, not timed.

    Returns:
        Seconds of each run by name, in the order of the rounds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for round_ in range(-warm_up, rounds):
        for name, run in variants.items():
            began = time.perf_counter()
            run()
            taken = time.perf_counter() - began
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


def machine() -> dict[str, Any]:
    """Describe what the times hold for: cores, vector features, torch, and load before the timing."""
    capabilities = torch.cpu.get_capabilities()
    return {
        "cores": os.cpu_count(),
        "features": [name for name in _FEATURES if capabilities.get(name)],
        "torch": torch.__version__,
        # How many processes wanted to run in the last minute; not known on every system.
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }
