"""Encoders from timm: EfficientNet with the paper's taps, any other network at its stage outputs."""

import logging
from typing import Any, Literal, cast

import timm
from timm.models import EfficientNet
from torch import Tensor, nn

from neurocyte.errors import UsageError
from neurocyte.networks.features import Encoder, FeatureInfo

Taps = Literal["expanded", "bottleneck"]

# The names of the paper's Table 1 and what timm calls them. DenseNet-264 is built by its definition
# (growth 32, blocks 6-12-64-48): timm's `densenet264d` is another, larger network.
ALIASES: dict[str, tuple[str, dict[str, Any]]] = {
    "efficientnet-b0": ("tf_efficientnet_b0", {}),
    "efficientnet-lite0": ("tf_efficientnet_lite0", {}),
    "resnet-50": ("resnet50", {}),
    "resnet-152": ("resnet152", {}),
    "densenet-264": ("densenet121", {"block_config": (6, 12, 64, 48), "growth_rate": 32}),
    "inception-v3": ("inception_v3", {}),
    "xception": ("legacy_xception", {}),
    "inception-resnet-v2": ("inception_resnet_v2", {}),
}
# B0 to B8 and Lite, whose seven stages the tap points below count; V2, EdgeTPU and others have stage outputs.
_EFFICIENTNET_PREFIXES = tuple(f"{tf}efficientnet_{kind}" for tf in ("", "tf_") for kind in ("b", "lite"))
# Stages of `EfficientNet.blocks` whose first block halves the grid, and the last stage before each halving.
_STRIDED_STAGES = (1, 2, 3, 5)
_BOTTLENECK_STAGES = (0, 1, 2, 4, 6)
# Grids of a whole encoder: a half, a quarter, ... a thirty-second of the image's.
LEVELS = len(_BOTTLENECK_STAGES)


class EfficientNetEncoder(Encoder):
    """EfficientNet with its skips at the expanded or at the bottleneck features.

    Args:
        name: timm name, e.g. ``tf_efficientnet_b0``.
        taps: ``expanded`` takes the 6x expansion activation of the first block of each halving stage and the
            1x1 head as the bottom (B0: 96, 144, 240, 672, 1280 channels), as the paper's parameters imply;
            ``bottleneck`` takes the narrow stage outputs (B0: 16, 24, 40, 112, 320) and has no 1x1 head.
        in_channels: channels of the image.
        pretrained: whether timm downloads ImageNet weights.
        levels: how many grids, from half the image's down; below 5 the deeper stages are left out, and the
            bottom is the output of the last stage that is left.

    Source:
        Tan & Le 2019, EfficientNet; Abbas & Abdulmunim 2023, Table 2.
    """

    def __init__(
        self,
        name: str,
        taps: Taps = "expanded",
        in_channels: int = 3,
        pretrained: bool = False,
        levels: int = LEVELS,
    ) -> None:
        super().__init__()
        net = cast(
            "EfficientNet",
            _create(name, pretrained=pretrained, in_chans=in_channels, num_classes=0),
        )
        self.taps = taps
        self.conv_stem, self.bn1 = net.conv_stem, net.bn1
        self.blocks = net.blocks[: _BOTTLENECK_STAGES[levels - 1] + 1]
        self.has_head = taps == "expanded" and levels == LEVELS
        stages: list[tuple[str, nn.Module, int]] = [(f"Conv{_kernel(net.conv_stem)}", net.conv_stem, 1)]
        stages += [(_block_name(stage), stage, len(stage)) for stage in self.blocks]
        channels = [_block_output(self.blocks[i]) for i in _BOTTLENECK_STAGES[:levels]]
        if taps == "expanded":
            channels[:-1] = [self.blocks[i][0].conv_pw.out_channels for i in _STRIDED_STAGES[: levels - 1]]
        if self.has_head:
            self.conv_head, self.bn2 = net.conv_head, net.bn2
            stages.append(("Conv1x1", net.conv_head, 1))
            channels[-1] = net.conv_head.out_channels
        self.stages = tuple(stages)
        self.features = tuple(FeatureInfo(c, 2 ** (i + 1)) for i, c in enumerate(channels))

    def forward(self, image: Tensor) -> list[Tensor]:
        """See `Encoder.forward`."""
        x = self.bn1(self.conv_stem(image))
        if self.taps == "bottleneck":
            return self._bottleneck(x)
        features = []
        for index, stage in enumerate(self.blocks):
            if index in _STRIDED_STAGES:
                expanded, x = _expand_and_finish(stage[0], x)
                features.append(expanded)
                x = stage[1:](x)
            else:
                x = stage(x)
        return [*features, self.bn2(self.conv_head(x)) if self.has_head else x]

    def _bottleneck(self, x: Tensor) -> list[Tensor]:
        features = []
        for index, stage in enumerate(self.blocks):
            x = stage(x)
            if index in _BOTTLENECK_STAGES:
                features.append(x)
        return features


