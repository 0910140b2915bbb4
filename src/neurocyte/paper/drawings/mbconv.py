"""Figure 4: MBConv blocks of the encoder, layer by layer."""

from typing import Any

from neurocyte.paper.drawings.block import block_facts, parts
from neurocyte.paper.drawings.canvas import Canvas
from neurocyte.paper.drawings.flow import Flow
from neurocyte.paper.drawings.graph import block_graph
from neurocyte.paper.drawings.trace import Trace

_WIDTH, _PANEL, _TOP = 310.0, 500.0, 120.0


def mbconv_facts(trace: Trace, path: str) -> dict[str, Any]:
    """Write down one block of the encoder.

    Args:
        trace: of the whole network.
        path: of the block, e.g. ``encoder.blocks.1.0``.

    Returns:
        Its parts, stage and place, expansion, kernel, stride, shortcut and parameters, and the key of the
        part whose result a gate takes (``tap``), or None.
    """
    block: Any = trace.network.get_submodule(path)
    facts = block_facts(trace, path)
    stage, place = (int(number) for number in path.split(".")[-2:])
    convolution = block.conv_pw if hasattr(block, "conv_pwl") else block.conv_dw
    return {
        "path": path,
        # Table 2 counts from one, and the stem before the blocks is its first stage.
        "stage": stage + 2,
        "block": place + 1,
        "blocks": len(trace.network.get_submodule(path.rpartition(".")[0])),  # type: ignore[arg-type]
        "expansion": convolution.out_channels // convolution.in_channels,
        "kernel": block.conv_dw.kernel_size[0],
        "stride": block.conv_dw.stride[0],
        "shortcut": any(fact["op"] == "add" for fact in facts),
        "parameters": sum(p.numel() for p in block.parameters()),
        "tap": _tap(trace, path),
        "parts": facts,
    }


def draw_mbconv(blocks: list[dict[str, Any]]) -> str:
    """Draw Figure 4: blocks side by side.

    Args:
        blocks: of `mbconv_facts`.

    Returns:
        The SVG.
    """
    flows = [_flow(facts) for facts in blocks]
    canvas = Canvas(
        "figure4",
        _PANEL * len(blocks),
        max(flow.height for flow in flows) + _TOP + 20,
        "Figure 4: the MBConv block",
        " ".join(_sentence(facts) for facts in blocks),
    )
    for number, (facts, flow) in enumerate(zip(blocks, flows, strict=True)):
        _panel(canvas, facts, flow, number * _PANEL)
    return canvas.render()


def _panel(canvas: Canvas, facts: dict[str, Any], flow: Flow, left: float) -> None:
    x = left + 60
    middle = x + _WIDTH / 2
    canvas.text(middle, 34, f"MBConv{facts['expansion']}, kernel {facts['kernel']}", size=19, bold=True)
    canvas.text(
        middle,
        57,
        f"stage {facts['stage']} of Table 2, block {facts['block']} of {facts['blocks']}",
        quiet=True,
    )
    joined = "shortcut added" if facts["shortcut"] else "no shortcut"
    canvas.text(
        middle, 78, f"stride {facts['stride']}, {joined}, {facts['parameters']:,} parameters", quiet=True
    )
    flow.draw(canvas, x, _TOP - 20)
    if facts["tap"]:
        cx, cy = flow.centre(facts["tap"], x, _TOP - 20)
        edge = cx + _WIDTH / 2
        canvas.arrow([(edge, cy), (edge + 44, cy)])
        canvas.text(edge + 50, cy - 4, "skip to", anchor="start", quiet=True)
        canvas.text(edge + 50, cy + 14, "the gate", anchor="start", quiet=True)


def _flow(facts: dict[str, Any]) -> Flow:
    shown = [{**f, "title": "input"} if f["op"] == "input" else f for f in facts["parts"]]
    return Flow(parts(shown, lambda f: "data" if f["op"] == "input" else "encoder"), width=_WIDTH)


def _sentence(facts: dict[str, Any]) -> str:
    titles = ", ".join(f["title"] for f in facts["parts"] if f["op"] != "input")
    return f"Stage {facts['stage']}, block {facts['block']}, from top to bottom: {titles}."


def _tap(trace: Trace, path: str) -> str | None:
    taken = [trace.calls[p].arguments[0] for p in trace.calls if p.startswith("gates.") and p.count(".") == 1]
    for node in block_graph(trace, path):
        if any(step.index in taken for step in node.steps):
            return node.key
    return None
