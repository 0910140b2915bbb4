"""The pieces of cells in one window, so described that those of all windows can be joined."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neurocyte.instances.flows import flow_field, flow_marks, follow, parting_lines
from neurocyte.instances.labels import (
    EIGHT,
    FloatArray,
    IntArray,
    compact_labels,
    first_pixels,
    sums_by_label,
)
from neurocyte.instances.lines import Lines, lines_of, no_lines, touching
from neurocyte.instances.watershed import flood
from neurocyte.large.boxes import Box
from neurocyte.models.config import Decoding, FlowConfig, Task

Keys = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pieces:
    """Pieces of cells, the k-th of them with the label k + 1.

    A piece's key is the place in the whole image, row times width plus column, of the first pixel it was
    flooded from: two windows that see the same piece give it the same key.

    Args:
        labels: uint32 (h, w), of the window's middle, 0 is background.
        keys: int64 (n,).
        area: int64 (n,), pixels in the middle.
        first: int64 (n,), place in the image of the first of these.
        box: int64 (n, 4), their first row and column, last row and column plus 1, in the image.
        total: float64 (n,), sum of the foreground probability over these.
        squares: float64 (n,), sum of its square.
        summit: float32 (n,), height of the watershed's landscape; 0 for other methods.
        flow: float64 (n, 4), sums of `neurocyte.instances.flows.flow_marks` over these; 0 for other methods.
        lines: between pieces, each met in one window only.
    """

    labels: npt.NDArray[np.uint32]
    keys: Keys
    area: Keys
    first: Keys
    box: Keys
    total: Floats
    squares: Floats
    summit: FloatArray
    flow: Floats
    lines: Lines


def is_connected(settings: Decoding, task: Task) -> bool:
    """Tell whether cells are the connected components of the foreground, whatever lies around."""
    return task == "mask" or settings.method == "components"


def cut_pieces(
    maps: FloatArray, window: Box, core: Box, width: int, settings: Decoding, task: Task
) -> Pieces:
    """Cut the middle of a window into pieces, seeing what lies around it.

    Args:
        maps: float32 (K, h, w) in [0, 1], of the window.
        window: in the image.
        core: its middle.
        width: of the image, pixels.
        settings: as for `neurocyte.instances.decode`.
        task: likewise.

    Returns:
        The pieces. Where `is_connected`, those that go on in the next window are other pieces there, see
        `Seams`.
    """
    foreground = maps[0]
    mask = foreground >= settings.threshold
    regions, count = ndimage.label(mask, structure=EIGHT)
    seeds: IntArray = np.zeros_like(regions)
    landscape, marks, lines = None, list[FloatArray](), no_lines()
    if not count or is_connected(settings, task):
        fragments = regions
    elif isinstance(settings, FlowConfig):
        followed = follow(flow_field(maps, settings.reach), mask)
        fragments, seeds = followed.labels, followed.sinks
        lines = parting_lines(followed, core.within(window))
        marks = flow_marks(followed)
    else:
        flooded = flood(foreground, mask, regions, settings)
        fragments, seeds, landscape = flooded.fragments, flooded.seeds, flooded.landscape
        one, other = touching(fragments, core.within(window))
        lines = lines_of(fragments, one, other, np.minimum(landscape[one], landscape[other]), add=False)
    keys = _keys(fragments, seeds, window, width)
    return _described(fragments, keys, foreground, landscape, marks, lines, window, core, width)


def _described(
    fragments: IntArray,
    keys: Keys,
    foreground: FloatArray,
    landscape: FloatArray | None,
    marks: list[FloatArray],
    lines: Lines,
    window: Box,
    core: Box,
    width: int,
) -> Pieces:
    middle = core.within(window)
    inside = fragments[middle]
    labels, present = compact_labels(inside)
    count = len(present)
    flat, values = labels.ravel(), foreground[middle]
    summit = np.zeros(count + 1, dtype=np.float32)
    if landscape is not None:
        np.maximum.at(summit, flat, landscape[middle].ravel())
    sums = sums_by_label([values, np.square(values), *(one[middle] for one in marks)], labels)
    rows, columns = np.divmod(first_pixels(labels, count)[1:], inside.shape[1])
    found = [(y.start, x.start, y.stop, x.stop) for y, x in ndimage.find_objects(labels)]
    box = np.array(found, dtype=np.int64).reshape(count, 4) + np.array([core.top, core.left] * 2)
    return Pieces(
        labels=labels.astype(np.uint32),
        keys=keys[present],
        area=np.bincount(flat, minlength=count + 1)[1:],
        first=(rows + core.top) * width + columns + core.left,
        box=box,
        total=sums[:, 0],
        squares=sums[:, 1],
        summit=summit[1:],
        flow=sums[:, 2:] if marks else np.zeros((count, 4)),
        lines=_by_key(lines, keys),
    )


def _keys(fragments: IntArray, seeds: IntArray, window: Box, width: int) -> Keys:
    """The key of each fragment by its number: of its seed, or its own first pixel where it has none."""
    count = int(fragments.max(initial=0))
    first = first_pixels(fragments, count)
    seeded = first_pixels(np.where(seeds > 0, fragments, 0), count)
    rows, columns = np.divmod(np.where(seeded >= 0, seeded, first), fragments.shape[1])
    return (rows + window.top) * width + columns + window.left


def _by_key(lines: Lines, keys: Keys) -> Lines:
    one, other = keys[lines.low], keys[lines.high]
    return Lines(np.minimum(one, other), np.maximum(one, other), lines.value, lines.pairs)
