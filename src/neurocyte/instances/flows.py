"""Touching cells kept apart by where their pixels lead: each follows the network's flow to its cell's middle.

The flow of a cell is the direction in which heat that spreads from its middle rises, so it turns around
bends and leads out of branches. Pixels whose ways end together are a cell. How well the flow fits its shape
is a part of its confidence.

Source: Stringer et al., Cellpose: a generalist algorithm for cellular segmentation, Nature Methods 18
(2021). The ways are followed here by doubling, not step by step: a way of two steps is that of one, twice.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neurocyte.instances.labels import EIGHT, FloatArray, IntArray, with_forgotten

# Ways of 2^8 pixels: no middle is further away.
DOUBLINGS = 8
# More than so many ways end within a square of so many pixels where a cell is.
WALKERS, SINK = 10, 5

Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Followed:
    """Cells as the flow has them.

    Args:
        labels: integer (H, W), a number a cell, 0 is background.
        sinks: integer (H, W), where the ways end; none or one a cell.
        drift: float32 (2, H, W), rows and columns from each pixel to its way's end; 0 in the background.
    """

    labels: IntArray
    sinks: IntArray
    drift: FloatArray


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
        The cells. A component of the mask in which no ways meet is a cell as it stands.
    """
    labels: IntArray = np.zeros(mask.shape, dtype=np.intp)
    starts = np.argwhere(mask).T
    ends = _ends(field, mask, starts)
    counts = np.zeros(mask.shape, dtype=np.float32)
    np.add.at(counts, tuple(ends), 1)
    sinks, _ = ndimage.label(ndimage.uniform_filter(counts, SINK) * SINK**2 > WALKERS, structure=EIGHT)
    labels[mask] = sinks[tuple(ends)]
    drift = np.zeros(field.shape, dtype=np.float32)
    drift[:, mask] = ends - starts
    return Followed(with_forgotten(labels, mask), np.where(mask, sinks, 0), drift)


def _ends(field: FloatArray, mask: Mask, starts: Places) -> Places:
    """Where the ways of a mask's pixels end, rows and columns (2, n)."""
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


def flow_marks(field: FloatArray, labels: IntArray, drift: FloatArray) -> FloatArray:
    """Give of each pixel what tells, summed over a cell, how well the flow fits its shape.

    Args:
        field: float32 (2, H, W), of the network.
        labels: integer (H, W), the cells, 0 is background.
        drift: float32 (2, H, W), of `Followed`.

    Returns:
        float32 (4, H, W): the flow's length; its component into the cell at the sides of the pixel that are
        the cell's outline; the drift's rows and columns.
    """
    inflow = np.zeros(labels.shape, dtype=np.float32)
    for component, here, there in (
        (field[0], np.s_[:-1], np.s_[1:]),
        (field[1], np.s_[:, :-1], np.s_[:, 1:]),
    ):
        edge = labels[here] != labels[there]
        inflow[here] -= component[here] * edge
        inflow[there] += component[there] * edge
    return np.stack((np.hypot(*field), inflow, *drift))
