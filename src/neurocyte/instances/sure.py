"""The cells of which a model is sure enough."""

from neurocyte.instances.confidence import cell_features, chance_of_match
from neurocyte.instances.decode import Task, cut
from neurocyte.instances.labels import FloatArray, LabelArray, drop_unsure, mean_by_label
from neurocyte.models.config import ConfidenceConfig, Decoding, Limit


def sure_cells(
    maps: FloatArray,
    settings: Decoding,
    task: Task,
    confidence: ConfidenceConfig | None,
    pixel_ratio: float,
    limit: Limit,
) -> tuple[LabelArray, FloatArray]:
    """Turn a network's maps into cells, and drop those that it is not sure of.

    Args:
        maps: float32 (K, H, W) in [0, 1], the foreground first.
        settings: how maps become cells, in the image's pixels.
        task: "cells" or "mask".
        confidence: the model's calibration; None takes the mean foreground probability as it is.
        pixel_ratio: An image pixel's side over a model pixel's.
        limit: which these are.

    Returns:
        Label image, 1..n, and the confidences, float32 (n,), of label i at i - 1.
    """
    labels, followed = cut(maps, settings, task)
    if confidence:
        features = cell_features(maps, labels, settings, pixel_ratio, followed)
        confidences = chance_of_match(features, confidence)
    else:
        confidences = mean_by_label(maps[0], labels)
    return drop_unsure(labels, confidences, limit)
