"""Cells from maps as a network of cells gives them: ideal maps of hand-made cells."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from neurocyte.errors import InputError
from neurocyte.instances import decode
from neurocyte.models.config import AgglomerationConfig
from neurocyte.training.cell_targets import cell_targets, to_maps

SETTINGS = AgglomerationConfig(min_area=5)


def ideal(labels: np.ndarray) -> np.ndarray:
    """What a perfect network would give for the labels."""
    return to_maps(cell_targets(labels), SETTINGS.reach)


def polyline(labels: np.ndarray, number: int, points: list[tuple[int, int]], half_width: int) -> None:
    """Draw a thick line into the labels."""
    for (row0, column0), (row1, column1) in pairwise(points):
        for t in np.linspace(0, 1, 2 * max(abs(row1 - row0), abs(column1 - column0)) + 1):
            row, column = round(row0 + t * (row1 - row0)), round(column0 + t * (column1 - column0))
            labels[row - half_width : row + half_width + 1, column - half_width : column + half_width + 1] = (
                number
            )


@pytest.fixture
def branching() -> np.ndarray:
    """Two branching cells whose processes touch each other along 30 px."""
    labels = np.zeros((140, 160), np.int32)
    polyline(labels, 1, [(20, 20), (60, 60), (60, 120)], 2)
    polyline(labels, 1, [(60, 60), (110, 30)], 2)
    labels[50:72, 50:72] = 1
    polyline(labels, 2, [(65, 85), (65, 115), (120, 140)], 2)
    polyline(labels, 2, [(95, 128), (125, 90)], 2)
    labels[84:104, 118:138] = 2
    return labels


def same_partition(found: np.ndarray, truth: np.ndarray) -> bool:
    """Whether two label images have the same cells, whatever their numbers."""
    pairs = set(zip(found.ravel().tolist(), truth.ravel().tolist(), strict=True))
    return len(pairs) == len(set(found.ravel())) == len(set(truth.ravel()))


def iou(found: np.ndarray, truth: np.ndarray, number: int) -> float:
    """The best IoU of a found cell with a true one."""
    mask = truth == number
    return max(((found == n) & mask).sum() / ((found == n) | mask).sum() for n in set(found[mask]))


def test_branching_cells_that_touch_are_two_and_whole(branching: np.ndarray) -> None:
    labels, _ = decode(ideal(branching), SETTINGS)
    assert labels.max() == 2
    assert min(iou(labels, branching, 1), iou(labels, branching, 2)) > 0.95


def test_cells_apart_come_back_pixel_by_pixel() -> None:
    truth = np.zeros((60, 90), np.int32)
    truth[5:25, 5:25], truth[30:55, 10:20], truth[10:14, 40:85] = 1, 2, 3
    labels, confidences = decode(ideal(truth), SETTINGS)
    assert same_partition(labels, truth)
    assert confidences.tolist() == [1.0, 1.0, 1.0]


def test_a_border_alone_or_offsets_alone_keep_two_squares_apart() -> None:
    truth = np.zeros((40, 60), np.int32)
    truth[10:30, 10:30], truth[10:30, 30:50] = 1, 2
    maps = ideal(truth)
    for weight in (0.0, 1.0):
        labels, _ = decode(maps, replace(SETTINGS, border_weight=weight, smoothing=0.0))
        assert labels.max() == 2
        assert min(iou(labels, truth, 1), iou(labels, truth, 2)) > 0.95


def test_join_decides_between_one_cell_and_two() -> None:
    truth = np.zeros((40, 60), np.int32)
    truth[10:30, 10:30], truth[10:30, 30:50] = 1, 2
    maps = ideal(truth)
    maps[1] *= 0.4  # A weak border: evidence (0.4 + 1) / 2 = 0.7.
    assert decode(maps, replace(SETTINGS, join=0.65))[0].max() == 2
    assert decode(maps, replace(SETTINGS, join=0.75))[0].max() == 1


def test_a_few_wrong_pixels_cut_nothing_and_join_nothing() -> None:
    truth = np.zeros((40, 60), np.int32)
    truth[10:30, 10:30], truth[10:30, 30:50] = 1, 2
    maps = ideal(truth)
    maps[1, 18:21, 28:32] = 0.0  # A gap in the border.
    maps[1, 12:15, 18:22] = 1.0  # A border where there is none.
    labels, _ = decode(maps, SETTINGS)
    assert labels.max() == 2


def test_mask_and_empty_images_need_no_separation() -> None:
    truth = np.zeros((20, 30), np.int32)
    truth[5:15, 5:15], truth[5:15, 15:25] = 1, 2
    assert decode(ideal(truth), SETTINGS, "mask")[0].max() == 1
    labels, confidences = decode(ideal(np.zeros((20, 30), np.int32)), SETTINGS)
    assert not labels.any()
    assert confidences.shape == (0,)


def test_other_maps_are_refused() -> None:
    with pytest.raises(InputError, match="give 5 maps"):
        decode(np.ones((3, 10, 10), np.float32), SETTINGS)
    with pytest.raises(InputError, match="give 5 maps"):
        decode(np.ones((10, 10), np.float32), SETTINGS)
