import math

import pytest
import torch
from torch.nn.functional import interpolate, relu

from neurocyte.networks.attention import AttentionGate, OpenGate

SKIP = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[4.0, 4.0], [4.0, 4.0]]]])


def by_hand() -> AttentionGate:
    """Two skip channels, so that `half` leaves one inner channel whose numbers can be written down."""
    gate = AttentionGate(2, 1, "half")
    with torch.no_grad():
        gate.theta.weight.copy_(torch.tensor([0.5, -0.25]).view(1, 2, 1, 1))
        gate.phi.weight.fill_(2.0)
        gate.phi.bias.fill_(1.0)
        gate.psi.weight.fill_(3.0)
        gate.psi.bias.fill_(-1.0)
    return gate


@pytest.mark.parametrize(
    ("signal", "logit"),
    [
        # On g's 1x1 grid x is (2.5, 4): theta gives 1.25 - 1 = 0.25.
        (-0.5, 3 * 0.25 - 1),  # phi gives -1 + 1 = 0
        (1.0, 3 * 3.25 - 1),  # phi gives 2 + 1 = 3
        (-4.0, -1.0),  # phi gives -7: the ReLU leaves psi its bias
    ],
)
def test_a_gate_by_hand(signal: float, logit: float) -> None:
    alpha = 1 / (1 + math.exp(-logit))
    gate, g = by_hand(), torch.full((1, 1, 1, 1), signal)
    torch.testing.assert_close(gate.alpha(SKIP, g), torch.full((1, 1, 2, 2), alpha))
    torch.testing.assert_close(gate(SKIP, g), alpha * SKIP)


def test_alpha_is_resampled_bilinearly_to_the_skips_grid() -> None:
    gate = by_hand()
    # x is 0; g is 0.5 and 1.5 in two columns: logits 3 (1 + 1) - 1 = 5 and 3 (3 + 1) - 1 = 11.
    alpha = gate.alpha(torch.zeros(1, 2, 4, 4), torch.tensor([[[[0.5, 1.5], [0.5, 1.5]]]]))
    left, right = torch.tensor(5.0).sigmoid(), torch.tensor(11.0).sigmoid()
    row = torch.stack([left, 0.75 * left + 0.25 * right, 0.25 * left + 0.75 * right, right])
    torch.testing.assert_close(alpha, row.expand(1, 1, 4, 4))


def test_resampling_before_theta_equals_resampling_after_it() -> None:
    torch.manual_seed(0)
    gate, x, g = AttentionGate(6, 5, "half"), torch.randn(2, 6, 9, 13), torch.randn(2, 5, 4, 7)
    theta = interpolate(gate.theta(x), size=(4, 7), mode="bilinear", align_corners=False)
    alpha = gate.psi(relu(theta + gate.phi(g))).sigmoid()
    wanted = interpolate(alpha, size=(9, 13), mode="bilinear", align_corners=False)
    torch.testing.assert_close(gate.alpha(x, g), wanted)


@pytest.mark.parametrize(("width", "inner"), [("narrow", 8), ("half", 24)])
def test_inner_widths(width: str, inner: int) -> None:
    gate = AttentionGate(48, 100, width)
    assert gate.theta.weight.shape == (inner, 48, 1, 1)
    assert gate.phi.weight.shape == (inner, 100, 1, 1)
    assert gate.psi.weight.shape == (1, inner, 1, 1)


def test_half_of_one_channel_is_one() -> None:
    assert AttentionGate(1, 4, "half").theta.out_channels == 1


def test_a_new_gate_is_nearly_open() -> None:
    gate = AttentionGate(4, 4)
    alpha = gate.alpha(torch.zeros(1, 4, 4, 4), torch.full((1, 4, 2, 2), 0.0))
    assert 0.6 < alpha.min() <= alpha.max() < 1


def test_the_open_gate_returns_the_skip_itself() -> None:
    assert OpenGate()(SKIP, torch.zeros(1)) is SKIP
