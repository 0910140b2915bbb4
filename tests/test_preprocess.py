from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image as PillowImage

from neurocyte.errors import InputError
from neurocyte.models.config import FixedResize, InputConfig, ScaleResize
from neurocyte.preprocess import (
    network_shape,
    normalise,
    prepare,
    resize_plane,
    restore,
    to_float_image,
)

PLAIN = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
BY_TYPE = InputConfig(intensity="dtype", **PLAIN)
BY_TYPE_RGB = InputConfig(channels="rgb", intensity="dtype", **PLAIN)
FULL_RANGE = InputConfig(percentiles=(0.0, 100.0), **PLAIN)


def test_percentiles_map_to_zero_and_one_and_clip() -> None:
    # Of 0..100 the percentiles 20 and 40 are 20 and 40: 50 -> 1.5, 0 -> -1 clipped to -0.5, 100 -> 4 clipped.
    pixels = np.arange(101, dtype=np.uint8)[None]
    image = to_float_image(pixels, InputConfig(percentiles=(20.0, 40.0)))
    assert image.shape == (1, 101, 3)
    assert image.dtype == np.float32
    assert_allclose(
        image[0, [0, 10, 20, 30, 40, 45, 50, 100], 0], [-0.5, -0.5, 0, 0.5, 1, 1.25, 1.5, 1.5], atol=1e-6
    )
    assert_array_equal(image[..., 0], image[..., 2])


def test_percentiles_are_joint_over_channels() -> None:
    pixels = np.array([[[0, 50, 100]]], dtype=np.uint8)
    image = to_float_image(pixels, InputConfig(channels="rgb", percentiles=(0.0, 100.0)))
    assert_allclose(image[0, 0], [0, 0.5, 1])


def test_luminance() -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [80, 80, 80]]], dtype=np.uint8)
    image = to_float_image(pixels, BY_TYPE)
    assert_allclose(image[0, :, 1], [0.2125, 0.7154, 0.0721, 80 / 255], atol=1e-6)


def test_a_colour_model_repeats_grey() -> None:
    assert_allclose(
        to_float_image(np.array([[51]], np.uint8), BY_TYPE_RGB), np.full((1, 1, 3), 0.2), atol=1e-7
    )


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.array([[0, 255]], np.uint8), [0, 1]),
        (np.array([[0, 13107]], np.uint16), [0, 0.2]),
        (np.array([[0, 13107]], ">u2"), [0, 0.2]),
        (np.array([[False, True]]), [0, 1]),
        (np.array([[0.25, 0.5]], np.float32), [0.25, 0.5]),
        (np.array([[-2.0, 2.0]], np.float32), [0, 1]),
        (np.array([[7, 7]], np.int64), [0, 0]),
    ],
)
def test_dtype_intensity(pixels: np.ndarray, expected: list[float]) -> None:
    assert_allclose(to_float_image(pixels, BY_TYPE)[0, :, 0], expected, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64, bool])
@pytest.mark.parametrize("value", [0, 1])
def test_a_constant_image_is_zero(dtype: Any, value: int) -> None:
    image = to_float_image(np.full((4, 5), value, dtype), InputConfig())
    assert_array_equal(image, np.zeros((4, 5, 3)))


def test_a_sparse_image_keeps_its_signal() -> None:
    pixels = np.zeros((100, 100), np.uint16)
    pixels[5, 5] = 400
    image = to_float_image(pixels, InputConfig())
    assert image[5, 5, 0] == 1.0
    assert image.sum() == 3.0


def test_an_all_but_constant_float_image_stays_finite() -> None:
    pixels = np.zeros((10, 10), np.float32)
    pixels[:, ::2] = 1e-44
    pixels[0, 0] = 1e6
    image = to_float_image(pixels, InputConfig(percentiles=(1.0, 90.0)))
    assert np.isfinite(image).all()
    assert image[0, 0, 0] == 1.5


def test_brightness_and_contrast_do_not_matter() -> None:
    pixels = np.random.default_rng(0).integers(0, 100, (20, 30)).astype(np.uint8)
    other = (pixels.astype(np.uint16) * 300) + 1000
    assert_allclose(to_float_image(pixels, InputConfig()), to_float_image(other, InputConfig()), atol=1e-5)


@pytest.mark.parametrize(
    ("pixels", "text"),
    [
        (np.array([[np.nan, 1]]), "The image holds NaN"),
        (np.array([[np.inf, 1]], np.float32), "The image holds NaN"),
        (np.array([[1e300, 1]]), "absurdly large"),
        (np.zeros((0, 4), np.uint8), r"shape \(0, 4\) has no pixels"),
        (np.zeros((3, 4, 2), np.uint8), r"shape \(3, 4, 2\) is no image"),
        (np.zeros(4, np.uint8), r"shape \(4,\) is no image"),
        (np.zeros((3, 4), complex), "type complex128 is no image"),
        (np.array([["a"]]), "is no image"),
    ],
)
def test_refuses_what_is_no_image(pixels: np.ndarray, text: str) -> None:
    with pytest.raises(InputError, match=text):
        to_float_image(pixels, InputConfig())


