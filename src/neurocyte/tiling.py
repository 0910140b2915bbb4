"""Tiles of equal shape over a plane of any size, and their predictions blended back into one map."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from neurocyte.models.config import TileConfig

Float32 = NDArray[np.float32]
# Of each tile its place among the rows and the columns.
Batch = list[tuple[int, int]]


@dataclass(frozen=True)
class Axis:
    """The tiles along one side.

    Args:
        side: length of the side, pixels.
        length: of each tile, pixels; it exceeds the side only where a single tile is padded by reflection.
        starts: first pixel of each tile, rising from 0; the last tile ends where the side does.
        weights: float32 (tiles, length); over each pixel of the side they sum to 1.
    """

    side: int
    length: int
    starts: tuple[int, ...]
    weights: Float32


def tile_axis(side: int, tile: TileConfig) -> Axis:
    """Divide a side into the fewest tiles, no longer than needed.

    The tile length follows the side: 800 pixels under a limit of 768 become two tiles of 448, not two of 768.

    Args:
        side: length of the side, pixels, at least 1.
        tile: largest length, least overlap, and the number that lengths are a multiple of.

    Returns:
        The tiles, neighbours overlapping by at least `tile.overlap`.
    """
    count = 1 if side <= tile.size else math.ceil((side - tile.overlap) / (tile.size - tile.overlap))
    needed = (side + (count - 1) * tile.overlap) / count
    length = math.ceil(needed / tile.multiple) * tile.multiple
    starts = tuple(round(i * (side - length) / max(count - 1, 1)) for i in range(count))
    return Axis(side, length, starts, _weights(side, length, starts, tile.overlap))


def predict_tiled(
    plane: Float32,
    predict: Callable[[Float32], Float32],
    tile: TileConfig,
    batch_size: int = 4,
    progress: Callable[[float], None] | None = None,
) -> Float32:
    """Run a network over a plane of any size and blend its overlapping predictions.

    A tile counts less towards its edges, where the network saw less: its weight ramps linearly over the
    overlap. The weights of an axis are made to sum to 1 beforehand, so the only array of the plane's size is
    the result.

    Args:
        plane: float32 (C, H, W).
        predict: maps float32 (N, C, h, w) to float32 (N, K, h, w), N at most `batch_size`.
        tile: largest tile side, least overlap, and the number that sides are a multiple of.
        batch_size: tiles that `predict` gets at once.
        progress: told the share of the tiles done, after each batch; what it raises ends the work.

    Returns:
        float32 (K, H, W).

    Raises:
        ValueError: the plane has no pixels.
    """
    _check(plane)
    rows, columns, batches = tile_grid(plane.shape[1:], tile, batch_size)
    result = np.zeros((0, rows.side, columns.side), dtype=np.float32)
    for number, batch in enumerate(batches):
        maps = predict(_stack(plane, rows, columns, batch))
        if number == 0:
            result = np.zeros((maps.shape[1], rows.side, columns.side), dtype=np.float32)
        for (i, j), tile_map in zip(batch, maps, strict=True):
            add_tile(result, tile_map, rows, columns, (i, j))
        if progress:
            progress((number + 1) / len(batches))
    return result


def cut_batches(plane: Float32, tile: TileConfig, batch_size: int = 4) -> Iterator[Float32]:
    """Give what `predict_tiled` gives to `predict`, in its order.

    Args:
        plane: float32 (C, H, W).
        tile: as for `predict_tiled`.
        batch_size: likewise.

    Yields:
        float32 (N, C, h, w).

    Raises:
        ValueError: the plane has no pixels.
    """
    _check(plane)
    rows, columns, batches = tile_grid(plane.shape[1:], tile, batch_size)
    for batch in batches:
        yield _stack(plane, rows, columns, batch)


def tile_grid(shape: tuple[int, ...], tile: TileConfig, batch_size: int) -> tuple[Axis, Axis, list[Batch]]:
    """Divide a plane into batches of tiles.

    Args:
        shape: (H, W) of the plane.
        tile: as for `predict_tiled`.
        batch_size: likewise.

    Returns:
        The rows, the columns, and the batches in their order: row by row, and along it.
    """
    rows, columns = (tile_axis(side, tile) for side in shape)
    places = list(product(range(len(rows.starts)), range(len(columns.starts))))
    return rows, columns, [places[k : k + batch_size] for k in range(0, len(places), batch_size)]


def _check(plane: Float32) -> None:
    if plane.size == 0:
        raise ValueError(f"a plane of shape {plane.shape} has no pixels")


def _stack(plane: Float32, rows: Axis, columns: Axis, batch: Batch) -> Float32:
    return np.stack([_cut(plane, rows, columns, i, j) for i, j in batch])


def _weights(side: int, length: int, starts: tuple[int, ...], overlap: int) -> Float32:
    positions = np.arange(length)
    # Never zero: a pixel that only one tile covers keeps that tile's value.
    ramp = np.minimum(np.minimum(positions, positions[::-1]), overlap) + 1.0
    total = np.zeros(max(side, length))
    for start in starts:
        total[start : start + length] += ramp
    return np.stack([ramp / total[start : start + length] for start in starts]).astype(np.float32)


def _cut(plane: Float32, rows: Axis, columns: Axis, i: int, j: int) -> Float32:
    top, left = rows.starts[i], columns.starts[j]
    cut = plane[:, top : top + rows.length, left : left + columns.length]
    return pad_tile(cut, (rows.length, columns.length))


def pad_tile(cut: Float32, shape: tuple[int, int]) -> Float32:
    """Fill up a tile of a plane smaller than it, by reflection.

    Args:
        cut: float32 (C, h, w).
        shape: the tile's (H, W), not smaller.

    Returns:
        float32 (C, H, W).
    """
    missing = (shape[0] - cut.shape[1], shape[1] - cut.shape[2])
    return np.pad(cut, ((0, 0), (0, missing[0]), (0, missing[1])), mode="reflect") if any(missing) else cut


def add_tile(
    result: Float32, tile_map: Float32, rows: Axis, columns: Axis, place: tuple[int, int], first_row: int = 0
) -> None:
    """Add a tile's map to the result, with the tile's weights.

    Args:
        result: float32 (K, h, W), rows of the plane from `first_row` on; changed in place.
        tile_map: float32 (K, H', W').
        rows: the tiles along the columns.
        columns: the tiles along the rows.
        place: of the tile among both.
        first_row: of the plane, that the result begins with.
    """
    i, j = place
    top, left = rows.starts[i] - first_row, columns.starts[j]
    target = result[:, top : top + rows.length, left : left + columns.length]
    height, width = target.shape[1:]
    weights = rows.weights[i, :height, None] * columns.weights[j, None, :width]
    target += weights * tile_map[:, :height, :width]
