"""The named architectures."""

from dataclasses import dataclass

from neurocyte.errors import UsageError
from neurocyte.networks.attention import GateWidth
from neurocyte.networks.decoders import (
    FAST_WIDTHS,
    SLIM_WIDTHS,
    UNET_WIDTHS,
    Decoder,
    LinkNetDecoder,
    UNetDecoder,
)
from neurocyte.networks.encoder import LEVELS, Taps, build_encoder
from neurocyte.networks.features import Encoder
from neurocyte.networks.plain import PLAIN_WIDTHS, PlainEncoder
from neurocyte.networks.segmenter import Enlargement, Segmenter


@dataclass(frozen=True)
class Architecture:
    """What a name stands for.

    Attributes:
        decoder: kind of decoder.
        encoder: unless another is asked for; None: it has one of its own.
        gated: whether the skips have attention gates.
        summary: one line.
        widths: of a U-Net's decoder, channels after each block, deepest first.
        levels: grids of the encoder, from half the image's down.
        enlarge: how maps on a coarser grid than the image's are brought to it.
        head: side of the last convolution, pixels.
    """

    decoder: str
    encoder: str | None
    gated: bool
    summary: str
    widths: tuple[int, ...] = UNET_WIDTHS
    levels: int = LEVELS
    enlarge: Enlargement = "bilinear"
    head: int = 3


ARCHITECTURES: dict[str, Architecture] = {
    "linknet-ag": Architecture(
        "linknet", "efficientnet-b0", gated=True, summary="LinkNet with attention gates (the paper's best)"
    ),
    "unet-ag": Architecture(
        "unet", "efficientnet-b0", gated=True, summary="U-Net with attention gates (the paper's second)"
    ),
    "linknet": Architecture("linknet", "efficientnet-b0", gated=False, summary="linknet-ag without gates"),
    "unet": Architecture("unet", "efficientnet-b0", gated=False, summary="unet-ag without gates"),
    "unet-resnet50": Architecture(
        "unet", "resnet-50", gated=False, summary="U-Net on ResNet-50, 32.5 M parameters"
    ),
    "unet-ag-slim": Architecture(
        "unet",
        "efficientnet-lite0",
        gated=True,
        summary="unet-ag with narrow blocks and half the grid, for cells in enlarged images",
        widths=SLIM_WIDTHS,
    ),
    "unet-fast": Architecture(
        "unet",
        "efficientnet-lite0",
        gated=False,
        summary="unet-ag-slim without gates and without the deepest stages, for speed",
        widths=FAST_WIDTHS,
        levels=4,
        enlarge="nearest",
        head=1,
    ),
    "unet-plain": Architecture(
        "unet",
        None,
        gated=False,
        summary="the U-Net of 2015, 31.0 M parameters",
        widths=PLAIN_WIDTHS[-2::-1],
    ),
}


def build_network(
    arch: str,
    encoder: str | None = None,
    *,
    taps: Taps = "expanded",
    gate: GateWidth = "narrow",
    in_channels: int = 3,
    out_channels: int = 1,
    pretrained: bool = False,
    zoom: int = 1,
) -> Segmenter:
    """Build a named architecture.

    Args:
        arch: a key of `ARCHITECTURES`.
        encoder: another encoder than the architecture's own (a name of `encoder.ALIASES` or of timm).
        taps: where an EfficientNet encoder is tapped.
        gate: inner width of the attention gates, where the architecture has them.
        in_channels: channels of the image.
        out_channels: outputs a pixel.
        pretrained: whether timm downloads ImageNet weights for the encoder.
        zoom: the network enlarges the image by so much, and gives its outputs of the image as it is.

    Returns:
        The network in training mode.

    Raises:
        UsageError: an unknown name, or an encoder for an architecture that has its own.
    """
    if arch not in ARCHITECTURES:
        raise UsageError(f"No architecture is named {arch!r}; choose one of {', '.join(ARCHITECTURES)}.")
    spec = ARCHITECTURES[arch]
    if spec.encoder is None and encoder is not None:
        raise UsageError(
            f"{arch} has an encoder of its own; leave --encoder {encoder} away or choose another --arch."
        )
    trunk: Encoder
    if spec.encoder is None:
        trunk = PlainEncoder(in_channels)
    else:
        trunk = build_encoder(encoder or spec.encoder, taps, in_channels, pretrained, spec.levels)
    width = gate if spec.gated else None
    return Segmenter(trunk, _decoder(spec, trunk), width, out_channels, spec.enlarge, spec.head, zoom)


def _decoder(spec: Architecture, trunk: Encoder) -> Decoder:
    if spec.decoder == "linknet":
        return LinkNetDecoder(trunk.features)
    # The network with an encoder of its own is the U-Net of 2015.
    return UNetDecoder(trunk.features, spec.widths, transposed=spec.encoder is None)
