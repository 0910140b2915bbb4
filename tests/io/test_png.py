"""What is written is read back by others."""

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.errors import UsageError
from neurocyte.io.images import read_image
from neurocyte.io.png import write_png


@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (4, 6, 3), (1, 1, 3)])
def test_pixels_come_back(tmp_path, shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    write_png(tmp_path / "new" / "a.png", pixels)
    with PillowImage.open(tmp_path / "new" / "a.png") as picture:
        picture.load()
        assert picture.mode == ("RGB" if len(shape) == 3 else "L")
        assert np.array_equal(np.asarray(picture), pixels)
    assert np.array_equal(read_image(tmp_path / "new" / "a.png").pixels, pixels)


def test_a_noisy_picture_in_grey_takes_less_than_pillow_needs(tmp_path):
    noise = np.random.default_rng(0).normal(128, 12, (200, 300)).clip(0, 255).astype(np.uint8)
    pixels = np.repeat(noise[..., None], 3, axis=2)
    write_png(tmp_path / "ours.png", pixels)
    PillowImage.fromarray(pixels).save(tmp_path / "theirs.png", compress_level=3)
    assert (tmp_path / "ours.png").stat().st_size < (tmp_path / "theirs.png").stat().st_size


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_png(tmp_path / "file" / "a.png", np.zeros((2, 2), np.uint8))
