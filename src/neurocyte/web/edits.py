"""Corrections of a label image: delete, merge, split, draw. Each gives a new array and leaves the old one.

Labels that a correction does not touch keep their numbers, so numbers may have gaps. Points are (x, y) in
pixels, x to the right and y down, (0, 0) the top left corner of the first pixel: its centre is (0.5, 0.5).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.draw import polygon as polygon_pixels

from neurocyte.errors import InputError
from neurocyte.io.labels import narrow_labels

Labels = NDArray[np.integer[Any]]
Points = Sequence[tuple[float, float]]

# A crooked cut leaves crumbs along its side; smaller parts than this go to their neighbour.
LEAST_PART = 5

_EIGHT = np.ones((3, 3), dtype=bool)


class EditError(InputError):
    """A correction that cannot be made; the labels stay as they are."""


def delete(labels: Labels, chosen: Sequence[int]) -> Labels:
    """Turn cells into background.

    Args:
        labels: Label image, integer (H, W), 0 = background.
        chosen: The labels of the cells, one or more.

    Returns:
        The corrected label image, uint16 or uint32.

    Raises:
        EditError: None is named, or one is not there.
    """
    _require(labels, chosen, least=1)
    return narrow_labels(np.where(np.isin(labels, chosen), 0, labels))


def merge(labels: Labels, chosen: Sequence[int]) -> Labels:
    """Join cells into one, which gets the lowest of their labels.

    Args:
        labels: Label image, integer (H, W), 0 = background.
        chosen: The labels of the cells, two or more; they need not touch.

    Returns:
        The corrected label image, uint16 or uint32.

    Raises:
        EditError: Fewer than two are named, or one is not there.
    """
    _require(labels, chosen, least=2)
    return narrow_labels(np.where(np.isin(labels, chosen), min(chosen), labels))


def split(labels: Labels, label: int, line: Points) -> Labels:
    """Cut a cell along a line; every pixel of it stays in one of the parts.

    The largest part keeps the label, the others get new ones above the highest. Pixels under the line, and
    parts below `LEAST_PART` pixels, go to the nearest part.

    Args:
        labels: Label image, integer (H, W), 0 = background.
        label: The cell.
        line: Two or more points; the line may begin and end outside the cell and the image.

    Returns:
        The corrected label image, uint16 or uint32.

    Raises:
        EditError: The cell is not there, or the line does not part it.
    """
    _require(labels, [label], least=1)
    _require_near(line, labels.shape)
    box = ndimage.find_objects((labels == label).astype(np.uint8))[0]
    cell = labels[box] == label
    under = _under_line(line, labels.shape)[box]
    pieces, _ = ndimage.label(cell, structure=_EIGHT)
    # Pieces that lie apart already and that the line does not meet are not part of the question.
    met = cell & np.isin(pieces, pieces[under & cell])
    parts, count = ndimage.label(met & ~under, structure=_EIGHT)
    areas = np.bincount(parts.ravel(), minlength=count + 1)
    large = [part for part in range(1, count + 1) if areas[part] >= LEAST_PART]
    before = int(np.count_nonzero(np.bincount(pieces[met], minlength=1) >= LEAST_PART))
    if len(large) <= max(before, 1):
        raise EditError(f"The line does not part cell {label}: draw it across, from outside to outside.")
    large.sort(key=lambda part: (-areas[part], part))
    numbers = np.zeros(count + 1, dtype=np.int64)
    numbers[large] = [label, *range(int(labels.max()) + 1, int(labels.max()) + len(large))]
    named = numbers[parts]
    nearest = ndimage.distance_transform_edt(named == 0, return_distances=False, return_indices=True)
    changed = labels.astype(np.int64)
    changed[box][met] = named[tuple(nearest)][met]
    return narrow_labels(changed)


def draw(labels: Labels, outline: Points, label: int | None = None) -> Labels:
    """Add the pixels inside an outline to a cell, or make a new cell of them; other cells stay as they are.

    Args:
        labels: Label image, integer (H, W), 0 = background.
        outline: Three or more points; the last is joined to the first. What lies outside the image is cut.
        label: The cell that grows; None for a new one above the highest label.

    Returns:
        The corrected label image, uint16 or uint32.

    Raises:
        EditError: The cell is not there, or no free pixel has its centre inside the outline.
    """
    if label is not None:
        _require(labels, [label], least=1)
    _require_near(outline, labels.shape)
    x, y = np.asarray(outline, dtype=np.float64).T - 0.5
    rows, columns = polygon_pixels(y, x, labels.shape)
    free = labels[rows, columns] == 0
    if not free.any():
        raise EditError("The outline holds no free pixel: draw around background, or delete what is there.")
    changed = labels.astype(np.int64)
    changed[rows[free], columns[free]] = int(labels.max()) + 1 if label is None else label
    return narrow_labels(changed)


def _require(labels: Labels, chosen: Sequence[int], least: int) -> None:
    """Raise unless so many different labels are named and all are in the image."""
    if len(set(chosen)) < least:
        raise EditError("Choose a cell first." if least == 1 else "Choose two cells or more to merge.")
    present = set(np.unique(labels[np.isin(labels, chosen)]).tolist())
    missing = sorted(one for one in set(chosen) if one < 1 or one not in present)
    if missing:
        raise EditError(f"There is no cell {missing[0]}: it may have been changed since; look again.")


def _require_near(points: Points, shape: tuple[int, ...]) -> None:
    """Raise where a point is further off than the image is large: following it there would take for ever."""
    reach = max(shape)
    if any(not (-reach <= x <= 2 * reach and -reach <= y <= 2 * reach) for x, y in points):
        raise EditError("A point is far outside the image: draw on it.")


def _under_line(line: Points, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The pixels under a line, joined by their sides, so that what it parts does not touch at corners."""
    under = np.zeros(shape, dtype=bool)
    points = np.asarray(line, dtype=np.float64)
    for start, end in pairwise(points):
        # Two samples a pixel's width find each column and row that the line passes.
        count = 2 * int(np.ceil(np.abs(end - start).max())) + 2
        x, y = (np.floor(np.linspace(start[i], end[i], count)).astype(np.int64) for i in (0, 1))
        # A diagonal step becomes two straight ones.
        x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
        inside = (x >= 0) & (y >= 0) & (x < shape[1]) & (y < shape[0])
        under[y[inside], x[inside]] = True
    return under
