"""What must be known of a whole image before its parts: grey levels, a small picture, a sample."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.errors import InputError
from neurocyte.io.windows import WindowedImage
from neurocyte.large.boxes import CORE, Box, boxes
from neurocyte.large.ranks import Ranks
from neurocyte.models.config import InputConfig
from neurocyte.preprocess import Float32, Levels, choose_levels, to_channels

Pixels = NDArray[Any]

# Longest side of the small picture, pixels: what overlay and preview show.
OVERVIEW = 2048
# Windows of the sample along each side, and their side in pixels.
_SAMPLES, _SAMPLE = 4, 512


@dataclass(frozen=True)
class Survey:
    """What is known of a whole image.

    Args:
        levels: what becomes 0 and 1 for the network.
        overview: the image reduced by a whole factor, (h, w) or (h, w, 3), of the image's type.
        factor: pixels of the image, in a row, that are one of the overview.
    """

    levels: Levels
    overview: Pixels
    factor: int


def survey(image: WindowedImage, config: InputConfig) -> Survey:
    """Read an image once, twice where its percentiles are not of whole numbers.

    Args:
        image: the image.
        config: the model's input section.

    Returns:
        Levels and overview.

    Raises:
        InputError: the image is damaged, or nothing of it is there.
    """
    factor = math.ceil(max(image.shape) / OVERVIEW)
    height, width = (math.ceil(side / factor) for side in image.shape)
    parts = list(boxes(image.shape, factor * max(1, CORE // factor)))

    def in_channels() -> Iterator[Float32]:
        for box in parts:
            yield to_channels(image.read(box.rows, box.columns), config)

    ranks = Ranks(in_channels)
    overview = np.zeros((height, width), np.uint8)
    for number, box in enumerate(parts):
        pixels = image.read(box.rows, box.columns)
        if number == 0:
            overview = np.zeros((height, width, *pixels.shape[2:]), pixels.dtype)
        as_stored = pixels.dtype.kind == "u" and (pixels.ndim == 2 or config.channels == "rgb")
        ranks.add(pixels if as_stored else to_channels(pixels, config))
        small = _reduced(pixels, factor)
        top, left = box.top // factor, box.left // factor
        overview[top : top + small.shape[0], left : left + small.shape[1]] = small
    if image.gaps and ranks.extremes() == (0.0, 0.0):
        raise InputError(f"{image.path} holds nothing, or zeros only: copy or export it again.")
    return Survey(choose_levels(ranks, overview.dtype, config), overview, factor)


def sample(image: WindowedImage) -> Pixels:
    """Put windows from all over an image side by side, for measures of how it looks.

    Args:
        image: the image.

    Returns:
        (h, w) or (h, w, 3), 2048 x 2048 of a large image.
    """
    sides = tuple(min(_SAMPLE, max(1, side // _SAMPLES)) for side in image.shape)
    starts = [
        [round((i + 0.5) * whole / _SAMPLES - side / 2) for i in range(min(_SAMPLES, whole))]
        for whole, side in zip(image.shape, sides, strict=True)
    ]
    rows = []
    for top in starts[0]:
        places = [Box(top, left, top + sides[0], left + sides[1]) for left in starts[1]]
        rows.append(np.concatenate([image.read(box.rows, box.columns) for box in places], axis=1))
    return np.concatenate(rows)


def _reduced(pixels: Pixels, factor: int) -> Pixels:
    """Average squares of pixels; those cut by the image's end over what is there."""
    if factor == 1:
        return pixels
    sums: Pixels = pixels.astype(np.float32)
    for axis in (0, 1):
        starts = np.arange(0, pixels.shape[axis], factor)
        counts = np.diff(np.append(starts, pixels.shape[axis])).astype(np.float32)
        share = counts.reshape([-1 if one == axis else 1 for one in range(pixels.ndim)])
        sums = np.add.reduceat(sums, starts, axis=axis) / share
    return (sums if pixels.dtype.kind == "f" else np.rint(sums)).astype(pixels.dtype)
