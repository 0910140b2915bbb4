"""`neurocyte train`: a data set in, a model folder out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Dataset, Sample
from neurocyte.io.splits import train_val_split
from neurocyte.metrics.image_scores import ImageScores
from neurocyte.metrics.summary import summarise, summarise_by_type
from neurocyte.models.config import CONFIG_NAME, ConfidenceConfig, Decoding
from neurocyte.training.checkpoints import CHECKPOINTS, load_checkpoint
from neurocyte.training.choosing.calibration import calibrate, choose_limit
from neurocyte.training.choosing.epoch import Chosen, choose_epoch
from neurocyte.training.devices import leads
from neurocyte.training.fit import FitResult, fit
from neurocyte.training.module import DEFAULT_THRESHOLD
from neurocyte.training.network import trained_network
from neurocyte.training.options import TrainOptions
from neurocyte.training.refit import refit
from neurocyte.training.results.curves import write_curves
from neurocyte.training.results.folder import model_config, write_model_folder
from neurocyte.training.results.reference import write_reference
from neurocyte.training.run_files import OPTIONS_NAME, SPLIT_NAME, Split, keep_options
from neurocyte.training.scoring import Judged, judge_network
from neurocyte.training.start import weights_of

PROTOCOL = (
    "Figures on the {n} validation images, which also chose the epoch and the threshold: they flatter "
    "the model a little. For an unbiased figure evaluate it on images it has never seen, or train with "
    "--folds."
)
REFITTED = (
    " Then the network learned for {epochs} more epochs, from these images too; the figures are of the "
    "network before."
)


@dataclass(frozen=True)
class RunResult:
    """A finished run: how the fit went, and the test images at the chosen and at the last epoch."""

    fit: FitResult
    epoch: Chosen
    confidence: ConfidenceConfig | None
    chosen: list[Judged]
    last: list[Judged]


def train_model(
    data: Dataset, options: TrainOptions, out: Path, *, split: Split | None = None, **fit_options: Any
) -> RunResult:
    """Train one network and write its model folder.

    Args:
        data: annotated images.
        options: network and recipe.
        out: run folder; becomes the model folder.
        split: who learns and who judges; None divides by `options`.
        fit_options: resume, callbacks, progress, say: see `neurocyte.training.fit.fit`.

    Returns:
        The result.

    Raises:
        SystemExit: of a training on several devices this is a process beside the first, and is done.
        UsageError: `out` holds a run already and `resume` is not asked for, or the split is impossible.
        InputError: an image or annotation cannot be read.
        ModelError: the model to start from is not there, or damaged.
    """
    resume = bool(fit_options.get("resume"))
    # Options alone are of a run that was killed before its first epoch was over: nothing is lost.
    begun = (out / CONFIG_NAME).exists() or (out / CHECKPOINTS / "last.ckpt").exists()
    if leads() and not resume and begun:
        raise UsageError(
            f"{out} holds a training run already; go on with it by --resume or name another folder."
        )
    # Before anything is written: the model may not be there, or of another network.
    start = weights_of(options.start, options) if options.start and not begun else None
    split = split or Split(*train_val_split(data.samples, options.val_fraction, options.seed))
    if leads():
        keep_options(out / OPTIONS_NAME, options, resume)
        split.save(out / SPLIT_NAME, options)
    result = fit(split.train, split.val, options, out, start=start, **fit_options)
    if not leads():
        # What comes of it is the first process's to write.
        raise SystemExit(0)
    epoch = choose_epoch(result, split.train, split.val, options)
    confidence, validated = _calibrated(epoch, split.val, options)
    config = model_config(options, epoch.decoding, data, split.train, split.val, {}, confidence)
    metrics = _validation_metrics([one.scores for one in validated], result, epoch)
    weights, learned = epoch.weights, split.train
    if options.refit and not result.interrupted:
        weights, again = refit(weights, split, options, out, **fit_options)
        result = replace(result, interrupted=again.interrupted)
        config = replace(config, data={**config.data, "refit": len(again.history)})
        metrics["protocol"] += REFITTED.format(epochs=len(again.history))
        learned = [*split.train, *split.val]
    metrics["interrupted"] = result.interrupted
    config = write_model_folder(out, config, weights, metrics)
    write_reference(out, config, learned, fit_options.get("say") or _say_nothing)
    write_curves(out / "curves.png", result.history)
    if not split.test:
        return RunResult(result, epoch, confidence, [], [])
    chosen = _judge(weights, split.test, options, epoch.decoding, confidence)
    plain = replace(epoch.decoding, threshold=DEFAULT_THRESHOLD)
    last = _judge(load_checkpoint(result.last), split.test, options, plain)
    return RunResult(result, epoch, confidence, chosen, last)


def _say_nothing(_: str) -> None:
    """Take a sentence for nobody."""


def _calibrated(
    epoch: Chosen, val: Sequence[Sample], options: TrainOptions
) -> tuple[ConfidenceConfig | None, list[Judged]]:
    """Fit the confidence of cells on the validation images, and judge these with its limit."""
    validated = _judge(epoch.weights, val, options, epoch.decoding)
    confidence = calibrate(validated) if options.task == "cells" else None
    if confidence:
        confidence = choose_limit(validated, confidence)
    if confidence and confidence.least:
        validated = _judge(epoch.weights, val, options, epoch.decoding, confidence)
    return confidence, validated


def _judge(
    weights: dict[str, Any],
    samples: Sequence[Sample],
    options: TrainOptions,
    decoding: Decoding,
    confidence: ConfidenceConfig | None = None,
) -> list[Judged]:
    network = trained_network(options, weights)
    config, tile = options.input_config(), options.tile_config()
    return judge_network(network, samples, config, decoding, options.task, tile, confidence)


def _validation_metrics(scores: list[ImageScores], result: FitResult, epoch: Chosen) -> dict[str, Any]:
    return {
        "protocol": PROTOCOL.format(n=len(scores)),
        **summarise(scores).to_dict(),
        "by_type": {name: s.to_dict() for name, s in summarise_by_type(scores).items()},
        "epoch": int(epoch.row["epoch"]),
        "epochs": len(result.history),
        "threshold": epoch.decoding.threshold,
        "crops_at_once": result.part,
        "encoder_weights": result.weights.sentence(),
    }
