"""Pixel scores of a foreground mask, all from one table of four counts.

Empty versus empty scores 1.0, empty against not empty 0.0, for every score here (see ``empty.py``).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.metrics.empty import ratio


@dataclass(frozen=True)
class Confusion:
    """Pixel counts of a two-class comparison; tables of several images are pooled by adding them.

    Args:
        tp: Pixels that are foreground in truth and prediction.
        fp: Pixels that are foreground in the prediction only.
        fn: Pixels that are foreground in the truth only.
        tn: Pixels that are background in both.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def __add__(self, other: "Confusion") -> "Confusion":
        return Confusion(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn)

    @property
    def total(self) -> int:
        """All pixels compared."""
        return self.tp + self.fp + self.fn + self.tn

    def swapped(self) -> "Confusion":
        """The same comparison with the background as the class of interest."""
        return Confusion(tp=self.tn, fp=self.fn, fn=self.fp, tn=self.tp)


def require_same_shape(truth: npt.NDArray[np.generic], pred: npt.NDArray[np.generic]) -> None:
    """Refuse to compare two images of different size.

    Args:
        truth: Array (H, W).
        pred: Array (H, W).

    Raises:
        InputError: The shapes differ.
    """
    if truth.shape != pred.shape:
        raise InputError(
            f"The prediction's shape {pred.shape} is not the truth's {truth.shape}: "
            "predict at the image's native size"
        )


def confusion(truth: npt.NDArray[np.generic], pred: npt.NDArray[np.generic]) -> Confusion:
    """Count the pixels of a prediction against the truth.

    Args:
        truth: Mask or label image of any shape; non-zero = foreground.
        pred: Mask or label image of the same shape; non-zero = foreground. Threshold a probability first.

    Returns:
        The four counts.

    Raises:
        InputError: The shapes differ.
    """
    require_same_shape(truth, pred)
    t, p = truth != 0, pred != 0
    tp = int(np.count_nonzero(t & p))
    fn = int(np.count_nonzero(t)) - tp
    fp = int(np.count_nonzero(p)) - tp
    return Confusion(tp=tp, fp=fp, fn=fn, tn=int(t.size) - tp - fp - fn)


def _both_empty(counts: Confusion) -> bool:
    return counts.tp + counts.fp + counts.fn == 0


def iou(counts: Confusion) -> float:
    """Foreground intersection over union (Jaccard), TP / (TP + FP + FN); 1.0 when both masks are empty.

    Args:
        counts: Pixel counts of one image, or pooled over several.

    Returns:
        Score in [0, 1].
    """
    return ratio(counts.tp, counts.tp + counts.fp + counts.fn, both_empty=_both_empty(counts))


def dice(counts: Confusion) -> float:
    """Foreground Dice (F1), 2 TP / (2 TP + FP + FN); 1.0 when both masks are empty.

    Args:
        counts: Pixel counts of one image, or pooled over several.

    Returns:
        Score in [0, 1]; always 2 IoU / (1 + IoU) of the same counts.
    """
    return ratio(2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn, both_empty=_both_empty(counts))


def precision(counts: Confusion) -> float:
    """Share of the predicted pixels that are right, TP / (TP + FP).

    Args:
        counts: Pixel counts of one image, or pooled over several.

    Returns:
        Score in [0, 1]; without a predicted pixel 1.0 if the truth is empty too, else 0.0.
    """
    return ratio(counts.tp, counts.tp + counts.fp, both_empty=_both_empty(counts))


def recall(counts: Confusion) -> float:
    """Share of the true pixels that are found, TP / (TP + FN).

    Args:
        counts: Pixel counts of one image, or pooled over several.

    Returns:
        Score in [0, 1]; without a true pixel 1.0 if the prediction is empty too, else 0.0.
    """
    return ratio(counts.tp, counts.tp + counts.fn, both_empty=_both_empty(counts))


def pixel_accuracy(counts: Confusion) -> float:
    """Share of all pixels, background included, that are right; never a result to quote alone.

    Args:
        counts: Pixel counts of one image, or pooled over several.

    Returns:
        Score in [0, 1]; 1.0 for an image without pixels.
    """
    return ratio(counts.tp + counts.tn, counts.total, both_empty=counts.total == 0)


def mean_iou_two_classes(counts: Confusion) -> float:
    """Mean of the foreground's and the background's IoU; kinder than the foreground's where that is rare.

    Args:
        counts: Pixel counts of one image, or pooled over several.

    Returns:
        Score in [0, 1]; a class empty in both masks counts as 1.0.
    """
    return (iou(counts) + iou(counts.swapped())) / 2


def frequency_weighted_iou(counts: Confusion) -> float:
    """IoU of foreground and background, weighted by their share of the true pixels; kinder still.

    Args:
        counts: Pixel counts of one image, or pooled over several.

    Returns:
        Score in [0, 1]; 1.0 for an image without pixels.

    Source:
        Long, Shelhamer & Darrell 2015, "Fully convolutional networks for semantic segmentation".
    """
    foreground = (counts.tp + counts.fn) * iou(counts)
    background = (counts.tn + counts.fp) * iou(counts.swapped())
    return ratio(foreground + background, counts.total, both_empty=counts.total == 0)
