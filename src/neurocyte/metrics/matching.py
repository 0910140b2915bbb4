"""Which predicted cell overlaps which true cell, and how many of them match.

Everything about instances is read from one sparse table of overlaps, so that 600 cells cost one sort of the
pixels and not 600 x 600 masks. Two images without a cell score 1.0 (see ``empty.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.errors import UsageError
from neurocyte.metrics.empty import ratio
from neurocyte.metrics.semantic import require_same_shape

# i / 100 and not numpy.arange: 0.5 + 2 * 0.05 is above 0.6, which would lose cells at exactly 0.6.
THRESHOLDS = tuple(percent / 100 for percent in range(50, 100, 5))


@dataclass(frozen=True)
class Overlaps:
    """Sparse table of the overlaps of T true and P predicted cells.

    Args:
        truth_labels: (T,) labels of the true cells, ascending.
        pred_labels: (P,) labels of the predicted cells, ascending.
        truth_area: (T,) int64, pixels.
        pred_area: (P,) int64, pixels.
        truth_index: (K,) index into the true cells of each overlapping pair, ascending.
        pred_index: (K,) index into the predicted cells, ascending within a true cell.
        intersection: (K,) int64, pixels shared, > 0.
    """

    truth_labels: npt.NDArray[Any]
    pred_labels: npt.NDArray[Any]
    truth_area: npt.NDArray[np.int64]
    pred_area: npt.NDArray[np.int64]
    truth_index: npt.NDArray[np.int64]
    pred_index: npt.NDArray[np.int64]
    intersection: npt.NDArray[np.int64]

    @property
    def n_truth(self) -> int:
        """Number of true cells."""
        return len(self.truth_labels)

    @property
    def n_pred(self) -> int:
        """Number of predicted cells."""
        return len(self.pred_labels)

    @property
    def both_empty(self) -> bool:
        """Whether neither image has a cell."""
        return self.n_truth == 0 and self.n_pred == 0

    @cached_property
    def union(self) -> npt.NDArray[np.int64]:
        """(K,) int64, pixels of either cell of each pair."""
        return self.truth_area[self.truth_index] + self.pred_area[self.pred_index] - self.intersection

    @cached_property
    def iou(self) -> npt.NDArray[np.float64]:
        """(K,) float64, intersection over union of each pair, in (0, 1]."""
        return np.asarray(self.intersection / self.union, dtype=np.float64)


@dataclass(frozen=True)
class MatchCounts:
    """Cells matched at one threshold.

    Args:
        tp: Matched pairs.
        fp: Predicted cells without a true one.
        fn: True cells without a predicted one.
    """

    tp: int
    fp: int
    fn: int


def overlaps(truth: npt.NDArray[Any], pred: npt.NDArray[Any]) -> Overlaps:
    """Tabulate which cells of two label images share pixels.

    Args:
        truth: Label image (H, W), integer; 0 = background. Labels need not be consecutive.
        pred: Label image of the same shape.

    Returns:
        The table.

    Raises:
        InputError: The shapes differ.
    """
    require_same_shape(truth, pred)
    truth_labels, t, truth_area = _cells(truth)
    pred_labels, p, pred_area = _cells(pred)
    shared = (t >= 0) & (p >= 0)
    width = max(len(pred_labels), 1)
    pairs, intersection = np.unique(t[shared] * width + p[shared], return_counts=True)
    truth_index, pred_index = np.divmod(pairs, width)
    return Overlaps(
        truth_labels,
        pred_labels,
        truth_area,
        pred_area,
        truth_index,
        pred_index,
        intersection.astype(np.int64),
    )


def _cells(
    labels: npt.NDArray[Any],
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Labels (n,), index of each pixel's cell (H * W,) with -1 for background, areas (n,)."""
    flat = labels.ravel()
    inside = np.flatnonzero(flat)
    names, which, areas = np.unique(flat[inside], return_inverse=True, return_counts=True)
    index = np.full(flat.size, -1, dtype=np.int64)
    index[inside] = which
    return names, index, areas.astype(np.int64)


def matched_pairs(table: Overlaps, threshold: float) -> npt.NDArray[np.bool_]:
    """Select the pairs that match: IoU > threshold, strictly.

    Above one half no cell can match twice, so that the selection is the optimal assignment.

    Args:
        table: Overlaps of two label images, K pairs.
        threshold: In [0.5, 1).

    Returns:
        (K,) boolean.

    Raises:
        UsageError: The threshold is below 0.5, where matches are not unique, or not below 1.
    """
    if not 0.5 <= threshold < 1:
        raise UsageError(f"The matching threshold {threshold} is outside [0.5, 1): choose one inside.")
    return np.asarray(table.iou > threshold, dtype=np.bool_)


def match_counts(table: Overlaps, threshold: float) -> MatchCounts:
    """Count matched, surplus and missed cells.

    Args:
        table: Overlaps of two label images.
        threshold: In [0.5, 1); a match is IoU > threshold, strictly.

    Returns:
        The three counts.

    Raises:
        UsageError: The threshold is outside [0.5, 1).
    """
    tp = int(np.count_nonzero(matched_pairs(table, threshold)))
    return MatchCounts(tp=tp, fp=table.n_pred - tp, fn=table.n_truth - tp)


def average_precision(table: Overlaps, threshold: float) -> float:
    """Average precision of one image as the competition defines it, TP / (TP + FP + FN).

    Args:
        table: Overlaps of two label images.
        threshold: In [0.5, 1); a match is IoU > threshold, strictly.

    Returns:
        Score in [0, 1]; 1.0 when neither image has a cell.

    Raises:
        UsageError: The threshold is outside [0.5, 1).

    Source:
        Kaggle, "Sartorius - Cell Instance Segmentation", evaluation page; Caicedo et al. 2019, "Nucleus
        segmentation across imaging experiments: the 2018 Data Science Bowl".
    """
    counts = match_counts(table, threshold)
    return ratio(counts.tp, counts.tp + counts.fp + counts.fn, both_empty=table.both_empty)


def mean_average_precision(tables: Sequence[Overlaps]) -> float:
    """Competition mAP of some images: the mean of `average_precision` over `THRESHOLDS` and images.

    Args:
        tables: Overlaps of the labels of each image, at least one.

    Returns:
        Score in [0, 1].
    """
    return float(np.mean([[average_precision(table, t) for t in THRESHOLDS] for table in tables]))
