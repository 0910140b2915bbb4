"""From probability maps to labelled cells."""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.segmentation import watershed

from neurocyte.errors import InputError, UsageError
from neurocyte.models.config import InstanceConfig

Task = Literal["cells", "mask"]
FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.integer]
LabelArray = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]

# Two neighbouring summits are two cells only where the pass between them falls below this share of the lower
# summit. Without it the beaded thickness of neurites and flat astrocytes cuts one cell into many.
PASS_RATIO = 0.8

_EIGHT = np.ones((3, 3), dtype=bool)


def decode(
    probability: npt.NDArray[np.floating], settings: InstanceConfig, task: Task = "cells"
) -> tuple[LabelArray, FloatArray]:
    """Turn a foreground probability map into a label image and one confidence a cell.

    The foreground is where the probability is at least the threshold. With the method "watershed" it is cut
    at the passes of a landscape, distance to the background times probability, smoothed and flooded from its
    summits; two basins are joined again where their pass is at least `PASS_RATIO` of the lower summit.
    With "components", and always for the task "mask", every 8-connected component is an instance.

    Args:
        probability: Foreground probabilities, float (H, W) or (K, H, W), in [0, 1]; of K maps the first.
        settings: Method, threshold, min_area (px), seed_distance (px) and smoothing (px); for the task "mask"
            only threshold and min_area count.
        task: "cells" separates touching cells, "mask" labels the components of the foreground.

    Returns:
        labels: uint16 (H, W), uint32 above 65535 instances; 0 is background, the instances 1..n are in the
            raster order of their first pixel.
        confidences: float32 (n,) in [0, 1], of label i at i - 1: the mean foreground probability over the
            instance's pixels. It ranks cells; it is not calibrated to be the chance of being right.

    Raises:
        InputError: The probability array is not two- or three-dimensional.
        UsageError: The task or the method is unknown.
    """
    foreground = _foreground_map(probability)
    if task not in ("cells", "mask"):
        raise UsageError(f"Unknown task {task!r}: use 'cells' or 'mask'.")
    if settings.method not in ("watershed", "components"):
        raise UsageError(f"Unknown instance method {settings.method!r}: use 'watershed' or 'components'.")
    mask = foreground >= settings.threshold
    regions: IntArray
    regions, count = ndimage.label(mask, structure=_EIGHT)
    if task == "cells" and settings.method == "watershed" and count:
        regions = _split_touching(foreground, mask, regions, settings)
    labels = clean_labels(regions, settings.min_area)
    return labels, _mean_by_label(foreground, labels)


def clean_labels(labels: IntArray, min_area: int = 0) -> LabelArray:
    """Drop small instances and number the rest 1..n in the raster order of their first pixel.

    Args:
        labels: Label image, integer (H, W), not negative, 0 is background.
        min_area: Instances of fewer pixels are dropped; pixels.

    Returns:
        Label image (H, W), uint16, or uint32 above 65535 instances.
    """
    flat = labels.ravel()
    areas = np.bincount(flat, minlength=1)
    keep = areas >= max(min_area, 1)
    keep[0] = False
    inside = np.flatnonzero(flat)
    first = np.full(len(areas), flat.size)
    # Written from the last pixel to the first, so that the first pixel of a label is what stays.
    first[flat[inside[::-1]]] = inside[::-1]
    kept = np.flatnonzero(keep)
    number = np.zeros(len(areas), dtype=np.uint32)
    number[kept[np.argsort(first[kept])]] = np.arange(1, len(kept) + 1)
    small = len(kept) <= np.iinfo(np.uint16).max
    return np.take(number.astype(np.uint16), labels) if small else np.take(number, labels)


def _foreground_map(probability: npt.NDArray[np.floating]) -> FloatArray:
    """The (H, W) float32 foreground map of (H, W) or (K, H, W) probabilities."""
    array = np.asarray(probability)
    if array.ndim not in (2, 3) or (array.ndim == 3 and not len(array)):
        raise InputError(
            f"Probabilities of shape {array.shape} cannot be decoded: give an array (H, W) or (K, H, W)."
        )
    return (array if array.ndim == 2 else array[0]).astype(np.float32, copy=False)


