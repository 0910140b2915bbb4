"""Decoders: a chain of blocks, each of which doubles the grid and takes in one skip."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from neurocyte.networks.features import FeatureInfo

UNET_WIDTHS = (256, 128, 64, 32, 16)
# Four blocks for an encoder of five levels: the last map is on half the image's grid.
SLIM_WIDTHS = (64, 48, 32, 24)
# Three blocks for an encoder of four levels, likewise; 16 channels are what one vector instruction takes.
FAST_WIDTHS = (48, 32, 16)
# Channels of the full-resolution map that has no skip.
_LAST_WIDTH = 16


class Decoder(nn.Module):
    """Blocks from the bottom up; block i joins the i-th skip counted from the deepest.

    Attributes:
        blocks: each takes (deep, skip or None, (H, W)) and returns a map of H x W.
        gate_channels: channels of the map one level below each skip, deepest first: the gating signals.
        channels: channels of the last map.
    """

    blocks: nn.ModuleList
    gate_channels: tuple[int, ...]
    channels: int


class UNetDecoder(Decoder):
    """The decoder that concatenates its skips.

    Args:
        features: of the encoder, shallow to deep.
        widths: channels after each block, deepest first; fewer of them than there are levels leave the last
            map on a coarser grid than the image.
        transposed: enlarge by a learned 2x2 transposed convolution that also halves the channels (the 2015
            U-Net) instead of by nearest-neighbour repetition.

    Source:
        Ronneberger et al. 2015, U-Net, Fig. 1.
    """

    def __init__(
        self, features: Sequence[FeatureInfo], widths: Sequence[int] = UNET_WIDTHS, transposed: bool = False
    ) -> None:
        super().__init__()
        skips = [f.channels for f in reversed(features[:-1])]
        if features[0].stride > 1:
            skips.append(0)
        skips = skips[: len(widths)]
        inputs = [features[-1].channels, *widths[: len(skips) - 1]]
        self.blocks = nn.ModuleList(
            UNetBlock(c, s, w, transposed) for c, s, w in zip(inputs, skips, widths, strict=False)
        )
        self.gate_channels = tuple(inputs[: len(features) - 1])
        self.channels = widths[len(skips) - 1]


class LinkNetDecoder(Decoder):
    """The decoder that adds its skips.

    Args:
        features: of the encoder, shallow to deep.

    Source:
        Chaurasia & Culurciello 2017, LinkNet, Fig. 2 (with repetition and a 3x3 convolution in place of the
        transposed one, as in the Keras code that the paper's parameter count fits).
    """

    def __init__(self, features: Sequence[FeatureInfo]) -> None:
        super().__init__()
        outputs = [f.channels for f in reversed(features[:-1])]
        if features[0].stride > 1:
            outputs.append(_LAST_WIDTH)
        inputs = [features[-1].channels, *outputs[:-1]]
        self.blocks = nn.ModuleList(LinkNetBlock(c, o) for c, o in zip(inputs, outputs, strict=True))
        self.gate_channels = tuple(inputs[: len(features) - 1])
        self.channels = outputs[-1]


class UNetBlock(nn.Module):
    """Enlarge, concatenate, two 3x3 convolutions."""

    def __init__(self, in_channels: int, skip_channels: int, out_channels: int, transposed: bool) -> None:
        super().__init__()
        self.up: nn.Module | None = None
        if transposed:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, 2, stride=2)
            in_channels //= 2
        self.conv1 = conv_bn_relu(in_channels + skip_channels, out_channels, 3)
        self.conv2 = conv_bn_relu(out_channels, out_channels, 3)

    def forward(self, deep: Tensor, skip: Tensor | None, size: Sequence[int]) -> Tensor:
        """Return (N, out_channels, *size)."""
        x = deep if self.up is None else self.up(deep)
        x = _to_size(x, size)
        if skip is not None:
            x = torch.cat([x, skip], dim=1)
        return self.conv2(self.conv1(x))  # type: ignore[no-any-return]


class LinkNetBlock(nn.Module):
    """1x1 to a quarter of the channels, enlarge, 3x3, 1x1 to the skip's channels, add."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        inner = in_channels // 4
        self.reduce = conv_bn_relu(in_channels, inner, 1)
        self.conv = conv_bn_relu(inner, inner, 3)
        self.expand = conv_bn_relu(inner, out_channels, 1)

    def forward(self, deep: Tensor, skip: Tensor | None, size: Sequence[int]) -> Tensor:
        """Return (N, out_channels, *size)."""
        x = self.expand(self.conv(_to_size(self.reduce(deep), size)))
        return x if skip is None else x + skip  # type: ignore[no-any-return]


def conv_bn_relu(in_channels: int, out_channels: int, kernel: int) -> nn.Sequential:
    """Return convolution + batch norm + ReLU that keeps the grid."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


def _to_size(x: Tensor, size: Sequence[int]) -> Tensor:
    # To the skip's size, not by a factor: encoders without padding return 125 or 63 columns for 256.
    return x if tuple(x.shape[-2:]) == tuple(size) else interpolate(x, size=tuple(size), mode="nearest")
