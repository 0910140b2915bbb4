"""Finished runs made by hand."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurocyte.paper.runs.plan import SCORES_NAME, Run
from neurocyte.paper.runs.scores import PixelSums, Record
from neurocyte.paper.settings import ROWS


def row(key: str) -> Any:
    return next(row for row in ROWS if row.key == key)


def sums(tp: int, fp: int, fn: int, tn: int) -> PixelSums:
    """A hard prediction: every probability is 0 or 1, wrong ones cost log 10 each."""
    return PixelSums(tp, fp, fn, tn, float(tp), float(tp + fp), 2.302585 * fn, 2.302585 * fp)


def write_run(
    out: Path,
    key: str,
    fold: int,
    counts: Sequence[tuple[int, int, int, int]],
    losses: Sequence[float],
    seed: int = 0,
) -> Run:
    """Write the scores.json of a run whose images have these counts and whose epochs have these losses."""
    run = Run(row(key), seed, fold)
    records = [
        Record(f"image{fold}{i}", "cort", sums(*count), sums(*count)).to_dict()
        for i, count in enumerate(counts)
    ]
    history = [
        {
            "epoch": epoch,
            "updates": 10 * (epoch + 1),
            "train_loss": loss,
            "val_loss": loss,
            "val_iou": 1 - loss,
            "val_dice": 1 - loss / 2,
            "train_iou": 0.5,
            "train_dice": 0.6,
            "seconds": 2.0,
        }
        for epoch, loss in enumerate(losses)
    ]
    content = {
        "row": key,
        "seed": seed,
        "fold": fold,
        "epochs": len(losses),
        "updates": 10 * len(losses),
        "best_epoch": 1,
        "start": "Random start.",
        "history": history,
        "chosen": records,
        "last": records,
    }
    folder = run.folder(out)
    folder.mkdir(parents=True)
    (folder / SCORES_NAME).write_text(json.dumps(content))
    return run
