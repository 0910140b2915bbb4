"""One COCO segmentation (polygons, or run lengths plain or compressed) as pixels."""

from typing import Any

import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco_mask

from neurocyte.io.annotations.cells import ramp


def decode_segmentation(segmentation: Any, shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    """Decode one cell, by the rules of the COCO tools.

    Args:
        segmentation: A list of polygons [x1, y1, x2, y2, ...], or {"size": [H, W], "counts": list or string}.
        shape: (H, W) of the image.

    Returns:
        Flat row-major indices (n,) of the cell's pixels, ascending.

    Raises:
        ValueError: The segmentation is malformed or of another size than the image.
    """
    if isinstance(segmentation, list):
        return _from_polygons(segmentation, shape)
    if isinstance(segmentation, dict):
        return _from_runs(segmentation, shape)
    raise ValueError("its segmentation is neither polygons nor run lengths")


def polygons_of(segmentation: Any) -> list[list[npt.NDArray[np.float64]]]:
    """Give the outlines of a cell that could be decoded.

    Args:
        segmentation: As for ``decode_segmentation``.

    Returns:
        For each polygon its one ring (n, 2), x and y; none for run lengths.
    """
    if not isinstance(segmentation, list):
        return []
    return [[np.array(one, dtype=np.float64).reshape(-1, 2)] for one in segmentation]


def _from_polygons(polygons: list[Any], shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    for polygon in polygons:
        try:
            values = np.array(polygon, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as exc:
            raise ValueError("a polygon is not a list of numbers") from exc
        if values.ndim != 1 or values.size % 2 or values.size < 6:
            raise ValueError("a polygon has fewer than 3 points or half a point")
        # The tools' rasteriser walks every step of an edge: a coordinate of 1e12 would never end.
        if not np.isfinite(values).all() or np.abs(values).max() > 10 * max(shape):
            raise ValueError("a polygon lies far outside the image")
        # It keeps them all, too: a polygon that runs to and fro would fill the memory.
        corners = values.reshape(-1, 2)
        around = np.abs(corners - np.roll(corners, 1, axis=0)).max(axis=1).sum()
        if around > 2 * shape[0] * shape[1] + 100 * max(shape):
            raise ValueError("the outline of a polygon is longer than the image has pixels")
    merged = coco_mask.merge(coco_mask.frPyObjects(polygons, *shape))
    return _from_runs({"size": list(shape), "counts": merged["counts"].decode("ascii")}, shape)


def _from_runs(segmentation: dict[str, Any], shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    counts = segmentation.get("counts")
    if segmentation.get("size") != list(shape):
        raise ValueError(f"its size is {segmentation.get('size')}, that of the image {list(shape)}")
    runs = _uncompressed(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(run) is int and run >= 0 for run in runs):
        raise ValueError("its run lengths are not whole numbers")
    if sum(runs) != shape[0] * shape[1]:
        raise ValueError("its run lengths do not add up to the image")
    # Runs go down the columns, background first.
    lengths = np.array(runs, dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    columns = np.repeat(starts[1::2], lengths[1::2]) + ramp(lengths[1::2])
    return np.sort(columns % shape[0] * shape[1] + columns // shape[0])


def _uncompressed(text: str) -> list[int]:
    """Read the COCO tools' string form: base 32, low digits first, from the third run on as differences.

    Not left to pycocotools, which writes past its buffers when the string is malformed.
    """
    runs: list[int] = []
    value = shift = 0
    for letter in text:
        digit = ord(letter) - 48
        if not 0 <= digit < 64 or shift > 60:
            raise ValueError("its compressed run lengths are malformed")
        value |= (digit & 31) << shift
        shift += 5
        if digit & 32:
            continue
        if digit & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("its compressed run lengths are cut off")
    return runs
