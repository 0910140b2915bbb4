"""What neurocyte learns itself: maps of cells whose fragments are joined, and flows that are followed."""

from dataclasses import replace

import torch
from torch import Tensor, nn
from way import Labels, Maps

from neurocyte.instances import decode
from neurocyte.models.config import CELL_OUTPUTS, FLOW_OUTPUTS, AgglomerationConfig, Decoding, FlowConfig
from neurocyte.training.cell_loss import CellLoss
from neurocyte.training.data import of_cells, of_flows
from neurocyte.training.flow_loss import FlowLoss
from neurocyte.training.losses import ComboLoss


class _Ours:
    """Outputs, targets and loss of `neurocyte train`, decoded as it does."""

    def __init__(self, outputs: tuple[str, ...], loss: nn.Module) -> None:
        self.channels = len(outputs)
        self._loss = loss

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of the training."""
        loss: Tensor = self._loss(logits, targets)
        return loss

    def maps(self, logits: Tensor, zoom: int) -> Tensor:  # noqa: ARG002
        """Return probabilities; lengths are part of the settings, and flows have none."""
        return torch.sigmoid(logits)


class Joining(_Ours):
    """See `neurocyte.instances.agglomeration`."""

    limits = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)

    def __init__(self) -> None:
        self.settings = AgglomerationConfig()
        super().__init__(CELL_OUTPUTS, CellLoss(ComboLoss(), self.settings.reach))

    def targets(self, labels: Labels) -> Maps:
        """Return the five maps."""
        return _array(of_cells(torch.from_numpy(labels)))

    def read(self, maps: Maps, threshold: float, limit: float) -> Labels:
        """Join fragments below the limit."""
        return _labels(maps, replace(self.settings, threshold=threshold, join=limit))


class Flows(_Ours):
    """See `neurocyte.instances.flows`."""

    # Ways meet or do not: there is no limit to choose.
    limits = (0.0,)

    def __init__(self) -> None:
        self.settings = FlowConfig()
        super().__init__(FLOW_OUTPUTS, FlowLoss(ComboLoss(), self.settings.reach))

    def targets(self, labels: Labels) -> Maps:
        """Return foreground and the two components of the flow."""
        return _array(of_flows(torch.from_numpy(labels)))

    def read(self, maps: Maps, threshold: float, limit: float) -> Labels:  # noqa: ARG002
        """Follow the flows."""
        return _labels(maps, replace(self.settings, threshold=threshold))


def _array(targets: Tensor) -> Maps:
    array: Maps = targets.numpy()
    return array


def _labels(maps: Maps, settings: Decoding) -> Labels:
    return decode(maps, settings)[0]
