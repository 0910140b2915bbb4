"""How the C library treats freed memory, in a process of our own: a host program decides that itself."""

import ctypes
import sys

# glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -3, -4, -8
# Bytes. The most that glibc takes, and more than any array of an image of a few megapixels.
_LARGEST = 32 << 20
_KEPT = 256 << 20
_ALL = (1 << 31) - 1


def keep_freed_memory(*, of_any_size: bool = False) -> bool:
    """Keep what arrays leave for the next ones, in place of giving it back to the system.

    The system clears every page that it gives out, which for an image's arrays takes longer than most of
    what is computed in them. Only glibc (Linux) is told; elsewhere nothing happens.

    Args:
        of_any_size: also what is larger than `_LARGEST`, for training, whose arrays come again in each step.
            The process then keeps the most it ever had.

    Returns:
        Whether the allocator took it.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        # Another C library, like musl.
        return False
    if of_any_size:
        # One arena, as what a thread of autograd frees another one needs.
        settings = {_MMAP_MAX: 0, _TRIM_THRESHOLD: _ALL, _ARENA_MAX: 1}
    else:
        settings = {_MMAP_THRESHOLD: _LARGEST, _TRIM_THRESHOLD: _KEPT}
    return all(tell(name, value) == 1 for name, value in settings.items())
