"""How long a training step takes with and without attention gates."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from neurocyte.benchmark.turns import interleave, milliseconds, ratio
from neurocyte.networks import build_network
from neurocyte.networks.attention import GateWidth
from neurocyte.paper.cost.timing import torch_threads
from neurocyte.training.losses import ComboLoss
from neurocyte.training.precision import lightning_precision
from neurocyte.training.recipes import Recipe


@dataclass(frozen=True)
class Gating:
    """A network with gates and the one it is compared with, which differs in nothing else."""

    key: str
    label: str
    arch: str
    gate: GateWidth
    without: str


WITHOUT = {"linknet": "LinkNet", "unet": "U-Net"}
GATINGS: tuple[Gating, ...] = (
    Gating("linknet-ag", "LinkNet, gates of 8 channels", "linknet-ag", "narrow", "linknet"),
    Gating("linknet-ag-half", "LinkNet, gates of half the skip", "linknet-ag", "half", "linknet"),
    Gating("unet-ag", "U-Net, gates of 8 channels", "unet-ag", "narrow", "unet"),
    Gating("unet-ag-half", "U-Net, gates of half the skip", "unet-ag", "half", "unet"),
)


def training_step(recipe: Recipe, rounds: int, threads: int) -> dict[str, Any]:
    """Time a training step of each network, all in turns.

    A step is what training does with a batch that is in memory: forward, combo loss, backward, Adam, in
    channels-last order and in the precision that training chooses on this machine.

    Args:
        recipe: gives batch size, image size, loss and learning rate.
        rounds: timed steps of each.
        threads: of torch.

    Returns:
        ``batch``, ``size``, ``precision``, ``threads``; ``steps``: median and quartiles in milliseconds by
        key; ``ratios``: of the time with gates to the time without, by key of the gated network.
    """
    precision = lightning_precision("auto")
    generator = torch.Generator().manual_seed(0)
    shape = (recipe.batch_size, 3, *recipe.size)
    image = torch.randn(shape, generator=generator).to(memory_format=torch.channels_last)
    target = (torch.rand(shape, generator=generator)[:, :1] > 0.9).float()
    variants = {key: _step(key, "narrow", recipe, image, target) for key in WITHOUT}
    variants |= {g.key: _step(g.arch, g.gate, recipe, image, target) for g in GATINGS}
    with torch_threads(threads), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16-mixed"):
        seconds = interleave(variants, rounds)
    return {
        "batch": recipe.batch_size,
        "size": list(recipe.size),
        "precision": precision,
        "threads": threads,
        "steps": {key: milliseconds(taken) for key, taken in seconds.items()},
        "ratios": {g.key: ratio(seconds[g.key], seconds[g.without]) for g in GATINGS},
    }


def _step(
    arch: str, gate: GateWidth, recipe: Recipe, image: torch.Tensor, target: torch.Tensor
) -> Callable[[], object]:
    network = build_network(arch, gate=gate).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), recipe.learning_rate)
    loss = ComboLoss(recipe.alpha, recipe.beta)

    def step() -> None:
        optimizer.zero_grad()
        loss(network(image), target).backward()
        optimizer.step()

    return step
