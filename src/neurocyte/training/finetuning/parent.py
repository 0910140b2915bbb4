"""The model that a fine-tuning starts from."""

from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from neurocyte.errors import ModelError
from neurocyte.export import load_network
from neurocyte.models.config import FixedResize, ModelConfig
from neurocyte.models.folder import find_model
from neurocyte.training.options import OUTPUTS, TrainOptions
from neurocyte.training.recipes import FINETUNE, Recipe


@dataclass(frozen=True)
class Parent:
    """The model that goes on learning."""

    config: ModelConfig
    weights: dict[str, Tensor]
    options: TrainOptions


def open_parent(model: str | Path, recipe: Recipe = FINETUNE, seed: int = 0, name: str = "custom") -> Parent:
    """Load a model for fine-tuning.

    Args:
        model: a bundled model's name or a model folder.
        recipe: how it goes on; size and intensity are the model's own where they are part of its input.
        seed: of the split, the order and the augmentation.
        name: of the new model.

    Returns:
        Config, float32 weights and the options that train such a network.

    Raises:
        ModelError: there is no such model, its weights are missing or damaged, or it was not trained here.
    """
    folder = find_model(model)
    config = ModelConfig.load(folder)
    network, _ = load_network(folder, config)
    resize, arch = config.input.resize, config.architecture
    recipe = replace(recipe, intensity=config.input.intensity)
    if isinstance(resize, FixedResize):
        size = (resize.height, resize.width)
        recipe = replace(recipe, fixed_size=True, size=size, augment="paper")
    options = TrainOptions(
        arch=arch.name,
        encoder=arch.encoder,
        encoder_weights="none",
        taps=arch.taps or "expanded",  # type: ignore[arg-type]
        gate=arch.gate or "narrow",  # type: ignore[arg-type]
        task=config.task,
        learn=next((name for name, outputs in OUTPUTS.items() if outputs == config.outputs), "foreground"),
        channels=config.input.channels,
        zoom=config.architecture.zoom,
        scale=1.0 if isinstance(resize, FixedResize) else resize.factor,
        pixel_size_um=config.input.pixel_size_um,
        recipe=recipe,
        val_fraction=0.25,
        seed=seed,
        name=name,
        license=config.license,
        description=f"Fine-tuned from {config.name}. {config.description}".strip(),
    )
    if options.input_config() != config.input or options.outputs != config.outputs:
        raise ModelError(f"{folder} was not trained by neurocyte train: fine-tune a model that was.")
    return Parent(config, dict(network.state_dict()), options)
