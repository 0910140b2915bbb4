"""How far a mean over few images can be trusted: the bootstrap."""

from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
LEVEL = 0.95
SEED = 0


def resampled_means(
    values: npt.NDArray[Any], resamples: int = RESAMPLES, seed: int = SEED
) -> npt.NDArray[np.float64]:
    """Means over images drawn with replacement, the same draw for every column.

    Args:
        values: (n, k) float or integer, a row an image; n >= 1.
        resamples: Number of draws R, >= 1.
        seed: Seed of the PCG64 generator.

    Returns:
        (R, k) float64.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    n = len(values)
    means = np.empty((resamples, values.shape[1]), dtype=np.float64)
    for draw in means:
        draw[:] = values[rng.integers(n, size=n)].mean(axis=0)
    return means


def percentile_interval(samples: npt.NDArray[np.float64], level: float = LEVEL) -> tuple[float, float]:
    """Central interval of resampled values.

    Args:
        samples: (R,) float64.
        level: Share of them inside, in (0, 1).

    Returns:
        Lower and upper end.

    Source:
        Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 13 (percentile interval).
    """
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(samples, [tail, 100 - tail])
    return float(low), float(high)
