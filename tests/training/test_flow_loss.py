"""The loss of a network of flows."""

import numpy as np
import pytest
import torch

from neurocyte.models.config import FlowConfig
from neurocyte.training.data import of_cells
from neurocyte.training.flow_loss import FlowLoss
from neurocyte.training.flow_targets import own_flows
from neurocyte.training.losses import ComboLoss
from touching import LABELS

REACH = FlowConfig().reach


def logits_of(field: np.ndarray) -> torch.Tensor:
    foreground = np.where(LABELS > 0, 20.0, -20.0)[None]
    flow = torch.logit(torch.from_numpy(0.5 + field / (2 * REACH)), eps=1e-6)
    return torch.cat((torch.from_numpy(foreground).float(), flow))[None]


def test_perfect_flows_cost_nothing_and_turned_ones_the_square_of_their_difference() -> None:
    targets = of_cells(torch.from_numpy(LABELS.astype(np.int32)))[None]
    loss = FlowLoss(ComboLoss(), REACH)
    field = own_flows(LABELS)
    perfect = loss(logits_of(field), targets)
    assert perfect < 0.01
    turned = loss(logits_of(-field), targets) - perfect
    inside = LABELS > 0
    length = np.square(field).sum(axis=0)[inside].sum()
    weight = inside.sum() + 0.2 * (~inside).sum()
    assert turned.item() == pytest.approx(25 * 4 * length / (4 * weight), rel=1e-3)


def test_a_flow_in_the_background_costs_a_fifth() -> None:
    targets = torch.zeros(1, 3, 8, 8)
    loss = FlowLoss(ComboLoss(), REACH)
    still = torch.zeros(1, 3, 8, 8)
    moving = still.clone()
    moving[:, 1] = torch.logit(torch.tensor(0.5 + 0.5 / (2 * REACH)))
    # Every pixel counts alike where there is nothing but background.
    assert (loss(moving, targets) - loss(still, targets)).item() == pytest.approx(25 * 0.25 / 4, rel=1e-4)
