"""The processes of a training on several devices: the first one leads, the others only train."""

from collections.abc import Iterator

import torch.distributed
from lightning.pytorch.utilities import rank_zero_only
from torch.utils.data import Sampler


def leads() -> bool:
    """Tell whether this process is the one that speaks and writes."""
    return int(rank_zero_only.rank) == 0


def place() -> tuple[int, int]:
    """Return this process's number and how many train together: 0 and 1 until training has begun."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


class OwnShare(Sampler[int]):
    """The numbers below a count, each at one process; all of them at each where there are too few.

    Lightning's own sampler shows some numbers twice, so that all processes have as many.

    Args:
        count: how many there are.
    """

    def __init__(self, count: int) -> None:
        self.count = count

    def _numbers(self) -> range:
        number, processes = place()
        return range(number, self.count, processes) if processes <= self.count else range(self.count)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers())

    def __len__(self) -> int:
        return len(self._numbers())
