"""Facts of Figure 2: the stages, gates, decoder blocks and head of a network as a forward pass met them."""

from typing import Any, cast

from torch import nn

from neurocyte.networks.segmenter import Segmenter
from neurocyte.paper.drawings.graph import block_graph
from neurocyte.paper.drawings.trace import Trace
from neurocyte.paper.drawings.words import layers


def network_facts(trace: Trace) -> dict[str, Any]:
    """Write down a gated network.

    Args:
        trace: of a `Segmenter` with attention gates.

    Returns:
        ``input``, ``stages``, ``bottom``, ``gates``, ``blocks``, ``upsampling``
        (interpolation modes of the decoder), ``head`` and ``parameters`` by part.
    """
    network = cast(Segmenter, trace.network)
    stages = _stages(trace, network)
    parts = {name: getattr(network, name) for name in ("encoder", "gates", "decoder", "head")}
    parameters = {name: _count(part) for name, part in parts.items()}
    return {
        "input": list(trace.steps[0].shape),
        "stages": stages,
        "bottom": list(trace.steps[_argument(trace, "decoder.blocks.0", 0)].shape),
        "gates": [_gate(trace, index, stages) for index in range(len(network.gates))],
        "blocks": [_block(trace, index) for index in range(len(network.decoder.blocks))],
        "upsampling": sorted({s.mode for s in trace.inside("decoder") if s.mode}),
        "head": {
            "kernel": network.head.kernel_size[0],
            "channels": network.head.in_channels,
            "shape": list(trace.steps[cast(int, trace.calls["head"].output)].shape),
        },
        "parameters": {**parameters, "total": _count(network)},
    }


def _stages(trace: Trace, network: Segmenter) -> list[dict[str, Any]]:
    paths = {module: path for path, module in network.named_modules()}
    stages = []
    for name, module, repeats in network.encoder.stages:
        steps = trace.inside(paths[module])
        stages.append(
            {
                "name": name,
                "path": paths[module],
                "repeats": repeats,
                "input": list(trace.steps[steps[0].inputs[0]].shape),
                "shape": list(steps[-1].shape),
                "first": steps[0].index,
            }
        )
    return stages


def _gate(trace: Trace, index: int, stages: list[dict[str, Any]]) -> dict[str, Any]:
    path = f"gates.{index}"
    gate = cast("Any", trace.network.get_submodule(path))
    x, g = _argument(trace, path, 0), _argument(trace, path, 1)
    # The stage that made x is the last one to begin before it.
    stage = max(i for i, s in enumerate(stages) if s["first"] <= x)
    return {
        "stage": stage,
        "inner": gate.theta.out_channels,
        "x": list(trace.steps[x].shape),
        "g": list(trace.steps[g].shape),
        "source": trace.steps[x].path,
        "expanded": list(trace.steps[x].shape) != stages[stage]["shape"],
        "shape": list(trace.steps[cast(int, trace.calls[path].output)].shape),
        "parameters": _count(gate),
    }


def _block(trace: Trace, index: int) -> dict[str, Any]:
    path = f"decoder.blocks.{index}"
    nodes = block_graph(trace, path)
    sources = [n.source for n in nodes if n.op == "input"]
    taken = [int(s.split(".")[1]) for s in sources if s.startswith("gates.")]
    return {
        "name": type(trace.network.get_submodule(path)).__name__,
        "layers": layers(nodes, trace.network),
        "gate": taken[0] if taken else None,
        "input": list(trace.steps[_argument(trace, path, 0)].shape),
        "shape": list(trace.steps[cast(int, trace.calls[path].output)].shape),
        "parameters": _count(trace.network.get_submodule(path)),
    }


def _argument(trace: Trace, path: str, place: int) -> int:
    index = trace.calls[path].arguments[place]
    if index is None:
        raise ValueError(f"Argument {place} of {path} is no feature map.")
    return index


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)
