"""The table of cells: shapes whose measures are known exactly, and agreement with scikit-image."""

import math

import numpy as np
import pytest
from skimage.measure import regionprops_table

from neurocyte.errors import InputError
from neurocyte.measurement import measure, summarise

MICROMETRES = [
    "area_um2",
    "perimeter_um",
    "equivalent_diameter_um",
    "major_axis_um",
    "minor_axis_um",
    "skeleton_length_um",
    "centroid_y_um",
    "centroid_x_um",
]


def blobs(count=40, shape=(300, 400)):
    """Random ellipses, some of which touch or overlap; later ones lie on top."""
    rng = np.random.Generator(np.random.PCG64(3))
    rows, columns = np.indices(shape)
    labels = np.zeros(shape, dtype=np.uint16)
    for label in range(1, count + 1):
        y, x = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        a, b, angle = rng.uniform(6, 25), rng.uniform(3, 9), rng.uniform(0, math.pi)
        u = (rows - y) * math.sin(angle) + (columns - x) * math.cos(angle)
        v = (rows - y) * math.cos(angle) - (columns - x) * math.sin(angle)
        labels[(u / a) ** 2 + (v / b) ** 2 <= 1] = label
    return labels


def test_a_square_of_ten_pixels():
    labels = np.zeros((20, 30), dtype=np.uint16)
    labels[4:14, 6:16] = 1
    image = np.zeros((20, 30), dtype=np.uint8)
    image[4:14, 6:11] = 10
    image[4:14, 11:16] = 30
    row = measure(labels, image, [0.75]).iloc[0]
    exact = {
        "label": 1,
        "centroid_y": 8.5,
        "centroid_x": 10.5,
        "bbox_top": 4,
        "bbox_left": 6,
        "bbox_bottom": 14,
        "bbox_right": 16,
        "area_px": 100,
        "perimeter_px": 36.0,
        "equivalent_diameter_px": 20 / math.sqrt(math.pi),
        "major_axis_px": 4 * math.sqrt(99 / 12),  # variance of ten equidistant points: (10**2 - 1) / 12
        "minor_axis_px": 4 * math.sqrt(99 / 12),
        "eccentricity": 0.0,
        "solidity": 1.0,
        "intensity_mean": 20.0,
        "intensity_std": 10.0,
        "branch_count": 0,
        "touches_border": False,
        "confidence": 0.75,
    }
    assert {name: row[name] for name in exact} == pytest.approx(exact, rel=1e-12)


def test_a_line_of_seven_pixels_along_the_frame():
    labels = np.zeros((5, 12), dtype=np.uint8)
    labels[0, 2:9] = 1
    row = measure(labels).iloc[0]
    assert row["area_px"] == 7
    assert (row["centroid_y"], row["centroid_x"]) == (0.0, 5.0)
    assert (row["major_axis_px"], row["minor_axis_px"], row["eccentricity"]) == (8.0, 0.0, 1.0)
    assert (row["skeleton_length_px"], row["branch_count"]) == (6.0, 0)
    assert bool(row["touches_border"])
    assert math.isnan(row["intensity_mean"])
    assert math.isnan(row["confidence"])


def test_a_plus_has_one_branching_point():
    labels = np.zeros((11, 11), dtype=np.uint8)
    labels[5, 1:10] = labels[1:10, 5] = 1
    row = measure(labels).iloc[0]
    assert row["area_px"] == 17
    assert (row["skeleton_length_px"], row["branch_count"]) == (16.0, 1)
    assert not row["touches_border"]


def test_a_disk_has_the_measures_of_a_circle():
    rows, columns = np.indices((101, 101)) - 50
    row = measure((rows**2 + columns**2 <= 40**2).astype(np.uint8)).iloc[0]
    assert row["area_px"] == 5025  # the lattice points of a circle of radius 40
    assert row["equivalent_diameter_px"] == pytest.approx(80, rel=1e-3)
    assert row["major_axis_px"] == pytest.approx(80, rel=1e-3)
    assert row["minor_axis_px"] == pytest.approx(80, rel=1e-3)
    assert row["eccentricity"] == pytest.approx(0, abs=1e-6)
    assert row["perimeter_px"] == pytest.approx(1.05 * 80 * math.pi, rel=0.01)  # the definition reads high
    assert row["solidity"] > 0.98


@pytest.mark.parametrize(
    ("part", "touches"),
    [
        (np.s_[0, 3], True),
        (np.s_[-1, 3], True),
        (np.s_[3, 0], True),
        (np.s_[3, -1], True),
        (np.s_[1, 1], False),
        (np.s_[-2, -2], False),
    ],
)
def test_touching_the_border_means_a_pixel_in_the_outermost_row_or_column(part, touches):
    labels = np.zeros((7, 8), dtype=np.uint8)
    labels[part] = 1
    assert measure(labels)["touches_border"].tolist() == [touches]


