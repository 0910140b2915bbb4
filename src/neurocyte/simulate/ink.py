"""Thin things drawn into a map of optical thickness: neurites, granules, rings."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

Points = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float64]


class Ink:
    """Points gathered by width and blurred once for each width.

    Args:
        shape: Height and width of the map in pixels.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape
        self._points: dict[float, list[Points]] = {}
        self._weights: dict[float, list[Floats]] = {}

    def dots(self, points: Points, heights: Floats, sigma: float) -> None:
        """Draw Gaussian dots.

        Args:
            points: (N, 2) rows and columns in pixels; those outside the map are left out.
            heights: (N,) optical thickness in the middle of each dot.
            sigma: Standard deviation in pixels.
        """
        self._add(points, heights * (2 * np.pi * sigma**2), sigma)

    def line(self, points: Points, heights: Floats, sigma: float) -> None:
        """Draw a ridge through points about one pixel apart.

        Args:
            points: (N, 2) rows and columns in pixels; those outside the map are left out.
            heights: (N,) optical thickness along the ridge.
            sigma: Standard deviation in pixels across the ridge.
        """
        self._add(points, heights * (np.sqrt(2 * np.pi) * sigma), sigma)

    def thickness(self) -> npt.NDArray[np.float32]:
        """Sum of all that was drawn.

        Returns:
            (H, W) optical thickness.
        """
        total = np.zeros(self._shape, np.float32)
        for sigma, points in self._points.items():
            plane = _splat(np.concatenate(points), np.concatenate(self._weights[sigma]), self._shape)
            total += ndi.gaussian_filter(plane, sigma, mode="constant")
        return total

    def _add(self, points: Points, weights: Floats, sigma: float) -> None:
        self._points.setdefault(sigma, []).append(points)
        self._weights.setdefault(sigma, []).append(weights)


def _splat(points: Points, weights: Floats, shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Share each point between its four nearest pixels by bilinear weights."""
    height, width = shape
    floor = np.floor(points).astype(int)
    fraction = points - floor
    plane = np.zeros(height * width)
    for down in (0, 1):
        for right in (0, 1):
            row, column = floor[:, 0] + down, floor[:, 1] + right
            share = weights * np.abs(1 - down - fraction[:, 0]) * np.abs(1 - right - fraction[:, 1])
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            index = row[inside] * width + column[inside]
            plane += np.bincount(index, share[inside], height * width)
    return plane.reshape(shape).astype(np.float32)
