"""Which mixture of old and new weights, and which threshold: by images, not by belief."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import nn

from neurocyte.io.annotations.sample import Sample
from neurocyte.metrics.semantic import Confusion, confusion, iou
from neurocyte.models.config import InputConfig, TileConfig
from neurocyte.training.scoring import predict_maps

# The old model keeps as much as costs the images no more than this, pooled IoU.
TOLERANCE = 0.01
# More of the rehearsed images would say little more, and each takes a second for each mixture.
MOST_IMAGES = 8

# Pooled IoU by share of the new weights and by threshold.
Table = Mapping[float, Mapping[float, float]]


def iou_by_threshold(
    network: nn.Module,
    samples: Sequence[Sample],
    config: InputConfig,
    tile: TileConfig,
    thresholds: Sequence[float],
) -> dict[float, float]:
    """Score the foreground probability of annotated images at several thresholds.

    Args:
        network: maps float (N, 3, H, W) to logits, the foreground first.
        samples: the images.
        config: the model's input section.
        tile: how images are cut.
        thresholds: of the probability.

    Returns:
        Pooled IoU by threshold, before cells are told apart and small ones dropped.
    """
    counts = {threshold: Confusion() for threshold in thresholds}
    for sample in samples:
        truth = sample.read_labels().labels > 0
        probability = predict_maps(network, sample, config, tile)[0]
        for threshold in thresholds:
            counts[threshold] += confusion(truth, probability > threshold)
    return {threshold: iou(count) for threshold, count in counts.items()}


def choose(new: Table, kept: Table | None, threshold: float) -> tuple[float, float]:
    """Choose the share of the new weights and the threshold.

    Args:
        new: of the held-out new images.
        kept: of images that the parent knows; None where there are none.
        threshold: the parent's.

    Returns:
        Of the pairs whose IoU (with `kept` the mean of both) is within `TOLERANCE` of the best one, that with
        the smallest share, then with the threshold nearest to the parent's.
    """
    values = {
        (share, one): value if kept is None else float(np.mean([value, kept[share][one]]))
        for share, row in new.items()
        for one, value in row.items()
    }
    least = max(values.values()) - TOLERANCE
    good = [pair for pair, value in values.items() if value >= least]
    return min(good, key=lambda pair: (pair[0], abs(pair[1] - threshold), pair[1]))


def spaced(samples: Sequence[Sample]) -> list[Sample]:
    """Give at most `MOST_IMAGES` of the samples, evenly spaced."""
    step = -(-len(samples) // MOST_IMAGES)
    return list(samples[::step])
