"""Touching cells kept apart by where their pixels lead: each follows the network's flow to its cell's middle.

The flow of a cell is the direction in which heat that spreads from its middle rises, so it turns around
bends and leads out of branches. Pixels whose ways end together are a cell. A cell whose own flow, worked out
from its shape, is not what the network said is none: its error is what a limit is set on.

Source: Stringer et al., Cellpose: a generalist algorithm for cellular segmentation, Nature Methods 18
(2021). The ways are followed here by doubling, not step by step: a way of two steps is that of one, twice.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse

from neurocyte.instances.labels import EIGHT, FloatArray, IntArray, compact_labels, with_forgotten
from neurocyte.models.config import FlowConfig

# Ways of 2^8 pixels: no middle is further away.
DOUBLINGS = 8
WIDEST = 2 * 2**DOUBLINGS
# More than so many ways end within a square of so many pixels where a cell is.
WALKERS, SINK = 10, 5

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Followed:
    """Cells as the flow has them, before a limit.

    Args:
        labels: integer (H, W), a number a cell, 0 is background.
        sinks: integer (H, W), where the ways end; none or one a cell.
        error: float32 (H, W), squared difference of the network's flow and the cell's own, 0 in the
            background.
    """

    labels: IntArray
    sinks: IntArray
    error: FloatArray


def flow_field(maps: npt.NDArray[np.floating], reach: float) -> FloatArray:
    """Read the flow of a network whose outputs are `neurocyte.models.config.FLOW_OUTPUTS`.

    Args:
        maps: float (3, H, W) in [0, 1].
        reach: the component that a map's 1 stands for; 0.5 stands for none.

    Returns:
        float32 (2, H, W), rows and columns of vectors of length 1 or less.
    """
    field: FloatArray = (np.asarray(maps[1:], dtype=np.float32) - 0.5) * np.float32(2 * reach)
    return field


def cut_by_flows(maps: npt.NDArray[np.floating], mask: Mask, settings: FlowConfig) -> IntArray:
    """Cut a mask into cells.

    Args:
        maps: float (3, H, W) in [0, 1], the outputs of the network.
        mask: bool (H, W), where cells are.
        settings: reach, min_area (px) and error count.

    Returns:
        Integer (H, W), a number a cell, not without gaps; 0 is background.
    """
    found = follow(flow_field(maps, settings.reach), mask)
    area = np.maximum(np.bincount(found.labels.ravel()), 1)
    error = np.bincount(found.labels.ravel(), found.error.ravel()) / area
    labels: IntArray = np.where((error <= settings.error)[found.labels], found.labels, 0)
    return labels


def follow(field: FloatArray, mask: Mask) -> Followed:
    """Follow the flow of each pixel of a mask.

    Args:
        field: float32 (2, H, W), of the network.
        mask: bool (H, W), where cells are.

    Returns:
        The cells. A component of the mask in which no ways meet is a cell as it stands.
    """
    labels: IntArray = np.zeros(mask.shape, dtype=np.intp)
    ends = _ends(field, mask)
    counts = np.zeros(mask.shape, dtype=np.float32)
    np.add.at(counts, tuple(ends), 1)
    sinks, _ = ndimage.label(ndimage.uniform_filter(counts, SINK) * SINK**2 > WALKERS, structure=EIGHT)
    labels[mask] = sinks[tuple(ends)]
    labels = with_forgotten(labels, mask)
    error: FloatArray = np.square(own_flows(labels) - field).sum(axis=0) * mask
    return Followed(labels, np.where(mask, sinks, 0), error)


def own_flows(labels: IntArray) -> FloatArray:
    """Work out the flows that cells of these shapes have.

    Heat enters at the pixel nearest to a cell's mean, spreads to the nine pixels around for about twice as
    many steps as the cell has rows and columns, and does not leave the cell; a flow is the direction in which
    its logarithm rises.

    A cell with more rows or columns than ways are long, there and back, has none: nobody could follow it, and
    its heat would take as long as all else.

    Args:
        labels: Label image, integer (H, W), 0 is background; numbers may have gaps.

    Returns:
        float32 (2, H, W), rows and columns of vectors of length 1; 0 where there is no direction, and in the
        background.
    """
    field = np.zeros((2, *labels.shape), dtype=np.float32)
    compact, _ = compact_labels(labels)
    boxes = ndimage.find_objects(compact)
    sides = np.array([[side.stop - side.start for side in box] for box in boxes]).reshape(-1, 2)
    followed = (sides <= WIDEST).all(axis=1)
    if not followed.any():
        return field
    compact = np.append(0, followed * np.cumsum(followed))[compact]
    steps = 2 * sides[followed].sum(axis=1)
    padded = np.pad(compact, 1)
    flat, width = padded.ravel(), padded.shape[1]
    pixels = np.flatnonzero(flat)
    own = flat[pixels]
    number = np.full(flat.size, -1, dtype=np.intp)
    number[pixels] = np.arange(len(pixels))
    heat = np.log1p(_heat(flat, pixels, number, width, steps))

    def beside(step: int) -> Floats:
        same = flat[pixels + step] == own
        return np.where(same, heat[number[pixels + step]], 0.0)

    vectors = np.stack((beside(width) - beside(-width), beside(1) - beside(-1)))
    vectors /= np.maximum(np.hypot(*vectors), 1e-20)
    rows, columns = np.divmod(pixels, width)
    field[:, rows - 1, columns - 1] = vectors
    return field


def _ends(field: FloatArray, mask: Mask) -> Places:
    """Where the ways of a mask's pixels end, rows and columns (2, n)."""
    starts = np.argwhere(mask).T
    top = np.array(mask.shape)[:, None] - 1
    number = np.full(mask.shape, len(starts[0]), dtype=np.intp)
    number[mask] = np.arange(len(starts[0]))
    # The last one is the background, where a way ends.
    moves = np.concatenate((field[:, mask], np.zeros((2, 1), dtype=np.float32)), axis=1)
    for _ in range(DOUBLINGS):
        there = np.clip(np.rint(starts + moves[:, :-1]), 0, top).astype(np.intp)
        moves[:, :-1] += moves[:, number[tuple(there)]]
    ends: Places = np.clip(np.rint(starts + moves[:, :-1]), 0, top).astype(np.intp)
    return ends


