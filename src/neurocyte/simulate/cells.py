"""Where cells lie: their truth."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from neurocyte.simulate.kinds import LOOKS, Kind, Look
from neurocyte.simulate.shapes import Mask, Points, rasterise, round_outline, spread_outline

_TRIES = 100
LARGEST_ROUNDED = 1.6 * LOOKS["cort"].area[0]
"""Pixels: the area of the largest cell that has rounded up."""
SMALLEST = 30
"""Pixels: a cell of fewer is none."""
# A candidate may lose this part of itself to cells already there: that is how cells come to touch.
_LOST = 0.25
_EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Cell:
    """One cell that found its place.

    Attributes:
        kind: Its kind.
        centre: (2,) row and column in pixels.
        corners: (K, 2) rows and columns of its corners in pixels; none for a rounded cell.
        radius: Of the disc of its area, pixels.
        thickness: Optical thickness in its middle.
        rounded: Whether it has rounded up.
    """

    kind: Kind
    centre: Points
    corners: Points
    radius: float
    thickness: float
    rounded: bool


@dataclass
class Dish:
    """Cells placed so far on a canvas wider than the picture.

    Attributes:
        labels: (H, W) uint16, 0 = background.
        frame: The part of the canvas that the picture shows.
        cells: Cell number n has label n + 1.
    """

    labels: npt.NDArray[np.uint16]
    frame: tuple[slice, slice]
    cells: list[Cell] = field(default_factory=list)


def populate(rng: np.random.Generator, dish: Dish, kinds: tuple[Kind, ...], count: int) -> None:
    """Place cells that show in the frame, until a cell finds no room.

    Args:
        rng: Source of chance.
        dish: The dish, changed in place.
        kinds: The kinds to choose from.
        count: Number of cells.
    """
    for _ in range(count):
        tries = (_place(rng, dish, kinds[int(rng.integers(len(kinds)))]) for _ in range(_TRIES))
        if not any(tries):
            return


def _place(rng: np.random.Generator, dish: Dish, kind: Kind) -> bool:
    """Try one cell at one place; True where it fits."""
    look = LOOKS[kind]
    area = float(look.area[0] * np.exp(look.area[1] * np.clip(rng.standard_normal(), -2.2, 2.4)))
    rounded = bool(rng.random() < look.rounded)
    centre = _centre(rng, dish, look, np.sqrt(area / np.pi))
    row, column = (int(part) for part in centre)
    if dish.labels[row, column]:
        return False
    if rounded:
        area = min(area, LARGEST_ROUNDED)
        outline, corners = round_outline(rng, area), np.empty((0, 2))
    else:
        outline, corners = spread_outline(rng, look, area)
    mask, origin = rasterise(outline + centre, smoothing=1.3)
    if not _claim(dish, mask, origin):
        return False
    thickness = thickness_of(rng, look, rounded)
    dish.cells.append(Cell(kind, centre, corners + centre, np.sqrt(area / np.pi), thickness, rounded))
    return True


def thickness_of(rng: np.random.Generator, look: Look, rounded: bool) -> float:
    """Draw the optical thickness of a cell's middle; one that has rounded up is thicker."""
    return float(rng.uniform(*look.thickness) * (rng.uniform(1.8, 3.0) if rounded else 1.0))


def _centre(rng: np.random.Generator, dish: Dish, look: Look, radius: float) -> Points:
    """Anywhere in the frame, or against a cell that is there."""
    rows, columns = dish.frame
    low, high = np.array([rows.start, columns.start]), np.array([rows.stop, columns.stop])
    centre = rng.uniform(low, high)
    if dish.cells and rng.random() < look.clumping:
        other = dish.cells[int(rng.integers(len(dish.cells)))]
        angle = rng.uniform(0, 2 * np.pi)
        distance = (other.radius + radius) * rng.uniform(0.8, 1.3)
        centre = other.centre + distance * np.array([np.sin(angle), np.cos(angle)])
    return np.clip(centre, low, high - 1)


def _claim(dish: Dish, mask: Mask, origin: tuple[int, int]) -> bool:
    """Give a cell the free pixels of its mask, if they are most of it, one piece, and show in the frame."""
    top, left = max(origin[0], 0), max(origin[1], 0)
    bottom = min(origin[0] + mask.shape[0], dish.labels.shape[0])
    right = min(origin[1] + mask.shape[1], dish.labels.shape[1])
    mask = mask[top - origin[0] : bottom - origin[0], left - origin[1] : right - origin[1]]
    there = dish.labels[top:bottom, left:right]
    pieces, _ = ndi.label(mask & (there == 0), structure=_EIGHT)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    if sizes.max() < (1 - _LOST) * mask.sum():
        return False
    kept = pieces == int(sizes.argmax())
    rows, columns = dish.frame
    above, below = max(rows.start - top, 0), max(rows.stop - top, 0)
    before, after = max(columns.start - left, 0), max(columns.stop - left, 0)
    shown = kept[above:below, before:after]
    if shown.sum() < SMALLEST or ndi.label(shown, structure=_EIGHT)[1] != 1:
        return False
    there[kept] = len(dish.cells) + 1
    return True
