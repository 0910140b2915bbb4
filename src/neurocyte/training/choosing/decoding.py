"""Decoding settings of a model, from its training cells."""

from collections.abc import Sequence

import numpy as np

from neurocyte.io.annotations.sample import Sample
from neurocyte.models.config import FlowConfig, InstanceConfig

# Share of the median cell's diameter that two seeds keep apart, and of the smoothing of the map they lie in.
SEED_SHARE = 0.25
SMOOTHING_SHARE = 0.05
# What is smaller than half the smallest hundredth of the training cells is no cell.
SMALLEST_SHARE = 0.5


def decoding_from_cells(samples: Sequence[Sample], threshold: float) -> InstanceConfig:
    """Choose how probability maps become cells.

    Where every training image holds one cell, its processes must stay together: connected components. Else a
    watershed with lengths taken from the median cell.

    Args:
        samples: the training images (not the validation or test images).
        threshold: of the foreground probability.

    Returns:
        Settings in pixels of the training images.
    """
    areas = [_areas(sample) for sample in samples]
    every = np.concatenate([a for a in areas if a.size] or [np.array([100.0])])
    diameter = float(np.sqrt(4 * np.median(every) / np.pi))
    single = all(a.size == 1 for a in areas)
    return InstanceConfig(
        method="components" if single else "watershed",
        threshold=threshold,
        min_area=max(4, int(SMALLEST_SHARE * np.percentile(every, 1))),
        seed_distance=round(max(2.0, SEED_SHARE * diameter), 1),
        smoothing=round(max(0.5, SMOOTHING_SHARE * diameter), 2),
    )


def flows_from_cells(samples: Sequence[Sample]) -> FlowConfig:
    """Give what the maps of a network of flows are decoded with before validation images tune it.

    Args:
        samples: the training images (not the validation or test images).

    Returns:
        Settings in pixels of the training images.
    """
    plain = FlowConfig()
    return FlowConfig(min_area=decoding_from_cells(samples, plain.threshold).min_area)


def _areas(sample: Sample) -> np.ndarray:
    counts = np.bincount(sample.read_labels().labels.ravel())[1:]
    return counts[counts > 0].astype(float)
