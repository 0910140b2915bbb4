"""`neurocyte finetune`: a trained model goes on learning from a few corrected images."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from neurocyte.errors import UsageError
from neurocyte.io._text import plural
from neurocyte.io.annotations.sample import Dataset, Sample
from neurocyte.io.atomic import write_text
from neurocyte.io.splits import train_val_split
from neurocyte.metrics.summary import Summary, summarise
from neurocyte.models.config import CONFIG_NAME, Decoding
from neurocyte.training.checkpoints import CHECKPOINTS, load_checkpoint
from neurocyte.training.finetuning.mixture import Table, choose, iou_by_threshold, spaced
from neurocyte.training.finetuning.parent import Parent
from neurocyte.training.finetuning.rehearsal import check_apart, lessons
from neurocyte.training.fit import fit
from neurocyte.training.module import THRESHOLDS
from neurocyte.training.network import trained_network
from neurocyte.training.results.folder import model_config, write_model_folder
from neurocyte.training.results.reference import write_reference
from neurocyte.training.run_files import OPTIONS_NAME, SPLIT_NAME, Split, keep_options
from neurocyte.training.scoring import score_network

LEAST_IMAGES = 3
REPORT_NAME = "finetune.json"
# Share of the fine-tuned weights in the mixture with the old ones.
MIXTURES = (0.0, 0.25, 0.5, 0.75, 1.0)
_SHOWN = ("n", "iou", "dice", "iou_image", "map", "ap50", "count_error")
PROTOCOL = (
    "Before and after on the {n} images of the new data that were held out; they also chose the share of the "
    "new weights and the threshold, which flatters the figures after a little."
)

Weights = Mapping[str, Tensor]


def finetune(
    parent: Parent,
    data: Dataset,
    out: Path,
    *,
    old: Dataset | None = None,
    rehearse: Dataset | None = None,
    resume: bool = False,
    progress: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Go on training on new images and write the new model's folder.

    The network takes small steps with its batch-norm statistics kept; then its weights are averaged with the
    old ones. Share and threshold are those of the best pooled IoU on the held-out new images (with
    `rehearse` of the mean with theirs), as near to the parent's as costs next to nothing
    (`neurocyte.training.finetuning.mixture`).

    Args:
        parent: of `neurocyte.training.finetuning.parent.open_parent`.
        data: the new images, at least `LEAST_IMAGES`.
        out: folder of the new model; must be new.
        old: annotated images of the kind the parent knows; they judge only.
        rehearse: others of that kind (`neurocyte.training.finetuning.rehearsal.open_rehearsal`); half of
            the crops are theirs.
        resume: go on from the last checkpoint in `out`.
        progress: show a progress bar.
        say: takes sentences for the user.

    Returns:
        What finetune.json holds: ``parent``, ``train``, ``rehearsed``, ``held_out``, ``epochs`` done,
        ``interrupted`` by Ctrl-C, ``share``, ``threshold``, ``new`` and ``old`` with figures before and
        after, ``shares`` and ``shares_rehearsed`` with the pooled IoU at that threshold by share.

    Raises:
        UsageError: too few images, `out` holds a run already, an image would be rehearsed and judge, or a
            run is resumed with other images or options.
        InputError: an image or annotation cannot be read.

    Source:
        Wortsman et al. 2022, "Robust fine-tuning of zero-shot models" (averaging old and new weights).
    """
    if len(data.samples) < LEAST_IMAGES:
        raise UsageError(
            f"{data.root} holds {len(data.samples)} annotated images: correct at least {LEAST_IMAGES}."
        )
    if (out / CONFIG_NAME).exists():
        raise UsageError(f"{out} holds a model already: name another folder.")
    # Options alone are of a run that was killed before its first epoch was over: nothing is lost.
    if not resume and (out / CHECKPOINTS / "last.ckpt").exists():
        raise UsageError(
            f"{out} holds a training run already; go on with it by --resume or name another folder."
        )
    options = parent.options
    split = Split(*train_val_split(data.samples, options.val_fraction, options.seed))
    if rehearse is not None:
        check_apart(rehearse.samples, [*split.val, *(old.samples if old else ())])
    if resume:
        _check_same(out / SPLIT_NAME, split)
    # Before the training, so that an old image that cannot be read costs no minutes.
    old_before = None if old is None else _score(parent.weights, old.samples, parent, parent.config.instances)
    train = split.train
    if rehearse is not None:
        train = lessons(split.train, rehearse.samples, options.recipe.repeats)
        options = replace(options, recipe=replace(options.recipe, repeats=1))
    keep_options(out / OPTIONS_NAME, options, resume)
    split.save(out / SPLIT_NAME, options)
    result = fit(
        train, split.val, options, out, resume=resume, progress=progress, say=say, start=parent.weights
    )
    new = load_checkpoint(result.last)
    trials = {share: mix(parent.weights, new, share) for share in MIXTURES}
    found = _table(trials, split.val, parent)
    kept = None if rehearse is None else _table(trials, spaced(rehearse.samples), parent)
    share, threshold = choose(found, kept, parent.config.instances.threshold)
    decoding = replace(parent.config.instances, threshold=threshold)
    before = _score(parent.weights, split.val, parent, parent.config.instances)
    after = _score(trials[share], split.val, parent, decoding)
    report: dict[str, Any] = {
        "parent": parent.config.name,
        "train": [sample.stem for sample in split.train],
        "rehearsed": [] if rehearse is None else [sample.stem for sample in rehearse.samples],
        "held_out": [sample.stem for sample in split.val],
        "seed": options.seed,
        "epochs": len(result.history),
        "interrupted": result.interrupted,
        "share": share,
        "threshold": threshold,
        "shares": _at(found, threshold),
        "shares_rehearsed": None if kept is None else _at(kept, threshold),
        "new": {"before": _figures(before), "after": _figures(after)},
        "old": None,
    }
    if old is not None and old_before is not None:
        old_after = _score(trials[share], old.samples, parent, decoding)
        report["old"] = {"before": _figures(old_before), "after": _figures(old_after)}
    _write(out, parent, data, rehearse, split, trials[share], decoding, after, report, say)
    return report


