"""Figures 1 to 5 of the paper, drawn from the networks and the training code themselves."""

from typing import Any

from neurocyte.io.atomic import write_text
from neurocyte.networks import ARCHITECTURES, build_network
from neurocyte.paper.context import Context
from neurocyte.paper.drawings.architecture import draw_network
from neurocyte.paper.drawings.gate import draw_gate, gate_facts
from neurocyte.paper.drawings.mbconv import draw_mbconv, mbconv_facts
from neurocyte.paper.drawings.network import network_facts
from neurocyte.paper.drawings.pipeline import pipeline_facts
from neurocyte.paper.drawings.pipeline_drawing import draw_pipeline
from neurocyte.paper.drawings.section import render
from neurocyte.paper.drawings.skip import draw_skip, skip_facts
from neurocyte.paper.drawings.trace import Trace, trace_network
from neurocyte.training.recipes import PAPER

__all__ = ["measure", "render"]

_TITLES = {"linknet-ag": "LinkNet-AG", "unet-ag": "U-Net-AG"}
_ENCODERS = {"efficientnet-b0": "EfficientNet-B0"}
# Of the first MBConv6 stage: its first block halves the grid and gives a skip, its second has a shortcut.
_BLOCKS = ("encoder.blocks.1.0", "encoder.blocks.1.1")


def measure(context: Context) -> dict[str, Any]:
    """Build both proposed networks, run them once, and draw what they did.

    Args:
        context: whose first image passes the pipeline and whose folder gets the drawings.

    Returns:
        By figure: ``files``, by name in the folder of figures, and the numbers drawn.
    """
    traces = {arch: trace_network(build_network(arch), (3, *PAPER.size)) for arch in _TITLES}
    linknet, unet = traces["linknet-ag"], traces["unet-ag"]
    networks = {arch: network_facts(trace) for arch, trace in traces.items()}
    pipeline = pipeline_facts(context.samples[0], linknet, PAPER)
    panels = [
        skip_facts(linknet, _BLOCKS[0], "Without: a block that halves the grid", "encoder"),
        skip_facts(linknet, _BLOCKS[1], "With: the next block adds its input", "encoder"),
        skip_facts(linknet, "decoder.blocks.0", "With, LinkNet: the skip is added", "decoder"),
        skip_facts(unet, "decoder.blocks.0", "With, U-Net: it is concatenated", "decoder"),
    ]
    blocks = [mbconv_facts(linknet, path) for path in _BLOCKS]
    gates = _gates(linknet)
    drawings = {
        "figure1-pipeline.svg": draw_pipeline(pipeline, networks["linknet-ag"], _encoder("linknet-ag")),
        **{f"figure2-{arch}.svg": _network(facts, arch) for arch, facts in networks.items()},
        "figure3-skip.svg": draw_skip(panels),
        "figure4-mbconv.svg": draw_mbconv(blocks),
        "figure5-gate.svg": draw_gate(gates[-1], gates),
    }
    for name, drawing in drawings.items():
        write_text(context.figures / name, drawing)
    return {
        "figure1": {"files": ["figure1-pipeline.svg"], **pipeline},
        "figure2": {"files": [f"figure2-{arch}.svg" for arch in _TITLES], "networks": networks},
        "figure3": {"files": ["figure3-skip.svg"], "panels": panels},
        "figure4": {"files": ["figure4-mbconv.svg"], "blocks": blocks},
        "figure5": {"files": ["figure5-gate.svg"], "gates": gates},
    }


def _network(facts: dict[str, Any], arch: str) -> str:
    return draw_network(facts, f"figure2-{arch}", _TITLES[arch], _encoder(arch))


def _gates(trace: Trace) -> list[dict[str, Any]]:
    paths = [f"gates.{name}" for name, _ in trace.network.get_submodule("gates").named_children()]
    return [gate_facts(trace, path) for path in paths]


def _encoder(arch: str) -> str:
    name = ARCHITECTURES[arch].encoder or "its own"
    return _ENCODERS.get(name, name)
