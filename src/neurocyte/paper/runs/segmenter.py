"""A network of our own family as a row of Table 4."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurocyte.paper.context import Context
from neurocyte.paper.runs.plan import Run
from neurocyte.paper.runs.scoring import PROBABILITIES, run_info, score_samples
from neurocyte.training.checkpoints import CHECKPOINTS, load_checkpoint
from neurocyte.training.network import trained_network
from neurocyte.training.options import TrainOptions
from neurocyte.training.run import train_model


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


def train_and_score_segmenter(run: Run, context: Context, folder: Path) -> dict[str, Any]:
    """Train the network, going on where an earlier attempt stopped, and score the test images.

    Args:
        run: row, seed and fold.
        context: data, folder and settings.
        folder: of the run; gets probabilities/ of the chosen epoch too.

    Returns:
        What scores.json holds.
    """
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


def can_resume(folder: Path) -> bool:
    """Tell whether a run can go on; one that was stopped within its first epoch is cleared away."""
    if (folder / CHECKPOINTS / "last.ckpt").is_file():
        return True
    shutil.rmtree(folder, ignore_errors=True)
    return False
