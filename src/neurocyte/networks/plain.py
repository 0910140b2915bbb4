"""The encoder of the original U-Net: no ImageNet network, five levels of two convolutions."""

from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from neurocyte.networks.decoders import conv_bn_relu
from neurocyte.networks.features import Encoder, FeatureInfo

PLAIN_WIDTHS = (64, 128, 256, 512, 1024)


class PlainEncoder(Encoder):
    """Two 3x3 convolutions a level, halved by max pooling (64 to 1024 channels).

    With batch norm and zero padding, which the original lacks, as in nearly every later implementation.

    Source:
        Ronneberger et al. 2015, U-Net, Fig. 1.
    """

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        inputs = (in_channels, *PLAIN_WIDTHS[:-1])
        self.levels = nn.ModuleList(
            nn.Sequential(conv_bn_relu(c, w, 3), conv_bn_relu(w, w, 3))
            for c, w in zip(inputs, PLAIN_WIDTHS, strict=True)
        )
        self.features = tuple(FeatureInfo(w, 2**i) for i, w in enumerate(PLAIN_WIDTHS))
        self.stages = tuple(
            (f"2 x Conv3x3 ({w})", m, 1) for w, m in zip(PLAIN_WIDTHS, self.levels, strict=True)
        )

    def forward(self, image: Tensor) -> list[Tensor]:
        """See `Encoder.forward`."""
        features = [self.levels[0](image)]
        for level in self.levels[1:]:
            features.append(level(max_pool2d(features[-1], 2, ceil_mode=True)))
        return features