class StageEncoder(Encoder):
    """Any timm network that returns features, tapped at its stage outputs.

    Args:
        name: timm name.
        in_channels: channels of the image.
        pretrained: whether timm downloads ImageNet weights.
        options: further arguments of the timm network.
        levels: how many stage outputs at most, from the shallowest.

    Raises:
        UsageError: timm cannot give this network's features or download its weights.
    """

    def __init__(
        self,
        name: str,
        in_channels: int = 3,
        pretrained: bool = False,
        options: dict[str, Any] | None = None,
        levels: int = LEVELS,
    ) -> None:
        super().__init__()
        options = dict(options or {})
        if levels < LEVELS:
            options["out_indices"] = tuple(range(levels))
        self.net = _create(name, pretrained=pretrained, in_chans=in_channels, features_only=True, **options)
        info = self.net.feature_info
        self.features = tuple(
            FeatureInfo(c, r) for c, r in zip(info.channels(), info.reduction(), strict=True)
        )
        self.stages = tuple((n, m, 1) for n, m in self.net.named_children())

    def forward(self, image: Tensor) -> list[Tensor]:
        """See `Encoder.forward`."""
        return list(self.net(image))


def build_encoder(
    name: str,
    taps: Taps = "expanded",
    in_channels: int = 3,
    pretrained: bool = False,
    levels: int = LEVELS,
) -> Encoder:
    """Build an encoder by its name.

    Args:
        name: one of `ALIASES` or any timm name.
        taps: where an EfficientNet is tapped; other networks have stage outputs only.
        in_channels: channels of the image.
        pretrained: whether timm downloads ImageNet weights.
        levels: how many grids at most, from the shallowest.

    Returns:
        The encoder, randomly initialised unless `pretrained`.

    Raises:
        UsageError: timm does not know the name, cannot return its stages, or has no weights for it.
    """
    timm_name, options = ALIASES.get(name.lower(), (name, {}))
    if not timm.is_model(timm_name):
        raise UsageError(
            f"No encoder is named {name!r}; choose one of {', '.join(ALIASES)} "
            "or any name of timm.list_models()."
        )
    if pretrained and options:
        raise UsageError(
            f"There are no ImageNet weights for {name}; give --encoder-weights a safetensors file or none."
        )
    if timm_name.startswith(_EFFICIENTNET_PREFIXES):
        return EfficientNetEncoder(timm_name, taps, in_channels, pretrained, levels)
    return StageEncoder(timm_name, in_channels, pretrained, options, levels)


def _create(name: str, **options: Any) -> Any:
    # Without a network it tells of each of its retries; the one sentence below says it all.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        return timm.create_model(name, **options)
    except OSError as exc:
        raise UsageError(
            f"timm could not download the ImageNet weights of {name!r}; check the connection, "
            "or give --encoder-weights a safetensors file or none."
        ) from exc
    except (RuntimeError, AttributeError, TypeError) as exc:
        reason = str(exc).partition("\n")[0]
        raise UsageError(
            f"timm cannot build the encoder {name!r} as asked ({reason}); "
            "choose another with --encoder, for instance efficientnet-b0."
        ) from exc


def _expand_and_finish(block: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Run an inverted residual that halves the grid (so it has no shortcut), keeping its expansion."""
    b = cast("Any", block)
    expanded = b.bn1(b.conv_pw(x))
    y = b.aa(b.bn2(b.conv_dw(expanded)))
    return expanded, b.bn3(b.conv_pwl(b.se(y)))


def _kernel(conv: nn.Module) -> str:
    size = cast("nn.Conv2d", conv).kernel_size
    return f"{size[0]}x{size[1]}"


def _block_name(stage: nn.Module) -> str:
    first = cast("Any", stage)[0]
    expansion = first.conv_pw.out_channels // first.conv_pw.in_channels if hasattr(first, "conv_pwl") else 1
    return f"MBConv{expansion} k{first.conv_dw.kernel_size[0]}"


def _block_output(stage: nn.Module) -> int:
    last = cast("Any", stage)[-1]
    conv = last.conv_pwl if hasattr(last, "conv_pwl") else last.conv_pw
    return int(conv.out_channels)
