"""ANCIS as a row of Table 4: trained by its own two stages, scored like every other row."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurocyte.io.labels import write_labels
from neurocyte.metrics.image_scores import score_image
from neurocyte.metrics.summary import summarise
from neurocyte.paper.context import Context
from neurocyte.paper.runs.plan import Run
from neurocyte.paper.runs.scores import Record, pixel_sums
from neurocyte.paper.runs.scoring import PROBABILITIES, run_info, save_probability
from neurocyte.preprocess import resize_plane
from neurocyte.training.ancis import load_ancis, predict, train_ancis
from neurocyte.training.data import nearest_labels

LABELS = "labels"


def train_and_score_ancis(run: Run, context: Context, folder: Path) -> dict[str, Any]:
    """Train both stages, going on where an earlier attempt stopped, and score the test images.

    ANCIS keeps no separate last epoch of the pair: its chosen epochs stand in both columns.

    Args:
        run: row, seed and fold.
        context: data, folder and settings.
        folder: of the run; gets labels/ with the predicted cells too.

    Returns:
        What scores.json holds, with ``instances``: AP50, mAP, PQ and count error of its cells.
    """
    settings = context.settings
    split = context.split(run.fold)
    result = train_ancis(
        split.train,
        split.val,
        folder,
        side=settings.ancis_side,
        epochs=settings.ancis_epochs,
        repeats=settings.recipe.repeats,
        batch_size=min(4, settings.recipe.batch_size),
        seed=run.seed,
        resume=True,
        say=context.say,
    )
    model = load_ancis(folder)
    size = settings.recipe.size
    records, cells = [], []
    for sample in split.test:
        found = predict(model, sample.read_image().pixels)
        truth = sample.read_labels()
        small = np.clip(resize_plane(found.probability, size), 0, 1)
        records.append(
            Record(
                sample.stem,
                sample.cell_type,
                pixel_sums(nearest_labels(truth.labels, size) > 0, small),
                pixel_sums(truth.labels > 0, found.probability),
            )
        )
        cells.append(
            score_image(truth.labels, found.labels, sample.stem, sample.cell_type, truth.lost_pixels)
        )
        write_labels(folder / LABELS / f"{sample.stem}.tif", found.labels)
        save_probability(folder / PROBABILITIES / f"{sample.stem}.png", found.probability)
    rows = [record.to_dict() for record in records]
    return {
        **run_info(run, split),
        "start": "Random start.",
        "epochs": sum(result.epochs),
        "updates": sum(result.updates),
        "best_epoch": _best_epochs(result.history),
        "seconds_per_epoch": float(np.median([row["seconds"] for row in result.history])),
        "instances": summarise(cells).to_dict(),
        "history": [],
        "stages": list(result.history),
        "chosen": rows,
        "last": rows,
    }


def _best_epochs(history: Sequence[Mapping[str, Any]]) -> int:
    """Count the epochs, over both stages, up to each one's least validation loss."""
    total = 0
    for stage in dict.fromkeys(row["stage"] for row in history):
        losses = [row["val_loss"] for row in history if row["stage"] == stage]
        total += 1 + losses.index(min(losses))
    return total
