"""Every score of one image."""

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from neurocyte.metrics import semantic
from neurocyte.metrics.boundary import boundary_f1
from neurocyte.metrics.centerline import cldice
from neurocyte.metrics.errors import merges, splits
from neurocyte.metrics.matching import THRESHOLDS, average_precision, overlaps
from neurocyte.metrics.panoptic import PanopticCounts, aggregated_jaccard_index, panoptic_counts
from neurocyte.metrics.semantic import Confusion


@dataclass(frozen=True)
class ImageScores:
    """What one image's prediction is worth.

    Args:
        stem: The image's name.
        cell_type: Its type of cell, None where unknown.
        pixels: Foreground pixels counted.
        cells: Cells counted at IoU > 0.5.
        ap: Average precision at each of ``THRESHOLDS``.
        aji: Aggregated Jaccard index.
        boundary_f1: Boundary F1 of the foreground at 2 px.
        cldice: Dice of the foreground's centre lines.
        splits: True cells cut into several.
        merges: Predicted cells that swallow several.
        lost_pixels: Pixels of the truth that more than one cell claimed, which a label image cannot hold.
    """

    stem: str
    cell_type: str | None
    pixels: Confusion
    cells: PanopticCounts
    ap: tuple[float, ...]
    aji: float
    boundary_f1: float
    cldice: float
    splits: int
    merges: int
    lost_pixels: int = 0

    @property
    def n_true(self) -> int:
        """Number of true cells."""
        return self.cells.tp + self.cells.fn

    @property
    def n_pred(self) -> int:
        """Number of predicted cells."""
        return self.cells.tp + self.cells.fp

    @property
    def map(self) -> float:
        """Mean of the average precision over the ten thresholds."""
        return sum(self.ap) / len(self.ap)

    def to_dict(self) -> dict[str, Any]:
        """One flat row for JSON or a table.

        Returns:
            Names to numbers and strings.
        """
        return {
            "stem": self.stem,
            "cell_type": self.cell_type,
            "cells_true": self.n_true,
            "cells_pred": self.n_pred,
            "iou": semantic.iou(self.pixels),
            "dice": semantic.dice(self.pixels),
            "precision": semantic.precision(self.pixels),
            "recall": semantic.recall(self.pixels),
            "boundary_f1": self.boundary_f1,
            "cldice": self.cldice,
            "map": self.map,
            "ap50": self.ap[THRESHOLDS.index(0.5)],
            "ap75": self.ap[THRESHOLDS.index(0.75)],
            "pq": self.cells.pq,
            "sq": self.cells.sq,
            "rq": self.cells.rq,
            "aji": self.aji,
            "splits": self.splits,
            "merges": self.merges,
            "lost_pixels": self.lost_pixels,
        }


def score_image(
    truth: npt.NDArray[Any],
    pred: npt.NDArray[Any],
    stem: str = "",
    cell_type: str | None = None,
    lost_pixels: int = 0,
) -> ImageScores:
    """Score one predicted label image.

    Args:
        truth: Label image (H, W), integer; 0 = background.
        pred: Label image of the same shape.
        stem: Name of the image, kept in the result.
        cell_type: Type of its cells, kept in the result.
        lost_pixels: Pixels of the truth that more than one cell claimed, kept in the result.

    Returns:
        The scores; empty versus empty is 1.0.

    Raises:
        InputError: The shapes differ.
    """
    table = overlaps(truth, pred)
    return ImageScores(
        stem=stem,
        cell_type=cell_type,
        pixels=semantic.confusion(truth, pred),
        cells=panoptic_counts(table),
        ap=tuple(average_precision(table, threshold) for threshold in THRESHOLDS),
        aji=aggregated_jaccard_index(table),
        boundary_f1=boundary_f1(truth != 0, pred != 0),
        cldice=cldice(truth, pred),
        splits=splits(table),
        merges=merges(table),
        lost_pixels=lost_pixels,
    )
