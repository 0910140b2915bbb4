"""What lies between the cells: round dots and granular clumps."""

import numpy as np
import numpy.typing as npt

from neurocyte.simulate.ink import Ink

_DOT_SIGMAS = (0.7, 1.1, 1.6)


def scatter_dots(rng: np.random.Generator, shape: tuple[int, int], count: int, ink: Ink) -> None:
    """Draw round dots; a few lie in twos and threes.

    Args:
        rng: Source of chance.
        shape: Height and width of the map in pixels.
        count: Number of dots.
        ink: The map they are drawn into.
    """
    centres = rng.uniform((0, 0), shape, (count, 2))
    companions = centres[rng.random(count) < 0.2]
    companions = companions + rng.normal(0.0, 4.0, companions.shape)
    for place in (centres, companions):
        sizes = rng.choice(len(_DOT_SIGMAS), len(place), p=[0.45, 0.3, 0.25])
        heights = rng.uniform(0.8, 4.4, len(place)) * np.array([0.6, 1.0, 1.3])[sizes]
        for number, sigma in enumerate(_DOT_SIGMAS):
            chosen = sizes == number
            ink.dots(place[chosen], heights[chosen], sigma)


def draw_clumps(rng: np.random.Generator, centres: npt.NDArray[np.float64], ink: Ink) -> None:
    """Draw clumps of granules: dead cells, which stick to each other and to living ones.

    Args:
        rng: Source of chance.
        centres: (N, 2) rows and columns in pixels.
        ink: The map they are drawn into.
    """
    for centre in centres:
        for _ in range(int(rng.integers(1, 4))):
            _blob(rng, centre + rng.normal(0.0, 5.0, 2), rng.uniform(2.5, 6.0), ink)


def _blob(rng: np.random.Generator, centre: npt.NDArray[np.float64], radius: float, ink: Ink) -> None:
    granules = int(radius * 3)
    reach = radius * np.sqrt(rng.random(granules))
    angles = rng.uniform(0, 2 * np.pi, granules)
    points = centre + reach[:, None] * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    ink.dots(points, rng.uniform(0.2, 2.1, granules), 0.7)
    ink.dots(centre[None, :], np.array([rng.uniform(0.6, 1.4)]), round(radius) / 2)
