"""`neurocyte train --arch ancis`: the baseline, trained and scored; it is not exported."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Dataset, Sample
from neurocyte.io.atomic import write_text
from neurocyte.io.labels import write_labels
from neurocyte.io.splits import k_folds, train_val_split
from neurocyte.metrics.image_scores import ImageScores, score_image
from neurocyte.metrics.summary import summarise, summarise_by_type
from neurocyte.models.folder import METRICS_NAME
from neurocyte.training.ancis.fit import load_ancis, train_ancis
from neurocyte.training.ancis.predict import predict
from neurocyte.training.options import TrainOptions

NAME = "ancis"
SIDE = 512
# What `neurocyte train` takes for the segmenters only.
_OWN = (
    "encoder",
    "taps",
    "gate",
    "learn",
    "channels",
    "scale",
    "zoom",
    "start",
    "refit",
    "pixel_size_um",
    "devices",
    "nodes",
    "strategy",
)


def check_options(options: TrainOptions) -> None:
    """Refuse what ANCIS cannot heed.

    Args:
        options: as for any architecture.

    Raises:
        UsageError: an option that is not ANCIS's was changed.
    """
    plain = TrainOptions()
    changed = [name for name in _OWN if getattr(options, name) != getattr(plain, name)]
    if options.weights_file() is not None:
        changed.append("encoder_weights")
    if changed:
        names = ", ".join("--" + name.removesuffix("_um").replace("_", "-") for name in changed)
        raise UsageError(
            f"ancis has an encoder, a size and a start of its own; leave {names} away or choose another "
            f"--arch."
        )


def train_baseline(
    data: Dataset,
    options: TrainOptions,
    out: Path,
    *,
    folds: int | None,
    resume: bool,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Train ANCIS once, or once a fold, and score it on images that it has not learned from.

    Args:
        data: annotated images.
        options: `recipe` (epochs of each stage, repeats, batch size), `seed` and `val_fraction` are heeded.
        out: run folder: checkpoints/, history.csv, labels/ of the scored images, metrics.json; with folds a
            folder each.
        folds: their number; None: the validation images are scored, which also chose the epoch.
        resume: go on from what is there.
        say: takes sentences for the user.

    Returns:
        What metrics.json holds.

    Raises:
        UsageError: the folder holds a run and `resume` is not asked for.
        InputError: an image or annotation cannot be read.
    """
    check_options(options)
    if folds is None:
        train, val = train_val_split(data.samples, options.val_fraction, options.seed)
        scores = _train_and_score(train, val, val, options, out, resume, say)
        protocol = "validation images, which also chose the epochs"
    else:
        scores = []
        for index, test in enumerate(k_folds(data.samples, folds, options.seed)):
            say(f"Fold {index + 1} of {folds}: {len(test)} images judge.")
            rest = [sample for sample in data.samples if sample not in test]
            train, val = train_val_split(rest, options.val_fraction, options.seed)
            scores += _train_and_score(train, val, test, options, out / f"fold-{index}", resume, say)
        protocol = f"nested cross-validation, {folds} folds"
    metrics = {
        "protocol": protocol,
        "seed": options.seed,
        **summarise(scores).to_dict(),
        "by_type": {name: one.to_dict() for name, one in summarise_by_type(scores).items()},
        "images": [score.to_dict() for score in scores],
    }
    write_text(out / METRICS_NAME, json.dumps(metrics, indent=2, allow_nan=False) + "\n")
    return metrics


def _train_and_score(
    train: Sequence[Sample],
    val: Sequence[Sample],
    test: Sequence[Sample],
    options: TrainOptions,
    out: Path,
    resume: bool,
    say: Callable[[str], None],
) -> list[ImageScores]:
    recipe = options.recipe
    train_ancis(
        train,
        val,
        out,
        side=SIDE,
        epochs=(recipe.epochs, recipe.epochs),
        repeats=recipe.repeats,
        batch_size=recipe.batch_size,
        seed=options.seed,
        resume=resume,
        say=say,
        precision=options.precision,
    )
    model = load_ancis(out)
    scores = []
    for sample in test:
        found = predict(model, sample.read_image().pixels)
        truth = sample.read_labels()
        write_labels(out / "labels" / f"{sample.stem}.tif", found.labels)
        scores.append(
            score_image(truth.labels, found.labels, sample.stem, sample.cell_type, truth.lost_pixels)
        )
    return scores
