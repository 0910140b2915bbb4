import dataclasses

import numpy as np
import pytest

from neurocyte.instances import chance_of_match
from neurocyte.metrics.image_scores import score_image
from neurocyte.training.calibration import calibrate, reliability_of
from neurocyte.training.scoring import Judged

EMPTY = score_image(np.zeros((2, 2), dtype=np.int32), np.zeros((2, 2), dtype=np.int32), "x", None, 0)


def judged(count: int, seed: int) -> Judged:
    """Cells whose chance of a match is a known function of the first and the third feature."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 5)).astype(np.float32) * [0.1, 1, 2, 1, 5]
    chance = 1 / (1 + np.exp(-(8 * features[:, 0] - 0.5 * features[:, 2] + 0.3)))
    return Judged(EMPTY, features.astype(np.float32), rng.random(count) < chance)


def test_a_known_chance_is_found() -> None:
    found = calibrate([judged(2000, 1), judged(1000, 2)])
    assert found is not None
    assert (found.cells, found.matched) == (
        3000,
        int(sum(judged(*p).matched.sum() for p in ((2000, 1), (1000, 2)))),
    )
    assert found.weights[:3] == pytest.approx([8, 0, -0.5], rel=0.15, abs=0.1)
    assert found.weights[3:] == pytest.approx([0, 0], abs=0.1)
    assert found.bias == pytest.approx(0.3, abs=0.1)


def test_confidences_hold_on_other_cells() -> None:
    found = calibrate([judged(2000, 1)])
    curve = reliability_of([judged(3000, 3)], [found])
    assert curve is not None
    assert curve.error < 0.03
    assert len(curve.bins) == 10
    # Confidences that know nothing are further off: the bound means something.
    assert found is not None
    flat = reliability_of([judged(3000, 3)], [dataclasses.replace(found, weights=(0, 0, 0, 0, 0), bias=3.0)])
    assert flat is not None
    assert flat.error > 0.2


@pytest.mark.parametrize("count", [0, 49])
def test_too_few_cells_are_not_calibrated(count: int) -> None:
    assert calibrate([judged(count, 1)]) is None


def test_one_kind_alone_is_not_calibrated() -> None:
    one = judged(500, 1)
    assert calibrate([dataclasses.replace(one, matched=np.ones(500, dtype=bool))]) is None


def test_images_of_uncalibrated_models_are_left_out() -> None:
    found = calibrate([judged(500, 1)])
    curve = reliability_of([judged(100, 2), judged(70, 3)], [None, found])
    assert curve is not None
    assert curve.cells == 70
    assert reliability_of([judged(100, 2)], [None]) is None
    assert found is not None
    assert chance_of_match(judged(5, 4).features, found).dtype == np.float32
