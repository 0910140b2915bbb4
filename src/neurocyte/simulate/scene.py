"""A simulated picture and its truth."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.errors import UsageError
from neurocyte.simulate.bodies import draw_bodies
from neurocyte.simulate.cells import Cell, Dish, populate
from neurocyte.simulate.debris import draw_clumps, scatter_dots
from neurocyte.simulate.ink import Ink
from neurocyte.simulate.kinds import LOOKS, Kind, KindOrMixed, kinds_of
from neurocyte.simulate.layouts import settle
from neurocyte.simulate.neurites import cross, grow
from neurocyte.simulate.optics import draw_microscope, photograph

# Pixels around the picture, so that what lies outside reaches in and the optics wrap nothing around.
_BORDER = 24
_SHORTEST_SIDE = 32


@dataclass(frozen=True)
class Simulated:
    """A picture and the cells in it.

    Attributes:
        image: (H, W) uint8 grey levels; the empty field is about 128.
        labels: (H, W) uint16, 0 = background, cells numbered from 1.
    """

    image: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint16]


def simulate(
    shape: tuple[int, int] = (520, 704),
    cells: int | None = 40,
    kind: KindOrMixed = "cort",
    seed: int = 0,
) -> Simulated:
    """Simulate a phase-contrast picture of neural cells with its exact truth.

    As in the Sartorius annotations, the truth of a neuron (``cort``, ``shsy5y``) is its body with the
    stems of its processes, that of an astrocyte the whole cell; thin neurites are drawn, not labelled.
    The same arguments give the same picture.

    Args:
        shape: Height and width in pixels, each at least 32.
        cells: Number of cells, 0 to 65,535 (fewer where there is no room); None draws a number typical
            of the kind.
        kind: ``cort`` (cortical neurons), ``astro`` (astrocytes), ``shsy5y`` (neuroblastoma) or ``mixed``.
        seed: Not negative.

    Returns:
        The picture and its label image.

    Raises:
        UsageError: An argument is out of its range.
    """
    kinds = kinds_of(kind)
    _check(shape, cells, seed)
    rng = np.random.Generator(np.random.PCG64(seed))
    dish = _dish(shape)
    populate(rng, dish, kinds, _typical(rng, kinds, shape) if cells is None else cells)
    return _picture(rng, dish, kinds)


def simulate_annotated(labels: npt.NDArray[np.integer[Any]], kind: Kind, seed: int = 0) -> Simulated:
    """Simulate a picture of cells that have the shapes and the arrangement of an annotation.

    Args:
        labels: Label image, integer (H, W), 0 = background, sides of at least 32 pixels.
        kind: Of the cells: how they look beside their shape.
        seed: Not negative; the same arguments give the same picture.

    Returns:
        The picture and its label image: the annotation's, numbered anew, without cells of less than 30
        pixels.

    Raises:
        UsageError: An argument is out of its range.
    """
    _check(labels.shape, None, seed)
    rng = np.random.Generator(np.random.PCG64(seed))
    dish = _dish(labels.shape)
    settle(rng, dish, labels, kind)
    return _picture(rng, dish, (kind,))


def _dish(shape: tuple[int, ...]) -> Dish:
    """An empty dish."""
    height, width = shape
    canvas = np.zeros((height + 2 * _BORDER, width + 2 * _BORDER), np.uint16)
    return Dish(canvas, (slice(_BORDER, _BORDER + height), slice(_BORDER, _BORDER + width)))


def _picture(rng: np.random.Generator, dish: Dish, kinds: tuple[Kind, ...]) -> Simulated:
    """What the microscope makes of a dish."""
    canvas = dish.labels.shape
    megapixels = canvas[0] * canvas[1] / 1e6
    ink = Ink(canvas)
    bodies = draw_bodies(rng, dish, ink)
    for cell in dish.cells:
        _sprout(rng, cell, ink)
    for one in kinds:
        look = LOOKS[one]
        share = rng.uniform(0.5, 1.5) * megapixels / len(kinds)
        cross(rng, canvas, round(look.axons * share), look.neurite_thickness, ink)
        scatter_dots(rng, canvas, round(look.dots * share), ink)
        draw_clumps(rng, _clump_centres(rng, dish, round(look.clumps * share)), ink)
    picture = photograph(bodies + ink.thickness(), draw_microscope(rng), rng)[dish.frame]
    image = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return Simulated(image, np.ascontiguousarray(dish.labels[dish.frame]))


def _check(shape: tuple[int, ...], cells: int | None, seed: int) -> None:
    if min(shape) < _SHORTEST_SIDE:
        raise UsageError(
            f"A simulated picture of {shape[0]} x {shape[1]} pixels is too small: each side needs at least "
            f"{_SHORTEST_SIDE}."
        )
    if cells is not None and not 0 <= cells <= np.iinfo(np.uint16).max:
        raise UsageError(f"{cells} cells cannot be simulated: give a number from 0 to 65535.")
    if seed < 0:
        raise UsageError(f"The seed {seed} is negative: give 0 or a larger whole number.")


def _typical(rng: np.random.Generator, kinds: tuple[Kind, ...], shape: tuple[int, int]) -> int:
    """A number of cells as real pictures have, at least one."""
    look = LOOKS[kinds[int(rng.integers(len(kinds)))]]
    density = look.cells[0] * np.exp(look.cells[1] * np.clip(rng.standard_normal(), -1.4, 1.4))
    return max(1, round(float(density) * shape[0] * shape[1] / 1e6))


def _clump_centres(rng: np.random.Generator, dish: Dish, count: int) -> npt.NDArray[np.float64]:
    """Places for debris, (N, 2): half of them at cells."""
    places = rng.uniform((0, 0), dish.labels.shape, (count, 2))
    for number in range(count // 2 if dish.cells else 0):
        cell = dish.cells[int(rng.integers(len(dish.cells)))]
        places[number] = cell.centre + rng.normal(0.0, cell.radius, 2)
    return places


def _sprout(rng: np.random.Generator, cell: Cell, ink: Ink) -> None:
    """Let neurites leave a cell, from its corners first, else all around."""
    look = LOOKS[cell.kind]
    if cell.rounded:
        return
    count = int(rng.integers(look.neurites[0], look.neurites[1] + 1))
    corners = rng.permutation(cell.corners)[:count]
    outward = corners - cell.centre
    headings = np.arctan2(outward[:, 0], outward[:, 1])
    extra = rng.uniform(0, 2 * np.pi, count - len(corners))
    around = cell.centre + 0.8 * cell.radius * np.stack([np.sin(extra), np.cos(extra)], axis=1)
    starts = np.concatenate([corners * 0.9 + cell.centre * 0.1, around])
    grow(rng, look, starts, np.concatenate([headings, extra]), ink)
