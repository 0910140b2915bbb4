"""The terms of the loss of cells, by hand."""

import numpy as np
import pytest
import torch
from torch import Tensor

from neurocyte.training.cell_loss import CellLoss
from neurocyte.training.cell_targets import cell_targets, to_maps
from neurocyte.training.losses import ComboLoss

REACH = 64.0
LOSS = CellLoss(ComboLoss(), REACH)


def two_cells() -> np.ndarray:
    labels = np.zeros((32, 32), np.int32)
    labels[4:20, 4:14], labels[4:20, 14:24] = 1, 2
    return labels


def as_logits(targets: np.ndarray) -> Tensor:
    """Logits that give the targets as nearly as floats can."""
    return torch.logit(torch.from_numpy(to_maps(targets, REACH)), eps=1e-6)[None]


def test_the_right_answer_costs_next_to_nothing_and_each_map_counts() -> None:
    targets = cell_targets(two_cells())
    best = LOSS(as_logits(targets), torch.from_numpy(targets)[None]).item()
    assert best < 1e-3
    for channel in range(5):
        wrong = targets.copy()
        wrong[channel] = 1 - wrong[channel] if channel < 3 else -wrong[channel] + 8
        assert LOSS(as_logits(wrong), torch.from_numpy(targets)[None]).item() > best + 0.01


def test_offsets_of_the_background_are_free() -> None:
    targets = cell_targets(two_cells())
    other = targets.copy()
    other[3:, targets[0] == 0] = 20
    truth = torch.from_numpy(targets)[None]
    assert LOSS(as_logits(other), truth).item() == pytest.approx(LOSS(as_logits(targets), truth).item())


def test_an_offset_that_is_wrong_by_one_unit_everywhere() -> None:
    """Both offsets 32 px off: smooth L1 of 1 with a bend at 0.1 is 0.95, over all inside pixels."""
    targets = cell_targets(two_cells())
    other = targets.copy()
    other[3:] += 32
    truth = torch.from_numpy(targets)[None]
    difference = LOSS(as_logits(other), truth) - LOSS(as_logits(targets), truth)
    inside = targets[0].sum()
    assert difference.item() == pytest.approx(0.95 * 2 * inside / (2 * inside + 2), rel=1e-4)


def test_an_image_without_cells_has_a_finite_gradient() -> None:
    logits = torch.zeros(1, 5, 16, 16, requires_grad=True)
    LOSS(logits, torch.zeros(1, 5, 16, 16)).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad[:, 3:] == 0).all()


def test_a_border_counts_alike_in_a_crowd_and_in_an_empty_field() -> None:
    """The border term is a mean over the cells' pixels: more background changes nothing."""
    targets = cell_targets(two_cells())
    wide = np.pad(targets, ((0, 0), (0, 96), (0, 96)))
    costs = []
    for maps in (targets, wide):
        wrong = maps.copy()
        wrong[1] = np.where(maps[0] > 0, 1 - maps[1], 0)
        truth = torch.from_numpy(maps)[None]
        costs.append((LOSS(as_logits(wrong), truth) - LOSS(as_logits(maps), truth)).item())
    assert costs[1] == pytest.approx(costs[0], rel=1e-3)
