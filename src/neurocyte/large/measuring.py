"""The table of a large image's cells: each measured in a window that holds it."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurocyte.large.boxes import CORE, Box
from neurocyte.large.segmenting import LargeSegmentation
from neurocyte.measurement import add_micrometres, measure

# A cell whose box has more pixels is measured in a reduced picture.
WHOLE_PIXELS = 2**23
_PLACES = ("centroid_y", "centroid_x", "bbox_top", "bbox_left", "bbox_bottom", "bbox_right")
_LENGTHS = ("perimeter_px", "equivalent_diameter_px", "major_axis_px", "minor_axis_px", "skeleton_length_px")


def measure_large(segmentation: LargeSegmentation, pixel_size_um: float | None) -> pd.DataFrame:
    """Measure every cell; see `neurocyte.measurement.measure` for the columns.

    Args:
        segmentation: the cells.
        pixel_size_um: of the image in micrometres, None if unknown.

    Returns:
        One row a cell, in the order of the labels. Of a cell in a box of more than `WHOLE_PIXELS` only box
        and area are exact: the rest is measured on every second, third ... row and column.

    Raises:
        InputError: the image is damaged.
    """
    parts = [_measured(segmentation, members, box) for members, box in _groups(segmentation.cells.box)]
    empty = measure(np.zeros((1, 1), np.uint16))
    table = pd.concat(parts).sort_values("label", ignore_index=True) if parts else empty
    table["confidence"] = segmentation.confidences.astype(np.float64)[table["label"] - 1]
    return add_micrometres(table, pixel_size_um)


def _groups(found: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.intp], Box]]:
    """Cells that begin in the same window, and the box around them; large ones alone."""
    heights, widths = found[:, 2] - found[:, 0], found[:, 3] - found[:, 1]
    alone = (heights > CORE) | (widths > CORE)
    for member in np.flatnonzero(alone):
        yield np.array([member]), Box(*found[member].tolist())
    window = (found[:, 0] // CORE) * (int(found[:, 1].max(initial=0)) // CORE + 1) + found[:, 1] // CORE
    for number in np.unique(window[~alone]):
        members = np.flatnonzero(~alone & (window == number))
        own = found[members]
        yield members, Box(*own[:, :2].min(axis=0).tolist(), *own[:, 2:].max(axis=0).tolist())


def _measured(segmentation: LargeSegmentation, members: NDArray[np.intp], box: Box) -> pd.DataFrame:
    step = math.ceil(math.sqrt(box.shape[0] * box.shape[1] / WHOLE_PIXELS)) if len(members) == 1 else 1
    labels, pixels = _read(segmentation, box, step)
    own = np.zeros(len(segmentation.cells.area) + 1, dtype=bool)
    own[members + 1] = True
    table = measure(np.where(own[labels], labels, 0), pixels)
    for name, start in zip(_PLACES, (box.top, box.left) * 3, strict=True):
        table[name] = table[name] * step + start
    if step > 1:
        table[list(_LENGTHS)] *= step
    at = table["label"].to_numpy() - 1
    cells, shape = segmentation.cells, segmentation.image.shape
    table["area_px"] = cells.area[at]
    for column, name in enumerate(_PLACES[2:]):
        table[name] = cells.box[at, column]
    edges = cells.box[at]
    table["touches_border"] = (edges[:, :2] == 0).any(axis=1) | (edges[:, 2:] == shape).any(axis=1)
    return table


def _read(segmentation: LargeSegmentation, box: Box, step: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Labels and pixels of a box, of every `step`-th row and column from its first."""
    labels, pixels = [], []
    rows = CORE - CORE % step
    for top in range(box.top, box.bottom, rows):
        part = slice(top, min(top + rows, box.bottom))
        labels.append(segmentation.labels.read(part, box.columns)[::step, ::step])
        pixels.append(segmentation.image.read(part, box.columns)[::step, ::step])
    return np.concatenate(labels), np.concatenate(pixels)
