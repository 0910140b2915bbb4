"""What is measured of an image's grey levels."""

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from neurocyte.models.config import FixedResize, InputConfig
from neurocyte.percentiles import percentiles
from neurocyte.preprocess import LUMINANCE, Float32, network_shape, resize_plane, to_float_image

# Largest values of cameras that fill fewer bits than the file has.
_TOPS = (255, 1023, 4095, 16383, 65535)
# Gaussian sigmas, in pixels of the image as it is measured, between which lie the bands of detail.
_SIGMAS = (0.7, 1.4, 2.8, 5.6, 11.2)
FEATURES = (
    "median",
    "interquartile_range",
    "skewness",
    *(f"log_share_{i}" for i in range(len(_SIGMAS) + 1)),
    *(f"skewness_{i}" for i in (1, 2, 3)),
    *(f"log_tails_{i}" for i in range(len(_SIGMAS))),
    "log_tails",
)
# Those that models of before have: the first of them.
EARLIER = 12
# Where the share of the finest band stands among them.
FINEST = 3
_TINY = 1e-6

Floats = NDArray[np.float64]


def saturated_percent(pixels: NDArray[Any]) -> float | None:
    """Count the pixels at the ends of the grey scale, where light was lost.

    The ends are 0 and the highest value of 8, 10, 12, 14 or 16 bits, whichever the image's maximum is.

    Args:
        pixels: (H, W) or (H, W, 3).

    Returns:
        Per cent of the pixels of which any channel is there; None for floats.
    """
    if pixels.dtype.kind != "u" or not pixels.size:
        return None
    lost = pixels == 0
    if int(pixels.max()) in _TOPS:
        lost |= pixels == pixels.max()
    if lost.ndim == 3:
        lost = lost.any(axis=2)
    return round(100 * float(lost.mean()), 4)


def features_of(pixels: NDArray[Any], config: InputConfig, pixel_size_um: float | None = None) -> Floats:
    """Measure how an image looks to the network: at its size and with its contrast.

    Where the model enlarges its images they are measured before: enlarging adds no detail.

    Args:
        pixels: (H, W) or (H, W, 3).
        config: the model's input section.
        pixel_size_um: of the image in micrometres, None if unknown.

    Returns:
        float64 (18,): median, interquartile range and skewness of the grey levels; logarithms of the
        standard deviations of five bands of detail, from fine to coarse, and of what is coarser, over that
        of the image; skewness of the second to fourth band, which tells bright from dark rims; logarithms
        of the upper over the lower tail, median to 99th and to first percentile, of each band and of the
        grey levels: signs of the contrast that single bright or dark spots do not move.
    """
    image = to_float_image(pixels, config)
    # In one piece: of three interleaved channels every step would skip two.
    grey: Float32 = np.ascontiguousarray(image[..., 0]) if config.channels == "grey" else image @ LUMINANCE
    grey = resize_plane(grey, network_shape(grey.shape, _not_enlarged(config), pixel_size_um))
    *bands, coarsest = _bands(grey)
    lowest, low, middle, high, highest = percentiles(grey, (1, 25, 50, 75, 99))
    whole = float(grey.std()) + _TINY
    shares = [float(np.log(band.std() / whole + _TINY)) for band in (*bands, coarsest)]
    skews = [_skewness(band) for band in bands[1:4]]
    tails = [_log_tails(*percentiles(band, (1, 50, 99))) for band in bands]
    tails.append(_log_tails(lowest, middle, highest))
    return np.array([middle, high - low, _skewness(grey), *shares, *skews, *tails], dtype=np.float64)


def _not_enlarged(config: InputConfig) -> InputConfig:
    resize = config.resize
    if isinstance(resize, FixedResize) or resize.factor <= 1:
        return config
    return replace(config, resize=replace(resize, factor=1.0))


def _bands(grey: Float32) -> list[Float32]:
    """What each Gaussian of `_SIGMAS` takes from the one before, from fine to coarse, and what is left.

    A cosine transform knows the image mirrored at its edges, as the filters want it, and turns each filter
    into a product: one transform for all of them and one back for each.
    """
    waves = fft.dctn(grey)
    bands, finer = [], grey
    for sigma in _SIGMAS:
        rows, columns = (_response(side, sigma) for side in grey.shape)
        coarser = fft.idctn(waves * columns * rows[:, None], overwrite_x=True)
        bands.append(finer - coarser)
        finer = coarser
    return [*bands, finer]


@lru_cache(maxsize=32)
def _response(side: int, sigma: float) -> Float32:
    """What a Gaussian, cut off at three sigmas, leaves of each cosine along a side."""
    reach = np.arange(1, int(3 * sigma + 0.5) + 1)
    weights = np.exp(-0.5 * (reach / sigma) ** 2)
    waves = np.cos(np.pi * np.arange(side)[:, None] * reach / side)
    response: Float32 = ((1 + 2 * waves @ weights) / (1 + 2 * weights.sum())).astype(np.float32)
    # The same for every image of a folder; nobody may change it.
    response.flags.writeable = False
    return response


def _log_tails(lowest: float, middle: float, highest: float) -> float:
    return float(np.log((highest - middle + _TINY) / (middle - lowest + _TINY)))


def _skewness(values: Float32) -> float:
    centred = values.astype(np.float64) - values.mean(dtype=np.float64)
    square = centred * centred
    # Not to the power of 3, which costs ten times as much.
    return float((square * centred).mean() / (math.sqrt(float(square.mean())) + _TINY) ** 3)
