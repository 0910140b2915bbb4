"""Kaggle's run-length encoding: row-major, 1-based 'start length' pairs."""

import numpy as np
import numpy.typing as npt

from neurocyte.io.annotations.cells import ramp


def decode_rle(text: str, shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    """Decode one cell.

    Args:
        text: 'start length start length ...'; pixels are counted from 1 along the rows. Empty: no pixel.
        shape: (H, W) of the image.

    Returns:
        Flat row-major indices (n,) of the cell's pixels, counted from 0; ascending if the runs are.

    Raises:
        ValueError: Not pairs of whole numbers, a run without length, or one that leaves the image, or
            runs that are longer together than the image.
    """
    try:
        numbers = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError) as exc:
        raise ValueError("its run lengths are not whole numbers") from exc
    if numbers.size % 2:
        raise ValueError("its run lengths are not pairs of start and length")
    starts, lengths = numbers[::2] - 1, numbers[1::2]
    if numbers.size == 0:
        return numbers
    pixels = shape[0] * shape[1]
    inside = starts.min() >= 0 and lengths.min() >= 1
    # Each alone first: the sum of two huge numbers would wrap around to a small one.
    inside = inside and max(starts.max(), lengths.max()) <= pixels and (starts + lengths).max() <= pixels
    if not inside:
        raise ValueError(f"a run is empty or leaves the image of {shape[1]} x {shape[0]} pixels")
    if lengths.sum() > pixels:
        raise ValueError("its runs are longer than the image")
    indices: npt.NDArray[np.int64] = np.repeat(starts, lengths) + ramp(lengths)
    return indices


def encode_pixels(pixels: npt.NDArray[np.int64]) -> str:
    """Encode one cell.

    Args:
        pixels: Flat row-major indices (n,) of its pixels, counted from 0, ascending, each once.

    Returns:
        'start length start length ...', counted from 1; empty for no pixel.
    """
    if pixels.size == 0:
        return ""
    breaks = np.flatnonzero(np.diff(pixels) != 1)
    starts = pixels[np.concatenate(([0], breaks + 1))]
    ends = pixels[np.concatenate((breaks, [pixels.size - 1]))]
    return " ".join(f"{s + 1} {e - s + 1}" for s, e in zip(starts.tolist(), ends.tolist(), strict=True))
