"""Touching cells kept apart by where their pixels lead: each follows the network's flow to its cell's middle.

The flow of a cell is the direction in which heat that spreads from its middle rises, so it turns around
bends and leads out of branches. Pixels whose ways end together are a fragment; fragments whose flows do not
part where they touch are one cell, for the noise of a flow makes ways end early in long and branching cells.
How well the flow fits a cell's shape is a part of its confidence.

Source: Stringer et al., Cellpose: a generalist algorithm for cellular segmentation, Nature Methods 18
(2021). The ways are followed here by doubling, not step by step: a way of two steps is that of one, twice.
Fragments are not joined there.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neurocyte.instances.labels import EIGHT, FloatArray, IntArray, with_forgotten
from neurocyte.instances.lines import Lines, Pixels, join_fragments, lines_of, touching

# Ways of 2^8 pixels: no middle is further away.
DOUBLINGS = 8
# More than so many ways end within a square of so many pixels where a cell is.
WALKERS, SINK = 10, 5
# Below it, the mean of `_parting` along a line says that both sides flow the same way, or into each other.
PARTED = 0.0

Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Followed:
    """Fragments as the flow has them.

    Args:
        labels: integer (H, W), a number a fragment, 0 is background.
        sinks: integer (H, W), where the ways end; none or one a fragment.
        drift: float32 (2, H, W), rows and columns from each pixel to its way's end; 0 in the background.
        field: float32 (2, H, W), the flow that was followed.
    """

    labels: IntArray
    sinks: IntArray
    drift: FloatArray
    field: FloatArray


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


def follow(field: FloatArray, mask: Mask) -> Followed:
    """Follow the flow of each pixel of a mask.

    Args:
        field: float32 (2, H, W), of the network.
        mask: bool (H, W), where cells are.

    Returns:
        The fragments. A component of the mask in which no ways meet is one as it stands.
    """
    inside = np.flatnonzero(mask)
    starts = np.stack(np.divmod(inside, mask.shape[1]))
    ends = _ends(field, inside, starts)
    places = ends[0] * mask.shape[1] + ends[1]
    counts = np.bincount(places, minlength=mask.size).astype(np.float32).reshape(mask.shape)
    sinks, _ = ndimage.label(ndimage.uniform_filter(counts, SINK) * SINK**2 > WALKERS, structure=EIGHT)
    labels: IntArray = np.zeros(mask.shape, dtype=sinks.dtype)
    labels.ravel()[inside] = sinks.ravel()[places]
    drift = np.zeros((2, mask.size), dtype=np.float32)
    drift[:, inside] = ends - starts
    return Followed(with_forgotten(labels, mask), np.where(mask, sinks, 0), drift.reshape(field.shape), field)


def _ends(field: FloatArray, inside: Places, starts: Places) -> Places:
    """Where the ways of pixels end, rows and columns (2, n): of their places in the image, flat and not."""
    height, width = field.shape[1:]
    top = np.array([[height - 1], [width - 1]])
    number = np.full(height * width, len(inside), dtype=np.intp)
    number[inside] = np.arange(len(inside))
    # The last one is the background, where a way ends.
    moves = np.zeros((2, len(inside) + 1), dtype=np.float32)
    moves[:, :-1] = field.reshape(2, -1)[:, inside]

    def reached() -> Places:
        there = starts + moves[:, :-1]
        np.clip(np.rint(there, out=there), 0, top, out=there)
        return there.astype(np.intp)

    for _ in range(DOUBLINGS):
        row, column = reached()
        moves[:, :-1] += moves.take(number.take(row * width + column), axis=1)
    return reached()


def _parting(field: FloatArray, one: Pixels, other: Pixels) -> FloatArray:
    """Half the difference of the flow's components along the way from a pixel to its neighbour.

    1 where both lead away from each other, 0 where they run alike, -1 where they lead to each other; taken
    one more pixel apart on both sides, where the flow has made up its mind.
    """
    down, right = other[0] - one[0], other[1] - one[1]
    last = field.shape[1] - 1, field.shape[2] - 1

    def beyond(place: Pixels, sign: int) -> FloatArray:
        row = np.clip(place[0] + sign * down, 0, last[0])
        column = np.clip(place[1] + sign * right, 0, last[1])
        along: FloatArray = field[0, row, column] * down + field[1, row, column] * right
        return along

    apart: FloatArray = (beyond(other, 1) - beyond(one, -1)) / (2 * np.hypot(down, right)).astype(np.float32)
    return apart


def parting_lines(followed: Followed, middle: tuple[slice, slice] | None = None) -> Lines:
    """Add up how the flow parts along the lines between fragments.

    Args:
        followed: the fragments.
        middle: rows and columns in which lines are looked for, as for `neurocyte.instances.lines.touching`.

    Returns:
        The lines, by the fragments' numbers.
    """
    one, other = touching(followed.labels, middle)
    return lines_of(followed.labels, one, other, _parting(followed.field, one, other), add=True)


def join_alike(followed: Followed) -> IntArray:
    """Join the fragments whose flows do not part where they touch, those that part least first.

    Args:
        followed: the fragments.

    Returns:
        Integer (H, W), a number a cell, not without gaps; 0 is background.
    """
    fragments = followed.labels
    return join_fragments(int(fragments.max(initial=0)) + 1, parting_lines(followed), PARTED)[fragments]


def flow_marks(followed: Followed) -> list[FloatArray]:
    """Give of each pixel what tells, summed over a cell, how well the flow fits its shape.

    Args:
        followed: the fragments that cells were made of.

    Returns:
        4 of float32 (H, W): the flow's length; its component into the fragment at the sides of the pixel that
        are the fragment's outline; the drift's rows and columns.
    """
    field, labels = followed.field, followed.labels
    inflow = np.zeros(labels.shape, dtype=np.float32)
    for component, here, there in (
        (field[0], np.s_[:-1], np.s_[1:]),
        (field[1], np.s_[:, :-1], np.s_[:, 1:]),
    ):
        edge = labels[here] != labels[there]
        inflow[here] -= component[here] * edge
        inflow[there] += component[there] * edge
    return [np.hypot(*field), inflow, *followed.drift]