def _heat(flat: IntArray, pixels: Places, number: Places, width: int, steps: npt.NDArray[np.intp]) -> Floats:
    """The heat of each pixel; cells that take about as many steps are done together."""
    own = flat[pixels]
    sources = _middles(own, pixels, width, len(steps))
    heat = np.zeros(len(pixels))
    # Rounded up by at most two fifths, whatever other cells there are.
    classes = np.ceil(2 * np.log2(np.maximum(steps, 2))).astype(np.intp)
    for size in np.unique(classes):
        members = np.flatnonzero(classes[own - 1] == size)
        place = np.full(len(pixels), -1, dtype=np.intp)
        place[members] = np.arange(len(members))
        spread = _spreading(flat, pixels[members], place, number, width)
        entering = place[sources[classes == size]]
        some = np.zeros(len(members))
        for _ in range(int(np.ceil(2 ** (size / 2)))):
            some[entering] += 1
            some = spread @ some
        heat[members] = some
    return heat


def _spreading(flat: IntArray, pixels: Places, place: Places, number: Places, width: int) -> sparse.csr_array:
    """The matrix of one step: a ninth of each of the pixels around that are of the same cell."""
    rows, columns = [], []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            there = pixels + down * width + right
            same = np.flatnonzero(flat[there] == flat[pixels])
            rows.append(same)
            columns.append(place[number[there[same]]])
    row, column = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_array((np.full(len(row), 1 / 9), (row, column)), shape=(len(pixels),) * 2)


def _middles(own: IntArray, pixels: Places, width: int, count: int) -> Places:
    """The pixel of each cell 1..count that is nearest to the mean of its pixels: its place among them all."""
    places = np.stack(np.divmod(pixels, width)).astype(np.float64)
    sizes = np.bincount(own, minlength=count + 1)
    means = np.stack([np.bincount(own, side, count + 1) / np.maximum(sizes, 1) for side in places])
    away = np.square(places - means[:, own]).sum(axis=0)
    order = np.lexsort((away, own))
    nearest: Places = order[np.searchsorted(own[order], np.arange(1, count + 1))]
    return nearest
