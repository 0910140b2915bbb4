"""Coloured outlines of the cells over the image."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neurocyte.errors import InputError
from neurocyte.instances.labels import compact_labels
from neurocyte.io.png import write_png
from neurocyte.percentiles import percentiles

Bytes = NDArray[np.uint8]

# Bright on grey and apart from each other, also for most colour-blind readers next to their usual neighbours.
PALETTE = np.array(
    [
        (255, 214, 0),
        (0, 200, 255),
        (255, 92, 205),
        (118, 255, 66),
        (255, 122, 26),
        (160, 136, 255),
        (255, 70, 85),
        (0, 245, 190),
    ],
    dtype=np.uint8,
)
# Cells with pixels this near in a straight or diagonal direction get different colours; pixels.
NEAR = 4
# Where the image's longer side has more pixels, outlines of one pixel are lost to the eye.
WIDE = 1000
# The share of pixels that may be saturated at either end of the grey scale, in per cent.
SATURATED = 0.1


def overlay(
    pixels: NDArray[Any], labels: NDArray[np.integer[Any]], chosen: NDArray[np.intp] | None = None
) -> Bytes:
    """Draw the outline of every cell over the contrast-stretched image.

    The outline is the cell's own border pixels, those with a straight neighbour that is of another cell or
    background; one pixel more inwards where a side of the image is longer than `WIDE`. Near cells have
    different colours as long as the palette lasts.

    Args:
        pixels: Image, (H, W) or (H, W, 3) RGB, any real type.
        labels: Label image, integer (H, W), 0 is background.
        chosen: What `colours` gives for the labels, where it is known already.

    Returns:
        RGB image, uint8 (H, W, 3).

    Raises:
        InputError: The image and the labels differ in height or width.
    """
    pixels, labels = np.asarray(pixels), np.asarray(labels)
    if pixels.shape[:2] != labels.shape or pixels.shape[2:] not in ((), (1,), (3,)):
        raise InputError(
            f"An image of shape {pixels.shape} cannot be overlaid with labels of shape {labels.shape}: "
            "give the image they were made from."
        )
    picture = np.empty((*labels.shape, 3), dtype=np.uint8)
    grey_or_rgb = stretch(pixels if pixels.ndim == 3 else pixels[..., None])
    for channel in range(3):
        # One by one: broadcast into all three at once it takes five times as long.
        picture[..., channel] = grey_or_rgb[..., channel % grey_or_rgb.shape[2]]
    if chosen is None:
        labels, _ = compact_labels(labels)
        chosen = colours(labels)
    border = np.flatnonzero(_inner_border(labels))
    picture.reshape(-1, 3)[border] = PALETTE[chosen[labels.ravel()[border]]]
    return picture


def write_overlay(
    path: str | Path,
    pixels: NDArray[Any],
    labels: NDArray[np.integer[Any]],
    chosen: NDArray[np.intp] | None = None,
) -> None:
    """Write the overlay as a PNG file, in one piece or not at all.

    Args:
        path: The file to write, with the suffix .png.
        pixels: Image, (H, W) or (H, W, 3) RGB, any real type.
        labels: Label image, integer (H, W), 0 is background.
        chosen: What `colours` gives for the labels, where it is known already.

    Raises:
        InputError: The image and the labels differ in height or width.
        UsageError: The file cannot be written.
    """
    write_png(path, overlay(pixels, labels, chosen))


def stretch(pixels: NDArray[Any]) -> Bytes:
    """Stretch an image's contrast over the 8-bit range, all channels alike.

    Args:
        pixels: Image of any shape and real type, finite.

    Returns:
        uint8, same shape: `SATURATED` per cent of the values at 0 and as many at 255 (a constant image is 0).
    """
    if not pixels.size:
        return np.zeros(pixels.shape, dtype=np.uint8)
    narrow = pixels.dtype.kind == "u" and pixels.dtype.itemsize <= 2
    values = pixels if narrow else pixels.astype(np.float32)
    low, high = percentiles(values, (SATURATED, 100 - SATURATED))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros(pixels.shape, dtype=np.uint8)
    if narrow:
        # Each grey level once.
        levels = np.arange(np.iinfo(pixels.dtype).max + 1, dtype=np.float32)
        return np.take(_stretched(levels, low, high), pixels)
    return _stretched(values, low, high)


def _stretched(values: NDArray[np.float32], low: float, high: float) -> Bytes:
    # In float64, as a float32's rounding would move a grey level.
    scaled = (values - np.float64(low)) * (255 / (high - low)) + 0.5
    stretched: Bytes = np.clip(scaled, 0, 255).astype(np.uint8)
    return stretched


def _inner_border(labels: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """The cells' pixels with a straight neighbour of another label; on a large image one pixel more."""
    border = np.zeros(labels.shape, dtype=bool)
    rows = labels[1:] != labels[:-1]
    columns = labels[:, 1:] != labels[:, :-1]
    border[1:] |= rows
    border[:-1] |= rows
    border[:, 1:] |= columns
    border[:, :-1] |= columns
    border &= labels > 0
    if max(labels.shape) > WIDE:
        border = ndimage.binary_dilation(border) & (labels > 0)
    return border


def colours(labels: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """Choose a colour for each cell, different for near cells while the palette lasts.

    Args:
        labels: Label image, integer (H, W), 0 is background.

    Returns:
        An index into `PALETTE` for each of the labels 0..n.
    """
    count = int(labels.max(initial=0))
    neighbours: list[list[int]] = [[] for _ in range(count + 1)]
    for one, other in _near_pairs(labels, count):
        # Only towards the lower label: that is coloured before.
        neighbours[other].append(one)
    chosen = np.zeros(count + 1, dtype=np.intp)
    size = len(PALETTE)
    for label in range(1, count + 1):
        taken = {int(chosen[other]) for other in neighbours[label]}
        wished = (label - 1) % size
        chosen[label] = next(
            (colour % size for colour in range(wished, wished + size) if colour % size not in taken), wished
        )
    return chosen


def _near_pairs(labels: NDArray[np.integer[Any]], count: int) -> list[tuple[int, int]]:
    """Pairs of labels, the lower first, that come within `NEAR` pixels in one of eight directions."""
    padded = np.pad(labels, NEAR)
    flat, width = padded.ravel(), padded.shape[1]
    keys = [np.empty(0, dtype=np.int64)]
    for direction in (1, width, width + 1, width - 1):
        # The last of a cell's pixels on the way to another cell: only there a way begins.
        here, there = flat[:-direction], flat[direction:]
        edge = np.flatnonzero((here != there) & (here > 0))
        own = flat[edge].astype(np.int64)
        for step in range(1, NEAR + 1):
            other = flat[edge + step * direction]
            near = np.flatnonzero((other != own) & (other > 0))
            one, two = own[near], other[near]
            keys.append(np.minimum(one, two) * (count + 1) + np.maximum(one, two))
    found = np.sort(np.concatenate(keys))
    # Sorted and compared: `numpy.unique` takes four times as long.
    found = found[np.diff(found, prepend=-1) > 0]
    return list(zip((found // (count + 1)).tolist(), (found % (count + 1)).tolist(), strict=True))
