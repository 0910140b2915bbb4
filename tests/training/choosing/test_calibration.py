import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from neurocyte.instances import chance_of_match
from neurocyte.metrics.image_scores import score_image
from neurocyte.models.config import CONFIDENCE_FEATURES, ConfidenceConfig
from neurocyte.training import scoring
from neurocyte.training.choosing.calibration import LEAST, calibrate, choose_limit, reliability_of
from neurocyte.training.scoring import Judged

EMPTY = score_image(np.zeros((2, 2), dtype=np.int32), np.zeros((2, 2), dtype=np.int32), "x", None, 0)


def judged(count: int, seed: int) -> Judged:
    """Cells whose chance of a match is a known function of the first and the third feature."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 5)).astype(np.float32) * [0.1, 1, 2, 1, 5]
    chance = 1 / (1 + np.exp(-(8 * features[:, 0] - 0.5 * features[:, 2] + 0.3)))
    ious = np.where(rng.random(count) < chance, 0.8, 0.1)
    return Judged(EMPTY, features.astype(np.float32), ious, *np.zeros((2, count), dtype=np.int64))


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
    assert calibrate([dataclasses.replace(one, ious=np.ones(500))]) is None


def test_images_of_uncalibrated_models_are_left_out() -> None:
    found = calibrate([judged(500, 1)])
    curve = reliability_of([judged(100, 2), judged(70, 3)], [None, found])
    assert curve is not None
    assert curve.cells == 70
    assert reliability_of([judged(100, 2)], [None]) is None
    assert found is not None
    assert chance_of_match(judged(5, 4).features, found).dtype == np.float32


# The chance is 1 / (1 + exp(-x)) of the first feature x.
FIRST = ConfidenceConfig((1.0, 0, 0, 0, 0), 0.0, 100, 50)


def with_chances(true: int, ious: dict[float, float], inside: int = 0, area: int = 4) -> Judged:
    """An image of so many true cells and, by confidence, the IoU of each found one.

    True cells have an area of 4; of that of each found one so many pixels lie in true ones.
    """
    truth = np.repeat(np.arange(true + 1), 4)[None]
    chances = np.array(list(ious))
    features = np.zeros((len(ious), 5), dtype=np.float32)
    features[:, 0] = np.log(chances / (1 - chances))
    features[:, CONFIDENCE_FEATURES.index("log_area")] = np.log(area)
    scores = score_image(truth, truth, "x", None, 0)
    areas = np.full(len(ious), area)
    return Judged(scores, features, np.array(list(ious.values())), areas, np.full(len(ious), inside))


def limit_of(*images: Judged) -> tuple[float, int | None]:
    chosen = choose_limit(images, FIRST)
    return chosen.least, chosen.spared


def test_false_cells_below_the_true_ones_are_dropped() -> None:
    image = with_chances(2, {0.9: 0.97, 0.6: 0.97, 0.28: 0.2, 0.12: 0.0})
    # mAP 2 / 4 with all, 2 / 3 without the last, 1 without the last two, 1 / 2 with the first alone.
    assert limit_of(image) == (0.3, None)
    assert limit_of(image, with_chances(1, {0.26: 0.97})) == (0.15, None)
    assert LEAST[0] == 0.0
    assert LEAST[-1] == 0.5


def test_of_equal_limits_the_lowest_is_chosen_and_an_empty_image_is_right() -> None:
    assert limit_of(with_chances(1, {0.9: 0.97})) == (0.0, None)
    nothing = with_chances(0, {0.12: 0.0})
    # Without its false cell an empty image is all right.
    assert limit_of(nothing) == (0.15, None)


def test_a_limit_that_would_cost_the_foreground_is_not_chosen() -> None:
    """By mAP alone the four pieces of a large cell would go, and with them a quarter of what is covered."""
    pieces = {0.28: 0.2, 0.27: 0.2, 0.26: 0.2, 0.12: 0.0}
    assert limit_of(with_chances(4, {0.9: 0.97, **pieces})) == (0.3, None)
    assert limit_of(with_chances(4, {0.9: 0.97, **pieces}, inside=4)) == (0.0, None)


def test_large_pieces_are_spared_where_small_dirt_is_dropped() -> None:
    """The pieces of large cells are as unsure as the dirt, but without them much less would be covered."""
    dirt = with_chances(4, {0.9: 0.97, 0.22: 0.0, 0.21: 0.1}, area=1)
    pieces = with_chances(4, {0.8: 0.97, 0.23: 0.2, 0.24: 0.2}, inside=4)
    assert limit_of(dirt, pieces) == (0.25, 2)
    assert limit_of(dirt) == (0.25, None)


def test_the_areas_of_judged_cells_are_those_of_their_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = np.zeros((10, 20), dtype=np.int32)
    truth[:, :8] = 1
    found = np.zeros_like(truth)
    found[:5, :10], found[5:, 15:] = 1, 2
    monkeypatch.setattr(scoring, "_predict", lambda *_: np.zeros((1, 10, 20), dtype=np.float32))
    monkeypatch.setattr(scoring, "cut", lambda *_: (found, None))
    sample = SimpleNamespace(
        read_image=lambda: SimpleNamespace(pixel_size_um=None),
        read_labels=lambda: SimpleNamespace(labels=truth, lost_pixels=0),
        stem="a",
        cell_type=None,
    )
    (one,) = scoring.judge_network(None, [sample], None, None, "cells", None)
    assert (one.areas.tolist(), one.inside.tolist()) == ([50, 25], [40, 0])
    assert one.ious.tolist() == [40 / 90, 0]
