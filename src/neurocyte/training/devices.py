"""The processes of a training on several devices: the first one leads, the others only train."""

from lightning.pytorch.utilities import rank_zero_only


def leads() -> bool:
    """Tell whether this process is the one that speaks and writes."""
    return int(rank_zero_only.rank) == 0
