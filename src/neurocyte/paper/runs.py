"""Training and scoring the networks of Table 4, one run at a time, each resumable."""

import json
import platform
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as PillowImage
from torch import nn

from neurocyte.io.annotations.sample import Sample
from neurocyte.io.atomic import atomic_path, write_text
from neurocyte.models.config import InputConfig, TileConfig
from neurocyte.paper.context import Context
from neurocyte.paper.plan import SCORES_NAME, Run
from neurocyte.paper.scores import Record, pixel_sums
from neurocyte.preprocess import prepare, restore
from neurocyte.tiling import predict_tiled
from neurocyte.training.checkpoints import CHECKPOINTS, load_checkpoint
from neurocyte.training.data import nearest_labels
from neurocyte.training.options import TrainOptions
from neurocyte.training.run import Split, train_model, trained_network
from neurocyte.training.scoring import torch_predictor

PROBABILITIES = "probabilities"


def options_of(run: Run, context: Context) -> TrainOptions:
    """Return what `neurocyte train` would be told for this run."""
    settings = context.settings
    return TrainOptions(
        arch=run.row.arch,
        encoder_weights=settings.encoder_weights if run.row.start == "imagenet" else "none",
        gate=run.row.gate,
        task="mask",
        recipe=settings.recipe,
        seed=run.seed,
        name=f"{run.row.key}-seed-{run.seed}-fold-{run.fold}",
        license="as the data it was trained on",
        description=f"Reproduction of Abbas & Abdulmunim 2023: {run.row.label}.",
    )


def train_and_score(run: Run, context: Context) -> Path:
    """Train a run, going on where an earlier attempt was stopped, and score its test images once.

    Args:
        run: which network, seed and fold.
        context: data, folder and settings.

    Returns:
        Its scores.json; an existing one is left as it is.

    Raises:
        InputError: an image or annotation cannot be read.
        UsageError: the folder's run began with other options.
    """
    folder = run.folder(context.out)
    path = folder / SCORES_NAME
    if path.is_file():
        return path
    context.say(f"Training {run}.")
    if run.row.arch == "ancis":
        from neurocyte.paper.ancis_run import train_and_score_ancis

        content = train_and_score_ancis(run, context, folder)
    else:
        content = _train_segmenter(run, context, folder)
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    return path


def can_resume(folder: Path) -> bool:
    """Tell whether a run can go on; one that was stopped within its first epoch is cleared away."""
    if (folder / CHECKPOINTS / "last.ckpt").is_file():
        return True
    shutil.rmtree(folder, ignore_errors=True)
    return False


def run_info(run: Run, split: Split) -> dict[str, Any]:
    """Return what every scores.json says of where its numbers come from."""
    return {
        "row": run.row.key,
        "seed": run.seed,
        "fold": run.fold,
        "train": [s.stem for s in split.train],
        "val": [s.stem for s in split.val],
        "test": [s.stem for s in split.test],
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "versions": {name: version(name) for name in ("neurocyte", "torch", "timm", "lightning")},
    }


def score_samples(
    network: nn.Module, samples: Sequence[Sample], config: InputConfig, keep: Path | None = None
) -> list[Record]:
    """Score a network's probabilities at the size it sees and at the images' own.

    Args:
        network: maps float (N, 3, H, W) to logits (N, 1, H, W).
        samples: annotated images.
        config: the model's input section.
        keep: folder that gets each probability map as an 8-bit PNG of native size.

    Returns:
        One record a sample, in order.
    """
    predict = torch_predictor(network)
    records = []
    for sample in samples:
        picture = sample.read_image()
        prepared = prepare(picture.pixels, config, picture.pixel_size_um)
        probability = predict_tiled(prepared.plane, predict, TileConfig())
        native = restore(probability, prepared.shape)[0]
        labels = sample.read_labels().labels
        small = nearest_labels(labels, (probability.shape[1], probability.shape[2])) > 0
        records.append(
            Record(
                sample.stem,
                sample.cell_type,
                pixel_sums(small, probability[0]),
                pixel_sums(labels > 0, native),
            )
        )
        if keep is not None:
            save_probability(keep / f"{sample.stem}.png", native)
    return records


def save_probability(path: Path, probability: NDArray[np.float32]) -> None:
    """Write a probability map, float32 (H, W) in [0, 1], as an 8-bit PNG: for pictures, never for scores."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        PillowImage.fromarray(np.round(255 * probability).astype(np.uint8)).save(temporary, format="PNG")


def _train_segmenter(run: Run, context: Context, folder: Path) -> dict[str, Any]:
    split = context.split(run.fold)
    options = options_of(run, context)
    resume = can_resume(folder)
    result = train_model(
        context.data,
        options,
        folder,
        # The test images are scored below, with all that the variants of a printed score need.
        split=replace(split, test=()),
        resume=resume,
        say=context.say,
    )
    history = result.fit.history
    scored: dict[str, list[dict[str, Any]]] = {}
    for name, checkpoint in (("chosen", result.fit.best), ("last", result.fit.last)):
        network = trained_network(options, load_checkpoint(checkpoint))
        keep = folder / PROBABILITIES if name == "chosen" else None
        scored[name] = [r.to_dict() for r in score_samples(network, split.test, options.input_config(), keep)]
    return {
        **run_info(run, split),
        "start": result.fit.weights.sentence(),
        "epochs": len(history),
        "updates": int(history[-1]["updates"]),
        "best_epoch": int(result.fit.best_row["epoch"]) + 1,
        "seconds_per_epoch": float(np.median([row["seconds"] for row in history])),
        "history": history,
        **scored,
    }
