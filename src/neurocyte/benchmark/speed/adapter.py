"""A peer's network between the input and the output that ours have."""

from typing import Any

from torch import Tensor, nn


class Adapter(nn.Module):
    """Give a network the first channels of an image and take one map of what it gives.

    Both are views of memory: the time is the network's.

    Args:
        network: maps float (N, channels, H, W) to maps of the image's size, or a tuple whose first is that.
        channels: that it takes, at most 3.
    """

    def __init__(self, network: nn.Module, channels: int = 3) -> None:
        super().__init__()
        self.network = network
        self.channels = channels

    def forward(self, image: Tensor) -> Tensor:
        """Return logits.

        Args:
            image: float (N, 3, H, W).

        Returns:
            (N, 1, H, W).
        """
        maps: Any = self.network(image[:, : self.channels])
        first: Tensor = maps[0] if isinstance(maps, tuple | list) else maps
        return first[:, :1]
