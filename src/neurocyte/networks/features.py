"""What an encoder promises to the parts behind it."""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class FeatureInfo:
    """One feature map an encoder returns.

    Attributes:
        channels: number of channels of the map.
        stride: input pixels per feature pixel (nominal: encoders without padding return slightly less).
    """

    channels: int
    stride: int


class Encoder(nn.Module):
    """Base of all encoders: an image in, feature maps out, shallow to deep.

    Attributes:
        features: one `FeatureInfo` for each map that `forward` returns, in the same order; the last is the
            bottom, the others are the skips.
        stages: (name, module, repeats) in the order in which the image passes them, for `neurocyte inspect`.
    """

    features: tuple[FeatureInfo, ...]
    stages: tuple[tuple[str, nn.Module, int], ...]

    def forward(self, image: Tensor) -> list[Tensor]:  # noqa: ARG002
        """Return the feature maps.

        Args:
            image: float (N, C, H, W), normalised.

        Returns:
            One (N, channels, about H / stride, about W / stride) tensor for each of `features`.
        """
        raise TypeError(f"{type(self).__name__} does not define forward().")
