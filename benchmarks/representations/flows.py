"""Foreground and flows: unit vectors down the heat that spreads from a cell's middle.

Source: Stringer et al., Cellpose: a generalist algorithm for cellular segmentation, Nature Methods 18 (2021);
targets, loss (mean squared error of five times the flow, halved), 200 steps, and the error of the flow above
which a cell is dropped (0.4 there, chosen here) are theirs. Ours: the foreground's loss is that of the other
ways, and the flow's is a mean over the cells' pixels, the background's counting a fifth, as all cover little.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage, sparse
from torch import Tensor
from way import Labels, Maps

from neurocyte.instances.agglomeration import with_forgotten
from neurocyte.instances.labels import EIGHT, clean_labels, compact_labels
from neurocyte.training.cell_loss import BACKGROUND_WEIGHT
from neurocyte.training.losses import ComboLoss

SCALE = 5.0
STEPS = 200
# Least walkers of a place where a cell is, and how far ends of one cell may lie apart.
WALKERS, NEAR = 10, 5
MIN_AREA = 30


class Flows:
    """Follow the flow of each pixel; pixels that end together are a cell."""

    channels = 3
    limits = (0.1, 0.2, 0.3, 0.4, 0.6, 10.0)

    def __init__(self) -> None:
        self.combo = ComboLoss()
        # Maps and threshold of before, and what came of them whatever the limit.
        self._followed: tuple[Maps, float, Labels, NDArray[np.float64]] | None = None

    def targets(self, labels: Labels) -> Maps:
        """Return foreground and the two components of the flow."""
        return np.concatenate(((labels > 0)[None].astype(np.float32), flows(labels)))

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return combo(foreground) + flow."""
        logits = logits.float()
        inside = targets[:, :1]
        weight = BACKGROUND_WEIGHT + (1 - BACKGROUND_WEIGHT) * inside
        error = (logits[:, 1:] - SCALE * targets[:, 1:]).square() * weight
        combo: Tensor = self.combo(logits[:, :1], inside)
        return combo + error.sum() / (2 * 2 * weight.sum())

    def maps(self, logits: Tensor, zoom: int) -> Tensor:  # noqa: ARG002
        """Return the foreground's probability and the flow, without a unit."""
        return torch.cat((torch.sigmoid(logits[:, :1]), logits[:, 1:] / SCALE), dim=1)

    def read(self, maps: Maps, threshold: float, limit: float) -> Labels:
        """Follow; drop cells whose own flow differs from the network's by more than the limit."""
        if self._followed is None or self._followed[0] is not maps or self._followed[1] != threshold:
            self._followed = (maps, threshold, *_follow(maps, threshold))
        _, _, found, errors = self._followed
        kept = np.concatenate(([False], errors <= limit))
        return clean_labels(np.where(kept[found], found, 0))


def _follow(maps: Maps, threshold: float) -> tuple[Labels, NDArray[np.float64]]:
    """Cells (H, W), and of each the mean squared error of its flow, (n,)."""
    mask = maps[0] >= threshold
    labels = np.zeros(mask.shape, np.int32)
    if not mask.any():
        return labels, np.zeros(0)
    ends = np.rint(_walk(maps[1:], mask)).astype(int)
    counts = np.zeros(mask.shape, np.float32)
    np.add.at(counts, tuple(ends), 1)
    sinks, _ = ndimage.label(ndimage.uniform_filter(counts, NEAR) * NEAR**2 > WALKERS, structure=EIGHT)
    labels[mask] = sinks[tuple(ends)]
    found = clean_labels(with_forgotten(labels, mask), MIN_AREA)
    error = ((flows(found) - maps[1:]) ** 2).sum(axis=0)
    return found, np.asarray(ndimage.mean(error, found, np.arange(1, int(found.max()) + 1))).reshape(-1)


def flows(labels: Labels) -> Maps:
    """Return the unit vectors up the heat, rows and columns, float32 (2, H, W), 0 in the background."""
    field = np.zeros((2, *labels.shape), np.float32)
    compact, values = compact_labels(labels)
    if not len(values):
        return field
    padded = np.pad(compact, 1)
    flat, width = padded.ravel(), padded.shape[1]
    pixels = np.flatnonzero(flat)
    number = np.full(flat.size, -1)
    number[pixels] = np.arange(len(pixels))
    boxes = ndimage.find_objects(compact)
    steps = 2 * max(sum(side.stop - side.start for side in box) for box in boxes)
    heat = _spread(flat, pixels, number, width, _middles(flat[pixels], pixels, width, len(values)), steps)
    heat = np.log1p(heat)

    def beside(step: int) -> NDArray[np.float64]:
        there = number[pixels + step]
        same = flat[pixels + step] == flat[pixels]
        beside: NDArray[np.float64] = np.where(same, heat[there], 0.0)
        return beside

    vectors = np.stack((beside(width) - beside(-width), beside(1) - beside(-1)))
    vectors /= np.maximum(np.hypot(*vectors), 1e-20)
    rows, columns = np.divmod(pixels, width)
    field[:, rows - 1, columns - 1] = vectors
    return field


def _middles(own: NDArray[np.intp], pixels: NDArray[np.intp], width: int, count: int) -> NDArray[np.intp]:
    """The pixel of each cell nearest to the cell's mean: its place among the pixels."""
    places = np.stack(np.divmod(pixels, width)).astype(np.float64)
    sizes = np.bincount(own, minlength=count + 1)
    means = np.stack([np.bincount(own, side, count + 1) / np.maximum(sizes, 1) for side in places])
    away = ((places - means[:, own]) ** 2).sum(axis=0)
    order = np.lexsort((away, own))
    firsts: NDArray[np.intp] = order[np.searchsorted(own[order], np.arange(1, count + 1))]
    return firsts


def _spread(
    flat: NDArray[np.intp],
    pixels: NDArray[np.intp],
    number: NDArray[np.intp],
    width: int,
    sources: NDArray[np.intp],
    steps: int,
) -> NDArray[np.float64]:
    """Heat of each pixel after some steps of a mean over nine pixels; it does not leave its cell."""
    pairs = []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            there = pixels + down * width + right
            same = np.flatnonzero(flat[there] == flat[pixels])
            pairs.append((same, number[there[same]]))
    rows, columns = (np.concatenate(part) for part in zip(*pairs, strict=True))
    mean = sparse.csr_matrix((np.full(len(rows), 1 / 9), (rows, columns)), shape=(len(pixels),) * 2)
    heat = np.zeros(len(pixels))
    for _ in range(steps):
        heat[sources] += 1
        heat = mean @ heat
    return heat


def _walk(field: Maps, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Where the mask's pixels end, (2, n)."""
    ends = np.argwhere(mask).T.astype(np.float64)
    top = np.array(mask.shape)[:, None] - 1.0
    inner = field * mask
    for _ in range(STEPS):
        moves = np.stack([ndimage.map_coordinates(one, ends, order=1, mode="nearest") for one in inner])
        ends = np.clip(ends + moves, 0, top)
    return ends
