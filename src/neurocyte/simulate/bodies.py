"""The optical thickness of cell bodies."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from neurocyte.simulate.cells import Cell, Dish
from neurocyte.simulate.ink import Ink
from neurocyte.simulate.kinds import LOOKS
from neurocyte.simulate.shapes import ring

Plane = npt.NDArray[np.float32]

# Standard normal noise is above this in about 1 pixel of 60.
_RARE = 2.13
_SMALLEST_NUCLEUS = 2.0


def draw_bodies(rng: np.random.Generator, dish: Dish, ink: Ink) -> Plane:
    """Draw cell bodies, with organelles inside; nuclei go into the ink.

    The outermost pixel of a cell is too thin to see: annotators draw on the halo, outside the dark rim.

    Args:
        rng: Source of chance.
        dish: The cells.
        ink: The map the nuclei are drawn into.

    Returns:
        (H, W) optical thickness of the bodies.
    """
    labels, cells = dish.labels, dish.cells
    spans = np.array([0.0, *(cell.thickness for cell in cells)], np.float32)
    rims = np.array([1.0, *(_rim(rng, cell) for cell in cells)], np.float32)
    grains = np.array([0.0, *(LOOKS[cell.kind].grain for cell in cells)], np.float32)
    edge = (ndi.maximum_filter(labels, 3) != labels) | (ndi.minimum_filter(labels, 3) != labels)
    depth = ndi.distance_transform_edt((labels > 0) & ~edge).astype(np.float32)
    middles = ndi.maximum_position(depth, labels, np.arange(1, len(cells) + 1))
    for cell, middle in zip(cells, middles, strict=True):
        _draw_nucleus(rng, cell, np.array(middle, float), float(depth[middle]), ink)
    inside = 1 - np.exp(-depth / rims[labels])
    body = spans[labels] * inside * (1 + grains[labels] * _organelles(rng, labels.shape))
    # Pixel steps along a slanted rim would show as beads.
    return np.asarray(ndi.gaussian_filter(body, 0.6), np.float32)


def _rim(rng: np.random.Generator, cell: Cell) -> float:
    """Pixels over which a cell's thickness rises: a step for a flat cell, more for a domed one."""
    return 0.25 * cell.radius if cell.rounded else rng.uniform(0.4, 2.4)


def _organelles(rng: np.random.Generator, shape: tuple[int, ...]) -> Plane:
    """Thick and thin parts, faint mottling, and a few strong granules."""
    noise = rng.standard_normal(shape).astype(np.float32)
    mottling = ndi.gaussian_filter(noise, 0.9) + 1.2 * ndi.gaussian_filter(noise, 2.0)
    granules = ndi.gaussian_filter((noise > _RARE).astype(np.float32), 0.8)
    swell = ndi.gaussian_filter(noise, 5.0)
    return np.asarray(0.35 * mottling + 4.0 * granules + 7.0 * swell, np.float32)


def _draw_nucleus(
    rng: np.random.Generator, cell: Cell, centre: npt.NDArray[np.float64], depth: float, ink: Ink
) -> None:
    """Draw the envelope and the nucleoli where the cell is broadest, if there is room."""
    radius = min(0.8 * depth, rng.uniform(4.0, 6.5))
    if cell.rounded or radius < _SMALLEST_NUCLEUS:
        return
    envelope = ring(rng, radius)
    ink.line(centre + envelope, np.full(len(envelope), rng.uniform(0.05, 0.3)), 0.8)
    spots = int(rng.integers(1, 4))
    ink.dots(centre + rng.normal(0, 0.35 * radius, (spots, 2)), rng.uniform(-0.5, 1.0, spots), 0.9)
