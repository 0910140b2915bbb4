import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from neurocyte.training.losses import ComboLoss, dice_loss, weighted_cross_entropy

# Probabilities 3/4, 1/4, 1/2, 9/10 and what is there.
LOGITS = torch.tensor([math.log(3), -math.log(3), 0.0, math.log(9)], dtype=torch.float64).view(1, 1, 2, 2)
TARGET = torch.tensor([1.0, 1.0, 0.0, 0.0], dtype=torch.float64).view(1, 1, 2, 2)


def wce(beta: float) -> float:
    positive = math.log(3 / 4) + math.log(1 / 4)
    negative = math.log(1 / 2) + math.log(1 / 10)
    return -(beta * positive + (1 - beta) * negative) / 4


# 2 (3/4 + 1/4) + 1 = 3 over (3/4 + 1/4 + 1/2 + 9/10) + 2 + 1 = 5.4.
DICE_LOSS = 1 - 3 / 5.4


def test_weighted_cross_entropy_by_hand() -> None:
    # Of the two there 0.8 * 1.67398, of the two not there 0.2 * 2.99573; a quarter of the sum.
    assert weighted_cross_entropy(LOGITS, TARGET, 0.8).item() == pytest.approx(0.4845819, abs=1e-7)
    assert weighted_cross_entropy(LOGITS, TARGET, 0.8).item() == pytest.approx(wce(0.8), rel=1e-12)


def test_dice_loss_by_hand() -> None:
    assert dice_loss(LOGITS, TARGET).item() == pytest.approx(4 / 9, rel=1e-12)
    assert pytest.approx(4 / 9, rel=1e-12) == DICE_LOSS


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("beta", [0.0, 0.2, 0.5, 1.0])
def test_combo_by_hand(alpha: float, beta: float) -> None:
    loss = ComboLoss(alpha, beta)(LOGITS.float(), TARGET.float())
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(alpha * wce(beta) + (1 - alpha) * DICE_LOSS, rel=1e-6)


def test_cross_entropy_alone_at_half_is_half_of_torchs() -> None:
    torch.manual_seed(0)
    logits, target = 4 * torch.randn(2, 1, 9, 7), (torch.rand(2, 1, 9, 7) > 0.7).float()
    wanted = binary_cross_entropy_with_logits(logits, target) / 2
    torch.testing.assert_close(ComboLoss(1, 0.5)(logits, target), wanted)


def test_beta_says_which_error_costs() -> None:
    missed, invented = torch.tensor([-3.0]), torch.tensor([3.0])
    there, nothing = torch.ones(1), torch.zeros(1)
    assert ComboLoss(1, 0.8)(missed, there) > ComboLoss(1, 0.8)(invented, nothing)
    assert ComboLoss(1, 0.2)(missed, there) < ComboLoss(1, 0.2)(invented, nothing)
    # The ends do not see the other error at all.
    assert ComboLoss(1, 1.0)(invented, nothing) == 0
    assert ComboLoss(1, 0.0)(missed, there) == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("size", [20.0, 1e4])
def test_large_logits_stay_exact(size: float, dtype: torch.dtype) -> None:
    logits = torch.tensor([size, -size, size, -size], dtype=dtype, requires_grad=True)
    target = torch.tensor([1.0, 0.0, 0.0, 1.0])
    loss = ComboLoss(1, 0.5)(logits, target)
    # Two of four are wrong, and each costs its logit.
    assert loss.item() == pytest.approx(0.5 * 2 * logits[0].item() / 4, rel=1e-6)
    loss.backward()
    assert logits.grad.tolist() == pytest.approx([0, 0, 0.125, -0.125], abs=1e-6)
    combined = ComboLoss(0.5, 0.5)(logits, target)
    # Dice: (2 * 1 + 1) / (2 + 2 + 1).
    assert combined.item() == pytest.approx(0.5 * loss.item() + 0.5 * 0.4, rel=1e-6)


def test_dice_alone_on_empty_and_perfect_images() -> None:
    loss = ComboLoss(0, 0.5)
    sure = torch.full((1, 1, 4, 4), 1e4)
    assert loss(-sure, torch.zeros_like(sure)).item() == 0
    assert loss(sure, torch.ones_like(sure)).item() == 0
    # Sixteen pixels invented: 1 - 1 / 17; sixteen missed: the same.
    assert loss(sure, torch.zeros_like(sure)).item() == pytest.approx(16 / 17)
    assert loss(-sure, torch.ones_like(sure)).item() == pytest.approx(16 / 17)


def test_dice_is_taken_over_the_batch() -> None:
    logits = torch.tensor([[1e4, -1e4], [-1e4, -1e4]])
    target = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    # One of two found: (2 + 1) / (1 + 2 + 1), not the mean of the images' 1 and 1 / 2.
    assert dice_loss(logits, target).item() == 0.25


def test_the_loss_is_the_printed_one_up_to_a_constant() -> None:
    """alpha WCE - (1 - alpha) Dice + (1 - alpha): the paper's Eq. 2 with the Dice score."""
    score = 3 / 5.4
    got = ComboLoss(0.4, 0.5)(LOGITS, TARGET).item()
    assert got == pytest.approx(0.4 * wce(0.5) - 0.6 * score + 0.6, rel=1e-6)


@pytest.mark.parametrize(
    ("alpha", "beta", "name"), [(1.1, 0.5, "alpha"), (-0.1, 0.5, "alpha"), (0.5, 2, "beta")]
)
def test_weights_outside_0_to_1_are_refused(alpha: float, beta: float, name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name} is .*; it must lie in \[0, 1\]"):
        ComboLoss(alpha, beta)
