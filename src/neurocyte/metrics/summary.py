"""The figures of many images: pooled, mean over images, and how far they can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurocyte.errors import UsageError
from neurocyte.metrics import semantic
from neurocyte.metrics.bootstrap import percentile_interval, resampled_means
from neurocyte.metrics.empty import EMPTY_SCORE
from neurocyte.metrics.image_scores import ImageScores
from neurocyte.metrics.matching import THRESHOLDS
from neurocyte.metrics.panoptic import PanopticCounts
from neurocyte.metrics.semantic import Confusion

# The name in the summary of each mean, and the image's row it is the mean of.
_MEANS = {
    "iou_image": "iou",
    "dice_image": "dice",
    "boundary_f1": "boundary_f1",
    "cldice": "cldice",
    "map": "map",
    "ap50": "ap50",
    "ap75": "ap75",
    "pq": "pq",
    "aji": "aji",
}


@dataclass(frozen=True)
class Summary:
    """Figures of a set of images; ``definitions.py`` says what each is.

    Args:
        n: Images.
        cells_true: True cells.
        cells_pred: Predicted cells.
        pixels: Foreground pixels of all images.
        cells: Cells of all images at IoU > 0.5.
        means: Mean over images of each score that has one.
        ap: Mean over images of the average precision at each threshold.
        count_error: Mean absolute difference of the numbers of cells.
        count_error_relative: Sum of these differences over the true cells, None without one.
        count_bias: Mean difference, predicted minus true.
        splits: Split true cells.
        merges: Merging predicted cells.
        lost_pixels: True pixels claimed by several cells.
        intervals: 95 % interval of each mean, of the pooled ``iou`` and of ``dice``; empty for one image.
    """

    n: int
    cells_true: int
    cells_pred: int
    pixels: Confusion
    cells: PanopticCounts
    means: dict[str, float]
    ap: dict[float, float]
    count_error: float
    count_error_relative: float | None
    count_bias: float
    splits: int
    merges: int
    lost_pixels: int
    intervals: dict[str, tuple[float, float]]

    def to_dict(self) -> dict[str, Any]:
        """The figures by name, ready for JSON.

        Returns:
            Names to numbers; ``ap`` by threshold ("0.50"), ``intervals`` by figure.
        """
        return {
            "n": self.n,
            "cells_true": self.cells_true,
            "cells_pred": self.cells_pred,
            "iou": semantic.iou(self.pixels),
            "dice": semantic.dice(self.pixels),
            "precision": semantic.precision(self.pixels),
            "recall": semantic.recall(self.pixels),
            "pixel_accuracy": semantic.pixel_accuracy(self.pixels),
            "mean_iou_two_classes": semantic.mean_iou_two_classes(self.pixels),
            "frequency_weighted_iou": semantic.frequency_weighted_iou(self.pixels),
            **self.means,
            "ap": {f"{threshold:.2f}": value for threshold, value in self.ap.items()},
            "pq_pooled": self.cells.pq,
            "count_error": self.count_error,
            "count_error_relative": self.count_error_relative,
            "count_bias": self.count_bias,
            "splits": self.splits,
            "merges": self.merges,
            "lost_pixels": self.lost_pixels,
            "intervals": {name: list(ends) for name, ends in self.intervals.items()},
        }


def summarise(images: Sequence[ImageScores]) -> Summary:
    """Sum up the scores of several images.

    Args:
        images: At least one image's scores.

    Returns:
        The summary.

    Raises:
        UsageError: There is no image.
    """
    if not images:
        raise UsageError("There is no image to sum up: score at least one.")
    rows = [image.to_dict() for image in images]
    differences = np.array([image.n_pred - image.n_true for image in images])
    error_sum, n_true = int(np.abs(differences).sum()), sum(image.n_true for image in images)
    return Summary(
        n=len(images),
        cells_true=n_true,
        cells_pred=sum(image.n_pred for image in images),
        pixels=sum((image.pixels for image in images), Confusion()),
        cells=sum((image.cells for image in images), PanopticCounts()),
        means={name: float(np.mean([row[key] for row in rows])) for name, key in _MEANS.items()},
        ap={t: float(np.mean([image.ap[i] for image in images])) for i, t in enumerate(THRESHOLDS)},
        count_error=error_sum / len(images),
        count_error_relative=error_sum / n_true if n_true else None,
        count_bias=float(differences.mean()),
        splits=sum(image.splits for image in images),
        merges=sum(image.merges for image in images),
        lost_pixels=sum(image.lost_pixels for image in images),
        intervals=_intervals(images, rows),
    )


def summarise_by_type(images: Sequence[ImageScores]) -> dict[str, Summary]:
    """Sum up the images of each cell type.

    Args:
        images: Scores of images; those of unknown type are summed up as "unknown" beside known ones.

    Returns:
        Cell type to summary, sorted by name; empty when no image's type is known.
    """
    groups: dict[str, list[ImageScores]] = {}
    for image in images:
        groups.setdefault(image.cell_type or "unknown", []).append(image)
    if groups.keys() <= {"unknown"}:
        return {}
    return {name: summarise(groups[name]) for name in sorted(groups)}


def _intervals(images: Sequence[ImageScores], rows: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    if len(images) < 2:
        return {}
    scores = np.array([[row[key] for key in _MEANS.values()] for row in rows], dtype=np.float64)
    counts = np.array([[image.pixels.tp, image.pixels.fp + image.pixels.fn] for image in images])
    drawn = resampled_means(np.hstack([scores, counts]))
    intervals = {name: percentile_interval(drawn[:, i]) for i, name in enumerate(_MEANS)}
    # A resample's pooled score is a ratio of its sums; means serve as well, the number of images cancels.
    tp, wrong = drawn[:, -2], drawn[:, -1]
    blank = tp + wrong == 0
    pooled_iou = np.where(blank, EMPTY_SCORE, tp / np.where(blank, 1, tp + wrong))
    return {
        "iou": percentile_interval(pooled_iou),
        "dice": percentile_interval(2 * pooled_iou / (1 + pooled_iou)),
        **intervals,
    }
