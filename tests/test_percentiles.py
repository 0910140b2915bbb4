"""The same numbers as NumPy's."""

import numpy as np
import pytest

from neurocyte.percentiles import percentiles

WANTED = (0, 0.1, 25, 50, 75, 99.5, 100)


@pytest.mark.parametrize("count", [1, 2, 7, 1000, 10_000])
@pytest.mark.parametrize("kind", ["float32", "float64", "uint8", "uint16", "alike"])
def test_they_are_numpys_to_the_last_bit(count: int, kind: str) -> None:
    values = np.random.default_rng(count).normal(100, 30, count)
    values = np.full(count, 3, np.float32) if kind == "alike" else values.clip(0, 255).astype(kind)
    # As an image is on its way to the network.
    expected = np.percentile(values.astype(np.float32) if values.dtype.kind == "u" else values, WANTED)
    assert percentiles(values, WANTED) == expected.tolist()
    assert percentiles(values.reshape(1, -1), (50,)) == [expected[3]]


@pytest.mark.parametrize("farthest", [1e3, 1e30, 3e38, 1e-44])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_a_value_far_from_the_others_costs_no_digit(farthest: float, kind: str) -> None:
    values = np.random.default_rng(0).normal(0, min(1.0, farthest), 10_000).astype(kind)
    values[[7, 11]] = farthest, -farthest
    with np.errstate(over="ignore", invalid="ignore"):
        wanted = np.percentile(values, WANTED[1:-1]).tolist()
        assert percentiles(values, WANTED[1:-1]) == wanted
