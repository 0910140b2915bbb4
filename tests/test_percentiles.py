"""The same numbers as NumPy's."""

import numpy as np
import pytest

from neurocyte.percentiles import percentiles

WANTED = (0, 0.1, 25, 50, 75, 99.5, 100)


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
@pytest.mark.parametrize("kind", ["float32", "float64", "uint8", "uint16", "alike"])
def test_they_are_numpys_to_the_last_bit(count: int, kind: str) -> None:
    values = np.random.default_rng(count).normal(100, 30, count)
    values = np.full(count, 3, np.float32) if kind == "alike" else values.clip(0, 255).astype(kind)
    # As an image is on its way to the network.
    expected = np.percentile(values.astype(np.float32) if values.dtype.kind == "u" else values, WANTED)
    assert percentiles(values, WANTED) == expected.tolist()
    assert percentiles(values.reshape(1, -1), (50,)) == [expected[3]]
