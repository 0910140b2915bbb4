"""Targets of the older representations: borders, depth inside a cell and offsets to its middle."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neurocyte.instances.labels import compact_labels

# Width of the band between two cells that is their border, pixels on either side.
BORDER_REACH = 2
# Sigma of the distance whose summit is a cell's middle: its ridge has many equal pixels.
MIDDLE_SMOOTHING = 1.0

FloatArray = npt.NDArray[np.float32]


def cell_targets(labels: npt.NDArray[np.integer[Any]]) -> FloatArray:
    """Give the maps that a perfect network would predict.

    The middle of a cell is the pixel deepest inside, which lies in the cell whatever its shape; an offset
    leads from a pixel to the middle of its cell.

    Args:
        labels: Label image, integer (H, W), 0 is background; numbers may have gaps.

    Returns:
        float32 (5, H, W): foreground 0 or 1; border 1
        where pixels of two cells lie within `BORDER_REACH`; distance to the cell's edge over the largest in
        the cell, 0 to 1; offsets in pixels, 0 in the background.
    """
    targets = np.zeros((5, *labels.shape), dtype=np.float32)
    inside = labels > 0
    if not inside.any():
        return targets
    compact, values = compact_labels(labels)
    numbers = np.arange(1, len(values) + 1)
    targets[0] = inside
    targets[1] = _borders(compact)
    distance = _distance(compact)
    deepest = np.zeros(len(numbers) + 1, dtype=np.float32)
    deepest[0] = 1
    np.maximum.at(deepest, compact.ravel(), distance.ravel())
    targets[2] = distance / deepest[compact]
    smooth = np.where(inside, ndimage.gaussian_filter(distance, MIDDLE_SMOOTHING), 0)
    middles = np.zeros((2, len(numbers) + 1), dtype=np.float32)
    middles[:, 1:] = np.transpose(ndimage.maximum_position(smooth, compact, numbers))
    targets[3:] = np.where(inside, middles[:, compact] - np.indices(labels.shape, dtype=np.float32), 0)
    return targets


def _borders(labels: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]:
    """Where the window around a pixel holds two cells."""
    size = 2 * BORDER_REACH + 1
    highest = ndimage.maximum_filter(labels, size)
    beyond = labels.max() + 1
    lowest = ndimage.minimum_filter(np.where(labels > 0, labels, beyond), size)
    return np.asarray((lowest < highest) & (lowest < beyond))


def _distance(labels: npt.NDArray[np.integer[Any]]) -> FloatArray:
    """Distance of a cell's pixel to the nearest pixel outside of its cell; the image's frame is no edge."""
    edge = labels == 0
    down, right = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    edge[1:] |= down
    edge[:-1] |= down
    edge[:, 1:] |= right
    edge[:, :-1] |= right
    # A cell that fills the image has no edge to measure from.
    if not edge.any():
        return np.ones(labels.shape, dtype=np.float32)
    distance: FloatArray = ndimage.distance_transform_edt(~edge).astype(np.float32) + 1
    distance[labels == 0] = 0
    return distance
