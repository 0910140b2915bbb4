"""`neurocyte train`: a data set in, a model folder out; or the folds of a cross-validation."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Dataset, Sample
from neurocyte.io.atomic import write_text
from neurocyte.io.splits import k_folds, train_val_split
from neurocyte.metrics.image_scores import ImageScores
from neurocyte.metrics.summary import summarise, summarise_by_type
from neurocyte.models.config import CONFIG_NAME, Decoding, TileConfig
from neurocyte.networks import Segmenter, build_network
from neurocyte.training.checkpoints import CHECKPOINTS, load_checkpoint
from neurocyte.training.curves import write_curves
from neurocyte.training.decoding import agglomeration_from_cells, decoding_from_cells
from neurocyte.training.devices import leads
from neurocyte.training.fit import FitResult, fit
from neurocyte.training.folder import model_config, write_model_folder
from neurocyte.training.module import DEFAULT_THRESHOLD
from neurocyte.training.options import TrainOptions
from neurocyte.training.reference import write_reference
from neurocyte.training.scoring import score_network
from neurocyte.training.tuning import tune_agglomeration

SPLIT_NAME = "split.json"
OPTIONS_NAME = "options.json"
# What may differ when a run goes on: where it runs, not what it computes.
_FREE_OPTIONS = (
    "workers",
    "devices",
    "nodes",
    "strategy",
    "license",
    "description",
    "name",
    "encoder_weights",
)
PROTOCOL = (
    "Figures on the {n} validation images, which also chose the epoch and the threshold: they flatter "
    "the model a little. For an unbiased figure evaluate it on images it has never seen, or train with "
    "--folds."
)


@dataclass(frozen=True)
class Split:
    """Which images learn, which choose epoch and threshold, and which only judge (empty outside of folds)."""

    train: Sequence[Sample]
    val: Sequence[Sample]
    test: Sequence[Sample] = ()

    def save(self, path: Path, options: TrainOptions) -> None:
        """Write the names down."""
        names = {part: [s.stem for s in getattr(self, part)] for part in ("train", "val", "test")}
        content = {"seed": options.seed, "val_fraction": options.val_fraction, **names}
        write_text(path, json.dumps(content, indent=2) + "\n")


@dataclass(frozen=True)
class RunResult:
    """A finished run: how the fit went, and the test images' scores at the chosen and at the last epoch."""

    fit: FitResult
    decoding: Decoding
    chosen: list[ImageScores]
    last: list[ImageScores]


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
    """
    resume = bool(fit_options.get("resume"))
    # Options alone are of a run that was killed before its first epoch was over: nothing is lost.
    begun = (out / CONFIG_NAME).exists() or (out / CHECKPOINTS / "last.ckpt").exists()
    if leads() and not resume and begun:
        raise UsageError(
            f"{out} holds a training run already; go on with it by --resume or name another folder."
        )
    split = split or Split(*train_val_split(data.samples, options.val_fraction, options.seed))
    if leads():
        keep_options(out / OPTIONS_NAME, options, resume)
        split.save(out / SPLIT_NAME, options)
    result = fit(split.train, split.val, options, out, **fit_options)
    if not leads():
        # What comes of it is the first process's to write.
        raise SystemExit(0)
    weights = load_checkpoint(result.best)
    decoding = _decoding(weights, split, options, _threshold(result.best_row))
    config = model_config(options, decoding, data, split.train, split.val, {})
    metrics = _validation_metrics(_score(weights, split.val, options, decoding), result, decoding)
    config = write_model_folder(out, config, weights, metrics)
    write_reference(out, config, split.train, fit_options.get("say") or _say_nothing)
    write_curves(out / "curves.png", result.history)
    if not split.test:
        return RunResult(result, decoding, [], [])
    chosen = _score(weights, split.test, options, decoding)
    plain = replace(decoding, threshold=DEFAULT_THRESHOLD)
    last = _score(load_checkpoint(result.last), split.test, options, plain)
    return RunResult(result, decoding, chosen, last)


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
        out: gets fold-0, fold-1, ... (model folders) and cross_validation.json.
        folds: their number.
        say: takes sentences for the user.
        resume: keep finished folds and go on with the one that was interrupted.
        fit_options: see `train_model`.

    Returns:
        What cross_validation.json holds.
    """
    chosen: list[dict[str, Any]] = []
    scores: list[ImageScores] = []
    last_scores: list[ImageScores] = []
    # Lightning starts processes for several devices once, and they would begin with the first fold again.
    options = replace(options, devices="1")
    for index, test in enumerate(k_folds(data.samples, folds, options.seed)):
        say(f"Fold {index + 1} of {folds}: {len(test)} images judge.")
        rest = [s for s in data.samples if s not in test]
        split = Split(*train_val_split(rest, options.val_fraction, options.seed), test)
        folder = out / f"fold-{index}"
        # A resumed cross-validation finds folds that are done, begun, and not begun.
        started = resume and (folder / CHECKPOINTS / "last.ckpt").is_file()
        result = train_model(data, options, folder, split=split, say=say, resume=started, **fit_options)
        chosen.append(_fold_row(index, result))
        scores += result.chosen
        last_scores += result.last
    report = cross_validation_report(scores, last_scores, chosen)
    write_text(out / "cross_validation.json", json.dumps(report, indent=2, allow_nan=False) + "\n")
    return report


