"""Touching cells cut apart along the passes of a landscape: for a network that knows the foreground only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.segmentation import watershed

from neurocyte.instances.labels import EIGHT, FloatArray, IntArray
from neurocyte.instances.lines import lines_of, touching
from neurocyte.models.config import InstanceConfig

# Two neighbouring summits are two cells only where the pass between them falls below this share of the lower
# summit. Without it the beaded thickness of neurites and flat astrocytes cuts one cell into many.
PASS_RATIO = 0.8


def split_touching(
    foreground: FloatArray, mask: npt.NDArray[np.bool_], components: IntArray, settings: InstanceConfig
) -> IntArray:
    """Cut the components of a mask into cells.

    The landscape is the distance to the background times the probability, smoothed; it is flooded from its
    summits, and two basins are joined again where their pass is at least `PASS_RATIO` of the lower summit.

    Args:
        foreground: Probability, float32 (H, W) in [0, 1].
        mask: bool (H, W), where cells are.
        components: Its 8-connected components, integer (H, W), 1..n, 0 is background.
        settings: seed_distance (px) and smoothing (px) count.

    Returns:
        Integer (H, W), a number a cell, not without gaps; 0 is background.
    """
    flooded = flood(foreground, mask, components, settings)
    fragments = flooded.fragments
    summits = np.zeros(fragments.max() + 1, dtype=np.float32)
    np.maximum.at(summits, fragments.ravel(), flooded.landscape.ravel())
    return join_shallow(summits, *_passes(fragments, flooded.landscape))[fragments]


@dataclass(frozen=True)
class Flooded:
    """Cells and parts of them, before they are joined.

    Args:
        fragments: integer (H, W), a number for each basin, and for each component of a single one.
        seeds: integer (H, W), what the basins were flooded from; at most one a fragment.
        landscape: float32 (H, W), in which they were flooded.
    """

    fragments: IntArray
    seeds: IntArray
    landscape: FloatArray


def flood(
    foreground: FloatArray, mask: npt.NDArray[np.bool_], components: IntArray, settings: InstanceConfig
) -> Flooded:
    """Flood the components of a mask from the summits of a landscape; see `split_touching`.

    Args:
        foreground: Probability, float32 (H, W) in [0, 1].
        mask: bool (H, W), where cells are.
        components: Its 8-connected components, integer (H, W), 1..n, 0 is background.
        settings: seed_distance (px) and smoothing (px) count.

    Returns:
        The fragments.
    """
    # The image's frame is not background here: a cell cut by it may have its middle outside.
    landscape = ndimage.distance_transform_edt(mask).astype(np.float32) * foreground
    if settings.smoothing > 0:
        landscape = ndimage.gaussian_filter(landscape, settings.smoothing)
    window = 2 * max(1, round(settings.seed_distance)) + 1
    summits = mask & (landscape == ndimage.maximum_filter(landscape, size=window))
    seeds, count = ndimage.label(summits, structure=EIGHT)
    owners = np.zeros(count + 1, dtype=np.intp)
    owners[seeds[summits]] = components[summits]
    # Only a component with several seeds has to be flooded. One with a single seed is a cell as it stands, as
    # is a small one that has none because a higher one lies within the window.
    contested = (np.bincount(owners[1:], minlength=components.max() + 1) > 1)[components]
    basins = watershed(-landscape, seeds, mask=contested, connectivity=2)
    return Flooded(np.where(mask & ~contested, components + count, basins), seeds, landscape)


def join_shallow(
    summits: FloatArray, lower: Sequence[int], higher: Sequence[int], heights: Sequence[float]
) -> npt.NDArray[np.intp]:
    """Join neighbouring basins, highest pass first, where the pass is nearly as high as the lower summit.

    Args:
        summits: float32 (n,), height of the highest point of each basin, by its number from 0.
        lower: Of each pass the one basin.
        higher: Of each pass the other.
        heights: Of the passes, falling.

    Returns:
        (n,), for each basin the number of the one that stands for all it is joined with.
    """
    parent = list(range(len(summits)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other, height in zip(lower, higher, heights, strict=True):
        low, high = sorted((root(one), root(other)), key=lambda node: (summits[node], node))
        if low != high and height >= PASS_RATIO * summits[low]:
            parent[low] = high
    return np.array([root(node) for node in range(len(parent))], dtype=np.intp)


def _passes(basins: IntArray, landscape: FloatArray) -> tuple[list[int], list[int], list[float]]:
    """Pairs of 8-adjacent basins and the height of the highest pass between them, highest first."""
    one, other = touching(basins)
    lines = lines_of(basins, one, other, np.minimum(landscape[one], landscape[other]), add=False)
    order = np.argsort(-lines.value, kind="stable")
    return lines.low[order].tolist(), lines.high[order].tolist(), lines.value[order].tolist()
