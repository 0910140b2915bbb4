"""What a reproduction trains and how far it goes."""

from dataclasses import dataclass, field, replace
from typing import Literal

from neurocyte.networks.attention import GateWidth
from neurocyte.training.recipes import PAPER, Recipe

Start = Literal["imagenet", "random"]
# An epoch shows every training image so often: the patience of 3 then counts a fair number of updates.
REPEATS = 5


@dataclass(frozen=True)
class Row:
    """One row of Table 4: a network, its gates, and the weights its encoder starts from.

    Attributes:
        key: folder name and the name in every JSON file.
        label: as printed.
        arch: what `neurocyte train --arch` takes.
        gate: inner width of the gates, where there are any.
        start: ``imagenet`` weights of the encoder, or ``random``.
        cost: relative time of a training step; cheap rows run first.
    """

    key: str
    label: str
    arch: str
    gate: GateWidth = "narrow"
    start: Start = "imagenet"
    cost: float = 1.0


ROWS: tuple[Row, ...] = (
    Row("linknet-ag", "LinkNet with attention", "linknet-ag"),
    Row("linknet", "LinkNet without attention", "linknet"),
    Row("unet-ag", "U-Net with attention", "unet-ag", cost=1.8),
    Row("unet", "U-Net with attention, gates removed", "unet", cost=1.8),
    Row("linknet-ag-half", "LinkNet with half-width attention", "linknet-ag", "half", cost=1.1),
    Row("unet-ag-half", "U-Net with half-width attention", "unet-ag", "half", cost=2),
    Row("linknet-ag-random", "LinkNet with attention, random start", "linknet-ag", start="random"),
    Row("unet-ag-random", "U-Net with attention, random start", "unet-ag", start="random", cost=1.8),
    Row("unet-resnet50", "U-Net without attention (ResNet-50)", "unet-resnet50", start="random", cost=4),
    Row("ancis", "ANCIS", "ancis", start="random", cost=6),
    Row("unet-plain", "U-Net without attention (2015)", "unet-plain", start="random", cost=16),
)

# (decoder and gate, without, with): the rows that the question whether attention helps compares.
PAIRS = (
    ("LinkNet, narrow gate", "linknet", "linknet-ag"),
    ("LinkNet, half-width gate", "linknet", "linknet-ag-half"),
    ("U-Net, narrow gate", "unet", "unet-ag"),
    ("U-Net, half-width gate", "unet", "unet-ag-half"),
)


@dataclass(frozen=True)
class Settings:
    """How far a reproduction goes; part of every result file.

    Attributes:
        folds: of the cross-validation, the same for every row.
        seeds: of start, order and augmentation; folds and validation images are the same for all. Rows of no
            pair of `PAIRS` are trained with the first only.
        recipe: the paper's protocol.
        encoder_weights: what ``imagenet`` rows start from: ``imagenet`` (timm downloads them), a safetensors
            file, or ``none``.
        rows: the networks.
        images: at most so many images of the data set, evenly over the cell types; None: all.
        rounds: timed repetitions of Table 3 and of a training step.
        ancis_epochs: (detector, mask branch), at most.
        ancis_side: ANCIS sees images resized to this square.
        quick: tiny settings: the document then says that its numbers mean nothing.
    """

    folds: int = 5
    seeds: tuple[int, ...] = (0,)
    recipe: Recipe = field(default=replace(PAPER, repeats=REPEATS))
    encoder_weights: str = "imagenet"
    rows: tuple[Row, ...] = ROWS
    images: int | None = None
    rounds: int = 30
    ancis_epochs: tuple[int, int] = (100, 100)
    ancis_side: int = 512
    quick: bool = False

    def start_of(self, row: Row) -> Start:
        """Return what a row's encoder starts from."""
        return "random" if self.encoder_weights == "none" else row.start

    def seeds_of(self, row: Row) -> tuple[int, ...]:
        """Return the seeds that a row is trained with."""
        paired = any(row.key in (without, gated) for _, without, gated in PAIRS)
        return self.seeds if paired else self.seeds[:1]


def quick_settings(encoder_weights: str = "none") -> Settings:
    """Return settings that run every part in minutes: two folds, two epochs, 64 x 64, six images."""
    recipe = replace(PAPER, size=(64, 64), epochs=2, batch_size=2, repeats=1)
    return Settings(
        folds=2,
        recipe=recipe,
        encoder_weights=encoder_weights,
        images=6,
        rounds=3,
        ancis_epochs=(1, 1),
        ancis_side=128,
        quick=True,
    )
