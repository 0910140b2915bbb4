"""Algorithm 1 as the code runs it, each step with its function."""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import neurocyte
from neurocyte.io.splits import k_folds, train_val_split
from neurocyte.networks.attention import AttentionGate
from neurocyte.networks.encoder import EfficientNetEncoder
from neurocyte.networks.segmenter import Segmenter
from neurocyte.paper.context import Context
from neurocyte.paper.runs.scoring import score_samples
from neurocyte.training.augment import build_augmentation
from neurocyte.training.data import load_sample
from neurocyte.training.fit import fit
from neurocyte.training.losses import ComboLoss
from neurocyte.training.module import SegmentationModule

# The paper's line (None: the paper has none), what the code does, and the function that does it.
STEPS: tuple[tuple[str | None, str, Callable[..., Any]], ...] = (
    (None, "divide the images into folds, stratified by cell type; the scored fold is set aside", k_folds),
    (None, "divide the rest 80/20 into training and validation images", train_val_split),
    ("While E >= 1 do", "for each epoch, until the patience of 3 has run out", fit),
    (
        "Read each image with its corresponding mask",
        "read image and annotation, resize both to 256 x 256",
        load_sample,
    ),
    (
        None,
        "augment: zoom-out, flips, shifts, drawn anew for each crop, training images only",
        build_augmentation,
    ),
    ("Extract features using the EfficientNet encoder", "five feature maps", EfficientNetEncoder.forward),
    ("... with the attention mechanism", "weigh each skip by alpha", AttentionGate.forward),
    ("Build the mask using the decoder", "from the bottom up, one gated skip a block", Segmenter.forward),
    ("Calculate the loss", "weighted cross-entropy plus Dice loss", ComboLoss.forward),
    (
        "Re-assign the model weights",
        "Adam; the rate halves on a plateau of the validation loss",
        SegmentationModule.configure_optimizers,
    ),
    (
        "Test the model using the test data",
        "score the **validation** images; they choose the epoch",
        SegmentationModule.validation_step,
    ),
    (None, "score the set-aside fold, once, after training", score_samples),
)


def measure(context: Context) -> dict[str, Any]:
    """Find each step's function.

    Args:
        context: not looked at: the code is the source.

    Returns:
        ``steps``: the paper's line, what the code does, the function's name, file and line.
    """
    del context
    return {"steps": [_step(*step) for step in STEPS]}


def render(result: Mapping[str, Any]) -> str:
    """Return the section of the document; links begin with ``src:``, which the document resolves."""
    lines = [
        f"{number}. {step['code']} "
        f"([`{step['function']}`](src:{step['file']}#L{step['line']}))"
        + (f" — paper: *{step['paper']}*" if step["paper"] else " — not in the paper")
        for number, step in enumerate(result["steps"], start=1)
    ]
    return "\n\n".join(
        [
            "## Algorithm 1 as the code runs it",
            "The paper names no validation set and tests inside the loop. Here the loop sees validation "
            "images only, and the test images are scored once, at the end.",
            "\n".join(lines),
        ]
    )


def _step(paper: str | None, code: str, function: Callable[..., Any]) -> dict[str, Any]:
    source = Path(inspect.getsourcefile(function) or "")
    root = Path(neurocyte.__file__).parent.parent
    return {
        "paper": paper,
        "code": code,
        "function": function.__qualname__,
        "file": source.resolve().relative_to(root.resolve()).as_posix(),
        "line": inspect.getsourcelines(function)[1],
    }
