"""A z stack to one plane, with no more than a few planes in memory."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Plane = npt.NDArray[Any]


def project(plane: Callable[[int], Plane], depth: int, how: str | int | None) -> Plane:
    """Reduce a stack to a plane.

    Args:
        plane: Reads a plane, (H, W) or (H, W, 3), by its number from 0.
        depth: How many planes there are.
        how: "max", "min", "mean", "focus" or "middle" (see `neurocyte.io.selection.Selection`), a plane's
            number, or None for a stack of one.

    Returns:
        The plane; of the same type but for "mean", which is float32 where there are several planes.
    """
    if isinstance(how, int):
        return plane(how)
    if depth == 1 or how is None or how == "middle":
        return plane((depth - 1) // 2)
    if how == "focus":
        return plane(max(range(depth), key=lambda z: _sharpness(plane(z))))
    if how == "mean":
        total = plane(0).astype(np.float64)
        for z in range(1, depth):
            total += plane(z)
        return (total / depth).astype(np.float32)
    extreme = np.maximum if how == "max" else np.minimum
    result = plane(0).copy()
    for z in range(1, depth):
        extreme(result, plane(z), out=result)
    return result


def _sharpness(values: Plane) -> float:
    """The variance of the Laplacian, smoothed against noise: large where there is fine detail."""
    grey = values.astype(np.float32) if values.ndim == 2 else values.mean(axis=-1, dtype=np.float32)
    return float(ndimage.gaussian_laplace(grey, 1.0).var())
