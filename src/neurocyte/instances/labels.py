"""Label images: small ones dropped, numbers without gaps, values by label."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neurocyte.models.config import Limit

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.integer]
LabelArray = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]

EIGHT = np.ones((3, 3), dtype=bool)
"""Pixels that touch at a corner belong together: the structure for `scipy.ndimage.label`."""


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
    first = first_pixels(labels, len(areas) - 1)
    kept = np.flatnonzero(keep)
    number = np.zeros(len(areas), dtype=np.uint32)
    number[kept[np.argsort(first[kept])]] = np.arange(1, len(kept) + 1)
    small = len(kept) <= np.iinfo(np.uint16).max
    return np.take(number.astype(np.uint16), labels) if small else np.take(number, labels)


def first_pixels(labels: IntArray, count: int) -> npt.NDArray[np.int64]:
    """Find the first pixel of each label in raster order.

    Args:
        labels: Label image, integer (H, W), 0 is background.
        count: The highest label, or more.

    Returns:
        int64 (count + 1,), places in the flat image; -1 for the background and for labels that are not there.
    """
    flat = labels.ravel()
    inside = np.flatnonzero(flat > 0)
    first = np.full(count + 1, -1, dtype=np.int64)
    # Written from the last pixel to the first, so that the first is what stays.
    first[flat[inside[::-1]]] = inside[::-1]
    return first


def compact_labels(labels: IntArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Number the labels that there are without gaps, in their order.

    Args:
        labels: Label image, integer or bool (H, W), not negative, 0 is background.

    Returns:
        compact: int32 (H, W), the labels 1..n, 0 is background.
        values: int64 (n,), what the label i was at i - 1.
    """
    flat = labels.ravel()
    compact: IntArray
    if flat.dtype.kind == "b" or flat.max(initial=0) > flat.size:
        present, compact = np.unique(flat, return_inverse=True)
        compact = compact + (0 if present.size and present[0] == 0 else 1)
    else:
        is_present = np.bincount(flat, minlength=1) > 0
        is_present[0] = False
        present, numbers = np.flatnonzero(is_present), np.cumsum(is_present, dtype=np.int32)
        # Most have no gaps.
        compact = flat if present.size == len(numbers) - 1 else np.take(numbers, flat)
    return compact.reshape(labels.shape).astype(np.int32), present[present > 0].astype(np.int64)


def with_forgotten(labels: IntArray, mask: npt.NDArray[np.bool_]) -> IntArray:
    """Give the components of a mask that have no label one each.

    Args:
        labels: Integer (H, W), 0 where there is none.
        mask: bool (H, W).

    Returns:
        Integer (H, W), the new labels above those that there were.
    """
    forgotten = mask & (labels == 0)
    if not forgotten.any():
        return labels
    left, _ = ndimage.label(forgotten, structure=EIGHT)
    return np.where(left > 0, left + labels.max(), labels)


def sums_by_label(planes: Sequence[FloatArray], labels: IntArray) -> npt.NDArray[np.float64]:
    """Sum up values over the pixels of each label.

    Args:
        planes: k of float32 (H, W).
        labels: Label image, integer (H, W), with the labels 1..n, 0 is background.

    Returns:
        float64 (n, k), of label i at i - 1.
    """
    flat = labels.ravel()
    inside = np.flatnonzero(flat > 0)
    own = flat[inside].astype(np.intp)
    count = int(own.max(initial=0))
    sums = np.zeros((count, len(planes)))
    for column, plane in enumerate(planes):
        sums[:, column] = np.bincount(own, plane.ravel().take(inside), count + 1)[1:]
    return sums


def mean_by_label(values: FloatArray, labels: IntArray) -> FloatArray:
    """Average values over the pixels of each label.

    Args:
        values: float32 (H, W).
        labels: Label image, integer (H, W), with the labels 1..n, 0 is background.

    Returns:
        float32 (n,), of label i at i - 1.
    """
    sums = sums_by_label([values], labels)[:, 0]
    means: FloatArray = (sums / np.bincount(labels.ravel(), minlength=1)[1:]).astype(np.float32)
    return means


def is_kept(confidences: FloatArray, areas: npt.NDArray[np.number], limit: Limit) -> npt.NDArray[np.bool_]:
    """Tell which cells a limit leaves.

    Args:
        confidences: float32 (n,), of each cell.
        areas: (n,), of each, pixels.
        limit: the limit.

    Returns:
        bool (n,).
    """
    kept: npt.NDArray[np.bool_] = confidences >= limit.least
    return kept if limit.spared is None else kept | (areas >= limit.spared)


def drop_unsure(labels: LabelArray, confidences: FloatArray, limit: Limit) -> tuple[LabelArray, FloatArray]:
    """Remove the cells that a limit does not leave, and number the others anew, in the same order.

    Args:
        labels: Label image, (H, W), with the labels 1..n, 0 is background.
        confidences: float32 (n,), of label i at i - 1.
        limit: the limit.

    Returns:
        The labels 1..m, of the same type, and their confidences, float32 (m,).
    """
    areas = np.bincount(labels.ravel(), minlength=len(confidences) + 1)[1:]
    keep = is_kept(confidences, areas, limit)
    if keep.all():
        return labels, confidences
    numbers = np.zeros(len(keep) + 1, dtype=labels.dtype)
    numbers[1:][keep] = np.arange(1, keep.sum() + 1)
    dropped: LabelArray = numbers[labels]
    return dropped, confidences[keep]
