"""The attention gate on a skip connection."""

from typing import Literal

from torch import Tensor, nn
from torch.nn.functional import interpolate, relu

GateWidth = Literal["narrow", "half"]
# Inner channels of the narrow gate: the printed 6.09 M and 10.15 M parameters leave room for about this many.
NARROW_WIDTH = 8
# sigmoid(2) = 0.88: a gate starts nearly open, so that the first updates see the skips.
_OPEN_BIAS = 2.0


class AttentionGate(nn.Module):
    """Weigh a skip's pixels by what the deeper level knows: ``alpha * x``.

    ``alpha = up(sigmoid(psi(relu(theta(down(x)) + phi(g)))))``, where theta, phi and psi are 1x1
    convolutions, psi to one channel; x is brought to g's grid and alpha is resampled back to x's.
    Resampling before theta, not after it, gives the same sum (both are linear) at a quarter of the work.

    Args:
        skip_channels: channels of x.
        gate_channels: channels of g.
        width: inner channels: ``narrow`` (8) or ``half`` (half of x's).

    Source:
        Oktay et al. 2018, Attention U-Net, Fig. 2; Abbas & Abdulmunim 2023, Fig. 5.
    """

    def __init__(self, skip_channels: int, gate_channels: int, width: GateWidth = "narrow") -> None:
        super().__init__()
        inner = NARROW_WIDTH if width == "narrow" else max(1, skip_channels // 2)
        self.theta = nn.Conv2d(skip_channels, inner, 1, bias=False)
        self.phi = nn.Conv2d(gate_channels, inner, 1)
        self.psi = nn.Conv2d(inner, 1, 1)
        nn.init.constant_(self.psi.bias, _OPEN_BIAS)  # type: ignore[arg-type]

    def alpha(self, x: Tensor, g: Tensor) -> Tensor:
        """Return the attention coefficients, (N, 1, H, W) in (0, 1) on x's grid."""
        small = interpolate(x, size=g.shape[-2:], mode="bilinear", align_corners=False)
        alpha = self.psi(relu(self.theta(small) + self.phi(g))).sigmoid()
        return interpolate(alpha, size=x.shape[-2:], mode="bilinear", align_corners=False)

    def forward(self, x: Tensor, g: Tensor) -> Tensor:
        """Return the gated skip.

        Args:
            x: skip, float (N, skip_channels, H, W).
            g: gating signal from one level below, float (N, gate_channels, h, w).

        Returns:
            (N, skip_channels, H, W).
        """
        return x * self.alpha(x, g)


class OpenGate(nn.Module):
    """No attention: the skip as it is."""

    def forward(self, x: Tensor, _g: Tensor) -> Tensor:
        """Return x."""
        return x
