"""Cells from probability maps: hand-made maps with a known answer."""

from dataclasses import replace

import numpy as np
import pytest

from neurocyte.errors import InputError, UsageError
from neurocyte.instances import clean_labels, decode
from neurocyte.models.config import InstanceConfig

WATERSHED = InstanceConfig(method="watershed", threshold=0.5, min_area=5, seed_distance=5, smoothing=1.0)
COMPONENTS = replace(WATERSHED, method="components")


def disks(shape, *centres_and_radii):
    rows, columns = np.indices(shape)
    mask = np.zeros(shape, dtype=bool)
    for row, column, radius in centres_and_radii:
        mask |= (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
    return mask


def as_probability(mask, inside=0.9):
    return np.where(mask, inside, 0.1).astype(np.float32)


def test_two_touching_disks_are_two_cells_cut_between_their_centres():
    mask = disks((40, 60), (20, 20, 10), (20, 38, 10))
    labels, confidences = decode(as_probability(mask), WATERSHED)
    assert labels.dtype == np.uint16
    assert labels.max() == 2
    np.testing.assert_array_equal(labels > 0, mask)
    assert labels[20, 20] != labels[20, 38]
    areas = np.bincount(labels.ravel())[1:]
    assert abs(int(areas[0]) - int(areas[1])) <= 10
    np.testing.assert_allclose(confidences, [0.9, 0.9], rtol=1e-6)


@pytest.mark.parametrize(
    ("settings", "task"), [(COMPONENTS, "cells"), (COMPONENTS, "mask"), (WATERSHED, "mask")]
)
def test_touching_disks_stay_one_as_components_and_as_a_mask(settings, task):
    mask = disks((40, 60), (20, 20, 10), (20, 38, 10))
    labels, _ = decode(as_probability(mask), settings, task)
    np.testing.assert_array_equal(labels, mask.astype(np.uint16))


def test_a_long_neurite_of_even_thickness_is_one_cell():
    mask = disks((40, 120), (20, 15, 10))
    mask[18:23, 20:115] = True
    mask[17, 60:70] = True
    labels, _ = decode(as_probability(mask), WATERSHED)
    np.testing.assert_array_equal(labels, mask.astype(np.uint16))


def test_shallow_passes_are_joined_only_because_of_the_pass_ratio(monkeypatch):
    mask = disks((40, 120), (20, 20, 10), (20, 34, 10))
    assert decode(as_probability(mask), WATERSHED)[0].max() == 1
    monkeypatch.setattr("neurocyte.instances.watershed.PASS_RATIO", 1.1)
    assert decode(as_probability(mask), WATERSHED)[0].max() == 2


def test_a_small_cell_within_the_seed_window_of_a_large_one_is_kept():
    mask = np.zeros((30, 30), dtype=bool)
    mask[5:20, 5:15] = True
    mask[10:13, 16:19] = True
    labels, _ = decode(as_probability(mask), replace(WATERSHED, seed_distance=12, smoothing=0))
    assert np.bincount(labels.ravel())[1:].tolist() == [150, 9]


def test_the_threshold_is_included_and_diagonal_pixels_belong_together():
    probability = np.array([[0.5, 0.0, 0.0], [0.0, 0.5, 0.49], [0.0, 0.0, 0.0]], dtype=np.float32)
    labels, confidences = decode(probability, replace(COMPONENTS, min_area=0))
    assert labels.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert confidences.tolist() == [0.5]
    assert confidences.dtype == np.float32


def test_instances_below_min_area_are_dropped_and_the_confidence_is_the_mean_probability():
    probability = np.zeros((6, 10), dtype=np.float32)
    probability[0, 0:4] = 0.95  # 4 px: below min_area
    probability[2:4, 0:3] = [[0.6, 0.8, 1.0], [0.6, 0.8, 1.0]]
    probability[2:5, 6:8] = 0.75
    labels, confidences = decode(probability, COMPONENTS)
    expected = np.zeros((6, 10), dtype=np.uint16)
    expected[2:4, 0:3] = 1
    expected[2:5, 6:8] = 2
    np.testing.assert_array_equal(labels, expected)
    np.testing.assert_allclose(confidences, [0.8, 0.75], rtol=1e-6)


def test_of_several_maps_the_first_is_the_foreground():
    mask = disks((20, 20), (10, 10, 6))
    stack = np.stack([as_probability(mask), np.ones((20, 20), dtype=np.float32)])
    labels, _ = decode(stack, WATERSHED)
    np.testing.assert_array_equal(labels, mask.astype(np.uint16))


@pytest.mark.parametrize("settings", [WATERSHED, COMPONENTS])
def test_no_foreground_and_all_foreground(settings):
    labels, confidences = decode(np.zeros((7, 9), dtype=np.float32), settings)
    assert labels.dtype == np.uint16
    assert not labels.any()
    assert confidences.shape == (0,)
    labels, confidences = decode(np.ones((7, 9), dtype=np.float32), settings)
    assert np.all(labels == 1)
    assert confidences.tolist() == [1.0]


def test_labels_are_numbered_in_raster_order_of_their_first_pixel():
    labels = np.array([[0, 7, 0, 2], [5, 7, 0, 2], [5, 0, 9, 0]])
    assert clean_labels(labels).tolist() == [[0, 1, 0, 2], [3, 1, 0, 2], [3, 0, 4, 0]]
    assert clean_labels(labels, min_area=2).tolist() == [[0, 1, 0, 2], [3, 1, 0, 2], [3, 0, 0, 0]]


def test_more_than_65535_instances_need_uint32():
    labels = np.arange(1, 65537).reshape(256, 256)
    assert clean_labels(labels).dtype == np.uint32
    assert clean_labels(labels)[-1, -1] == 65536
    assert clean_labels(np.where(labels == 1, 0, labels)).dtype == np.uint16


@pytest.fixture(scope="module")
def crowded():
    """704 x 520 with 789 touching cells of about the size of shsy5y cells."""
    rows, columns = np.meshgrid(np.arange(9, 520, 19), np.arange(9, 700, 23), indexing="ij")
    mask = np.zeros((520, 704), dtype=bool)
    rng = np.random.Generator(np.random.PCG64(0))
    yy, xx = np.indices((25, 25)) - 12
    centres = list(zip(rows.ravel(), columns.ravel(), strict=True))[:789]
    for row, column in centres:
        patch = (yy / rng.uniform(7.5, 9)) ** 2 + (xx / rng.uniform(9, 11.9)) ** 2 <= 1
        y, x = np.nonzero(patch)
        y, x = y + row - 12, x + column - 12
        inside = (y >= 0) & (y < 520) & (x >= 0) & (x < 704)
        mask[y[inside], x[inside]] = True
    return as_probability(mask)


def test_a_crowded_image_is_decoded_cell_by_cell_and_twice_the_same(crowded):
    labels, confidences = decode(crowded, WATERSHED)
    assert labels.max() == 789 == len(confidences)
    again, _ = decode(crowded, WATERSHED)
    np.testing.assert_array_equal(labels, again)


def test_wrong_calls_say_the_remedy():
    with pytest.raises(InputError, match=r"shape \(4,\).*\(H, W\) or \(K, H, W\)"):
        decode(np.zeros(4, dtype=np.float32), WATERSHED)
    with pytest.raises(UsageError, match="'cells' or 'mask'"):
        decode(np.zeros((4, 4), dtype=np.float32), WATERSHED, "nuclei")
