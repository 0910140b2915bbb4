"""The centre lines of cells: how long they are and how often they branch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import skeletonize

# One of each pair of opposite directions: every edge between two pixels is met once.
_STRAIGHT = ((0, 1), (1, 0))
_DIAGONAL = ((1, 1), (1, -1))


@dataclass(frozen=True)
class Skeletons:
    """Length in pixels, float64 (n,), and number of junctions, int64 (n,), of label i at i - 1."""

    lengths: NDArray[np.float64]
    branches: NDArray[np.int64]


def skeletons(
    labels: NDArray[np.integer[Any]], boxes: Sequence[tuple[slice, slice] | None] | None = None
) -> Skeletons:
    """Thin every cell on its own to lines of one pixel and measure them as graphs.

    Every cell is thinned as if the others were not there, so touching cells never share a line. Neighbouring
    pixels of a line are joined by an edge: of length 1 along rows and columns, of sqrt(2) diagonally,
    where a diagonal counts only if no straight two-step way runs beside it (a corner is not cut twice).
    A junction is a group of touching pixels with at least three edges each.

    Args:
        labels: Label image, integer (H, W), with the labels 1..n, 0 is background.
        boxes: What `scipy.ndimage.find_objects` gives for it, where it is known already.

    Returns:
        Sums of edge lengths (0 for a skeleton of one pixel) and numbers of junctions.

    Source:
        Thinning: Zhang and Suen, Communications of the ACM 27 (1984), as in scikit-image's `skeletonize`.
    """
    lines = np.zeros_like(labels)
    boxes = ndimage.find_objects(labels) if boxes is None else boxes
    for label, box in enumerate(boxes, start=1):
        if box is not None:
            lines[box][skeletonize(labels[box] == label)] = label
    return _measure_lines(lines, len(boxes))


def _measure_lines(lines: NDArray[np.integer[Any]], count: int) -> Skeletons:
    """Lengths and junctions of the labelled lines 1..count."""
    padded = np.pad(lines, 1)
    width = padded.shape[1]
    flat = padded.ravel()
    pixels = np.flatnonzero(flat > 0)
    degree = np.zeros(flat.size, dtype=np.uint8)
    lengths = np.zeros(count + 1)
    for step, directions in ((1.0, _STRAIGHT), (math.sqrt(2), _DIAGONAL)):
        for down, right in directions:
            start = pixels[flat[pixels] == flat[pixels + down * width + right]]
            if down and right:
                own = flat[start]
                start = start[(flat[start + width] != own) & (flat[start + right] != own)]
            lengths += step * np.bincount(flat[start], minlength=count + 1)
            # A pixel starts at most one edge a direction, so plain indexing loses none.
            degree[start] += 1
            degree[start + down * width + right] += 1
    junctions = (degree >= 3).reshape(padded.shape)
    groups, _ = ndimage.label(junctions, structure=np.ones((3, 3), dtype=bool))
    at = np.flatnonzero(junctions.ravel())
    owners = np.unique(np.stack([groups.ravel()[at], flat[at]]), axis=1)[1]
    return Skeletons(lengths[1:], np.bincount(owners, minlength=count + 1)[1:].astype(np.int64))
