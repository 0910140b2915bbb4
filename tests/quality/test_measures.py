"""Measures of images made so that the answer is known."""

import numpy as np
import pytest
from scipy import ndimage

from neurocyte.models.config import InputConfig, ScaleResize
from neurocyte.quality.measures import FEATURES, FINEST, features_of, saturated_percent


@pytest.mark.parametrize(("dtype", "top"), [("uint8", 255), ("uint16", 4095), ("uint16", 65535)])
def test_both_ends_of_the_grey_scale_count(dtype, top):
    pixels = np.full((10, 10), 77, dtype=dtype)
    pixels[0, :3], pixels[1, :2] = 0, top
    assert saturated_percent(pixels) == 5.0


def test_a_maximum_below_the_end_is_no_saturation_and_floats_have_no_end():
    pixels = np.full((10, 10), 200, dtype=np.uint8)
    assert saturated_percent(pixels) == 0.0
    assert saturated_percent(pixels.astype(np.uint16) * 5) == 0.0
    assert saturated_percent(np.zeros((4, 4), dtype=np.float32)) is None


def test_a_pixel_counts_once_whatever_its_channels():
    pixels = np.full((10, 10, 3), 77, dtype=np.uint8)
    pixels[0, 0] = 255
    pixels[0, 1, 1] = 0
    assert saturated_percent(pixels) == 2.0


def noise(seed=0, size=128):
    rng = np.random.default_rng(seed)
    return (ndimage.gaussian_filter(rng.normal(size=(size, size)), 1) * 100 + 128).clip(1, 254)


def test_blur_takes_the_finest_detail_and_inversion_turns_the_skewness():
    sharp = noise()
    before = features_of(sharp.astype(np.uint8), InputConfig())
    after = features_of(ndimage.gaussian_filter(sharp, 2).astype(np.uint8), InputConfig())
    assert before.shape == (len(FEATURES),)
    assert after[FINEST] < before[FINEST] - 0.5
    bright = np.zeros((64, 64), np.uint8)
    bright[20:24, 20:24] = 200
    there, turned = (features_of(one, InputConfig())[2] for one in (bright, 255 - bright))
    assert there == pytest.approx(-turned, rel=1e-3)
    assert there > 1


def test_inversion_turns_the_sign_of_every_tail():
    rims = noise().astype(np.uint8)
    rims[::8, ::8] = 255
    there, turned = (features_of(one, InputConfig())[-6:] for one in (rims, 255 - rims))
    np.testing.assert_allclose(there, -turned, atol=1e-3)
    # One bright pixel in 64 is more than a hundredth: it is the upper tail of the finest band.
    assert there[0] > 1


def test_brightness_and_contrast_change_nothing():
    image = noise()
    np.testing.assert_allclose(
        features_of((image * 100 + 5000).astype(np.float32), InputConfig()),
        features_of(image.astype(np.float32), InputConfig()),
        atol=1e-3,
    )


def test_the_scale_is_the_networks():
    image = np.kron(noise(size=64), np.ones((4, 4))).astype(np.float32)
    quarter = InputConfig(resize=ScaleResize(factor=0.25))
    np.testing.assert_allclose(
        features_of(image, quarter)[FINEST], features_of(image[::4, ::4], InputConfig())[FINEST], atol=0.25
    )


def test_a_constant_image_and_a_single_pixel_give_finite_numbers():
    for pixels in (np.full((20, 20), 9, np.uint8), np.zeros((1, 1), np.uint8)):
        assert np.isfinite(features_of(pixels, InputConfig())).all()


def test_an_image_that_the_network_sees_enlarged_is_measured_as_it_is():
    image = noise().astype(np.uint8)
    as_it_is = features_of(image, InputConfig())
    np.testing.assert_array_equal(features_of(image, InputConfig(resize=ScaleResize(factor=2))), as_it_is)
    assert np.abs(features_of(image, InputConfig(resize=ScaleResize(factor=0.5))) - as_it_is).max() > 0.1
    # Of half the model's pixel size: seen at half its size after all.
    finer = features_of(image, InputConfig(pixel_size_um=1.0, resize=ScaleResize(factor=2)), 0.5)
    half = features_of(image, InputConfig(pixel_size_um=1.0), 0.5)
    np.testing.assert_array_equal(finer, half)
