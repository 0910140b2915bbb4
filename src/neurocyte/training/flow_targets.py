"""Targets of a network of flows: the flows that the cells of an annotation have.

Source: Stringer et al., Cellpose: a generalist algorithm for cellular segmentation, Nature Methods 18 (2021).
"""

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse

from neurocyte.instances.flows import DOUBLINGS
from neurocyte.instances.labels import FloatArray, IntArray, compact_labels

# A way is followed for 2^DOUBLINGS pixels: there and back.
WIDEST = 2 * 2**DOUBLINGS

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


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