def mix(old: Weights, new: Weights, share: float) -> dict[str, Tensor]:
    """Average two networks' weights.

    Args:
        old: state dict.
        new: of the same network.
        share: of the new one, 0 to 1.

    Returns:
        State dict; whole numbers (batch norm's counters) are the old ones.
    """
    return {
        name: tensor + share * (new[name] - tensor) if tensor.is_floating_point() else tensor
        for name, tensor in old.items()
    }


def _check_same(path: Path, split: Split) -> None:
    """Refuse to go on with other images than a run began with."""
    if not path.is_file():
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    now = {part: [sample.stem for sample in getattr(split, part)] for part in ("train", "val")}
    if any(before.get(part) != names for part, names in now.items()):
        raise UsageError(
            f"The run in {path.parent} began with other images; resume it with the same or train in a new "
            "folder."
        )


def _table(trials: Mapping[float, Weights], samples: Sequence[Sample], parent: Parent) -> Table:
    config = parent.config
    thresholds = sorted({*THRESHOLDS, config.instances.threshold})
    return {
        share: iou_by_threshold(
            trained_network(parent.options, dict(weights)), samples, config.input, config.tile, thresholds
        )
        for share, weights in trials.items()
    }


def _at(table: Table, threshold: float) -> dict[str, float]:
    return {str(share): row[threshold] for share, row in table.items()}


def _score(weights: Weights, samples: Sequence[Sample], parent: Parent, decoding: Decoding) -> Summary:
    network = trained_network(parent.options, dict(weights))
    config = parent.config
    return summarise(score_network(network, samples, config.input, decoding, config.task, config.tile))


def _figures(summary: Summary) -> dict[str, Any]:
    figures = summary.to_dict()
    return {key: figures[key] for key in _SHOWN}


def _write(
    out: Path,
    parent: Parent,
    data: Dataset,
    rehearse: Dataset | None,
    split: Split,
    weights: dict[str, Tensor],
    decoding: Decoding,
    held_out: Summary,
    report: dict[str, Any],
    say: Callable[[str], None],
) -> None:
    config = model_config(parent.options, decoding, data, split.train, split.val, {})
    origin: dict[str, Any] = {"parent": {"name": parent.config.name, "data": parent.config.data}}
    rehearsed = ""
    if rehearse is not None:
        count = len(rehearse.samples)
        origin["rehearsed"] = {
            "name": rehearse.root.name,
            "hash": rehearse.content_hash(),
            "images": count,
        }
        rehearsed = f" and, so as not to forget, {plural(count, 'image')} of {rehearse.root.name}"
    config = replace(config, tile=parent.config.tile, data={**config.data, **origin})
    metrics = {"protocol": PROTOCOL.format(n=len(split.val)), **held_out.to_dict(), "finetune": report}
    limits = (
        f"Learned from {plural(len(split.train), 'image')}{rehearsed}, on top of {parent.config.name}; "
        "what that model cannot do, this one can hardly do better. "
        + ("" if report["old"] else "Whether it forgot what its parent knew was not measured.")
    )
    write_text(out / REPORT_NAME, json.dumps(report, indent=2, allow_nan=False) + "\n")
    config = write_model_folder(out, config, weights, metrics, limits)
    write_reference(out, config, [*split.train, *(rehearse.samples if rehearse else ())], say)