def cross_validation_report(
    scores: Sequence[ImageScores], last_scores: Sequence[ImageScores], folds: list[dict[str, Any]]
) -> dict[str, Any]:
    """Sum up all images, each scored by the network of its fold; `last`: the last epoch at threshold 0.5."""
    return {
        **summarise(scores).to_dict(),
        "by_type": {name: s.to_dict() for name, s in summarise_by_type(scores).items()},
        "last": summarise(last_scores).to_dict(),
        "folds": folds,
        "images": [score.to_dict() for score in scores],
    }


def trained_network(options: TrainOptions, weights: dict[str, Any]) -> Segmenter:
    """Build the network that options name, with the weights of one of its checkpoints.

    Args:
        options: as it was trained with.
        weights: what `neurocyte.training.checkpoints.load_checkpoint` gave.

    Returns:
        The network in training mode.
    """
    network = build_network(
        options.arch,
        options.encoder,
        taps=options.taps,
        gate=options.gate,
        out_channels=len(options.outputs),
    )
    network.load_state_dict(weights)
    return network


def _say_nothing(_: str) -> None:
    """Take a sentence for nobody."""


def keep_options(path: Path, options: TrainOptions, resume: bool) -> None:
    """Write the options down; raises UsageError where a run goes on with others than it began with."""
    now = json.loads(json.dumps(asdict(options)))
    if resume and path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        changed = [k for k in now if k not in _FREE_OPTIONS and now[k] != before.get(k)]
        if changed:
            raise UsageError(
                f"The run in {path.parent} began with another {', '.join(changed)}; resume it with the same "
                "options or train in a new folder."
            )
    write_text(path, json.dumps(now, indent=2) + "\n")


def _threshold(row: dict[str, float]) -> float:
    """Return the chosen threshold; Lightning kept it in float32."""
    return round(row["val_threshold"], 2)


def _decoding(weights: dict[str, Any], split: Split, options: TrainOptions, threshold: float) -> Decoding:
    """Choose how the network's maps become cells, from training and validation images."""
    if options.learn == "foreground":
        return decoding_from_cells(split.train, threshold)
    start = agglomeration_from_cells(split.train, options.scale)
    network = trained_network(options, weights)
    return tune_agglomeration(network, split.val, options.input_config(), start)


def _fold_row(index: int, result: RunResult) -> dict[str, Any]:
    best = result.fit.best_row
    return {
        "fold": index,
        "epoch": int(best["epoch"]),
        "threshold": result.decoding.threshold,
        "chosen": summarise(result.chosen).to_dict(),
        "last": summarise(result.last).to_dict(),
    }


def _score(
    weights: dict[str, Any], samples: Sequence[Sample], options: TrainOptions, decoding: Decoding
) -> list[ImageScores]:
    network = trained_network(options, weights)
    return score_network(network, samples, options.input_config(), decoding, options.task, TileConfig())


def _validation_metrics(scores: list[ImageScores], result: FitResult, decoding: Decoding) -> dict[str, Any]:
    best = result.best_row
    return {
        "protocol": PROTOCOL.format(n=len(scores)),
        **summarise(scores).to_dict(),
        "by_type": {name: s.to_dict() for name, s in summarise_by_type(scores).items()},
        "epoch": int(best["epoch"]),
        "epochs": len(result.history),
        "threshold": decoding.threshold,
        "interrupted": result.interrupted,
        "crops_at_once": result.part,
        "encoder_weights": result.weights.sentence(),
    }
