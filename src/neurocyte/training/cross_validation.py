"""`neurocyte train --folds`: a network a fold, each scored on the images that it has not seen."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from neurocyte.io.annotations.sample import Dataset
from neurocyte.io.atomic import write_text
from neurocyte.io.splits import k_folds, train_val_split
from neurocyte.metrics.reliability import Reliability
from neurocyte.metrics.summary import summarise, summarise_by_type
from neurocyte.training.checkpoints import CHECKPOINTS
from neurocyte.training.choosing.calibration import reliability_of
from neurocyte.training.options import TrainOptions
from neurocyte.training.results.curves import write_reliability
from neurocyte.training.run import RunResult, train_model
from neurocyte.training.run_files import Split


def cross_validate(
    data: Dataset,
    options: TrainOptions,
    out: Path,
    folds: int,
    say: Callable[[str], None],
    *,
    resume: bool = False,
    **fit_options: Any,
) -> dict[str, Any]:
    """Train once a fold and score each image by the network that has not seen it (nested).

    Epoch and threshold come from validation images inside the training folds, decoding lengths from its
    training images; the scored fold is used once. The last epoch at threshold 0.5 is scored beside it.

    Args:
        data: annotated images.
        options: network and recipe; `seed` divides the folds, `val_fraction` divides each training part.
        out: gets fold-0, fold-1, ... (model folders) and, after each of them, cross_validation.json over the
            folds so far and, where their models are calibrated, reliability.png.
        folds: their number.
        say: takes sentences for the user.
        resume: keep finished folds and go on with the one that was interrupted.
        fit_options: see `train_model`.

    Returns:
        What cross_validation.json holds.
    """
    results: list[RunResult] = []
    report: dict[str, Any] = {}
    # Lightning starts processes for several devices once, and they would begin with the first fold again.
    options = replace(options, devices="1")
    for index, test in enumerate(k_folds(data.samples, folds, options.seed)):
        say(f"Fold {index + 1} of {folds}: {len(test)} images judge.")
        rest = [s for s in data.samples if s not in test]
        split = Split(*train_val_split(rest, options.val_fraction, options.seed), test)
        folder = out / f"fold-{index}"
        # A resumed cross-validation finds folds that are done, begun, and not begun.
        started = resume and (folder / CHECKPOINTS / "last.ckpt").is_file()
        results.append(
            train_model(data, options, folder, split=split, say=say, resume=started, **fit_options)
        )
        # What is done is known even where the rest takes another night.
        report = _write(out, results, folds)
    return report


def _write(out: Path, results: Sequence[RunResult], folds: int) -> dict[str, Any]:
    """Write cross_validation.json and reliability.png over the folds so far."""
    sure = _reliability(results)
    report = {**_report(results), "planned_folds": folds, "reliability": sure.to_dict() if sure else None}
    write_text(out / "cross_validation.json", json.dumps(report, indent=2, allow_nan=False) + "\n")
    if sure:
        write_reliability(out / "reliability.png", sure)
    return report


def _report(results: Sequence[RunResult]) -> dict[str, Any]:
    """Sum up all images, each scored by the network of its fold; `last`: the last epoch at threshold 0.5."""
    scores = [one.scores for result in results for one in result.chosen]
    last = [one.scores for result in results for one in result.last]
    return {
        **summarise(scores).to_dict(),
        "by_type": {name: s.to_dict() for name, s in summarise_by_type(scores).items()},
        "last": summarise(last).to_dict(),
        "folds": [_fold_row(index, result) for index, result in enumerate(results)],
        "images": [score.to_dict() for score in scores],
    }


def _reliability(results: Sequence[RunResult]) -> Reliability | None:
    """Compare the confidences of all judging images, each by its fold's calibration, with their matches."""
    pairs = [(one, result.confidence) for result in results for one in result.chosen]
    return reliability_of([one for one, _ in pairs], [its for _, its in pairs])


def _fold_row(index: int, result: RunResult) -> dict[str, Any]:
    return {
        "fold": index,
        "epoch": int(result.epoch.row["epoch"]),
        "threshold": result.epoch.decoding.threshold,
        "chosen": summarise([one.scores for one in result.chosen]).to_dict(),
        "last": summarise([one.scores for one in result.last]).to_dict(),
    }
