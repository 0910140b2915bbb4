"""One segmenter: encoder -> attention gates -> decoder -> head."""

from typing import Literal

from torch import Tensor, nn
from torch.nn.functional import interpolate

from neurocyte.networks.attention import AttentionGate, GateWidth, OpenGate
from neurocyte.networks.decoders import Decoder
from neurocyte.networks.features import Encoder

Enlargement = Literal["bilinear", "nearest"]


class Segmenter(nn.Module):
    """Logits of every output for every pixel.

    Args:
        encoder: any `Encoder`.
        decoder: built for the encoder's features.
        gate: width of the attention gates, or None for plain skips.
        out_channels: number of outputs.
        enlarge: how logits of a decoder that ends on a coarser grid are brought to the image's: ``bilinear``,
            or ``nearest``, which costs next to nothing and only repeats what the decoder gave.
        head: side of the last convolution, pixels.
        zoom: the image is enlarged by so much before the encoder; the logits are of the image as it is. Where
            the decoder ends on a grid coarser by as much, nothing of the image's size times zoom is left.
    """

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        gate: GateWidth | None = None,
        out_channels: int = 1,
        enlarge: Enlargement = "bilinear",
        head: int = 3,
        zoom: int = 1,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        skips = [f.channels for f in reversed(encoder.features[:-1])]
        self.gates = nn.ModuleList(
            OpenGate() if gate is None else AttentionGate(x, g, gate)
            for x, g in zip(skips, decoder.gate_channels, strict=True)
        )
        self.enlarge, self.zoom = enlarge, zoom
        self.head = nn.Conv2d(decoder.channels, out_channels, head, padding=head // 2)

    def forward(self, image: Tensor) -> Tensor:
        """Return logits.

        Args:
            image: float (N, C, H, W), normalised; any H and W (Inception encoders: from 75 up).

        Returns:
            (N, out_channels, H, W).
        """
        size = image.shape[-2:]
        if self.zoom > 1:
            image = interpolate(image, scale_factor=self.zoom, mode="bilinear", align_corners=False)
        *skips, deep = self.encoder(image)
        for block, gate, skip in zip(self.decoder.blocks, self.gates, reversed(skips), strict=False):
            deep = block(deep, gate(skip, deep), skip.shape[-2:])
        for block in self.decoder.blocks[len(skips) :]:
            deep = block(deep, None, image.shape[-2:])
        logits: Tensor = self.head(deep)
        if logits.shape[-2:] != size:
            corners = False if self.enlarge == "bilinear" else None
            logits = interpolate(logits, size=size, mode=self.enlarge, align_corners=corners)
        return logits
