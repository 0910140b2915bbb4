"""Anchors: the boxes that the detector's outputs correct."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Of c3 to c6, image pixels per feature pixel.
STRIDES = (8, 16, 32, 64)
RATIOS: tuple[tuple[int, ...], ...] = ((2,), (2, 3), (2, 3), (2, 3))
# Anchors a place: two squares, and each ratio with its inverse.
ANCHORS = tuple(2 + 2 * len(ratios) for ratios in RATIOS)
# Level k has the scales edges[k] (min) to edges[k + 1] (max), as shares of the image's height.
PAPER_EDGES = (0.04, 0.1, 0.26, 0.42, 0.58)
# Of sqrt(height x width) of the training boxes: half of the cells lie between the first level's two edges.
QUANTILES = (0.25, 0.75, 0.9, 0.97, 0.995)
# Cells of 10 to 20 pixels need anchor centres closer than the 8 pixels of c3.
SMALL_CELL_REFINE = 2


@dataclass(frozen=True)
class AnchorConfig:
    """Sizes and density of the anchors, and the size of image they are meant for.

    Attributes:
        edges: five rising scales, shares of the image's height; the default is the authors'.
        refine: anchor places a feature pixel along each axis: 1 (the authors') puts the heads at strides 8,
            16, 32, 64; 2 enlarges the maps before the heads, to strides 4, 8, 16, 32, at no parameter more.
        side: images are resized to this square before the network sees them, pixels.
    """

    edges: tuple[float, float, float, float, float] = PAPER_EDGES
    refine: int = 1
    side: int = 512


def anchors_for_cells(sizes: NDArray[np.float64], side: int) -> AnchorConfig:
    """Choose anchors by the training cells: edges at `QUANTILES` of their sizes, heads twice as dense.

    Args:
        sizes: (n,) square roots of the boxes' areas, pixels of the side x side image.
        side: of the square that images are resized to, pixels.

    Returns:
        The anchors; the authors' edges without any cell.
    """
    if not len(sizes):
        return AnchorConfig(refine=SMALL_CELL_REFINE, side=side)
    a, b, c, d, e = (float(q) / side for q in np.quantile(sizes, QUANTILES))
    return AnchorConfig((a, b, c, d, e), SMALL_CELL_REFINE, side)


def level_sizes(config: AnchorConfig, level: int, height: int) -> list[tuple[float, float]]:
    """Return the anchors of one level.

    Args:
        config: the anchors.
        level: 0 to 3, for c3 to c6.
        height: of the image, pixels.

    Returns:
        (height, width) of each, pixels: min square, sqrt(min max) square, then each ratio flat and tall.
    """
    least, most = config.edges[level] * height, config.edges[level + 1] * height
    middle = math.sqrt(least * most)
    sizes = [(least, least), (middle, middle)]
    for ratio in RATIOS[level]:
        short, long = least / math.sqrt(ratio), least * math.sqrt(ratio)
        sizes += [(short, long), (long, short)]
    return sizes


@lru_cache(maxsize=8)
def anchor_boxes(config: AnchorConfig, shape: tuple[int, int]) -> Tensor:
    """Return all anchors of an image, in the order of the detector's outputs.

    Args:
        config: the anchors.
        shape: (H, W) of the image, pixels.

    Returns:
        float32 (A, 4): centre row, centre column, height, width; pixels; level by level, row by row, column
        by column. Shared by all callers: not to be changed.
    """
    levels = []
    for level, stride in enumerate(STRIDES):
        step = stride / config.refine
        # As many places as the padded convolutions give pixels, whatever the side.
        rows, columns = (config.refine * -(-side // stride) for side in shape)
        sizes = torch.tensor(level_sizes(config, level, shape[0]), dtype=torch.float32)
        y = (torch.arange(rows) + 0.5) * step
        x = (torch.arange(columns) + 0.5) * step
        centres = torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1).reshape(-1, 1, 2)
        count = len(sizes)
        boxes = torch.cat([centres.expand(-1, count, 2), sizes.expand(len(centres), count, 2)], dim=-1)
        levels.append(boxes.reshape(-1, 4))
    return torch.cat(levels)
