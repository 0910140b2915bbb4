"""How sure a cell is: from how it looks in the foreground map to the chance that it is a true cell."""

import numpy as np
import numpy.typing as npt

from neurocyte.instances.labels import FloatArray, IntArray, mean_by_label
from neurocyte.models.config import CONFIDENCE_FEATURES, ConfidenceConfig


def cell_features(foreground: FloatArray, labels: IntArray, pixel_ratio: float = 1.0) -> FloatArray:
    """Describe each cell by what is cheap to measure and tells true cells from others.

    Args:
        foreground: float32 (H, W), probability of the foreground.
        labels: Label image, integer (H, W), with the labels 1..n, 0 is background.
        pixel_ratio: An image pixel's side over a model pixel's: areas are taken in the model's pixels.

    Returns:
        float32 (n, 5), the columns of `neurocyte.models.config.CONFIDENCE_FEATURES`, of label i at i - 1:
        mean and standard deviation of the foreground probability over the cell; logarithm of its area in
        pixels; the share of its outline that touches another cell; the length of its outline over the square
        root of its area (a disk: 4.5, counted in sides of pixels).
    """
    count = int(labels.max(initial=0))
    area = np.bincount(labels.ravel(), minlength=count + 1)[1:].astype(np.float64)
    mean = mean_by_label(foreground, labels)
    variance = mean_by_label(np.square(foreground), labels) - np.square(mean)
    outline, touching = np.zeros(count + 1, dtype=np.int64), np.zeros(count + 1, dtype=np.int64)
    for here, there in ((labels[:-1], labels[1:]), (labels[:, :-1], labels[:, 1:])):
        count_edges(here, there, outline, touching)
    return features_from(area, mean, variance, outline[1:], touching[1:], pixel_ratio)


def features_from(
    area: npt.NDArray[np.float64],
    mean: FloatArray,
    variance: FloatArray,
    outline: npt.NDArray[np.int64],
    touching: npt.NDArray[np.int64],
    pixel_ratio: float,
) -> FloatArray:
    """Put the features of `cell_features` together.

    Args:
        area: float64 (n,), pixels of each cell.
        mean: float32 (n,), of the foreground probability over it.
        variance: float32 (n,), likewise.
        outline: int64 (n,), sides of pixels between it and what is not it; see `count_edges`.
        touching: int64 (n,), those between it and another cell.
        pixel_ratio: An image pixel's side over a model pixel's.

    Returns:
        float32 (n, 5).
    """
    columns = {
        "mean": mean,
        "deviation": np.sqrt(np.maximum(variance, 0)),
        "log_area": np.log(area * pixel_ratio**2),
        "touching": touching / np.maximum(outline, 1),
        "outline": outline / np.sqrt(area),
    }
    return np.stack([columns[name] for name in CONFIDENCE_FEATURES], axis=1).astype(np.float32)


def chance_of_match(features: FloatArray, settings: ConfidenceConfig) -> FloatArray:
    """Give the chance that each cell matches a true one at an IoU above 0.5.

    Args:
        features: Of `cell_features`.
        settings: Weights of a logistic regression.

    Returns:
        float32 (n,), 0 to 1.
    """
    logits = features.astype(np.float64) @ np.asarray(settings.weights) + settings.bias
    # Beyond that the float32 result is 0 or 1 anyway, and exp does not overflow.
    chance: FloatArray = (1 / (1 + np.exp(-np.clip(logits, -80, 80)))).astype(np.float32)
    return chance


def count_edges(
    here: IntArray, there: IntArray, outline: npt.NDArray[np.int64], touching: npt.NDArray[np.int64]
) -> None:
    """Count sides of pixels between each cell and what is not it, and those between it and another cell.

    The image's frame is no outline.

    Args:
        here: Labels, integer (H, W).
        there: Those of the neighbours below, or of those to the right: every edge is then met once.
        outline: int64 (n + 1,), by label; added to.
        touching: int64 (n + 1,), likewise.
    """
    edge = here != there
    one, other = here[edge], there[edge]
    both = (one > 0) & (other > 0)
    for side in (one, other):
        outline += np.bincount(side, minlength=len(outline))
        touching += np.bincount(side[both], minlength=len(outline))
