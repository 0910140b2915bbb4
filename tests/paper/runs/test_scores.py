import math

import numpy as np
import pytest

from neurocyte.errors import InputError
from neurocyte.paper.results.variants import VARIANTS, dice_limit, scores
from neurocyte.paper.runs.scores import PixelSums, Record, pixel_sums, pooled

TRUTH = np.array([[True, True, False, False]])
PROBABILITY = np.array([[0.75, 0.5, 0.25, 0.625]], np.float32)


def test_sums_of_four_pixels() -> None:
    found = pixel_sums(TRUTH, PROBABILITY)
    # 0.5 is not above the threshold.
    assert (found.tp, found.fp, found.fn, found.tn) == (1, 1, 1, 1)
    assert (found.overlap, found.predicted, found.truth) == (1.25, 2.125, 2)
    assert found.log_positive == pytest.approx(-math.log(0.75) - math.log(0.5))
    assert found.log_negative == pytest.approx(-math.log(0.75) - math.log(0.375))
    assert Record.from_dict(Record("a", None, found, found).to_dict()) == Record("a", None, found, found)
    with pytest.raises(InputError, match="not the truth's"):
        pixel_sums(TRUTH, PROBABILITY[:, :3])


def test_a_certain_and_wrong_probability_has_a_finite_loss() -> None:
    found = pixel_sums(np.array([[True, False]]), np.array([[0.0, 1.0]], np.float32))
    assert found.log_positive == pytest.approx(-math.log(1e-7))
    assert found.log_negative == pytest.approx(-math.log(1e-7))


def test_every_variant_of_two_images_by_hand() -> None:
    a = PixelSums(tp=2, fp=1, fn=1, tn=6, overlap=2.0, predicted=3.0, log_positive=1.0, log_negative=2.0)
    b = PixelSums(tp=0, fp=2, fn=2, tn=6, overlap=0.5, predicted=2.5, log_positive=3.0, log_negative=1.0)
    found = scores([a, b])
    assert found["iou_pooled"] == pytest.approx(2 / 8)
    assert found["dice_pooled"] == pytest.approx(4 / 10)
    assert found["iou_image"] == pytest.approx((2 / 4 + 0) / 2)
    assert found["dice_image"] == pytest.approx((4 / 6 + 0) / 2)
    # Both images fit into one batch.
    assert found["iou_batch"] == found["iou_pooled"]
    assert found["iou_soft"] == pytest.approx((3 / 5 + 1.5 / 5) / 2)
    assert found["dice_soft"] == pytest.approx((5 / 7 + 2 / 5.5) / 2)
    assert found["iou_classes"] == pytest.approx((2 / 8 + 12 / 18) / 2)
    assert found["iou_weighted"] == pytest.approx((5 * 2 / 8 + 15 * 12 / 18) / 20)
    assert found["dice_classes"] == pytest.approx((4 / 10 + 24 / 30) / 2)
    assert found["dice_weighted"] == pytest.approx((5 * 4 / 10 + 15 * 24 / 30) / 20)
    assert found["accuracy"] == pytest.approx(14 / 20)
    loss_a = 0.5 * (0.5 * 1 + 0.5 * 2) / 10 + 0.5 * (1 - 5 / 7)
    loss_b = 0.5 * (0.5 * 3 + 0.5 * 1) / 10 + 0.5 * (1 - 2 / 5.5)
    assert found["loss"] == pytest.approx((loss_a + loss_b) / 2)


def test_nine_images_are_two_batches() -> None:
    good, bad = PixelSums(1, 0, 0, 0, 1, 1, 0, 0), PixelSums(0, 1, 1, 0, 0, 1, 1, 1)
    assert scores([good] * 8 + [bad])["iou_batch"] == pytest.approx(0.5)
    assert scores([good] * 8 + [bad])["iou_pooled"] == pytest.approx(8 / 10)
    with pytest.raises(ValueError, match="no image"):
        scores([])


def test_no_averaging_breaks_the_inequality() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        images = []
        for _ in range(11):
            truth = rng.random((8, 8)) < rng.random()
            images.append(pixel_sums(truth, rng.random((8, 8)).astype(np.float32)))
        found = scores(images)
        for v in VARIANTS:
            assert found[f"dice_{v.key}"] <= dice_limit(found[f"iou_{v.key}"]) + 1e-12, v.key
    assert pooled(images).confusion.total == 11 * 64
    assert dice_limit(0.9547) == pytest.approx(0.97682, abs=1e-5)
