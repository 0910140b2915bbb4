"""Training recipes: the paper's protocol, and our own."""

from dataclasses import dataclass, replace
from typing import Literal

from neurocyte.training.augment import Preset


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a network is trained, beside the data and the network.

    Attributes:
        name: ``default`` or ``paper``.
        augment: augmentation preset.
        size: (H, W) of the training crops at the network's scale, pixels.
        fixed_size: images are resized to `size` as a whole (the paper), not cropped.
        intensity: see `neurocyte.models.config.InputConfig`.
        optimizer: ``adam`` or ``adamw``.
        learning_rate: initial (``plateau``) or peak (``onecycle``).
        weight_decay: of AdamW.
        schedule: ``plateau`` (patience 2, factor 0.5 on the validation loss) or ``onecycle``.
        early_stopping: epochs without a better validation loss after which training stops; None: never.
        batch_size: crops an update.
        epochs: at most.
        repeats: crops of each image in an epoch.
        alpha: of the combo loss.
        beta: of the combo loss.
        ema: decay of the exponential average of the weights; None: no average.
        gradient_clip: largest norm of the gradient; None: unlimited.
        freeze_norm: batch norm keeps the statistics it starts with.
    """

    name: str
    augment: Preset
    size: tuple[int, int]
    fixed_size: bool
    intensity: Literal["percentile", "dtype"]
    optimizer: Literal["adam", "adamw"]
    learning_rate: float
    weight_decay: float
    schedule: Literal["plateau", "onecycle"]
    early_stopping: int | None
    batch_size: int
    epochs: int
    repeats: int
    alpha: float = 0.5
    beta: float = 0.5
    ema: float | None = None
    gradient_clip: float | None = None
    freeze_norm: bool = False


# Source: Abbas & Abdulmunim 2023, section 4. Not printed there and ours: alpha, beta, batch size, epochs.
PAPER = Recipe(
    name="paper",
    augment="paper",
    size=(256, 256),
    fixed_size=True,
    intensity="dtype",
    optimizer="adam",
    learning_rate=1e-3,
    weight_decay=0.0,
    schedule="plateau",
    early_stopping=3,
    batch_size=8,
    epochs=100,
    repeats=1,
)

DEFAULT = Recipe(
    name="default",
    augment="microscopy",
    size=(256, 256),
    fixed_size=False,
    intensity="percentile",
    optimizer="adamw",
    learning_rate=2e-3,
    weight_decay=0.01,
    schedule="onecycle",
    early_stopping=None,
    batch_size=4,
    epochs=20,
    repeats=6,
    ema=0.99,
    gradient_clip=1.0,
)

# A few images must not overturn what many taught: small steps, few of them, statistics kept.
FINETUNE = replace(
    DEFAULT,
    name="finetune",
    learning_rate=3e-4,
    epochs=10,
    repeats=8,
    ema=0.9,
    freeze_norm=True,
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (DEFAULT, PAPER)}