def test_alpha_and_single_channel() -> None:
    rgba = np.random.default_rng(0).integers(0, 255, (3, 4, 4)).astype(np.uint8)
    assert_array_equal(to_float_image(rgba, BY_TYPE_RGB), to_float_image(rgba[..., :3], BY_TYPE_RGB))
    grey = rgba[..., :1]
    assert_array_equal(to_float_image(grey, BY_TYPE), to_float_image(grey[..., 0], BY_TYPE))


def test_normalise() -> None:
    config = InputConfig(mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 0.1))
    plane = normalise(np.full((2, 4, 1), 0.6, np.float32), config)
    assert plane.shape == (3, 2, 4)
    assert plane.dtype == np.float32
    assert plane.flags.c_contiguous
    assert_allclose(plane[:, 0, 0], [1.0, 1.6, 3.0], rtol=1e-6)


@pytest.mark.parametrize("channels", ["grey", "rgb"])
@pytest.mark.parametrize("shape", [(6, 8), (6, 8, 3)])
def test_prepare_is_the_public_functions_in_a_row(channels: Any, shape: tuple[int, ...]) -> None:
    config = InputConfig(channels=channels, resize=FixedResize(5, 4))
    pixels = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    prepared = prepare(pixels, config)
    assert prepared.shape == (6, 8)
    expected = normalise(resize_plane(to_float_image(pixels, config), (5, 4)), config)
    assert_allclose(prepared.plane, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("resize", "model_um", "image_um", "expected"),
    [
        (ScaleResize(), None, None, (100, 50)),
        (ScaleResize(), None, 0.5, (100, 50)),
        (ScaleResize(), 1.0, None, (100, 50)),
        (ScaleResize(), 1.0, 0.5, (50, 25)),
        (ScaleResize(factor=0.5), 1.0, 2.0, (100, 50)),
        (ScaleResize(factor=0.001), None, None, (1, 1)),
        (FixedResize(7, 9), 1.0, 0.5, (7, 9)),
    ],
)
def test_network_shape(resize: Any, model_um: Any, image_um: Any, expected: tuple[int, int]) -> None:
    assert network_shape((100, 50), InputConfig(pixel_size_um=model_um, resize=resize), image_um) == expected


@pytest.mark.parametrize("pixel_size_um", [0.0, -1.0, float("nan"), float("inf"), 17.0, 0.05])
def test_an_absurd_pixel_size_is_refused(pixel_size_um: float) -> None:
    with pytest.raises(InputError, match="A pixel size of"):
        network_shape((100, 50), InputConfig(pixel_size_um=1.0), pixel_size_um)


def test_resize_of_a_ramp() -> None:
    # Halving with the widened triangle filter: weights 1 3 3 1 (of 8) within; at the left edge 3 3 1 (of 7).
    ramp = np.array([[0, 1, 2, 3, 4, 5, 6, 7]], np.float32)
    assert_allclose(resize_plane(ramp, (1, 4)), [[5 / 7, 2.5, 4.5, 44 / 7]], atol=1e-5)
    # Doubling: samples at -0.25, 0.25, 0.75, ... of the centres, held at the edges.
    assert_allclose(resize_plane(ramp[:, :2], (1, 4)), [[0, 0.25, 0.75, 1]], atol=1e-6)


def test_shrinking_does_not_alias() -> None:
    stripes = np.tile(np.array([0, 1], np.float32), 64)[None].repeat(64, axis=0)
    assert_allclose(resize_plane(stripes, (16, 32))[:, 1:-1], 0.5, atol=1e-6)


def test_resize_and_restore_keep_axes() -> None:
    image = np.random.default_rng(0).random((6, 4, 3), dtype=np.float32)
    assert resize_plane(image, (6, 4)) is image
    resized = resize_plane(image, (3, 7))
    assert resized.shape == (3, 7, 3)
    assert_array_equal(resized[..., 1], resize_plane(image[..., 1], (3, 7)))
    maps = np.moveaxis(image, -1, 0)
    assert restore(maps, (6, 4)) is maps
    assert_array_equal(restore(maps, (3, 7)), np.moveaxis(resized, -1, 0))


def test_restore_stays_within_range() -> None:
    maps = (np.random.default_rng(0).random((2, 16, 16)) > 0.5).astype(np.float32)
    restored = restore(maps, (37, 23))
    assert restored.shape == (2, 37, 23)
    assert restored.dtype == np.float32
    assert restored.min() >= 0
    assert restored.max() <= 1


def test_a_real_image(data_root: Path) -> None:
    path = sorted((data_root / "data/sartorius/train").glob("*.png"))[0]
    pixels = np.asarray(PillowImage.open(path))
    prepared = prepare(pixels, InputConfig(**PLAIN))
    assert prepared.plane.shape == (3, 520, 704)
    low, high = np.percentile(prepared.plane, (0.5, 99.5))
    assert_allclose([low, high], [0, 1], atol=1e-3)