def _split_touching(
    foreground: FloatArray, mask: npt.NDArray[np.bool_], components: IntArray, settings: InstanceConfig
) -> IntArray:
    """Cut the components of the mask into cells along the passes of the landscape."""
    # The image's frame is not background here: a cell cut by it may have its middle outside.
    landscape = ndimage.distance_transform_edt(mask).astype(np.float32) * foreground
    if settings.smoothing > 0:
        landscape = ndimage.gaussian_filter(landscape, settings.smoothing)
    window = 2 * max(1, round(settings.seed_distance)) + 1
    summits = mask & (landscape == ndimage.maximum_filter(landscape, size=window))
    seeds, count = ndimage.label(summits, structure=_EIGHT)
    owners = np.zeros(count + 1, dtype=np.intp)
    owners[seeds[summits]] = components[summits]
    # Only a component with several seeds has to be flooded. One with a single seed is a cell as it stands, as
    # is a small one that has none because a higher one lies within the window.
    contested = (np.bincount(owners[1:], minlength=components.max() + 1) > 1)[components]
    basins = _join_shallow(watershed(-landscape, seeds, mask=contested, connectivity=2), landscape)
    return np.where(mask & ~contested, components + count, basins)


def _join_shallow(basins: IntArray, landscape: FloatArray) -> IntArray:
    """Join neighbouring basins, highest pass first, where the pass is nearly as high as the lower summit."""
    summit = np.zeros(basins.max() + 1, dtype=np.float32)
    np.maximum.at(summit, basins.ravel(), landscape.ravel())
    parent = list(range(len(summit)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other, height in zip(*_passes(basins, landscape), strict=True):
        low, high = sorted((root(one), root(other)), key=lambda node: (summit[node], node))
        if low != high and height >= PASS_RATIO * summit[low]:
            parent[low] = high
    return np.array([root(node) for node in range(len(parent))])[basins]


def _passes(basins: IntArray, landscape: FloatArray) -> tuple[list[int], list[int], list[float]]:
    """Pairs of 8-adjacent basins and the height of the highest pass between them, highest first."""
    height, width = basins.shape
    flat, heights = basins.ravel(), landscape.ravel()
    base = int(flat.max()) + 1
    # Each pair is met from its lower label, so only pixels with a higher neighbour matter: few of the image.
    edge = (ndimage.maximum_filter(basins, size=3) != basins) & (basins > 0)
    row, column = np.nonzero(edge)
    keys, levels = [], []
    for down, right in ((0, 1), (1, -1), (1, 0), (1, 1), (0, -1), (-1, 1), (-1, 0), (-1, -1)):
        inside = (row + down >= 0) & (row + down < height) & (column + right >= 0) & (column + right < width)
        here = row[inside] * width + column[inside]
        there = here + down * width + right
        pair = flat[there] > flat[here]
        here, there = here[pair], there[pair]
        keys.append(flat[here].astype(np.int64) * base + flat[there])
        levels.append(np.minimum(heights[here], heights[there]))
    unique, index = np.unique(np.concatenate(keys), return_inverse=True)
    top = np.zeros(len(unique), dtype=np.float32)
    np.maximum.at(top, index, np.concatenate(levels))
    order = np.argsort(-top, kind="stable")
    pairs = unique[order]
    return (pairs // base).tolist(), (pairs % base).tolist(), top[order].tolist()


def _mean_by_label(values: FloatArray, labels: IntArray) -> FloatArray:
    """The mean of the values over the pixels of each label 1..n, float32 (n,)."""
    flat = labels.ravel()
    totals = np.bincount(flat, weights=values.ravel(), minlength=1)[1:]
    return (totals / np.bincount(flat, minlength=1)[1:]).astype(np.float32)
