"""A block of a network as facts (JSON) and as the parts of a drawing."""

from collections.abc import Callable
from typing import Any

from neurocyte.paper.drawings.flow import Part
from neurocyte.paper.drawings.graph import Node, block_graph
from neurocyte.paper.drawings.trace import Trace
from neurocyte.paper.drawings.words import describe


def block_facts(trace: Trace, path: str) -> list[dict[str, Any]]:
    """Write down a block's parts.

    Args:
        trace: of the whole network.
        path: of the block.

    Returns:
        A dictionary a part: key, op, title, lines, inputs, shape, parameters, source.
    """
    return [_facts(node, trace) for node in block_graph(trace, path)]


def parts(facts: list[dict[str, Any]], kind: Callable[[dict[str, Any]], str]) -> list[Part]:
    """Turn facts into what is drawn.

    Args:
        facts: of `block_facts`.
        kind: gives the colour of a part.

    Returns:
        The parts in the same order.
    """
    return [
        Part(f["key"], f["op"], kind(f), f["title"], tuple(f["lines"]), tuple(f["inputs"]), tuple(f["shape"]))
        for f in facts
    ]


def _facts(node: Node, trace: Trace) -> dict[str, Any]:
    title, lines = describe(node, trace.network)
    return {
        "key": node.key,
        "op": node.op,
        "title": title,
        "lines": lines,
        "inputs": list(node.inputs),
        "shape": list(node.shape),
        "parameters": node.parameters,
        "source": node.source,
    }
