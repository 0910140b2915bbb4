"""The loss of a network of flows: the combo loss of the foreground, and the squared error of the flow."""

import torch
from torch import Tensor, nn

from neurocyte.training.losses import ComboLoss

# The background's share in the flow's term, where the flow has to be none.
BACKGROUND_WEIGHT = 0.2
# Flows are compared at this many times their length.
SCALE = 5.0


class FlowLoss(nn.Module):
    """``combo(foreground) + mean of (5 flow - 5 flow')^2 / 2``, the background counting a fifth.

    Args:
        combo: loss of the foreground.
        reach: the component of a flow that a map's 1 stands for.

    Source:
        Stringer et al., Nature Methods 18 (2021), but for the weight of the background: cells cover little.
    """

    def __init__(self, combo: ComboLoss, reach: float) -> None:
        super().__init__()
        self.combo, self.reach = combo, reach

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss.

        Args:
            logits: float (N, 3, H, W), the maps of `neurocyte.models.config.FLOW_OUTPUTS` before the sigmoid.
            targets: float (N, 3, H, W), the foreground, 0 or 1, and the flow, of length 1 or 0.

        Returns:
            Scalar float32.
        """
        logits = logits.float()
        inside = targets[:, :1]
        weight = BACKGROUND_WEIGHT + (1 - BACKGROUND_WEIGHT) * inside
        flow = (logits[:, 1:].sigmoid() - 0.5) * (2 * self.reach)
        error = (SCALE * (flow - targets[:, 1:])).square() * weight
        combo: Tensor = self.combo(logits[:, :1], inside)
        return torch.stack((combo, error.sum() / (4 * weight.sum()))).sum()
