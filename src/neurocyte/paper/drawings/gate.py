"""Figure 5: an attention gate, operation by operation."""

import math
from collections.abc import Sequence
from typing import Any, cast

from torch import nn

from neurocyte.paper.drawings.block import block_facts, parts
from neurocyte.paper.drawings.canvas import Canvas
from neurocyte.paper.drawings.flow import Flow
from neurocyte.paper.drawings.trace import Trace

_COLOURS = {"x": "encoder", "g": "decoder"}
_WORDS = {"x": "x: the encoder's skip", "g": "g: the decoder, one level below"}


def gate_facts(trace: Trace, path: str) -> dict[str, Any]:
    """Write down one attention gate.

    Args:
        trace: of the whole network.
        path: of the gate.

    Returns:
        Its parts, inner width, parameters, the bias that psi starts from and the alpha that this alone gives.
    """
    gate = cast("Any", trace.network.get_submodule(path))
    bias = float(gate.psi.bias.detach()[0])
    return {
        "path": path,
        "inner": gate.theta.out_channels,
        "parameters": sum(p.numel() for p in cast("nn.Module", gate).parameters()),
        "psi_bias": bias,
        "start_alpha": 1 / (1 + math.exp(-bias)),
        "parts": _named(block_facts(trace, path), bias),
    }


def draw_gate(facts: dict[str, Any], gates: Sequence[dict[str, Any]]) -> str:
    """Draw Figure 5.

    Args:
        facts: of `gate_facts`, for the gate that is drawn.
        gates: of `gate_facts`, for all gates of the network, which are listed beside it.

    Returns:
        The SVG.
    """
    drawn = parts(facts["parts"], lambda fact: _COLOURS.get(fact["key"], "gate"))
    flow = Flow(drawn, width=310, side=310, labels=_labels(facts["parts"]))
    canvas = Canvas(
        "figure5",
        770,
        flow.height + 100,
        "Figure 5: the attention gate",
        "From top to bottom: " + ", ".join(p.title for p in drawn) + ".",
    )
    canvas.text(385, 34, "Attention gate", size=19, bold=True)
    canvas.text(
        385,
        57,
        f"{facts['inner']} inner channels, {facts['parameters']:,} parameters; "
        f"alpha starts near {facts['start_alpha']:.2f}",
        quiet=True,
    )
    flow.draw(canvas, 60, 80)
    top = flow.height + 80 - 24 * (len(gates) + 2)
    canvas.text(415, top, "All gates of this network", anchor="start", bold=True)
    for number, gate in enumerate(gates):
        x, g = (next(p["shape"] for p in gate["parts"] if p["key"] == key) for key in _COLOURS)
        line = f"x {x[0]:,}, g {g[0]:,} at {x[1]} px: {gate['parameters']:,} parameters"
        canvas.text(415, top + 24 + 21 * number, line, anchor="start", quiet=True)
    return canvas.render()


def _named(facts: list[dict[str, Any]], bias: float) -> list[dict[str, Any]]:
    grids = {tuple(fact["shape"][-2:]): fact["key"] for fact in facts if fact["op"] == "input"}
    return [_name(fact, grids, bias) for fact in facts]


def _name(fact: dict[str, Any], grids: dict[tuple[int, ...], str], bias: float) -> dict[str, Any]:
    title, lines = fact["title"], fact["lines"]
    if fact["op"] == "input":
        title = _WORDS.get(title, title)
    elif fact["op"].startswith("conv") or fact["op"] == "module":
        title = f"{fact['key']}: {title}"
    elif fact["op"] == "interpolate" and (owner := grids.get(tuple(fact["shape"][-2:]))):
        lines = [f"{lines[0]}, the grid of {owner}", *lines[1:]]
    if fact["key"] == "psi":
        lines = [*lines, f"bias starts at {bias:g}"]
    return {**fact, "title": title, "lines": lines}


def _labels(facts: list[dict[str, Any]]) -> dict[str, str]:
    """Alpha is what multiplies the skip."""
    last = facts[-1]
    inner = [key for key in last["inputs"] if key not in _WORDS]
    return dict.fromkeys(inner, "alpha: ") if last["op"] == "mul" else {}
