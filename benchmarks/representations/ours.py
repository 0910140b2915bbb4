"""Foreground, border, depth and offset, fragments joined: what neurocyte does."""

from dataclasses import replace

import torch
from torch import Tensor
from way import Labels, Maps

from neurocyte.instances import decode
from neurocyte.models.config import CELL_OUTPUTS, AgglomerationConfig
from neurocyte.training.cell_loss import CellLoss
from neurocyte.training.cell_targets import cell_targets
from neurocyte.training.losses import ComboLoss


class Joining:
    """See `neurocyte.instances.agglomeration`."""

    channels = len(CELL_OUTPUTS)
    limits = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)

    def __init__(self) -> None:
        self.settings = AgglomerationConfig()
        self._loss = CellLoss(ComboLoss(), self.settings.reach)

    def targets(self, labels: Labels) -> Maps:
        """Return the five maps."""
        return cell_targets(labels)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of `neurocyte train --learn cells`."""
        loss: Tensor = self._loss(logits, targets)
        return loss

    def maps(self, logits: Tensor, zoom: int) -> Tensor:  # noqa: ARG002
        """Return probabilities; the offsets' scale is part of the settings."""
        return torch.sigmoid(logits)

    def read(self, maps: Maps, threshold: float, limit: float) -> Labels:
        """Join fragments below the limit."""
        return decode(maps, replace(self.settings, threshold=threshold, join=limit))[0]
