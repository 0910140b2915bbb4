"""Touching cells kept apart by what the network says of the lines between them.

The foreground is cut into many small fragments; then neighbouring fragments are joined, the surest pair
first, until every line that is left looks like the border of two cells. A long or branching cell may have
many fragments: no line inside it looks like a border. A line is judged as a whole, so a few wrong pixels cut
nothing.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.segmentation import watershed

from neurocyte.instances.labels import EIGHT, FloatArray, IntArray, with_forgotten
from neurocyte.models.config import AgglomerationConfig

# Of a pixel, the neighbours after it in raster order: every pair of neighbours is met once.
NEIGHBOURS = ((0, 1), (1, -1), (1, 0), (1, 1))

Pixels = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Evidence = Callable[[tuple[Pixels, Pixels], tuple[Pixels, Pixels]], FloatArray]


@dataclass(frozen=True)
class CellMaps:
    """What a network of cells gives beside the foreground.

    Args:
        border: float32 (H, W), probability of lying between two cells.
        distance: float32 (H, W), distance to the cell's edge over its largest in the cell, 0 to 1.
        offset: float32 (2, H, W), rows and columns to the cell's middle, pixels.
    """

    border: FloatArray
    distance: FloatArray
    offset: FloatArray


def cell_maps(probability: npt.NDArray[np.floating], reach: float) -> CellMaps:
    """Read the maps of a network whose outputs are `neurocyte.models.config.CELL_OUTPUTS`.

    Args:
        probability: float (5, H, W) in [0, 1].
        reach: the offset that a value of 1 stands for, pixels; 0.5 stands for none.

    Returns:
        The maps.
    """
    maps = np.asarray(probability, dtype=np.float32)
    return CellMaps(maps[1], maps[2], (maps[3:5] - 0.5) * np.float32(2 * reach))


def agglomerate(maps: CellMaps, mask: Mask, settings: AgglomerationConfig) -> IntArray:
    """Cut a mask into cells.

    Args:
        maps: Of the image.
        mask: bool (H, W), where cells are.
        settings: smoothing (px) of the map that fragments grow in; jump (px), the difference of two
            neighbours' middles that is a border for sure; border_weight, the weight of the border map against
            that difference; join, the mean evidence of a border below which two fragments are one cell.

    Returns:
        Integer (H, W), a number a cell, not without gaps; 0 is background.
    """
    fragments = cut_fragments(maps, mask, settings.smoothing)[0]
    owners = join_fragments(
        int(fragments.max()) + 1, _lines(fragments, evidence_of(maps, settings)), settings.join
    )
    return owners[fragments]


def evidence_of(maps: CellMaps, settings: AgglomerationConfig) -> Evidence:
    """Give what tells of pairs of pixels how surely a border runs between them.

    Args:
        maps: Of the image.
        settings: jump (px) and border_weight count.

    Returns:
        A function of the rows and columns of the ones and of the others, to float32 (n,), 0 to 1.
    """
    rows, columns = np.indices(maps.border.shape, dtype=np.float32)
    middle_row, middle_column = rows + maps.offset[0], columns + maps.offset[1]
    weight = settings.border_weight

    def evidence(one: tuple[Pixels, Pixels], other: tuple[Pixels, Pixels]) -> FloatArray:
        apart = np.hypot(middle_row[one] - middle_row[other], middle_column[one] - middle_column[other])
        border = (maps.border[one] + maps.border[other]) / 2
        mixed: FloatArray = weight * border + (1 - weight) * np.minimum(apart / settings.jump, 1)
        return mixed

    return evidence


def cut_fragments(maps: CellMaps, mask: Mask, smoothing: float) -> tuple[IntArray, IntArray]:
    """Flood a mask from every summit of the distance, borders counting as valleys.

    Args:
        maps: Of the image.
        mask: bool (H, W), where cells are.
        smoothing: Gaussian sigma of the map that is flooded, pixels.

    Returns:
        Fragments, integer (H, W), 0 is background; and seeds likewise, at most one a fragment.
    """
    landscape = maps.distance * (1 - maps.border)
    if smoothing > 0:
        landscape = ndimage.gaussian_filter(landscape, smoothing)
    # The middle of a broad border is flat and no summit.
    summits = mask & (landscape > 0) & (landscape == ndimage.maximum_filter(landscape, size=3))
    seeds, _ = ndimage.label(summits, structure=EIGHT)
    fragments: IntArray = watershed(-landscape, seeds, mask=mask, connectivity=2)
    # A component whose only summit lies just outside of the mask has no seed; it is a fragment as it stands.
    return with_forgotten(fragments, mask), seeds


def _lines(fragments: IntArray, evidence: Evidence) -> list[tuple[int, int, float, int]]:
    """Lower and higher fragment, sum of the evidence and pairs of pixels, of every two that touch."""
    height, width = fragments.shape
    keys, values = [], []
    base = int(fragments.max()) + 1
    for down, right in NEIGHBOURS:
        first, last = max(0, -right), width - max(0, right)
        here, there = fragments[: height - down, first:last], fragments[down:, first + right : last + right]
        row, column = np.nonzero((here != there) & (here > 0) & (there > 0))
        one = (row, column + first)
        other = (row + down, one[1] + right)
        low = np.minimum(fragments[one], fragments[other]).astype(np.int64)
        keys.append(low * base + np.maximum(fragments[one], fragments[other]))
        values.append(evidence(one, other))
    pairs, index = np.unique(np.concatenate(keys), return_inverse=True)
    sums = np.bincount(index, np.concatenate(values), len(pairs))
    counts = np.bincount(index, minlength=len(pairs))
    return list(
        zip((pairs // base).tolist(), (pairs % base).tolist(), sums.tolist(), counts.tolist(), strict=True)
    )


def join_fragments(
    count: int, lines: Iterable[tuple[int, int, float, int]], limit: float
) -> npt.NDArray[np.intp]:
    """Join the two fragments with the least mean evidence between them while that is below the limit.

    Args:
        count: Of fragments, numbered from 0.
        lines: Of every two that touch, the lower and the higher fragment, the sum of the evidence and the
            number of pairs of pixels.
        limit: See `AgglomerationConfig.join`.

    Returns:
        (count,), for each fragment the number of the one that stands for all it is joined with.
    """
    around: list[dict[int, tuple[float, int]]] = [{} for _ in range(count)]
    queue: list[tuple[float, int, int]] = []
    for low, high, total, pairs in lines:
        around[low][high] = around[high][low] = (total, pairs)
        if total / pairs < limit:
            queue.append((total / pairs, low, high))
    heapq.heapify(queue)
    owner = list(range(count))
    while queue:
        mean, low, high = heapq.heappop(queue)
        line = around[low].get(high)
        # An entry is out of date when one of the two was joined to another, or their line has grown.
        if line is None or line[0] / line[1] != mean:
            continue
        kept, gone = (low, high) if len(around[low]) >= len(around[high]) else (high, low)
        owner[gone] = kept
        del around[kept][gone]
        for other, (total, pairs) in around[gone].items():
            if other == kept:
                continue
            del around[other][gone]
            before = around[kept].get(other, (0.0, 0))
            longer = (before[0] + total, before[1] + pairs)
            around[kept][other] = around[other][kept] = longer
            if longer[0] / longer[1] < limit:
                heapq.heappush(queue, (longer[0] / longer[1], min(kept, other), max(kept, other)))
        around[gone] = {}
    for number in range(count):
        while owner[number] != owner[owner[number]]:
            owner[number] = owner[owner[number]]
    return np.asarray(owner, dtype=np.intp)
