"""What opens the document: which data, which protocol, which command."""

from pathlib import PurePath

from neurocyte.paper.context import Context
from neurocyte.paper.settings import Settings, quick_settings


def write(context: Context) -> str:
    """Write title, data, protocol and command.

    Args:
        context: the reproduction.

    Returns:
        Markdown.
    """
    settings = context.settings
    kinds: dict[str, int] = {}
    for sample in context.samples:
        kinds[sample.cell_type or "unknown"] = kinds.get(sample.cell_type or "unknown", 0) + 1
    mix = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    recipe = settings.recipe
    height, width = recipe.size
    lines = [
        "# The paper, reproduced",
        "Abbas & Abdulmunim 2023, *Residual Network with Attention to Neural Cells Segmentation*, Iraqi "
        "Journal of Science 64(4), 10.24996/ijs.2023.64.4.37: every table and figure, rebuilt by "
        "`neurocyte reproduce`.",
        f"**Data**: {len(context.samples)} annotated images ({mix}; data hash "
        f"`{context.data_hash[:16]}`). The paper used the 606 images of the Kaggle competition "
        '"Sartorius - Cell Instance Segmentation"'
        + (
            "."
            if len(context.samples) >= 606
            else f"; this run has {len(context.samples)}: **no number here is the paper's number.**"
        ),
        f"**Protocol**: {settings.folds}-fold nested cross-validation, {_seeds(settings)}; {height} x "
        f"{width}, Adam {recipe.learning_rate:g}, rate halved on a plateau (patience 2), early stopping "
        f"(patience {recipe.early_stopping}), at most {recipe.epochs} epochs, batches of "
        f"{recipe.batch_size}, each image {recipe.repeats} times an epoch, combo loss alpha "
        f"{recipe.alpha:g} beta {recipe.beta:g}. Table 4 says what each encoder starts from.",
        f"**Command**: `{_command(settings)}`; called again it goes on where it was.",
    ]
    if settings.quick:
        lines.insert(1, "**A quick run with tiny settings: its numbers mean nothing.**")
    return "\n\n".join(lines)


def _seeds(settings: Settings) -> str:
    first, *more = settings.seeds
    if not more:
        return f"seed {first}"
    listed = ", ".join(map(str, settings.seeds))
    return f"seed {first} (networks that are compared with and without gates: seeds {listed})"


def _command(settings: Settings) -> str:
    """Return the call that gives this document, DATA and DIR being the caller's."""
    usual = quick_settings() if settings.quick else Settings()
    words = ["neurocyte reproduce DATA -o DIR"]
    words += ["--quick"] if settings.quick else []
    words += [f"--folds {settings.folds}"] if settings.folds != usual.folds else []
    words += [f"--seeds {len(settings.seeds)}"] if settings.seeds != usual.seeds else []
    if settings.encoder_weights != usual.encoder_weights:
        words.append(f"--encoder-weights {PurePath(settings.encoder_weights).name}")
    return " ".join(words)
