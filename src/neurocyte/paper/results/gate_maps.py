"""What the gates let through: alpha at every level, drawn over images and summed up."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurocyte.markdown import number, table
from neurocyte.networks import Segmenter
from neurocyte.networks.attention import AttentionGate
from neurocyte.paper.context import Context
from neurocyte.paper.parts import kept_row
from neurocyte.paper.results.figure7 import PICTURES, choose
from neurocyte.paper.results.panels import grey, write_panels
from neurocyte.paper.runs.networks import run_network
from neurocyte.paper.runs.plan import Finished, finished
from neurocyte.paper.simulated import network_input, simulated_images
from neurocyte.preprocess import restore
from neurocyte.training.data import nearest_labels

ROWS = ("linknet-ag", "linknet-ag-half", "unet-ag", "unet-ag-half")


def measure(context: Context) -> dict[str, Any]:
    """Run the gated networks of the first seed's first fold over its test images and keep alpha.

    The row of a network whose weights are not in the folder stays as it was.

    Args:
        context: the reproduction.

    Returns:
        ``rows``: for each network the mean alpha on cells and on background at each level (deepest last),
        pooled over pixels of the test images, and the files of its maps.
    """
    first = context.settings.seeds[0]
    rows = []
    for one in finished(context):
        if one.run.row.key in ROWS and (one.run.seed, one.run.fold) == (first, 0):
            network = run_network(one.run, context)
            if isinstance(network, Segmenter):
                rows.append(_row(context, one, network))
            elif earlier := kept_row("gates", one.run.row.key, context):
                rows.append(earlier)
    return {"rows": rows}


def render(result: Mapping[str, Any]) -> str:
    """Return the section of the document."""
    if not result["rows"]:
        return "### What the gates let through\n\nNo gated network's weights are in this folder."
    lines = [
        (row["label"], f"1/{2 ** (level + 1)}", number(cell, 3), number(rest, 3), number(cell - rest, 3))
        for row in result["rows"]
        for level, (cell, rest) in enumerate(zip(row["on_cells"], row["on_background"], strict=True))
    ]
    parts = [
        "### What the gates let through",
        "Alpha of the first fold's network, mean over the pixels of its test images. A gate that does "
        "nothing would have the same alpha everywhere; it starts at about 0.88.",
        table(("network", "level", "on cells", "on background", "difference"), lines, "llrrr"),
    ]
    for row in result["rows"]:
        if row["file"]:
            parts.append(f"![Alpha at each level: {row['label']}]({row['file']})")
        parts.append(f"![Alpha on simulated images: {row['label']}]({row['simulated']})")
    return "\n\n".join(parts)


def gate_maps(network: Segmenter, image: Tensor) -> list[NDArray[np.float32]]:
    """Return alpha of every gate for one image.

    Args:
        network: with attention gates, in evaluation mode.
        image: float (1, 3, H, W), normalised.

    Returns:
        float32 (h, w) on each skip's grid, in (0, 1), shallow to deep.
    """
    maps: list[NDArray[np.float32]] = []

    def keep(gate: nn.Module, inputs: tuple[Tensor, Tensor], _output: Tensor) -> None:
        if isinstance(gate, AttentionGate):
            maps.append(gate.alpha(*inputs)[0, 0].numpy())

    hooks = [gate.register_forward_hook(keep) for gate in network.gates]
    with torch.no_grad():
        network(image)
    for hook in hooks:
        hook.remove()
    # The decoder goes from the bottom up.
    return maps[::-1]


def _row(context: Context, one: Finished, network: Segmenter) -> dict[str, Any]:
    samples = {sample.stem: sample for sample in context.samples}
    sums = np.zeros((len(network.gates), 2, 2))
    drawn: dict[str, list[NDArray[Any]]] = {}
    for record in one.chosen:
        sample = samples[record.stem]
        pixels = sample.read_image().pixels
        plane, shape = network_input(pixels, context)
        maps = gate_maps(network, plane)
        labels = sample.read_labels().labels
        for level, alpha in enumerate(maps):
            cells = nearest_labels(labels, alpha.shape) > 0
            for side, where in enumerate((cells, ~cells)):
                sums[level, side] += (alpha[where].sum(dtype=np.float64), np.count_nonzero(where))
        drawn[record.stem] = _over(pixels, maps, shape)
    chosen = choose(one.chosen)
    titles = ("image", *(f"alpha at 1/{2 ** (level + 1)}" for level in range(len(network.gates))))
    file = f"{PICTURES}/gates-{one.run.row.key}.png"
    write_panels(
        context.out / file, [drawn[r.stem] for _, r in chosen], titles, [n for n, _ in chosen], last_map=True
    )
    simulated = f"figures/gates-{one.run.row.key}-simulated.png"
    rows, kinds = [], []
    for kind, image, _ in simulated_images():
        plane, shape = network_input(image, context)
        rows.append(_over(image, gate_maps(network, plane), shape))
        kinds.append(kind)
    write_panels(context.out / simulated, rows, titles, kinds, last_map=True)
    means = sums[..., 0] / np.maximum(sums[..., 1], 1)
    return {
        "key": one.run.row.key,
        "label": one.run.row.label,
        "images": len(one.chosen),
        "on_cells": means[:, 0].tolist(),
        "on_background": means[:, 1].tolist(),
        "file": file,
        "simulated": simulated,
    }


def _over(
    pixels: NDArray[Any], maps: list[NDArray[np.float32]], shape: tuple[int, int]
) -> list[NDArray[Any]]:
    return [grey(pixels), *(restore(alpha[None], shape)[0] for alpha in maps)]
