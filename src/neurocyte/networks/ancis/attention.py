"""Self-attention over all places of a feature map."""

import torch
from torch import Tensor, nn


class SelfAttention(nn.Module):
    """``x + softmax(f(x)^T g(x)) h(x)`` with 1x1 convolutions without bias.

    Args:
        channels: of the map; f and g have an eighth of them.

    Source:
        Yi et al. 2019, section 3.1.2, after Zhang et al. 2018, "Self-attention generative adversarial
        networks".
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.f = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.g = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.h = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        # Places before channels: with channels last no product has to copy its operands.
        f, g, h = (conv(x).flatten(2).transpose(1, 2) for conv in (self.f, self.g, self.h))
        weights = torch.softmax(f @ g.transpose(1, 2), dim=-1)
        attended: Tensor = (weights @ h).transpose(1, 2).reshape(x.shape)
        return x + attended
