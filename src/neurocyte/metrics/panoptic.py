"""Scores of cells that weigh how many are found by how well: panoptic quality, aggregated Jaccard index.

Two images without a cell score 1.0 (see ``empty.py``).
"""

from dataclasses import dataclass

import numpy as np

from neurocyte.metrics.empty import ratio
from neurocyte.metrics.matching import Overlaps, match_counts, matched_pairs

PQ_THRESHOLD = 0.5


@dataclass(frozen=True)
class PanopticCounts:
    """What panoptic quality is made of; counts of several images are pooled by adding them.

    Args:
        tp: Cells matched at IoU > 0.5.
        fp: Predicted cells without a match.
        fn: True cells without a match.
        iou_sum: Sum of the matched pairs' IoU.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    iou_sum: float = 0.0

    def __add__(self, other: "PanopticCounts") -> "PanopticCounts":
        return PanopticCounts(
            self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.iou_sum + other.iou_sum
        )

    @property
    def _both_empty(self) -> bool:
        return self.tp + self.fp + self.fn == 0

    @property
    def sq(self) -> float:
        """Segmentation quality, the mean IoU of matched pairs; 0.0 without a match, 1.0 without any cell."""
        return ratio(self.iou_sum, self.tp, both_empty=self._both_empty)

    @property
    def rq(self) -> float:
        """Recognition quality, TP / (TP + FP / 2 + FN / 2); 1.0 without any cell."""
        return ratio(self.tp, self.tp + (self.fp + self.fn) / 2, both_empty=self._both_empty)

    @property
    def pq(self) -> float:
        """Panoptic quality, SQ * RQ; 1.0 without any cell."""
        return self.sq * self.rq


def panoptic_counts(table: Overlaps) -> PanopticCounts:
    """Count what panoptic quality is made of.

    Args:
        table: Overlaps of two label images.

    Returns:
        The counts at IoU > 0.5, strictly; ``.pq``, ``.sq`` and ``.rq`` are the scores.

    Source:
        Kirillov et al. 2019, "Panoptic segmentation", Eq. 1, with one class.
    """
    counts = match_counts(table, PQ_THRESHOLD)
    iou_sum = float(table.iou[matched_pairs(table, PQ_THRESHOLD)].sum())
    return PanopticCounts(counts.tp, counts.fp, counts.fn, iou_sum)


def aggregated_jaccard_index(table: Overlaps) -> float:
    """Aggregated Jaccard index: pixels shared by each true cell and its best partner, over all they cover.

    The partner of a true cell is the predicted cell of highest IoU (the lowest label on a tie); as in the
    source one predicted cell may be the partner of several true cells. True cells without a partner and
    predicted cells that are nobody's partner count with their whole area in the denominator.

    Args:
        table: Overlaps of two label images.

    Returns:
        Score in [0, 1]; 1.0 when neither image has a cell.

    Source:
        Kumar et al. 2017, "A dataset and a technique for generalized nuclear segmentation for computational
        pathology", Algorithm 1.
    """
    # Sorted by true cell, then by falling IoU; the stable sort keeps the lowest label first on a tie.
    order = np.lexsort((-table.iou, table.truth_index))
    paired, first = np.unique(table.truth_index[order], return_index=True)
    best = order[first]
    lone_truth = np.delete(table.truth_area, paired).sum()
    lone_pred = np.delete(table.pred_area, np.unique(table.pred_index[best])).sum()
    return ratio(
        int(table.intersection[best].sum()),
        int(table.union[best].sum() + lone_truth + lone_pred),
        both_empty=table.both_empty,
    )
