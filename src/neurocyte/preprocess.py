"""From any image to the network's input, normalised per image; and from its maps back to the image's size.

Training and inference share these functions, so that a network sees in use what it saw in training.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from neurocyte.errors import InputError
from neurocyte.models.config import FixedResize, InputConfig
from neurocyte.percentiles import percentiles

Float32 = NDArray[np.float32]

# ITU-R BT.709, the weights that scikit-image's rgb2gray uses.
LUMINANCE = np.array([0.2125, 0.7154, 0.0721], dtype=np.float32)
# Pixel sizes further apart are a wrong unit, not another objective.
MAX_RATIO = 16.0
CLIP = (-0.5, 1.5)
# Differences of larger values would overflow float32.
MAX_VALUE = 1e37


@dataclass(frozen=True)
class Prepared:
    """The network's input: plane, float32 (3, H', W'), normalised; and shape, the image's own (H, W)."""

    plane: Float32
    shape: tuple[int, int]


def prepare(pixels: NDArray[Any], config: InputConfig, pixel_size_um: float | None = None) -> Prepared:
    """Turn an image into the network's input.

    Args:
        pixels: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4: alpha is dropped); bool, integer or float.
        config: the model's input section.
        pixel_size_um: of the image in micrometres, None if unknown.

    Returns:
        The normalised plane, float32 (3, H', W'), and the image's own shape.

    Raises:
        InputError: the array is no image, holds NaN or infinities, or its pixel size is absurd.
    """
    image = _in_levels(pixels, config)
    shape = (image.shape[0], image.shape[1])
    image = resize_plane(image, network_shape(shape, config, pixel_size_um))
    return Prepared(normalise(image, config), shape)


def to_float_image(pixels: NDArray[Any], config: InputConfig) -> Float32:
    """Apply the model's channels and intensity to an image, without mean, std or resizing.

    Intensity "percentile" maps the image's two percentiles (joint over channels) to 0 and 1 and clips to
    [-0.5, 1.5]; where they coincide, minimum and maximum take their place; a constant image is zero.
    "dtype" divides 8- and 16-bit images by their type's maximum and leaves floats within [0, 1] alone;
    what else there is goes from minimum and maximum to 0 and 1.

    Args:
        pixels: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4: alpha is dropped); bool, integer or float.
        config: the model's input section.

    Returns:
        float32 (H, W, 3), nominally within [0, 1].

    Raises:
        InputError: the array is no image, or holds NaN or infinities.
    """
    image = _in_levels(pixels, config)
    return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))


def normalise(image: Float32, config: InputConfig) -> Float32:
    """Subtract the mean, divide by the std, and put channels first.

    Args:
        image: float32 (H, W, 1) or (H, W, 3), nominally within [0, 1].
        config: the model's input section.

    Returns:
        float32 (3, H, W), contiguous.
    """
    mean = np.asarray(config.mean, dtype=np.float32)[:, None, None]
    std = np.asarray(config.std, dtype=np.float32)[:, None, None]
    return np.ascontiguousarray((np.moveaxis(image, -1, 0) - mean) / std)


def network_shape(
    shape: tuple[int, int], config: InputConfig, pixel_size_um: float | None = None
) -> tuple[int, int]:
    """Tell the size at which the network sees an image.

    Args:
        shape: (H, W) of the image, pixels.
        config: the model's input section.
        pixel_size_um: of the image in micrometres, None if unknown.

    Returns:
        (H', W'), at least 1 x 1.

    Raises:
        InputError: the pixel size is not positive, or more than 16 times off the model's.
    """
    ratio = pixel_ratio(config, pixel_size_um)
    if isinstance(config.resize, FixedResize):
        return (config.resize.height, config.resize.width)
    height, width = (max(1, round(side * config.resize.factor * ratio)) for side in shape)
    return (height, width)


def pixel_ratio(config: InputConfig, pixel_size_um: float | None) -> float:
    """Compare an image's pixels with those the model was trained on.

    Args:
        config: the model's input section.
        pixel_size_um: of the image in micrometres, None if unknown.

    Returns:
        The side of an image pixel over that of a model pixel; 1 where either is unknown.

    Raises:
        InputError: the pixel size is not positive, or more than 16 times off the model's.
    """
    if pixel_size_um is None:
        return 1.0
    if not (math.isfinite(pixel_size_um) and pixel_size_um > 0):
        raise InputError(
            f"A pixel size of {pixel_size_um} um is impossible; give a positive one in micrometres."
        )
    if config.pixel_size_um is None:
        return 1.0
    ratio = pixel_size_um / config.pixel_size_um
    if not 1 / MAX_RATIO <= ratio <= MAX_RATIO:
        raise InputError(
            f"A pixel size of {pixel_size_um:g} um is more than {MAX_RATIO:g} times off the model's "
            f"{config.pixel_size_um:g} um; give the true one in micrometres."
        )
    return ratio


def resize_plane(plane: Float32, shape: tuple[int, int]) -> Float32:
    """Resample bilinearly; when shrinking, the filter widens with the factor, so that nothing aliases.

    Args:
        plane: float32 (H, W) or (H, W, C).
        shape: the new (H', W').

    Returns:
        float32 of the new shape and as many axes; the same array where the shape is the same already.
    """
    if plane.shape[:2] == shape:
        return plane
    if plane.ndim == 2:
        return _resize_channel(plane, shape)
    return np.stack([_resize_channel(plane[..., c], shape) for c in range(plane.shape[2])], axis=-1)


def restore(probability: Float32, shape: tuple[int, int]) -> Float32:
    """Bring the network's maps back to the image's size.

    Args:
        probability: float32 (K, H', W').
        shape: (H, W) of the image.

    Returns:
        float32 (K, H, W), bilinear; the same array where the shape is the same already.
    """
    if probability.shape[1:] == shape:
        return probability
    return np.stack([_resize_channel(channel, shape) for channel in probability])


def _resize_channel(channel: Float32, shape: tuple[int, int]) -> Float32:
    picture = PillowImage.fromarray(np.ascontiguousarray(channel, dtype=np.float32))
    resized = picture.resize((shape[1], shape[0]), PillowImage.Resampling.BILINEAR)
    return np.asarray(resized, dtype=np.float32)


def to_channels(pixels: NDArray[Any], config: InputConfig) -> Float32:
    """Give an image the model's channels; its grey levels stay.

    Args:
        pixels: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4: alpha is dropped); bool, integer or float.
        config: the model's input section.

    Returns:
        float32 (H, W, 1) for a grey model, (H, W, 1 or 3) for a colour model.

    Raises:
        InputError: the array is no image, or holds NaN or infinities.
    """
    image = _check(pixels).astype(np.float32)
    if image.ndim == 2:
        return image[..., None]
    return (image @ LUMINANCE)[..., None] if config.channels == "grey" else image


@dataclass(frozen=True)
class Levels:
    """The grey levels that become 0 and 1.

    Args:
        low: becomes 0.
        high: becomes 1.
        clip: whether what lies far beyond is cut off, at `CLIP`.
    """

    low: float
    high: float
    clip: bool = False

    def apply(self, image: Float32) -> Float32:
        """Stretch grey levels; float32 of the same shape, all 0 where there is nothing to stretch."""
        stretched = _stretch(image, self.low, self.high)
        return np.clip(stretched, *CLIP) if self.clip else stretched


class Values(Protocol):
    """What must be known of all values of an image, in the model's channels."""

    def percentiles(self, wanted: tuple[float, float]) -> tuple[float, float]:
        """Give two percentiles, 0 to 100, as numpy.percentile does."""

    def extremes(self) -> tuple[float, float]:
        """Give the lowest and the highest."""


