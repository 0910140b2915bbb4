"""The pieces of cells in one window, so described that those of all windows can be joined."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neurocyte.instances.agglomeration import NEIGHBOURS, cell_maps, cut_fragments, evidence_of
from neurocyte.instances.flows import flow_field, flow_marks, follow
from neurocyte.instances.labels import EIGHT, FloatArray, IntArray, compact_labels, first_pixels, sum_by_label
from neurocyte.instances.watershed import flood
from neurocyte.large.boxes import Box
from neurocyte.models.config import AgglomerationConfig, Decoding, FlowConfig, Task

Keys = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """Where two pieces touch.

    Args:
        low: int64 (m,), key of the one.
        high: int64 (m,), key of the other, which is greater.
        value: float64 (m,), of the watershed the height of the highest pass; of the agglomeration the sum of
            the evidence.
        pairs: int64 (m,), pairs of pixels.
    """

    low: Keys
    high: Keys
    value: Floats
    pairs: Keys


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
    landscape, marks, lines = None, None, _no_lines()
    if not count or is_connected(settings, task):
        fragments = regions
    elif isinstance(settings, AgglomerationConfig):
        cells = cell_maps(maps, settings.reach)
        fragments, seeds = cut_fragments(cells, mask, settings.smoothing)
        one, other = _touching(fragments, core.within(window))
        values = evidence_of(cells, settings)(one, other).astype(np.float64)
        lines = _lines(fragments, one, other, values, add=True)
    elif isinstance(settings, FlowConfig):
        # Ways that meet are a cell: nothing is left to join.
        field = flow_field(maps, settings.reach)
        followed = follow(field, mask)
        fragments, seeds = followed.labels, followed.sinks
        marks = flow_marks(field, fragments, followed.drift)
    else:
        flooded = flood(foreground, mask, regions, settings)
        fragments, seeds, landscape = flooded.fragments, flooded.seeds, flooded.landscape
        one, other = _touching(fragments, core.within(window))
        lines = _lines(fragments, one, other, np.minimum(landscape[one], landscape[other]), add=False)
    keys = _keys(fragments, seeds, window, width)
    return _described(fragments, keys, foreground, landscape, marks, lines, window, core, width)


def _described(
    fragments: IntArray,
    keys: Keys,
    foreground: FloatArray,
    landscape: FloatArray | None,
    marks: FloatArray | None,
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
    flow = np.zeros((count, 4))
    if marks is not None:
        flow = np.stack([sum_by_label(one[middle], labels) for one in marks], axis=1)
    rows, columns = np.divmod(first_pixels(labels, count)[1:], inside.shape[1])
    found = [(y.start, x.start, y.stop, x.stop) for y, x in ndimage.find_objects(labels)]
    box = np.array(found, dtype=np.int64).reshape(count, 4) + np.array([core.top, core.left] * 2)
    return Pieces(
        labels=labels.astype(np.uint32),
        keys=keys[present],
        area=np.bincount(flat, minlength=count + 1)[1:],
        first=(rows + core.top) * width + columns + core.left,
        box=box,
        total=sum_by_label(values, labels),
        squares=sum_by_label(np.square(values), labels),
        summit=summit[1:],
        flow=flow,
        lines=_by_key(lines, keys),
    )


def _keys(fragments: IntArray, seeds: IntArray, window: Box, width: int) -> Keys:
    """The key of each fragment by its number: of its seed, or its own first pixel where it has none."""
    count = int(fragments.max(initial=0))
    first = first_pixels(fragments, count)
    seeded = first_pixels(np.where(seeds > 0, fragments, 0), count)
    rows, columns = np.divmod(np.where(seeded >= 0, seeded, first), fragments.shape[1])
    return (rows + window.top) * width + columns + window.left


Places = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


def _touching(fragments: IntArray, middle: tuple[slice, slice]) -> tuple[Places, Places]:
    """Pairs of neighbouring pixels of two fragments, the first of each pair in the middle of the window."""
    rows, columns = middle
    padded = np.pad(fragments, 1)
    here = fragments[middle]
    ones, others = [], []
    for down, right in NEIGHBOURS:
        there = padded[
            rows.start + 1 + down : rows.stop + 1 + down, columns.start + 1 + right : columns.stop + 1 + right
        ]
        row, column = np.nonzero((here != there) & (here > 0) & (there > 0))
        ones.append((row + rows.start, column + columns.start))
        others.append((row + rows.start + down, column + columns.start + right))
    one, other = (
        (np.concatenate([row for row, _ in found]), np.concatenate([column for _, column in found]))
        for found in (ones, others)
    )
    return one, other


def _lines(
    fragments: IntArray, one: Places, other: Places, values: npt.NDArray[np.floating], *, add: bool
) -> Lines:
    """One line for every two fragments that touch, by their numbers."""
    low = np.minimum(fragments[one], fragments[other]).astype(np.int64)
    base = int(fragments.max()) + 1
    pairs, index = np.unique(low * base + np.maximum(fragments[one], fragments[other]), return_inverse=True)
    value = np.zeros(len(pairs), dtype=np.float64)
    (np.add if add else np.maximum).at(value, index, values)
    return Lines(pairs // base, pairs % base, value, np.bincount(index, minlength=len(pairs)))


def _by_key(lines: Lines, keys: Keys) -> Lines:
    one, other = keys[lines.low], keys[lines.high]
    return Lines(np.minimum(one, other), np.maximum(one, other), lines.value, lines.pairs)


def _no_lines() -> Lines:
    nothing = np.zeros(0, dtype=np.int64)
    return Lines(nothing, nothing, np.zeros(0), nothing)
