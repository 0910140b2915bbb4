from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neurocyte.networks.inspection import inspect_network
from neurocyte.paper.drawings.gate import draw_gate, gate_facts
from neurocyte.paper.drawings.mbconv import mbconv_facts
from neurocyte.paper.drawings.network import network_facts
from neurocyte.paper.drawings.skip import skip_facts
from neurocyte.paper.drawings.trace import trace_network


class LateGate(nn.Module):
    """The gate as the paper draws it: theta before resampling; and open without training."""

    def __init__(self) -> None:
        super().__init__()
        self.theta, self.phi, self.psi = nn.Conv2d(4, 2, 1), nn.Conv2d(6, 2, 1), nn.Conv2d(2, 1, 1)
        nn.init.zeros_(self.psi.bias)

    def forward(self, x: Tensor, g: Tensor) -> Tensor:
        small = nn.functional.interpolate(self.theta(x), size=g.shape[-2:], mode="nearest")
        alpha = self.psi((small + self.phi(g)).relu()).sigmoid()
        return x * nn.functional.interpolate(alpha, size=x.shape[-2:], mode="nearest")


class OneGate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 6, 1, stride=2)
        self.gates = nn.ModuleList([LateGate()])

    def forward(self, image: Tensor) -> Tensor:
        return self.gates[0](self.fine(image), self.coarse(image))


@pytest.mark.parametrize("arch", ["linknet-ag", "unet-ag"])
def test_shapes_and_parameters_are_those_of_a_forward_pass(arch: str, trace: Callable[..., Any]) -> None:
    facts = network_facts(trace(arch))
    network = trace(arch).network
    with torch.no_grad():
        features = network.eval().encoder(torch.zeros(1, 3, 64, 64))

    assert [g["x"] for g in facts["gates"]] == [list(f.shape[1:]) for f in reversed(features[:-1])]
    assert facts["bottom"] == list(features[-1].shape[1:])
    assert [b["input"] for b in facts["blocks"][1:]] == [b["shape"] for b in facts["blocks"][:-1]]
    assert [g["g"] for g in facts["gates"]] == [b["input"] for b in facts["blocks"][:4]]
    assert facts["parameters"] == inspect_network(network, 64).parameters
    assert sum(g["parameters"] for g in facts["gates"]) == facts["parameters"]["gates"]
    stages = inspect_network(network, 64).stages
    assert [(s["name"], s["input"][1], s["shape"][0]) for s in facts["stages"]] == [
        (s.name, s.input_size, s.channels) for s in stages
    ]


def test_the_joining_of_a_decoder_block_is_drawn(trace: Callable[..., Any]) -> None:
    linknet, unet = network_facts(trace("linknet-ag")), network_facts(trace("unet-ag"))

    assert linknet["blocks"][0]["layers"] == ["1×1 to 320", "up", "3×3 to 320", "1×1 to 672", "+"]  # noqa: RUF001
    assert unet["blocks"][0]["layers"] == ["up", "concat to 1,952", "3×3 to 256", "3×3 to 256"]  # noqa: RUF001
    assert [b["gate"] for b in linknet["blocks"]] == [0, 1, 2, 3, None]


def test_the_tapped_stage_follows_the_taps(trace: Callable[..., Any]) -> None:
    expanded, narrow = (
        network_facts(trace("linknet-ag")),
        network_facts(trace("linknet-ag", taps="bottleneck")),
    )

    assert [(g["stage"] + 1, g["x"][0], g["expanded"]) for g in expanded["gates"]] == [
        (7, 672, True),
        (5, 240, True),
        (4, 144, True),
        (3, 96, True),
    ]
    assert [(g["stage"] + 1, g["x"][0], g["expanded"]) for g in narrow["gates"]] == [
        (6, 112, False),
        (4, 40, False),
        (3, 24, False),
        (2, 16, False),
    ]


def test_a_wider_gate_is_drawn_wider(trace: Callable[..., Any]) -> None:
    narrow = gate_facts(trace("linknet-ag"), "gates.3")
    half = gate_facts(trace("linknet-ag", gate="half"), "gates.3")

    assert (narrow["inner"], half["inner"]) == (8, 48)
    assert narrow["parameters"] == 96 * 8 + 144 * 8 + 8 + 8 + 1
    assert "144 → 48 channels" in draw_gate(half, [half])
    assert "144 → 48 channels" not in draw_gate(narrow, [narrow])


def test_a_gate_of_another_order_is_drawn_in_its_order(trace: Callable[..., Any]) -> None:
    ours = gate_facts(trace("linknet-ag"), "gates.3")
    late = gate_facts(trace_network(OneGate(), (3, 8, 8)), "gates.0")

    def order(facts: dict[str, Any]) -> list[str]:
        return [p["key"].partition("-")[0] for p in facts["parts"]]

    tail = ["add", "relu", "psi", "sigmoid", "interpolate", "mul"]
    assert order(ours) == ["x", "g", "interpolate", "theta", "phi", *tail]
    assert order(late) == ["x", "g", "theta", "interpolate", "phi", *tail]
    assert (ours["psi_bias"], late["psi_bias"], late["start_alpha"]) == (2.0, 0.0, 0.5)
    assert ours["parts"][2]["lines"] == ["to 16 × 16, the grid of g"]  # noqa: RUF001
    assert "Resample, nearest" in draw_gate(late, [late])


def test_mbconv_reads_its_block(trace: Callable[..., Any]) -> None:
    first = mbconv_facts(trace("linknet-ag"), "encoder.blocks.1.0")
    second = mbconv_facts(trace("linknet-ag"), "encoder.blocks.2.1")

    assert [(first[k], second[k]) for k in ("stage", "block", "kernel", "stride", "shortcut", "tap")] == [
        (3, 4),
        (1, 2),
        (3, 5),
        (2, 1),
        (False, True),
        ("conv_pw", None),
    ]
    assert [p["lines"][0] for p in second["parts"][1:5]] == [
        "40 → 240 channels",
        "240 channels",
        "mean over pixels, 1×1 to 10",  # noqa: RUF001
        "240 → 40 channels",
    ]
    assert first["parts"][2]["lines"] == ["96 channels, stride 2", "batch norm, SiLU"]
    assert second["parts"][4]["lines"][1:] == ["batch norm"]
    assert second["parts"][-1]["inputs"] == ["conv_pwl", "x"]
    assert sum(p["parameters"] for p in second["parts"]) == second["parameters"]


def test_a_block_without_expansion_has_expansion_1(trace: Callable[..., Any]) -> None:
    facts = mbconv_facts(trace("linknet-ag"), "encoder.blocks.0.0")

    assert (facts["expansion"], facts["shortcut"]) == (1, False)
    assert [p["key"] for p in facts["parts"]] == ["x", "conv_dw", "se", "conv_pw"]


def test_the_skip_joins_as_the_decoder_says(trace: Callable[..., Any]) -> None:
    joins = [
        skip_facts(trace(arch), path, "", "decoder")["join"]
        for arch, path in (
            ("linknet-ag", "decoder.blocks.0"),
            ("unet-ag", "decoder.blocks.0"),
            ("unet-ag", "decoder.blocks.4"),
            ("linknet-ag", "encoder.blocks.1.0"),
            ("linknet-ag", "encoder.blocks.1.1"),
        )
    ]

    assert joins == ["add", "cat", None, None, "add"]


def test_a_block_that_does_not_run_is_refused(trace: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="runs nothing"):
        skip_facts(trace("linknet"), "gates.0", "", "gate")
