"""The ways in which an overlap score is commonly printed, all from the same kept sums.

Only the first two pairs are results; the others contain the background or the softness of the probability,
and stand in the document so that a reader sees which of them a printed number could be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from neurocyte.metrics.empty import ratio
from neurocyte.metrics.semantic import (
    Confusion,
    dice,
    frequency_weighted_iou,
    iou,
    mean_iou_two_classes,
    pixel_accuracy,
)
from neurocyte.paper.runs.scores import PixelSums, pooled
from neurocyte.training.losses import SMOOTH

# Images of a batch whose pixels are pooled before averaging, as Keras' metrics do: our batch size.
BATCH = 8
ALPHA = BETA = 0.5


@dataclass(frozen=True)
class Variant:
    """One definition, as an IoU and the Dice that belongs to it (None where there is none).

    Attributes:
        key: name in the JSON files.
        label: as printed.
        definition: one sentence.
        result: whether it may be quoted as the result.
    """

    key: str
    label: str
    definition: str
    result: bool = False


VARIANTS: tuple[Variant, ...] = (
    Variant(
        "pooled",
        "foreground, pooled",
        "Foreground pixels of all test images pooled, threshold 0.5.",
        result=True,
    ),
    Variant("image", "foreground, image mean", "Foreground of each image, threshold 0.5, mean.", result=True),
    Variant("batch", "batch mean", f"Pixels pooled over batches of {BATCH} images, mean over batches."),
    Variant(
        "soft", "soft, smoothed", "Probabilities instead of a threshold, 1 added above and below, image mean."
    ),
    Variant("classes", "both classes", "Mean of the foreground's and the background's pooled score."),
    Variant(
        "weighted", "frequency-weighted", "Both classes weighted by their share of the true pixels, pooled."
    ),
)


def scores(sums: Sequence[PixelSums]) -> dict[str, float]:
    """Compute every variant for a set of test images.

    Args:
        sums: one entry an image, in the order of the data set.

    Returns:
        ``iou_KEY`` and ``dice_KEY`` for each of `VARIANTS`, ``accuracy`` (pooled pixel accuracy) and ``loss``
        (the combo loss of each image, alpha = beta = 0.5, mean). All in [0, 1] but the loss.

    Raises:
        ValueError: no image.
    """
    if not sums:
        raise ValueError("there is no image to score")
    whole = pooled(sums).confusion
    images = [one.confusion for one in sums]
    batches = [pooled(sums[i : i + BATCH]).confusion for i in range(0, len(sums), BATCH)]
    return {
        "iou_pooled": iou(whole),
        "dice_pooled": dice(whole),
        "iou_image": _mean([iou(c) for c in images]),
        "dice_image": _mean([dice(c) for c in images]),
        "iou_batch": _mean([iou(c) for c in batches]),
        "dice_batch": _mean([dice(c) for c in batches]),
        "iou_soft": _mean([_soft_iou(one) for one in sums]),
        "dice_soft": _mean([_soft_dice(one) for one in sums]),
        "iou_classes": mean_iou_two_classes(whole),
        "dice_classes": (dice(whole) + dice(whole.swapped())) / 2,
        "iou_weighted": frequency_weighted_iou(whole),
        "dice_weighted": _weighted_dice(whole),
        "accuracy": pixel_accuracy(whole),
        "loss": _mean([_loss(one) for one in sums]),
    }


def dice_limit(iou_score: float) -> float:
    """Return the largest mean Dice that a mean IoU allows, ``2 IoU / (1 + IoU)``.

    Dice is this function of IoU for any one table of counts, and the function is concave: whatever is
    averaged (images, batches, classes, folds), the mean Dice cannot exceed it (Jensen's inequality).

    Args:
        iou_score: in [0, 1].

    Returns:
        In [0, 1].
    """
    return 2 * iou_score / (1 + iou_score)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _soft_iou(s: PixelSums) -> float:
    return (s.overlap + SMOOTH) / (s.truth + s.predicted - s.overlap + SMOOTH)


def _soft_dice(s: PixelSums) -> float:
    return (2 * s.overlap + SMOOTH) / (s.truth + s.predicted + SMOOTH)


def _weighted_dice(c: Confusion) -> float:
    total = (c.tp + c.fn) * dice(c) + (c.tn + c.fp) * dice(c.swapped())
    return ratio(total, c.total, both_empty=c.total == 0)


def _loss(s: PixelSums) -> float:
    cross_entropy = (BETA * s.log_positive + (1 - BETA) * s.log_negative) / s.confusion.total
    return ALPHA * cross_entropy + (1 - ALPHA) * (1 - _soft_dice(s))
