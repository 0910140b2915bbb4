"""`neurocyte finetune`: a trained model goes on learning from a few corrected images."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from neurocyte.errors import ModelError, UsageError
from neurocyte.export import load_network
from neurocyte.io._text import plural
from neurocyte.io.annotations.sample import Dataset, Sample
from neurocyte.io.atomic import write_text
from neurocyte.io.splits import train_val_split
from neurocyte.metrics.summary import Summary, summarise
from neurocyte.models.config import CELL_OUTPUTS, CONFIG_NAME, FixedResize, ModelConfig
from neurocyte.models.folder import find_model
from neurocyte.training.fit import fit, load_checkpoint
from neurocyte.training.folder import model_config, write_model_folder
from neurocyte.training.options import TrainOptions
from neurocyte.training.recipes import FINETUNE, Recipe
from neurocyte.training.rehearsal import check_apart, lessons
from neurocyte.training.run import OPTIONS_NAME, Split, trained_network
from neurocyte.training.scoring import score_network

LEAST_IMAGES = 3
REPORT_NAME = "finetune.json"
# Share of the fine-tuned weights in the mixture with the old ones.
MIXTURES = (0.0, 0.25, 0.5, 0.75, 1.0)
# The old model keeps as much as costs the new images no more than this, pooled IoU.
TOLERANCE = 0.01
_SHOWN = ("n", "iou", "dice", "iou_image", "map", "ap50", "count_error")
PROTOCOL = (
    "Before and after on the {n} images of the new data that were held out; they also chose the share of the "
    "new weights, which flatters the figures after a little."
)

Weights = Mapping[str, Tensor]


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
        learn="cells" if config.outputs == CELL_OUTPUTS else "foreground",
        channels=config.input.channels,
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


def finetune(
    parent: Parent,
    data: Dataset,
    out: Path,
    *,
    old: Dataset | None = None,
    rehearse: Dataset | None = None,
    progress: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Go on training on new images and write the new model's folder.

    The network takes small steps with its batch-norm statistics kept; then its weights are averaged with the
    old ones, with the smallest share of the new ones that costs the held-out new images no more than
    `TOLERANCE` of pooled IoU.

    Args:
        parent: of `open_parent`.
        data: the new images, at least `LEAST_IMAGES`.
        out: folder of the new model; must be new.
        old: annotated images of the kind the parent knows; they judge only.
        rehearse: others of that kind; half of the crops are theirs.
        progress: show a progress bar.
        say: takes sentences for the user.

    Returns:
        What finetune.json holds: ``parent``, ``train``, ``rehearsed``, ``held_out``, ``epochs`` done,
        ``interrupted`` by Ctrl-C, ``share``, ``new`` and ``old`` with
        figures before and after, ``shares`` with the pooled IoU of the new images by share.

    Raises:
        UsageError: too few images, `out` holds a run already, or an image would be rehearsed and judge.
        InputError: an image or annotation cannot be read.

    Source:
        Wortsman et al. 2022, "Robust fine-tuning of zero-shot models" (averaging old and new weights).
    """
    if len(data.samples) < LEAST_IMAGES:
        raise UsageError(
            f"{data.root} holds {len(data.samples)} annotated images: correct at least {LEAST_IMAGES}."
        )
    if (out / CONFIG_NAME).exists() or (out / OPTIONS_NAME).exists():
        raise UsageError(f"{out} holds a training run already: name another folder.")
    options = parent.options
    split = Split(*train_val_split(data.samples, options.val_fraction, options.seed))
    if rehearse is not None:
        check_apart(rehearse.samples, [*split.val, *(old.samples if old else ())])
    # Before the training, so that an old image that cannot be read costs no minutes.
    old_before = None if old is None else _score(parent.weights, old.samples, parent)
    split.save(out / "split.json", options)
    train = split.train
    if rehearse is not None:
        train = lessons(split.train, rehearse.samples, options.recipe.repeats)
        options = replace(options, recipe=replace(options.recipe, repeats=1))
    result = fit(train, split.val, options, out, progress=progress, say=say, start=parent.weights)
    new = load_checkpoint(result.last)
    trials = {share: mix(parent.weights, new, share) for share in MIXTURES}
    scores = {share: _score(weights, split.val, parent) for share, weights in trials.items()}
    share = choose_share({one: score.to_dict()["iou"] for one, score in scores.items()})
    report: dict[str, Any] = {
        "parent": parent.config.name,
        "train": [sample.stem for sample in split.train],
        "rehearsed": [] if rehearse is None else [sample.stem for sample in rehearse.samples],
        "held_out": [sample.stem for sample in split.val],
        "seed": options.seed,
        "epochs": len(result.history),
        "interrupted": result.interrupted,
        "share": share,
        "shares": {str(one): score.to_dict()["iou"] for one, score in scores.items()},
        "new": {"before": _figures(scores[0.0]), "after": _figures(scores[share])},
        "old": None,
    }
    if old is not None and old_before is not None:
        after = _score(trials[share], old.samples, parent)
        report["old"] = {"before": _figures(old_before), "after": _figures(after)}
    _write(out, parent, data, rehearse, split, trials[share], scores[share], report)
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


def choose_share(iou: Mapping[float, float]) -> float:
    """Return the smallest share of the new weights whose IoU is within `TOLERANCE` of the best one."""
    best = max(iou.values())
    return min(share for share, value in iou.items() if value >= best - TOLERANCE)


def _score(weights: Weights, samples: Sequence[Sample], parent: Parent) -> Summary:
    network = trained_network(parent.options, dict(weights))
    config = parent.config
    return summarise(
        score_network(network, samples, config.input, config.instances, config.task, config.tile)
    )


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
    held_out: Summary,
    report: dict[str, Any],
) -> None:
    config = model_config(parent.options, parent.config.instances, data, split.train, split.val, {})
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
    write_model_folder(out, config, weights, metrics, limits)
