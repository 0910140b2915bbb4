"""How sure a cell is: from how it looks in the foreground map to the chance that it is a true cell."""

import numpy as np
import numpy.typing as npt

from neurocyte.instances.flows import Followed, flow_field, flow_marks, follow
from neurocyte.instances.labels import FloatArray, IntArray, sums_by_label
from neurocyte.models.config import (
    CONFIDENCE_FEATURES,
    FLOW_FEATURES,
    ConfidenceConfig,
    Decoding,
    FlowConfig,
)


def cell_features(
    maps: FloatArray,
    labels: IntArray,
    settings: Decoding,
    pixel_ratio: float = 1.0,
    followed: Followed | None = None,
) -> FloatArray:
    """Describe each cell by what is cheap to measure and tells true cells from others.

    Args:
        maps: float32 (K, H, W) in [0, 1], the foreground first.
        labels: Label image, integer (H, W), with the labels 1..n, 0 is background.
        settings: how the maps became cells, in the image's pixels.
        pixel_ratio: An image pixel's side over a model pixel's: areas are taken in the model's pixels.
        followed: what cells were made of, where flows were followed; None follows them anew.

    Returns:
        float32 (n, k), the columns that `neurocyte.models.config.confidence_features` names, of label i at
        i - 1: mean and standard deviation of the foreground probability over the cell; logarithm of its area
        in pixels; the share of its outline that touches another cell; the length of its outline over the
        square root of its area (a disk: 4.5, counted in sides of pixels). Where flows were followed, three
        more, each about 1, 1 and 0 for a cell that they fit: the mean length of the flow; its mean component
        into the cell across the outline; how far from each other the cell's middle and the mean of where its
        ways end are, over the square root of the area.
    """
    foreground = maps[0]
    count = int(labels.max(initial=0))
    area = np.bincount(labels.ravel(), minlength=count + 1)[1:].astype(np.float64)
    outline, touching = np.zeros(count + 1, dtype=np.int64), np.zeros(count + 1, dtype=np.int64)
    for here, there in ((labels[:-1], labels[1:]), (labels[:, :-1], labels[:, 1:])):
        count_edges(here, there, outline, touching)
    planes: list[FloatArray] = [foreground, np.square(foreground)]
    if isinstance(settings, FlowConfig):
        if followed is None:
            mask = (foreground >= settings.threshold) | (labels > 0)
            followed = follow(flow_field(maps, settings.reach), mask)
        planes += flow_marks(followed)
    sums = sums_by_label(planes, labels)
    mean, squares = (sums[:, :2] / area[:, None]).astype(np.float32).T
    flow = sums[:, 2:] if isinstance(settings, FlowConfig) else None
    return features_from(area, mean, squares - np.square(mean), outline[1:], touching[1:], pixel_ratio, flow)


def features_from(
    area: npt.NDArray[np.float64],
    mean: FloatArray,
    variance: FloatArray,
    outline: npt.NDArray[np.int64],
    touching: npt.NDArray[np.int64],
    pixel_ratio: float,
    flow: npt.NDArray[np.float64] | None,
) -> FloatArray:
    """Put the features of `cell_features` together.

    Args:
        area: float64 (n,), pixels of each cell.
        mean: float32 (n,), of the foreground probability over it.
        variance: float32 (n,), likewise.
        outline: int64 (n,), sides of pixels between it and what is not it; see `count_edges`.
        touching: int64 (n,), those between it and another cell.
        pixel_ratio: An image pixel's side over a model pixel's.
        flow: float64 (n, 4), sums of `neurocyte.instances.flows.flow_marks`; None where none were followed.

    Returns:
        float32 (n, k).
    """
    sides, root = np.maximum(outline, 1), np.sqrt(area)
    columns = {
        "mean": mean,
        "deviation": np.sqrt(np.maximum(variance, 0)),
        "log_area": np.log(area * pixel_ratio**2),
        "touching": touching / sides,
        "outline": outline / root,
    }
    if flow is not None:
        columns["flow"] = flow[:, 0] / area
        columns["inflow"] = flow[:, 1] / sides
        columns["drift"] = np.hypot(flow[:, 2], flow[:, 3]) / area / root
    names = CONFIDENCE_FEATURES if flow is None else FLOW_FEATURES
    return np.stack([columns[name] for name in names], axis=1).astype(np.float32)


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
    edge = np.flatnonzero(here != there)
    one, other = (labels.ravel().take(edge).astype(np.intp) for labels in (here, there))
    both = (one > 0) & (other > 0)
    for side in (one, other):
        outline += np.bincount(side, minlength=len(outline))
        touching += np.bincount(side[both], minlength=len(outline))