def choose_levels(values: Values, dtype: np.dtype[Any], config: InputConfig) -> Levels:
    """Choose the grey levels that become 0 and 1; see `to_float_image`.

    Args:
        values: of the image, in the model's channels.
        dtype: of the image as it was read.
        config: the model's input section.

    Returns:
        The levels.
    """
    if config.intensity == "percentile":
        low, high = values.percentiles(config.percentiles)
        # Nearly all pixels are alike (sparse fluorescence): the few others are the signal.
        return Levels(low, high, clip=True) if high > low else Levels(*values.extremes(), clip=True)
    if dtype.kind == "b":
        return Levels(0.0, 1.0)
    if dtype.kind == "u" and dtype.itemsize <= 2:
        return Levels(0.0, float(np.iinfo(dtype).max))
    low, high = values.extremes()
    return Levels(0.0, 1.0) if low >= 0.0 and high <= 1.0 else Levels(low, high)


@dataclass(frozen=True)
class _ArrayValues:
    image: Float32

    def percentiles(self, wanted: tuple[float, float]) -> tuple[float, float]:
        low, high = percentiles(self.image, wanted)
        return low, high

    def extremes(self) -> tuple[float, float]:
        return float(self.image.min()), float(self.image.max())


def _in_levels(pixels: NDArray[Any], config: InputConfig) -> Float32:
    """Give float32 (H, W, 1) for a grey model, (H, W, 1 or 3) for a colour model, intensity applied."""
    image = to_channels(pixels, config)
    return choose_levels(_ArrayValues(image), np.asarray(pixels).dtype, config).apply(image)


def _check(pixels: NDArray[Any]) -> NDArray[Any]:
    pixels = np.asarray(pixels)
    if pixels.dtype.kind not in "buif":
        raise InputError(f"An array of type {pixels.dtype} is no image; give bool, integers or floats.")
    if pixels.ndim == 3 and pixels.shape[2] in (1, 4):
        pixels = pixels[..., 0] if pixels.shape[2] == 1 else pixels[..., :3]
    if not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)):
        raise InputError(f"An array of shape {pixels.shape} is no image; give (H, W) or (H, W, 3).")
    if pixels.size == 0:
        raise InputError(f"An image of shape {pixels.shape} has no pixels; give at least one.")
    # Written so that NaN fails too.
    if pixels.dtype.kind == "f" and not (np.abs(pixels) < MAX_VALUE).all():
        raise InputError("The image holds NaN, infinite or absurdly large values; replace them first.")
    return pixels


def _stretch(image: Float32, low: float, high: float) -> Float32:
    if high <= low:
        return np.zeros_like(image)
    # An outlier of an all but constant image may overflow: it is clipped, or is the maximum itself.
    with np.errstate(over="ignore"):
        return (image - np.float32(low)) / np.float32(high - low)
