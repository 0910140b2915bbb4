"""Foreground and flows: what `neurocyte train --learn flows` does."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from way import Labels, Maps

from neurocyte.instances import decode
from neurocyte.instances.flows import own_flows
from neurocyte.models.config import FLOW_OUTPUTS, FlowConfig
from neurocyte.training.flow_loss import FlowLoss
from neurocyte.training.losses import ComboLoss


class Flows:
    """See `neurocyte.instances.flows`."""

    channels = len(FLOW_OUTPUTS)
    limits = (0.1, 0.2, 0.3, 0.4, 0.6, 10.0)

    def __init__(self) -> None:
        self.settings = FlowConfig()
        self._loss = FlowLoss(ComboLoss(), self.settings.reach)

    def targets(self, labels: Labels) -> Maps:
        """Return foreground and the two components of the flow."""
        return np.concatenate(((labels > 0)[None].astype(np.float32), own_flows(labels)))

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return combo(foreground) + flow."""
        loss: Tensor = self._loss(logits, targets)
        return loss

    def maps(self, logits: Tensor, zoom: int) -> Tensor:  # noqa: ARG002
        """Return probabilities; a flow has no unit."""
        return torch.sigmoid(logits)

    def read(self, maps: Maps, threshold: float, limit: float) -> Labels:
        """Follow the flows; drop cells whose own flow differs by more than the limit."""
        return decode(maps, replace(self.settings, threshold=threshold, error=limit))[0]
