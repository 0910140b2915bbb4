"""The loss of a network of cells: the combo loss of the foreground and a term for each further map."""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, smooth_l1_loss

from neurocyte.training.losses import ComboLoss, overlap_loss

# Of the border term. It is a mean over the cells' pixels: where cells cover a fiftieth of the image, a mean
# over all of its pixels hardly moves, and the network learned next to nothing of borders.
BORDER_WEIGHT = 0.5
# The background's share in the distance term: the map has to fall to 0 around a cell.
BACKGROUND_WEIGHT = 0.2
# Of distance (0 to 1) and offset (in units of `OFFSET_UNIT`), where the smooth L1 loss turns linear.
BENDING = 0.1
# Pixels. With it and `DISTANCE_WEIGHT` the four terms start at about the same size.
OFFSET_UNIT = 32.0
DISTANCE_WEIGHT = 4.0


class CellLoss(nn.Module):
    """``combo(foreground) + (border cross-entropy + border Dice) / 2 + 4 distance + offset``.

    Borders and offsets are asked of the cells' pixels alone: the decoder reads them nowhere else.

    Args:
        combo: loss of the foreground.
        reach: the offset that an offset map's 1 stands for, pixels.
    """

    def __init__(self, combo: ComboLoss, reach: float) -> None:
        super().__init__()
        self.combo, self.reach = combo, reach

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss.

        Args:
            logits: float (N, 5, H, W), the maps of `neurocyte.models.config.CELL_OUTPUTS` before the sigmoid.
            targets: float (N, 5, H, W), of `neurocyte.training.cell_targets.cell_targets`.

        Returns:
            Scalar float32.
        """
        logits = logits.float()
        inside = targets[:, :1]
        area = inside.sum() + 1
        border = logits[:, 1:2], targets[:, 1:2]
        cross_entropy = (binary_cross_entropy_with_logits(*border, reduction="none") * inside).sum() / area
        overlap = overlap_loss(border[0].sigmoid() * inside, border[1] * inside)
        weight = BACKGROUND_WEIGHT + (1 - BACKGROUND_WEIGHT) * inside
        distance = (_bent(logits[:, 2:3].sigmoid(), targets[:, 2:3]) * weight).sum() / weight.sum()
        pixels = (logits[:, 3:].sigmoid() - 0.5) * (2 * self.reach)
        # The background has no cell to point to.
        offset = (_bent(pixels / OFFSET_UNIT, targets[:, 3:] / OFFSET_UNIT) * inside).sum()
        terms = [
            self.combo(logits[:, :1], inside),
            BORDER_WEIGHT * (cross_entropy + overlap),
            DISTANCE_WEIGHT * distance,
            offset / (2 * area),
        ]
        return torch.stack(terms).sum()


def _bent(found: Tensor, wanted: Tensor) -> Tensor:
    return smooth_l1_loss(found, wanted, beta=BENDING, reduction="none")
