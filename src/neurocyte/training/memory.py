"""Training in smaller parts when the memory does not hold a batch."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from neurocyte.errors import UsageError

T = TypeVar("T")

# How torch's allocator, oneDNN and the C++ library say it on a processor: none has an exception of its own.
_SIGNS = ("can't allocate memory", "could not create a memory", "std::bad_alloc")


def out_of_memory(exc: BaseException) -> bool:
    """Tell whether an exception says that memory ran out."""
    if isinstance(exc, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(exc, RuntimeError) and any(sign in str(exc) for sign in _SIGNS)


def smaller_part(batch: int, part: int) -> int | None:
    """Return the largest divisor of a batch that is at most half of its present part; None for a part of 1.

    Parts of one size make up the batch, so that an update sees as many crops as before.
    """
    return next((size for size in range(part // 2, 0, -1) if batch % size == 0), None)


def in_parts_that_fit(
    once: Callable[[int, Path | None], T],
    batch: int,
    checkpoint: Path,
    resume: bool,
    say: Callable[[str], None],
) -> T:
    """Train; where memory runs out, go on from the last checkpoint with fewer crops at a time.

    Args:
        once: trains with so many crops at a time, from a checkpoint or (None) from the beginning.
        batch: crops of an update.
        checkpoint: what an attempt leaves after each epoch.
        resume: whether the first attempt begins there.
        say: takes sentences for the user.

    Returns:
        What the attempt that fits gives.

    Raises:
        UsageError: a single crop is too much.
    """
    part = batch
    while True:
        try:
            return once(part, checkpoint if resume else None)
        except Exception as exc:
            if not out_of_memory(exc):
                raise
            smaller = smaller_part(batch, part)
            if smaller is None:
                raise UsageError("A single crop does not fit into memory: give a smaller --crop.") from exc
        part, resume = smaller, checkpoint.is_file()
        # What the failed attempt held goes before the next one begins.
        gc.collect()
        say(f"Out of memory: going on with {part} of the {batch} crops of an update at a time.")
