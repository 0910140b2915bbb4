"""Whether a confidence of 0.8 means four in five: confidences against matches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.metrics.matching import overlaps

MATCH = 0.5
BINS = 10


@dataclass(frozen=True)
class Bin:
    """Found cells whose confidence lies in one tenth of the scale.

    Args:
        low: least confidence; the bin ends before the next one's, the last holds 1.
        cells: their number.
        confidence: their mean confidence.
        matched: the share of them that match a true cell.
    """

    low: float
    cells: int
    confidence: float
    matched: float


@dataclass(frozen=True)
class Reliability:
    """The reliability curve.

    Args:
        cells: found cells.
        bins: those that hold a cell, from low to high.
        error: expected calibration error: the bins' differences of confidence and share, weighted by cells.
    """

    cells: int
    bins: tuple[Bin, ...]
    error: float

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {"cells": self.cells, "error": self.error, "bins": [vars(one) for one in self.bins]}


def best_ious(truth: npt.NDArray[Any], labels: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Tell how well each found cell agrees with the true one that it agrees with best.

    Args:
        truth: Label image, integer (H, W), 0 is background.
        labels: Of the same size, with the labels 1..n.

    Returns:
        float64 (n,), intersection over union, of label i at i - 1; 0 for one that overlaps no true cell.

    Raises:
        InputError: The sizes differ.
    """
    table = overlaps(truth, labels)
    best = np.zeros(table.n_pred)
    np.maximum.at(best, table.pred_index, table.iou)
    return best


def found_matches(truth: npt.NDArray[Any], labels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Tell which found cells match a true one: IoU above 0.5, strictly.

    Args:
        truth: Label image, integer (H, W), 0 is background.
        labels: Of the same size, with the labels 1..n.

    Returns:
        bool (n,), of label i at i - 1.

    Raises:
        InputError: The sizes differ.
    """
    matched: npt.NDArray[np.bool_] = best_ious(truth, labels) > MATCH
    return matched


def reliability(
    confidences: Sequence[npt.NDArray[np.float32]], matched: Sequence[npt.NDArray[np.bool_]]
) -> Reliability | None:
    """Compare confidences with matches, the cells of all images pooled.

    Args:
        confidences: Of each image, float (n,) in [0, 1].
        matched: Of each image, bool (n,), of `found_matches`.

    Returns:
        The curve; None without a cell.
    """
    said = np.concatenate([np.zeros(0), *confidences])
    true = np.concatenate([np.zeros(0, dtype=np.bool_), *matched])
    if not len(said):
        return None
    which = np.minimum((said * BINS).astype(int), BINS - 1)
    bins = tuple(
        Bin(
            low=index / BINS,
            cells=int(inside.sum()),
            confidence=float(said[inside].mean()),
            matched=float(true[inside].mean()),
        )
        for index in range(BINS)
        if (inside := which == index).any()
    )
    error = sum(abs(one.confidence - one.matched) * one.cells for one in bins) / len(said)
    return Reliability(len(said), bins, float(error))
