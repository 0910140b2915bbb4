"""Figure 3: layers with and without a skip connection, short in the encoder, long to the decoder."""

from typing import Any

from neurocyte.paper.drawings.block import block_facts, parts
from neurocyte.paper.drawings.canvas import Canvas
from neurocyte.paper.drawings.flow import Flow
from neurocyte.paper.drawings.trace import Trace

_WIDTH, _SIDE, _PANEL = 260.0, 160.0, 520.0
_NAMES = {"x": "input", "deep": "the level below"}


def skip_facts(trace: Trace, path: str, title: str, kind: str) -> dict[str, Any]:
    """Write down one panel.

    Args:
        trace: of the whole network.
        path: of the block.
        title: of the panel.
        kind: colour of its parts.

    Returns:
        Path, title, kind, how the skip joins (``add``, ``cat`` or None) and the parts.
    """
    facts = block_facts(trace, path)
    joins = [f["op"] for f in facts if f["op"] in ("add", "cat") and len(f["inputs"]) > 1]
    return {
        "path": path,
        "title": title,
        "kind": kind,
        "join": joins[0] if joins else None,
        "parts": [_named(fact) for fact in facts],
    }


def draw_skip(panels: list[dict[str, Any]]) -> str:
    """Draw Figure 3, two panels a row.

    Args:
        panels: of `skip_facts`.

    Returns:
        The SVG.
    """
    flows = [
        Flow(parts(p["parts"], lambda f, p=p: _kind(f, p["kind"])), width=_WIDTH, side=_SIDE)  # type: ignore[misc]
        for p in panels
    ]
    rows = [max(f.height for f in flows[i : i + 2]) + 70 for i in range(0, len(flows), 2)]
    canvas = Canvas(
        "figure3",
        # The last shape beside a gated skip reaches beyond its box.
        2 * _PANEL + 30,
        sum(rows) + 20,
        "Figure 3: the skip connection",
        " ".join(_sentence(p) for p in panels),
    )
    for number, (panel, flow) in enumerate(zip(panels, flows, strict=True)):
        left, top = number % 2 * _PANEL, sum(rows[: number // 2])
        letter = "abcdefgh"[number]
        canvas.text(left + 50, top + 38, f"({letter}) {panel['title']}", size=16, anchor="start", bold=True)
        flow.draw(canvas, left + 50, top + 60)
    return canvas.render()


def _kind(fact: dict[str, Any], kind: str) -> str:
    if fact["op"] == "input":
        return "gate" if fact["key"] == "skip" else "data"
    return kind


def _named(fact: dict[str, Any]) -> dict[str, Any]:
    if fact["op"] != "input":
        # The layers alone: the lines are Figure 4's.
        return {**fact, "lines": []}
    gated = fact["source"].startswith("gates.")
    title = (
        ("gated skip" if gated else "skip") if fact["key"] == "skip" else _NAMES.get(fact["key"], fact["key"])
    )
    return {**fact, "title": title}


def _sentence(panel: dict[str, Any]) -> str:
    how = {"add": "the skip is added", "cat": "the skip is concatenated", None: "no skip joins"}[
        panel["join"]
    ]
    return f"{panel['title']}: {how}."
