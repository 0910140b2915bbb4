"""The outlines of cells as SVG path data, small enough to be part of a page."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.report.contours import contours, corners

# Outlines may leave the true border by this much; pixels of the picture.
_TOLERANCE = 0.6
# Path units a pixel: whole numbers are shorter than fractions.
UNITS = 2


def outlines(
    labels: NDArray[np.integer[Any]], shape: tuple[int, int], chosen: NDArray[np.intp]
) -> dict[int, str]:
    """Trace the cells of an image at the size of a smaller picture of it.

    Args:
        labels: Label image, integer (H, W), 0 is background and labels are 1..n.
        shape: (H', W') of the picture, not larger.
        chosen: The colour of each label, see `neurocyte.writers.overlay.colours`.

    Returns:
        SVG path data by palette index (see `neurocyte.writers.overlay.PALETTE`), in units of half a pixel of
        the picture, (0, 0) its upper left corner. A cell that is lost at this size has no outline.
    """
    lines = contours(_shrink(labels, shape))
    keep = corners(lines, _TOLERANCE)
    # A pixel's centre lies half a pixel inwards.
    points = np.rint((lines.points[keep] + 0.5) * UNITS).astype(np.int64)[:, ::-1]
    steps = [f"{right}{down:+d}" for right, down in np.diff(points, axis=0).tolist()]
    starts = np.concatenate(([0], np.cumsum(keep)))[lines.starts].tolist()
    parts: dict[int, list[str]] = {}
    for colour, start, end in zip(chosen[lines.owners].tolist(), starts[:-1], starts[1:], strict=True):
        # Without the last point, which is the first once more; a hole or cell of a pixel or two is none.
        if end - start > 3:
            parts.setdefault(colour, []).append(_path(points[start], steps[start : end - 2]))
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


def _path(start: NDArray[np.int64], steps: list[str]) -> str:
    """A closed line from a column and row on, in relative steps, as path data."""
    # A minus sign separates numbers by itself.
    moves = " ".join(steps).replace(" -", "-")
    return f"M{start[0]} {start[1]}l{moves}z"
