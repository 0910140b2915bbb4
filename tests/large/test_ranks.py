"""Percentiles without all values at once are numpy's, to the last bit."""

import numpy as np
import pytest

from neurocyte.large.ranks import Ranks

RNG = np.random.default_rng(0)
VALUES = {
    "uint8": RNG.integers(0, 256, 3001).astype(np.uint8),
    "uint16, sparse": (RNG.random(2000) > 0.99).astype(np.uint16) * 60000,
    "float, both signs": RNG.normal(0, 1, 2500).astype(np.float32),
    "float, far apart": (10 ** RNG.uniform(-30, 30, 999)).astype(np.float32),
    "float, half exponents": (10 ** np.random.default_rng(5).uniform(-3, 6, 50)).astype(np.float32),
    "one": np.array([7.5], np.float32),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("wanted", [(0.5, 99.5), (0, 100), (33.3, 50)])
def test_percentiles(name: str, wanted: tuple[float, float]) -> None:
    parts = np.array_split(VALUES[name], 7) if len(VALUES[name]) > 7 else [VALUES[name]]
    ranks = Ranks(lambda: [part.astype(np.float32) for part in parts])
    for part in parts:
        ranks.add(part)
    assert ranks.percentiles(wanted) == tuple(np.percentile(VALUES[name].astype(np.float32), wanted))
    assert ranks.extremes() == (VALUES[name].min(), VALUES[name].max())
