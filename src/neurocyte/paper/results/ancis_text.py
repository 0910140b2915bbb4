"""What the document says of the baseline ANCIS: what was changed, and how its cells come out."""

from collections.abc import Mapping, Sequence
from typing import Any

from neurocyte.io._text import plural
from neurocyte.networks.ancis.anchors import PAPER_EDGES, QUANTILES, SMALL_CELL_REFINE, STRIDES
from neurocyte.networks.ancis.boxes import MAX_BOXES, MIN_CONFIDENCE
from neurocyte.paper.results.averages import plus_minus, spread
from neurocyte.training.ancis.fit import BOXES

_SCORES = (
    ("map", "mAP"),
    ("ap50", "AP50"),
    ("precision", "precision of pixels"),
    ("recall", "recall of pixels"),
)


def write(runs: Sequence[Mapping[str, Any]], side: int) -> str:
    """Write the paragraphs.

    Args:
        runs: ``instances`` of each finished run's scores.json.
        side: of the square that its images were resized to, pixels.

    Returns:
        Markdown; empty without a run.
    """
    if not runs:
        return ""
    strides = ", ".join(str(stride // SMALL_CELL_REFINE) for stride in STRIDES)
    quantiles = ", ".join(f"{100 * q:g}" for q in QUANTILES)
    averages = spread([{key: run[key] for key, _ in _SCORES} for run in runs])
    scores = ", ".join(f"{label} {plus_minus(averages[key], 3)}" for key, label in _SCORES)
    true, found = (sum(run[key] for run in runs) for key in ("cells_true", "cells_pred"))
    return "\n\n".join(
        [
            "### ANCIS as it was trained here",
            "Yi et al. 2019, both stages; network, losses, thresholds as published, written anew. What was "
            "changed, for the cells here are smaller and more, and all rows are to share a recipe:",
            "\n".join(
                [
                    f"- its anchors' scales are quantiles of the training cells ({quantiles} %) in place of "
                    f"{', '.join(map(str, PAPER_EDGES))} of the image, and its heads are {SMALL_CELL_REFINE} "
                    f"times as dense (strides {strides}): of the cells of the Sartorius images 54 % "
                    "have an anchor of IoU 0.5 or more with the published ones, 94 % with these;",
                    f"- {MAX_BOXES:,} boxes an image are kept, not 200;",
                    "- Adam, schedule, early stopping and augmentation of the recipe above for each stage, "
                    f"not SGD for 500 epochs; the mask branch learns from at most {BOXES} boxes an image and "
                    "update;",
                    "- ResNet-50 starts at random: its ImageNet weights were not to be had. Images are "
                    f"{side} x {side}; its masks are scored at 256 x 256 and native size like all others.",
                ]
            ),
            f"Its cells ({plural(len(runs), 'run')}): {scores}; {found:,} found where "
            f"there are {true:,}, at the published limit of confidence of {MIN_CONFIDENCE:g}.{_fault(runs)}",
        ]
    )


def _fault(runs: Sequence[Mapping[str, Any]]) -> str:
    """Say which of the two errors is the larger one in every run; nothing where they differ in that."""
    misses = [run["recall"] < run["precision"] for run in runs]
    if all(misses):
        return " It misses cells rather than making them up."
    return "" if any(misses) else " It makes cells up rather than missing them."
