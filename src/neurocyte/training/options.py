"""What a training call asks for."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from neurocyte.errors import UsageError
from neurocyte.models.config import (
    FLOW_OUTPUTS,
    MASK_OUTPUTS,
    FixedResize,
    InputConfig,
    ScaleResize,
    Task,
    TileConfig,
)
from neurocyte.networks.attention import GateWidth
from neurocyte.networks.encoder import Taps
from neurocyte.training.precision import Precision
from neurocyte.training.recipes import DEFAULT, Recipe

Learned = Literal["foreground", "cells"]
OUTPUTS: dict[Learned, tuple[str, ...]] = {
    "foreground": MASK_OUTPUTS,
    "cells": FLOW_OUTPUTS,
}


@dataclass(frozen=True)
class TrainOptions:
    """Everything `neurocyte train` can be told, beside the data and the folder.

    Attributes:
        arch: a key of `neurocyte.networks.ARCHITECTURES`.
        encoder: another encoder than the architecture's own.
        encoder_weights: ``imagenet``, ``none`` or a safetensors file.
        start: a trained model of the same network, whose weights this one begins with; None: only the encoder
            has weights to begin with.
        taps: where an EfficientNet is tapped.
        gate: inner width of the attention gates.
        task: what the model is for: counted cells or a mask.
        learn: the ``foreground`` alone, or of ``cells`` also the flow by which touching ones are kept apart.
        channels: ``grey`` or ``rgb`` input.
        zoom: the trained network enlarges images by so much itself, and its maps are of the image as it is.
        scale: images are resampled by this factor for the network (ignored by recipes of fixed size).
        pixel_size_um: of the training images, micrometres, where known.
        recipe: how to train.
        val_fraction: share of the images that choose epoch and threshold.
        refit: epochs of learning on from all images once the validation images have chosen; 0: none.
        seed: of the split, the initial weights, the order and the augmentation.
        name: of the model.
        license: of the weights, one line.
        description: of the model, one line.
        precision: ``auto`` (bf16 where the processor has it), ``bf16`` or ``fp32``.
        workers: processes that load data; 0 loads in the training process.
        devices: Lightning's devices: ``auto`` or a number.
        nodes: number of machines.
        strategy: Lightning's strategy: ``auto``, ``ddp``, ...
    """

    arch: str = "linknet-ag"
    encoder: str | None = None
    encoder_weights: str = "imagenet"
    start: str | None = None
    taps: Taps = "expanded"
    gate: GateWidth = "narrow"
    task: Task = "cells"
    learn: Learned = "foreground"
    channels: Literal["grey", "rgb"] = "grey"
    zoom: int = 1
    scale: float = 1.0
    pixel_size_um: float | None = None
    recipe: Recipe = field(default=DEFAULT)
    val_fraction: float = 0.2
    refit: int = 0
    seed: int = 0
    name: str = "custom"
    license: str = "not stated"
    description: str = ""
    precision: Precision = "auto"
    workers: int = 0
    devices: str = "auto"
    nodes: int = 1
    strategy: str = "auto"

    def input_config(self) -> InputConfig:
        """Return the model's input section."""
        height, width = self.recipe.size
        return InputConfig(
            channels=self.channels,
            intensity=self.recipe.intensity,
            pixel_size_um=self.pixel_size_um,
            resize=FixedResize(height, width) if self.recipe.fixed_size else ScaleResize(factor=self.scale),
        )

    def __post_init__(self) -> None:
        if self.learn != "foreground" and (self.task == "mask" or self.recipe.fixed_size):
            wanted = "--task cells" if self.task == "mask" else "--recipe default"
            raise UsageError(f"--learn {self.learn} is of no use here: give {wanted} or --learn foreground.")
        if self.zoom < 1 or TileConfig().multiple % self.zoom:
            raise UsageError(
                f"Tiles cannot be enlarged {self.zoom} times by the network; use --zoom 1, 2 or 4."
            )
        if self.zoom > 1 and self.recipe.fixed_size:
            raise UsageError("The paper's images have one size and are not enlarged; leave --zoom away.")

    def while_learning(self) -> "TrainOptions":
        """Return the options of the network while it learns: images are enlarged before it, not in it."""
        return replace(self, scale=self.scale * self.zoom, zoom=1)

    def tile_config(self) -> TileConfig:
        """Return the model's tiles: as large as its default for the network, whatever its zoom."""
        plain = TileConfig()
        return TileConfig(*(length // self.zoom for length in (plain.size, plain.overlap, plain.multiple)))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the network's maps."""
        return OUTPUTS[self.learn]

    def weights_file(self) -> Path | None:
        """Return the file of the encoder's weights, None for ``imagenet`` and ``none``."""
        return None if self.encoder_weights in ("imagenet", "none") else Path(self.encoder_weights)
