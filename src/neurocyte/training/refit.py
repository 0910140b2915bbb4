"""Learning on from all images, once the validation images have chosen."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from neurocyte.training.checkpoints import CHECKPOINTS, load_checkpoint
from neurocyte.training.fit import FitResult, fit
from neurocyte.training.options import TrainOptions
from neurocyte.training.run_files import OPTIONS_NAME, Split, keep_options

FOLDER = "refit"
# Of the recipe's learning rate: the network goes on from what it knows.
RATE_SHARE = 0.5


def refit(
    weights: dict[str, Tensor],
    split: Split,
    options: TrainOptions,
    out: Path,
    *,
    say: Callable[[str], None] = lambda _: None,
    **fit_options: Any,
) -> tuple[dict[str, Tensor], FitResult]:
    """Learn for `options.refit` more epochs from the training and the validation images.

    No image is left that could choose an epoch, so the last one is taken and nothing stops early.

    Args:
        weights: of the chosen epoch.
        split: the images; those that judge are not learned from.
        options: as of the training.
        out: run folder; gets refit/ with a history and checkpoints of its own. A begun one goes on.
        say: takes sentences for the user.
        fit_options: see `neurocyte.training.fit.fit`.

    Returns:
        The weights of the last epoch, and how the fit went.

    Raises:
        UsageError: the folder holds a refit that began with other options.
        InputError: an image or annotation cannot be read.
    """
    folder = out / FOLDER
    rate = RATE_SHARE * options.recipe.learning_rate
    recipe = replace(options.recipe, epochs=options.refit, learning_rate=rate, early_stopping=None)
    # A second start of several processes would run the whole command once more.
    options = replace(options, recipe=recipe, start=None, devices="1", nodes=1, strategy="auto")
    images = [*split.train, *split.val]
    say(f"Learning on from all {len(images)} images, epochs: {options.refit}.")
    begun = (folder / CHECKPOINTS / "last.ckpt").is_file()
    keep_options(folder / OPTIONS_NAME, options, begun)
    result = fit(
        images, split.val, options, folder, **{**fit_options, "resume": begun}, say=say, start=weights
    )
    return load_checkpoint(result.last), result
