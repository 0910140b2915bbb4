"""Who takes part in a comparison: anything that gives label images for annotated images."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from neurocyte.benchmark.classical import otsu_watershed
from neurocyte.errors import UsageError
from neurocyte.io.annotations.results import label_images
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.images import Image
from neurocyte.io.labels import read_labels
from neurocyte.models import load_model
from neurocyte.segmentation import Segmenter

Labels = npt.NDArray[Any]
SPLIT_NAME = "split.json"
_FLIPPED = " --tta"


@dataclass(frozen=True)
class Entrant:
    """A method that is compared.

    Attributes:
        name: In the table.
        note: What a reader must know of its figures, a sentence.
        labels: Gives the label image (H, W) of a sample whose picture was read, None where it has none.
        timed: Whether the time of `labels` is the method's (not the reading of a file).
    """

    name: str
    note: str
    labels: Callable[[Sample, Image], Labels | None]
    timed: bool


def classical() -> Entrant:
    """Otsu and a watershed, no learning."""
    return Entrant(
        "Otsu + watershed",
        "Local standard deviation, Otsu's threshold, watershed of the distance; fixed lengths, no learning.",
        lambda _, picture: otsu_watershed(picture.pixels),
        timed=True,
    )


def label_maps(name: str, folder: Path, note: str) -> Entrant:
    """Take label images that another program wrote.

    Args:
        name: In the table.
        folder: Holds STEM.tif, .tiff or .png, or labels/ with them.
        note: A sentence on where they come from.

    Raises:
        UsageError: The folder holds no label image.
    """
    found = label_images(folder)

    def labels(sample: Sample, _: Image) -> Labels | None:
        return read_labels(found[sample.stem]) if sample.stem in found else None

    return Entrant(name, note, labels, timed=False)


def one_model(model: str, threads: int | None, *, tta: bool = False) -> Entrant:
    """Segment with a model folder; which images it has learned from is not known here.

    Args:
        model: A bundled model's name or a model folder.
        threads: Of the runtime.
        tta: Whether to average over flips; its name then says so.

    Raises:
        ModelError: The model is missing or damaged.
    """
    segmenter = Segmenter(load_model(model), threads=threads, tta=tta)
    note = "One model on all images; those it has learned from flatter it."
    return Entrant(
        Path(model).name + _FLIPPED * tta, note, lambda _, picture: _segment(segmenter, picture), timed=True
    )


def cross_validated(run: Path, threads: int | None, *, tta: bool = False) -> Entrant:
    """Segment each image with the network of its fold, which has not seen it.

    Args:
        run: What `neurocyte train --folds` wrote: fold-0, fold-1, ..., each with split.json.
        threads: Of the runtime.
        tta: Whether to average over flips; its name then says so.

    Raises:
        UsageError: The folder is no finished cross-validation.
        ModelError: A fold's model is missing or damaged.
    """
    folds = sorted(run.glob(f"fold-*/{SPLIT_NAME}"))
    if not folds:
        raise UsageError(f"{run} holds no fold-*/{SPLIT_NAME}: name the RUN of 'neurocyte train --folds'.")
    judges: dict[str, Segmenter] = {}
    for split in folds:
        segmenter = Segmenter(load_model(split.parent), threads=threads, tta=tta)
        judges |= dict.fromkeys(json.loads(split.read_text(encoding="utf-8"))["test"], segmenter)

    def labels(sample: Sample, picture: Image) -> Labels | None:
        return _segment(judges[sample.stem], picture) if sample.stem in judges else None

    note = f"{len(folds)}-fold cross-validation: each image by the network that has not seen it."
    return Entrant(run.name + _FLIPPED * tta, note, labels, timed=True)


def names_are_unique(entrants: Sequence[Entrant]) -> None:
    """Raise UsageError where two entrants would share a row."""
    names = [entrant.name for entrant in entrants]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"Two entrants are named {twice[0]}: rename a folder or give --labels another NAME.")


def _segment(segmenter: Segmenter, picture: Image) -> Labels:
    return segmenter.segment(picture.pixels, picture.pixel_size_um, "cells").labels
