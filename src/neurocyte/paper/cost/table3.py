"""Table 3: what the networks cost, in parameters, arithmetic, bytes and time."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from neurocyte.benchmark.turns import default_threads
from neurocyte.networks import Segmenter, build_network
from neurocyte.networks.encoder import Taps
from neurocyte.networks.inspection import INPUT_SIDE
from neurocyte.paper.context import Context
from neurocyte.paper.cost.footprint import footprint
from neurocyte.paper.cost.latency import latency
from neurocyte.paper.cost.text import write_sizes, write_times
from neurocyte.paper.cost.training_step import training_step
from neurocyte.paper.printed import TABLE_3

QUICK_SIDE = 64
QUICK_EXPORTS = ("linknet-ag",)


@dataclass(frozen=True)
class Candidate:
    """A network of Table 3.

    Attributes:
        key: name in the result.
        label: as printed here.
        arch: a key of `neurocyte.networks.ARCHITECTURES`.
        taps: where the encoder is tapped.
        zoom: how much the network enlarges its image.
        printed: the paper's row, a key of `printed.TABLE_3`; None: the paper has none.
    """

    key: str
    label: str
    arch: str
    taps: Taps = "expanded"
    zoom: int = 1
    printed: str | None = None

    def build(self) -> Segmenter:
        """Build the network with random weights and one output."""
        return build_network(self.arch, taps=self.taps, zoom=self.zoom)


# Two networks have about the 32 M parameters of the paper's "U-Net without AU"; which is meant is not said.
NETWORKS: tuple[Candidate, ...] = (
    Candidate(
        "unet-resnet50",
        "U-Net on ResNet-50, no attention",
        "unet-resnet50",
        printed="unet-without-attention",
    ),
    Candidate("unet-plain", "U-Net of 2015, no attention", "unet-plain", printed="unet-without-attention"),
    Candidate("unet-ag", "U-Net with attention", "unet-ag", printed="unet-ag"),
    Candidate("linknet-ag", "LinkNet with attention", "linknet-ag", printed="linknet-ag"),
    Candidate(
        "linknet-ag-bottleneck",
        "LinkNet with attention, bottleneck taps (ours)",
        "linknet-ag",
        taps="bottleneck",
    ),
    # The network of the default model, but for that model's two further outputs.
    Candidate(
        "unet-fast",
        "U-Net of neurocyte-fast, image enlarged twice (ours)",
        "unet-fast",
        taps="bottleneck",
        zoom=2,
    ),
)


def measure(context: Context) -> dict[str, Any]:
    """Measure the cost of every network.

    Args:
        context: its settings give rounds, batch size, and whether to be quick.

    Returns:
        ``networks``: by key the label, the paper's row (or None) and what `footprint` gives; ``latency`` and
        ``training_step``: see the functions of these names.
    """
    settings = context.settings
    threads = default_threads()
    networks = {}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for candidate in NETWORKS:
            context.say(f"Table 3: measuring {candidate.label}.")
            printed = None if candidate.printed is None else asdict(TABLE_3[candidate.printed])
            networks[candidate.key] = {
                "label": candidate.label,
                "paper": printed,
                **footprint(candidate.build),
            }
        context.say("Table 3: exporting and timing the networks.")
        built = {candidate.key: candidate.build() for candidate in NETWORKS}
        side = QUICK_SIDE if settings.quick else INPUT_SIDE
        timed = latency(built, side, settings.rounds, threads, QUICK_EXPORTS if settings.quick else built)
        del built
        context.say("Table 3: timing training steps with and without attention.")
        steps = training_step(settings.recipe, settings.rounds, threads)
    return {"networks": networks, "latency": timed, "training_step": steps}


def render(result: Mapping[str, Any]) -> str:
    """Write the section.

    Args:
        result: what `measure` gave.

    Returns:
        Markdown.
    """
    return f"## Table 3: cost of the networks\n\n{write_sizes(result)}\n{write_times(result)}"
