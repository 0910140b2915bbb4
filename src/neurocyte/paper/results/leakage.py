"""The leakage experiment: one network trained as the paper may have done, against the clean protocol.

The paper describes augmentation before the 80/20 split, and tests on the test data inside the training loop.
Done literally, copies of one image lie on both sides, and the epoch is chosen by the test part.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as PillowImage
from torchvision import tv_tensors

from neurocyte.io.annotations import open_dataset
from neurocyte.io.atomic import atomic_path, write_text
from neurocyte.io.labels import write_labels
from neurocyte.io.splits import train_val_split
from neurocyte.markdown import table
from neurocyte.paper.context import VAL_FRACTION, Context
from neurocyte.paper.results.variants import scores
from neurocyte.paper.runs.plan import SCORES_NAME, Run, read_finished
from neurocyte.paper.runs.scoring import score_samples
from neurocyte.paper.runs.segmenter import can_resume, options_of
from neurocyte.training.augment import build_augmentation
from neurocyte.training.checkpoints import load_checkpoint
from neurocyte.training.data import load_sample, mix_seed
from neurocyte.training.network import trained_network
from neurocyte.training.run import train_model
from neurocyte.training.run_files import Split

ROW = "linknet-ag"
_COPIES_DONE = "complete.json"


def measure(context: Context) -> dict[str, Any]:
    """Train `ROW` on augmented copies that are split at random, and score it on its test copies.

    Args:
        context: the reproduction.

    Returns:
        ``leaky``: scores (256 x 256) on the test part that also stopped the training, ``shared``: test copies
        whose image has other copies among the training ones, ``clean``: the clean runs' scores by fold.
    """
    folder = context.out / "leakage"
    path = folder / SCORES_NAME
    if not path.is_file():
        write_text(path, json.dumps(_train(context, folder), indent=1) + "\n")
    row = next(row for row in context.settings.rows if row.key == ROW)
    first = context.settings.seeds[0]
    runs = [read_finished(Run(row, first, fold), context.out) for fold in range(context.settings.folds)]
    clean = [{"fold": one.run.fold, **scores([record.paper for record in one.chosen])} for one in runs if one]
    return {"row": ROW, "seed": first, **json.loads(path.read_text(encoding="utf-8")), "clean": clean}


def render(result: Mapping[str, Any]) -> str:
    """Return the section of the document."""
    names = ("iou_pooled", "dice_pooled", "iou_image", "iou_soft", "iou_classes", "accuracy", "loss")
    clean = result["clean"]
    means = [sum(fold[name] for fold in clean) / len(clean) if clean else None for name in names]
    leaky = [result["leaky"][name] for name in names]
    rows = [("augmented, then split; stopped on the test part", *map(_show, names, leaky))]
    rows.append((f"clean: mean of {len(clean)} folds", *map(_show, names, means)))
    header = ("protocol", *(name.replace("_", ", ") for name in names))
    return "\n\n".join(
        [
            "## Leakage: what the paper's protocol may have done",
            f"{result['copies']} augmented copies of each of {result['images']} images, split 80/20 at "
            f"random: {result['shared']} of {result['test']} test copies have siblings among the training "
            f"copies. Same network ({result['row']}), recipe and seed {result['seed']}; both at 256 x 256.",
            table(header, rows),
        ]
    )


def write_copies(context: Context, folder: Path) -> int:
    """Write the augmented copies as images/ + labels/ and return their number an image.

    Args:
        context: the reproduction; the recipe says size, augmentation and copies an image.
        folder: gets the data set; an interrupted one is begun again.

    Returns:
        Copies of each image.
    """
    recipe = context.settings.recipe
    copies = max(2, recipe.repeats)
    done = folder / _COPIES_DONE
    if done.is_file():
        return copies
    shutil.rmtree(folder, ignore_errors=True)
    config = options_of(_run(context), context).input_config()
    augment = build_augmentation(recipe.augment, recipe.size)
    for index, sample in enumerate(context.samples):
        loaded = load_sample(sample, config)
        for copy in range(copies):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(mix_seed(context.settings.seeds[0], copy, index))
                image, labels = augment(
                    tv_tensors.Image(torch.from_numpy(loaded.image).permute(2, 0, 1)),
                    tv_tensors.Mask(torch.from_numpy(loaded.labels)),
                )
            stem = f"{sample.stem}-copy{copy}"
            write_labels(folder / "labels" / f"{stem}.tif", labels.numpy())
            grey = np.round(255 * np.clip(image[0].numpy(), 0, 1)).astype(np.uint8)
            picture = folder / "images" / f"{stem}.png"
            with atomic_path(picture) as temporary:
                PillowImage.fromarray(grey).save(temporary, format="PNG")
    write_text(done, "{}\n")
    return copies


def _train(context: Context, folder: Path) -> dict[str, Any]:
    copies = write_copies(context, folder / "data")
    data = open_dataset(folder / "data")
    run = _run(context)
    options = options_of(run, context)
    # The copies are augmented already; an epoch shows each once.
    options = replace(options, recipe=replace(options.recipe, augment="none", repeats=1))
    train, test = train_val_split(data.samples, VAL_FRACTION, run.seed)
    out = folder / "run"
    context.say("Training the leaky network.")
    result = train_model(
        data, options, out, split=Split(train, test), resume=can_resume(out), say=context.say
    )
    network = trained_network(options, load_checkpoint(result.fit.best))
    records = score_samples(network, test, options.input_config())
    seen = {sample.stem.rpartition("-copy")[0] for sample in train}
    return {
        "images": len(context.samples),
        "copies": copies,
        "train": len(train),
        "test": len(test),
        "shared": sum(sample.stem.rpartition("-copy")[0] in seen for sample in test),
        "epochs": len(result.fit.history),
        "updates": int(result.fit.history[-1]["updates"]),
        "start": result.fit.weights.sentence(),
        "leaky": scores([record.paper for record in records]),
    }


def _run(context: Context) -> Run:
    row = next(row for row in context.settings.rows if row.key == ROW)
    return Run(row, context.settings.seeds[0], 0)


def _show(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if name == "loss" else f"{100 * value:.1f}"