def test_the_table_agrees_with_scikit_image():
    labels = blobs()
    image = np.random.Generator(np.random.PCG64(1)).integers(0, 65535, labels.shape, dtype=np.uint16)
    names = {
        "label": "label",
        "centroid-0": "centroid_y",
        "centroid-1": "centroid_x",
        "area": "area_px",
        "axis_major_length": "major_axis_px",
        "axis_minor_length": "minor_axis_px",
        "eccentricity": "eccentricity",
        "equivalent_diameter_area": "equivalent_diameter_px",
        "perimeter": "perimeter_px",
        "solidity": "solidity",
        "intensity_mean": "intensity_mean",
        "intensity_std": "intensity_std",
    }
    properties = {name.partition("-")[0] for name in names}
    expected = regionprops_table(labels, image, properties=tuple(properties))
    table = measure(labels, image)
    assert len(table) > 30
    for theirs, ours in names.items():
        np.testing.assert_allclose(table[ours], expected[theirs], rtol=1e-9, atol=1e-9, err_msg=ours)


def test_gaps_in_the_labels_and_no_background_are_kept():
    labels = np.array([[7, 7, 7], [4000000000, 4000000000, 7]], dtype=np.uint32)
    table = measure(labels)
    assert table["label"].tolist() == [7, 4000000000]
    assert table["area_px"].tolist() == [4, 2]
    table = measure(np.array([[0, 2, 2], [5, 0, 0]]), confidences=[0.1, 0.2, 0.3, 0.4, 0.5])
    assert table["confidence"].tolist() == [0.2, 0.5]


def test_colour_images_count_by_their_luminance():
    labels = np.ones((2, 2), dtype=np.uint8)
    image = np.zeros((2, 2, 3), dtype=np.uint8)
    image[..., 1] = 100
    assert measure(labels, image)["intensity_mean"][0] == pytest.approx(71.54, rel=1e-6)
    assert measure(labels, image[..., 1:2])["intensity_mean"][0] == 100.0


def test_a_pixel_size_adds_the_lengths_and_areas_in_micrometres():
    labels = np.zeros((20, 30), dtype=np.uint16)
    labels[4:14, 6:16] = 1
    plain, scaled = measure(labels), measure(labels, pixel_size_um=0.5)
    assert scaled.columns.tolist() == plain.columns.tolist() + MICROMETRES
    assert scaled["area_um2"][0] == 25.0
    assert scaled["perimeter_um"][0] == 18.0
    assert (scaled["centroid_y_um"][0], scaled["centroid_x_um"][0]) == (4.25, 5.25)
    for name in ("equivalent_diameter", "major_axis", "minor_axis", "skeleton_length"):
        assert scaled[f"{name}_um"][0] == 0.5 * plain[f"{name}_px"][0]


@pytest.mark.parametrize("pixel_size", [None, 0.3])
def test_without_cells_the_table_is_empty_with_the_same_columns_and_types(pixel_size):
    image = np.zeros((5, 6), dtype=np.uint8)
    empty = measure(np.zeros((5, 6), dtype=np.uint16), image, [], pixel_size)
    full = measure(np.ones((5, 6), dtype=np.uint16), image, [1.0], pixel_size)
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert full["touches_border"].dtype == bool


def test_the_sums_of_an_image():
    labels = np.zeros((100, 200), dtype=np.uint16)
    labels[0:10, 0:10] = 1
    labels[20:30, 0:20] = 2
    labels[50:60, 0:70] = 3
    assert summarise(labels, measure(labels), 2.0) == {
        "count": 3,
        "confluence": 5.0,
        "density_per_megapixel": 150.0,
        "density_per_mm2": 37.5,
        "median_area_px": 200.0,
        "median_area_um2": 800.0,
    }
    unknown = summarise(labels, measure(labels))
    assert (unknown["density_per_mm2"], unknown["median_area_um2"]) == (None, None)
    none = np.zeros_like(labels)
    assert summarise(none, measure(none), 2.0) == {
        "count": 0,
        "confluence": 0.0,
        "density_per_megapixel": 0.0,
        "density_per_mm2": 0.0,
        "median_area_px": None,
        "median_area_um2": None,
    }


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"labels": np.zeros((3, 3))}, "type float64 is no label image"),
        ({"labels": np.zeros(3, dtype=int)}, r"shape \(3,\)"),
        ({"labels": np.full((3, 3), -1)}, "negative"),
        ({"labels": np.ones((3, 3), dtype=int), "image": np.zeros((3, 4))}, r"shape \(3, 4\) does not fit"),
        ({"labels": np.ones((3, 3), dtype=int), "confidences": []}, "do not reach label 1"),
        ({"labels": np.ones((3, 3), dtype=int), "pixel_size_um": 0.0}, "pixel size of 0.0 um"),
        ({"labels": np.ones((3, 3), dtype=int), "pixel_size_um": math.nan}, "pixel size of nan um"),
    ],
)
def test_what_does_not_fit_together_is_refused(arguments, text):
    with pytest.raises(InputError, match=text):
        measure(**arguments)


def test_eight_hundred_cells_are_told_apart():
    labels = np.zeros((520, 704), dtype=np.uint16)
    for number in range(800):
        top, left = 13 * (number // 20), 35 * (number % 20)
        labels[top : top + 12, left : left + 30] = number + 1
    table = measure(labels, labels)
    assert table["intensity_mean"].tolist() == list(range(1, 801))
