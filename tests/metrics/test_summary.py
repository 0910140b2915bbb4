"""Summaries of two hand-counted images."""

import json

import numpy as np
import pytest

from neurocyte.errors import UsageError
from neurocyte.metrics.bootstrap import percentile_interval, resampled_means
from neurocyte.metrics.definitions import DEFINITIONS
from neurocyte.metrics.image_scores import ImageScores, score_image
from neurocyte.metrics.summary import summarise, summarise_by_type


def images() -> list[ImageScores]:
    """One perfect image (cells of 4 and 2 px); one with 8 of a cell's 10 px found, and a surplus pixel."""
    perfect = np.zeros((10, 10), dtype=np.uint16)
    perfect[0, :4], perfect[5, :2] = 1, 2
    truth, pred = np.zeros((2, 10, 10), dtype=np.uint16)
    truth[0] = 1
    pred[0, :8], pred[9, 9] = 3, 4
    return [score_image(perfect, perfect, "a", "cort"), score_image(truth, pred, "b", "astro", lost_pixels=3)]


def test_row_of_an_image() -> None:
    row = images()[1].to_dict()
    assert (row["cells_true"], row["cells_pred"]) == (1, 2)
    assert row["iou"] == 8 / 11
    assert row["dice"] == 16 / 19
    assert images()[1].ap == (0.5,) * 6 + (0.0,) * 4
    assert row["map"] == 0.3
    assert (row["ap50"], row["ap75"]) == (0.5, 0.5)
    assert row["sq"] == 0.8
    assert row["rq"] == 1 / 1.5
    assert row["aji"] == 8 / 11


def test_pooled_and_mean_figures() -> None:
    figures = summarise(images()).to_dict()
    assert (figures["n"], figures["cells_true"], figures["cells_pred"]) == (2, 3, 4)
    assert figures["iou"] == (6 + 8) / (6 + 11)
    assert figures["dice"] == 28 / 31
    assert figures["precision"] == 14 / 15
    assert figures["recall"] == 14 / 16
    assert figures["pixel_accuracy"] == 197 / 200
    assert figures["mean_iou_two_classes"] == (14 / 17 + 183 / 186) / 2
    assert figures["iou_image"] == (1 + 8 / 11) / 2
    assert figures["dice_image"] == (1 + 16 / 19) / 2
    assert figures["map"] == 0.65
    assert figures["ap50"] == 0.75
    assert figures["ap"]["0.75"] == 0.75
    assert figures["ap"]["0.80"] == 0.5
    assert figures["pq"] == pytest.approx((1 + 0.8 / 1.5) / 2, abs=1e-15)
    assert figures["pq_pooled"] == pytest.approx(2.8 / 3.5, abs=1e-15)
    assert (figures["count_error"], figures["count_error_relative"], figures["count_bias"]) == (
        0.5,
        1 / 3,
        0.5,
    )
    assert (figures["splits"], figures["merges"], figures["lost_pixels"]) == (0, 0, 3)


def test_every_figure_is_defined_and_json() -> None:
    figures = summarise(images()).to_dict()
    assert figures.keys() <= DEFINITIONS.keys()
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_by_type() -> None:
    by_type = summarise_by_type(images())
    assert list(by_type) == ["astro", "cort"]
    assert by_type["astro"].to_dict()["iou"] == 8 / 11
    blank = np.zeros((3, 3), dtype=np.uint16)
    assert summarise_by_type([score_image(blank, blank)]) == {}
    assert list(summarise_by_type([*images(), score_image(blank, blank)])) == ["astro", "cort", "unknown"]


def test_empty_images_score_one() -> None:
    blank = np.zeros((3, 3), dtype=np.uint16)
    figures = summarise([score_image(blank, blank), score_image(blank, blank)]).to_dict()
    for name in ("iou", "dice", "iou_image", "map", "pq", "pq_pooled", "aji", "boundary_f1"):
        assert figures[name] == 1.0
    assert figures["count_error_relative"] is None
    assert figures["intervals"]["iou"] == [1.0, 1.0]


def test_intervals_of_two_images_span_both() -> None:
    """A quarter of the draws of two images take only the worse, a quarter only the better one."""
    intervals = summarise(images()).to_dict()["intervals"]
    assert intervals["map"] == [pytest.approx(0.3), 1.0]
    assert intervals["iou"] == [8 / 11, 1.0]
    assert intervals["dice"] == [pytest.approx(16 / 19, abs=1e-15), 1.0]
    assert summarise(images()).intervals == summarise(images()).intervals


def test_one_image_has_no_interval() -> None:
    assert summarise(images()[:1]).intervals == {}


def test_nothing_to_sum_up() -> None:
    with pytest.raises(UsageError, match="no image"):
        summarise([])


def test_bootstrap_of_a_mean_has_the_textbook_width() -> None:
    values = np.random.Generator(np.random.PCG64(1)).normal(size=(400, 1))
    low, high = percentile_interval(resampled_means(values)[:, 0])
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.06)
    assert low < values.mean() < high


def test_columns_share_their_draws() -> None:
    values = np.arange(10.0)[:, None] * [1, 2]
    means = resampled_means(values, resamples=50)
    np.testing.assert_allclose(means[:, 1], 2 * means[:, 0], rtol=0, atol=1e-12)
    assert len(np.unique(means[:, 0])) > 10
