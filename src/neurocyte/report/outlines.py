"""The outlines of cells as SVG path data, small enough to be part of a page."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import find_contours

from neurocyte.writers.overlay import colours

# Outlines may leave the true border by this much; pixels of the picture.
_TOLERANCE = 0.6
# Path units a pixel: whole numbers are shorter than fractions.
UNITS = 2


def outlines(labels: NDArray[np.integer[Any]], shape: tuple[int, int]) -> dict[int, str]:
    """Trace the cells of an image at the size of a smaller picture of it.

    Args:
        labels: Label image, integer (H, W), 0 is background and labels are 1..n.
        shape: (H', W') of the picture, not larger.

    Returns:
        SVG path data by palette index (see `neurocyte.writers.overlay.PALETTE`), in units of half a pixel of
        the picture, (0, 0) its upper left corner. A cell that is lost at this size has no outline.
    """
    chosen = colours(labels)
    small = _shrink(labels, shape)
    parts: dict[int, list[str]] = {}
    for label, box in enumerate(ndimage.find_objects(small), start=1):
        if box is None:
            continue
        rows, columns = box
        # A frame of background closes the outlines.
        mask = np.pad(small[box] == label, 1)
        offset = (rows.start - 0.5, columns.start - 0.5)
        drawn = [_path(line, offset) for line in find_contours(mask.astype(np.float32), 0.5)]
        parts.setdefault(int(chosen[label]), []).extend(drawn)
    return {colour: "".join(drawn) for colour, drawn in sorted(parts.items())}


def _shrink(labels: NDArray[np.integer[Any]], shape: tuple[int, int]) -> NDArray[np.integer[Any]]:
    """Take the nearest label for each pixel of a smaller picture."""
    if labels.shape == shape:
        return labels
    rows, columns = (
        ((np.arange(new) + 0.5) * (old / new)).astype(np.intp)
        for new, old in zip(shape, labels.shape, strict=True)
    )
    small: NDArray[np.integer[Any]] = labels[rows[:, None], columns]
    return small


def _path(line: NDArray[np.float64], offset: tuple[float, float]) -> str:
    """A closed line through (n, 2) rows and columns as path data with relative steps."""
    corners = line[_corners(line, _TOLERANCE)]
    points = np.rint((corners + offset) * UNITS).astype(np.int64)[:-1, ::-1]
    if len(points) < 3:
        # A hole or cell of a pixel or two.
        return ""
    (x, y), steps = points[0], np.diff(points, axis=0).tolist()
    # A minus sign separates numbers by itself.
    moves = " ".join(f"{right}{down:+d}" for right, down in steps).replace(" -", "-")
    return f"M{x} {y}l{moves}z"


def _corners(line: NDArray[np.float64], tolerance: float) -> NDArray[np.bool_]:
    """Choose points of a line, (n, 2), so that no other is further than the tolerance from their line.

    Douglas and Peucker 1973. Not scikit-image's, which loads all of scipy.signal for it.
    """
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        inner, chord = line[first + 1 : last] - line[first], line[last] - line[first]
        along = np.clip(inner @ chord / max(float(chord @ chord), 1e-12), 0.0, 1.0)
        away = ((inner - along[:, None] * chord) ** 2).sum(axis=1)
        furthest = int(away.argmax())
        if away[furthest] > tolerance**2:
            middle = first + 1 + furthest
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    return keep
