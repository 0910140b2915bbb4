"""Outlines of cells, drawn as small masks."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi
from skimage.draw import polygon2mask

from neurocyte.simulate.kinds import Look

Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_CURVE_POINTS = 16
# Room for the blur that rounds the corners.
_MARGIN = 4


def round_outline(rng: np.random.Generator, area: float) -> Points:
    """Draw the outline of a cell that has rounded up.

    Args:
        rng: Source of chance.
        area: Pixels.

    Returns:
        (N, 2) rows and columns around the centre, in pixels.
    """
    angles = np.linspace(0.0, 2 * np.pi, 4 * _CURVE_POINTS, endpoint=False)
    points = _turned(_unit(angles) * (rng.uniform(0.8, 1.0), 1.0), rng.uniform(0, 2 * np.pi))
    return points * float(np.sqrt(area / _polygon_area(points)))


def spread_outline(rng: np.random.Generator, look: Look, area: float) -> tuple[Points, Points]:
    """Draw the outline of a cell spread on the dish: corners joined by arcs that hug the waist.

    Args:
        rng: Source of chance.
        look: The kind of culture.
        area: Pixels.

    Returns:
        (N, 2) outline and (K, 2) corners, rows and columns around the centre, in pixels.
    """
    tips = int(rng.integers(look.tips[0], look.tips[1] + 1))
    angles = (np.arange(tips) + rng.uniform(-0.38, 0.38, tips)) * (2 * np.pi / tips)
    low, high = look.reach
    lengths = low + (high - low) * rng.beta(0.9, 1.6, tips)
    waists = rng.uniform(0.8, 1.2, tips)
    corners = lengths[:, None] * _unit(angles)
    gaps = np.diff(angles, append=angles[0] + 2 * np.pi) / 2
    controls = waists[:, None] * _unit(angles + gaps)
    squeeze = np.array([rng.uniform(*look.squeeze), 1.0])
    corners, controls = corners * squeeze, controls * squeeze
    outline = _ruffled(rng, _arcs(corners, controls))
    bow = rng.uniform(-look.bend, look.bend)
    span = float(np.abs(outline[:, 1]).max())
    turn = rng.uniform(0, 2 * np.pi)
    outline, corners = (_turned(_bowed(points, bow / span), turn) for points in (outline, corners))
    scale = np.sqrt(area / _polygon_area(outline))
    return outline * scale, corners * scale


def ring(rng: np.random.Generator, radius: float) -> Points:
    """Draw an ellipse at an angle, by points about a pixel apart.

    Args:
        rng: Source of chance.
        radius: The longer half axis in pixels.

    Returns:
        (N, 2) rows and columns around the centre, in pixels.
    """
    angles = np.linspace(0.0, 2 * np.pi, max(round(2 * np.pi * radius), 1), endpoint=False)
    return _turned(radius * _unit(angles) * (rng.uniform(0.65, 1.0), 1.0), rng.uniform(0, 2 * np.pi))


def rasterise(outline: Points, smoothing: float) -> tuple[Mask, tuple[int, int]]:
    """Fill an outline and soften its corners.

    Args:
        outline: (N, 2) rows and columns, pixels, in the frame of the picture.
        smoothing: Standard deviation in pixels of the blur that rounds the corners.

    Returns:
        (h, w) bool and the row and column of its first pixel in the picture (may be negative).
    """
    corner = np.floor(outline.min(axis=0)).astype(int) - _MARGIN
    size = np.ceil(outline.max(axis=0)).astype(int) + _MARGIN + 1 - corner
    filled = polygon2mask(tuple(size), outline - corner)
    soft = ndi.gaussian_filter(filled.astype(np.float32), smoothing, mode="constant")
    return soft > 0.42, (int(corner[0]), int(corner[1]))


def _arcs(corners: Points, controls: Points) -> Points:
    """Join corners by cubic arcs whose two control points fall together."""
    t = np.linspace(0.0, 1.0, _CURVE_POINTS, endpoint=False)[:, None]
    following = np.roll(corners, -1, axis=0)
    arcs = [
        (1 - t) ** 3 * start + 3 * t * (1 - t) * control + t**3 * end
        for start, control, end in zip(corners, controls, following, strict=True)
    ]
    return np.concatenate(arcs)


def _ruffled(rng: np.random.Generator, outline: Points) -> Points:
    """Move points a little in and out, neighbours together; lengths are in radii of the waist."""
    noise = ndi.gaussian_filter1d(rng.standard_normal(len(outline)), 1.5, mode="wrap")
    return np.asarray(outline * (1 + 0.07 * noise[:, None]), np.float64)


def _unit(angles: npt.NDArray[np.float64]) -> Points:
    return np.stack([np.sin(angles), np.cos(angles)], axis=1)


def _turned(points: Points, angle: float) -> Points:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]), np.float64)


def _bowed(points: Points, bow: float) -> Points:
    return points + np.stack([bow * points[:, 1] ** 2, np.zeros(len(points))], axis=1)


def _polygon_area(points: Points) -> float:
    rows, columns = points.T
    return float(abs(rows @ np.roll(columns, -1) - columns @ np.roll(rows, -1)) / 2)
