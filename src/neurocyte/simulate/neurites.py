"""Neurites: long thin curved lines that leave cells or cross the field."""

import numpy as np
import numpy.typing as npt

from neurocyte.simulate.ink import Ink
from neurocyte.simulate.kinds import Look, Range

Floats = npt.NDArray[np.float64]

_WIDTHS = (0.45, 0.6, 0.8)
# Radians: how far a neurite strays from its heading in one pixel, and how much it curves on the whole.
_JITTER = 0.035
_CURVATURE = 0.004
_BRANCHES = 0.6


def grow(rng: np.random.Generator, look: Look, starts: Floats, headings: Floats, ink: Ink) -> None:
    """Draw neurites from given points, with side branches.

    Args:
        rng: Source of chance.
        look: The kind of culture.
        starts: (N, 2) rows and columns in pixels.
        headings: (N,) radians; 0 is to the right, a quarter turn is down.
        ink: The map they are drawn into.
    """
    if len(starts) == 0:
        return
    low, high = look.neurite_length
    lengths = low + (high - low) * rng.beta(1.0, 1.8, len(starts))
    heights = rng.uniform(*look.neurite_thickness, len(starts))
    paths, turns = _walk(rng, starts, headings, lengths)
    _draw(rng, paths, lengths, heights, ink)
    stems = np.flatnonzero(rng.random(len(starts)) < _BRANCHES)
    if len(stems) == 0:
        return
    at = (lengths[stems] * rng.uniform(0.15, 0.8, len(stems))).astype(int)
    side = rng.choice([-1.0, 1.0], len(stems)) * rng.uniform(0.35, 1.0, len(stems))
    lengths, heights = lengths[stems] * 0.45, heights[stems] * 0.7
    paths, _ = _walk(rng, paths[stems, at], turns[stems, at] + side, lengths)
    _draw(rng, paths, lengths, heights, ink)


def cross(rng: np.random.Generator, shape: tuple[int, int], count: int, thickness: Range, ink: Ink) -> None:
    """Draw axons that belong to no cell in the picture.

    Args:
        rng: Source of chance.
        shape: Height and width of the map in pixels.
        count: Number of axons.
        thickness: Optical thickness (thinnest, thickest).
        ink: The map they are drawn into.
    """
    if count == 0:
        return
    starts = rng.uniform((0, 0), shape, (count, 2))
    lengths = rng.uniform(40.0, 300.0, count)
    heights = thickness[0] * 0.5 + (thickness[1] - thickness[0]) * rng.beta(1.0, 3.0, count)
    paths, _ = _walk(rng, starts, rng.uniform(0, 2 * np.pi, count), lengths)
    _draw(rng, paths, lengths, heights, ink)


def _walk(
    rng: np.random.Generator, starts: Floats, headings: Floats, lengths: Floats
) -> tuple[Floats, Floats]:
    """Walk in steps of one pixel: (N, L, 2) points and (N, L) headings, L the longest length."""
    steps = int(lengths.max()) + 1
    jitter = rng.normal(0.0, _JITTER, (len(starts), steps))
    curvature = rng.normal(0.0, _CURVATURE, (len(starts), 1))
    turns = headings[:, None] + np.cumsum(jitter + curvature, axis=1)
    moves = np.stack([np.sin(turns), np.cos(turns)], axis=2)
    return starts[:, None, :] + np.cumsum(moves, axis=1), turns


def _draw(rng: np.random.Generator, paths: Floats, lengths: Floats, heights: Floats, ink: Ink) -> None:
    """Draw each path up to its length, thinning toward its end, with beads and fainter stretches."""
    steps = np.arange(paths.shape[1])
    left = np.clip(1 - steps / lengths[:, None], 0.0, None)
    uneven = 1 + 0.35 * rng.standard_normal(left.shape)
    beads = 1 + 2.0 * (rng.random(left.shape) < 0.012)
    weights = heights[:, None] * (0.35 + 0.65 * left) * (left > 0) * np.clip(uneven, 0, None) * beads
    widths = rng.integers(0, len(_WIDTHS), len(paths))
    for number, sigma in enumerate(_WIDTHS):
        chosen = widths == number
        ink.line(paths[chosen].reshape(-1, 2), weights[chosen].ravel(), sigma)
