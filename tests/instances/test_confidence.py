import numpy as np
import pytest

from neurocyte.instances import cell_features, chance_of_match
from neurocyte.models.config import (
    CONFIDENCE_FEATURES,
    ConfidenceConfig,
    InstanceConfig,
)

PLAIN = InstanceConfig("watershed", 0.5, 1, 4.0, 1.0)


def columns(features: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(CONFIDENCE_FEATURES, features.T, strict=True))


def test_two_squares_side_by_side() -> None:
    labels = np.zeros((8, 12), dtype=np.uint16)
    labels[2:6, 2:6], labels[2:6, 6:10] = 1, 2
    foreground = np.where(labels == 1, 0.9, 0.5).astype(np.float32)
    foreground[2:6, 6:8] = 0.7
    found = columns(cell_features(foreground[None], labels, PLAIN))
    assert found["mean"] == pytest.approx([0.9, 0.6])
    assert found["deviation"] == pytest.approx([0, 0.1], abs=1e-4)
    assert found["log_area"] == pytest.approx([np.log(16)] * 2)
    # Of 16 sides 4 are shared.
    assert found["touching"] == pytest.approx([0.25, 0.25])
    assert found["outline"] == pytest.approx([4, 4])


def test_areas_are_in_the_models_pixels() -> None:
    """The same cell, seen with pixels of half the side: four times as many, the same confidence."""
    labels = np.zeros((12, 12), dtype=np.uint16)
    labels[2:8, 2:6] = 1
    fine = np.kron(labels, np.ones((2, 2), dtype=np.uint16))
    ones = np.ones((24, 24), dtype=np.float32)
    coarse = cell_features(ones[None, :12, :12], labels, PLAIN)
    assert cell_features(ones[None], fine, PLAIN, 0.5) == pytest.approx(coarse)


@pytest.mark.parametrize("shape", [(5, 7), (1, 1)])
def test_no_cell(shape: tuple[int, int]) -> None:
    features = cell_features(np.zeros((1, *shape), np.float32), np.zeros(shape, np.uint16), PLAIN)
    assert features.shape == (0, 5)
    assert chance_of_match(features, ConfidenceConfig((1, 0, 0, 0, 0), 0.0, 9, 4)).shape == (0,)


def test_a_cell_that_fills_the_image_has_no_outline() -> None:
    found = columns(cell_features(np.ones((1, 3, 4), np.float32), np.ones((3, 4), np.uint16), PLAIN))
    assert (found["outline"][0], found["touching"][0]) == (0, 0)


def test_the_chance_is_the_logistic_function() -> None:
    settings = ConfidenceConfig((2.0, 0, 0, 0, 0), -1.0, 9, 4)
    features = np.zeros((3, 5), dtype=np.float32)
    features[:, 0] = 0.5, 1.0, 1000.0
    assert chance_of_match(features, settings) == pytest.approx([0.5, 1 / (1 + np.exp(-1)), 1.0])
