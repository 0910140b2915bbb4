"""Foreground and flows: what neurocyte learns."""

from dataclasses import replace

import torch
from torch import Tensor
from way import Labels, Maps

from neurocyte.instances import decode
from neurocyte.models.config import FlowConfig
from neurocyte.training.data import of_cells
from neurocyte.training.flow_loss import FlowLoss
from neurocyte.training.losses import ComboLoss


class Flows:
    """Targets and loss of `neurocyte train`, decoded as it does; see `neurocyte.instances.flows`."""

    channels = 3
    # Ways meet or do not: there is no limit to choose.
    limits = (0.0,)

    def __init__(self) -> None:
        self.settings = FlowConfig()
        self._loss = FlowLoss(ComboLoss(), self.settings.reach)

    def targets(self, labels: Labels) -> Maps:
        """Return foreground and the two components of the flow."""
        array: Maps = of_cells(torch.from_numpy(labels)).numpy()
        return array

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of the training."""
        loss: Tensor = self._loss(logits, targets)
        return loss

    def maps(self, logits: Tensor, zoom: int) -> Tensor:  # noqa: ARG002
        """Return probabilities; flows have no length in pixels."""
        return torch.sigmoid(logits)

    def read(self, maps: Maps, threshold: float, limit: float) -> Labels:  # noqa: ARG002
        """Follow the flows."""
        return decode(maps, replace(self.settings, threshold=threshold))[0]
