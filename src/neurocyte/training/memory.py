"""Training in smaller parts when the memory does not hold a batch."""

import torch

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
