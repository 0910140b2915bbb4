"""Outlines drawn pixel by pixel as expected."""

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.errors import InputError
from neurocyte.io.annotations import open_dataset
from neurocyte.writers import overlay, write_overlay
from neurocyte.writers.overlay import PALETTE, stretch


def test_outlines_are_the_inner_border_and_the_rest_is_the_grey_image():
    image = np.zeros((8, 10), dtype=np.uint8)
    image[:, 5:] = 200
    labels = np.zeros((8, 10), dtype=np.uint16)
    labels[1:6, 1:6] = 3
    border = labels > 0
    border[2:5, 2:5] = False
    picture = overlay(image, labels)
    assert picture.dtype == np.uint8
    assert picture.shape == (8, 10, 3)
    assert np.all(picture[border] == PALETTE[0])
    grey = np.repeat(np.where(image == 200, 255, 0)[..., None], 3, axis=2)
    np.testing.assert_array_equal(picture[~border], grey[~border])


def test_the_frame_cuts_a_cell_open():
    labels = np.zeros((6, 6), dtype=np.uint8)
    labels[:4, :4] = 1
    drawn = overlay(np.zeros((6, 6)), labels).any(axis=2)
    expected = np.zeros((6, 6), dtype=bool)
    expected[3, :4] = expected[:4, 3] = True
    np.testing.assert_array_equal(drawn, expected)


def test_outlines_are_two_pixels_wide_on_a_large_image_and_stay_inside():
    labels = np.zeros((20, 1001), dtype=np.uint8)
    labels[2:12, 2:12] = 1
    labels[2:12, 12:14] = 2
    expected = labels > 0
    expected[4:10, 4:10] = False
    picture = overlay(np.zeros((20, 1001)), labels)
    np.testing.assert_array_equal(picture.any(axis=2), expected)
    assert np.all(picture[2:12, 12:14] == PALETTE[1])
    assert not overlay(np.zeros((20, 1000)), labels[:, :1000])[3, 3:11].any()


def test_an_image_full_of_one_cell_has_no_outline():
    assert not overlay(np.zeros((4, 4)), np.ones((4, 4), dtype=np.uint8)).any()


def test_near_cells_differ_in_colour_even_where_their_numbers_repeat_it():
    labels = np.zeros((30, 60), dtype=np.uint16)
    labels[2:8, 2:8] = 1
    labels[2:8, 8:14] = 9  # would have the colour of 1
    labels[11:17, 2:8] = 17  # the same, 4 pixels below
    labels[2:8, 40:46] = 25  # far away: keeps its colour
    image = np.zeros((30, 60), dtype=np.uint8)
    # Gaps in the numbers are closed first, so draw all numbers between as single pixels apart.
    for number in range(1, 26):
        if number not in (1, 9, 17, 25):
            labels[24 + 5 * (number // 13), 2 * (number % 13) * 2] = number
    picture = overlay(image, labels)
    colours = [tuple(picture[row, column]) for row, column in ((2, 2), (2, 10), (11, 2), (2, 40))]
    assert colours[0] == tuple(PALETTE[0]) == colours[3]
    assert len({colours[0], colours[1]}) == 2
    assert colours[2] != colours[0]


def test_contrast_is_stretched_alike_for_all_channels_and_types():
    ramp = np.linspace(1000, 5000, 4096).reshape(64, 64)
    for pixels in (ramp.astype(np.uint16), ramp.astype(np.float32), ramp.astype(np.float32) / 1e6):
        stretched = stretch(pixels)
        assert (stretched.min(), stretched.max()) == (0, 255)
        assert abs(int(stretched[32, 0]) - 128) <= 1
    colour = np.zeros((2, 2, 3), dtype=np.uint8)
    colour[0] = (0, 51, 102)
    assert stretch(colour)[0, 0].tolist() == [0, 128, 255]
    assert not stretch(np.full((3, 3), 7, dtype=np.uint8)).any()
    assert stretch(np.array([[False, True]])).tolist() == [[0, 255]]
    sparse = np.zeros((100, 100), dtype=np.uint8)
    sparse[0, 0] = 9
    assert stretch(sparse)[0, 0] == 255


def test_colour_images_keep_their_colours_and_sizes_must_agree():
    colour = np.zeros((4, 5, 3), dtype=np.uint8)
    colour[..., 0] = 255
    assert overlay(colour, np.zeros((4, 5), dtype=np.uint8))[0, 0].tolist() == [255, 0, 0]
    with pytest.raises(InputError, match=r"\(4, 5, 3\).*\(5, 4\)"):
        overlay(colour, np.zeros((5, 4), dtype=np.uint8))


def test_the_file_holds_the_overlay(tmp_path):
    labels = np.zeros((20, 31), dtype=np.uint16)
    labels[4:9, 4:9] = 1
    image = np.arange(620, dtype=np.uint16).reshape(20, 31)
    write_overlay(tmp_path / "overlays" / "a (1).png", image, labels)
    with PillowImage.open(tmp_path / "overlays" / "a (1).png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), overlay(image, labels))
    assert [path.name for path in (tmp_path / "overlays").iterdir()] == ["a (1).png"]


def test_every_cell_of_real_images_is_outlined(data_root):
    samples = open_dataset(data_root / "data" / "sartorius").samples[:3]
    for sample in samples:
        labels = sample.read_labels().labels
        pixels = sample.read_image().pixels
        coloured = np.ptp(overlay(pixels, labels), axis=2) > 0
        assert np.all(labels[coloured] > 0)
        assert set(np.unique(labels[coloured])) == set(np.unique(labels[labels > 0]))
