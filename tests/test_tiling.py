import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurocyte.models.config import TileConfig
from neurocyte.tiling import cut_batches, predict_tiled, tile_axis

SMALL = TileConfig(size=64, overlap=16, multiple=8)


@pytest.mark.parametrize(
    ("side", "tile", "length", "starts"),
    [
        (1, TileConfig(), 32, (0,)),
        (520, TileConfig(), 544, (0,)),
        (704, TileConfig(), 704, (0,)),
        (768, TileConfig(), 768, (0,)),
        # (769 + 96) / 2 = 432.5 -> 448; the second tile ends at 769.
        (769, TileConfig(), 448, (0, 321)),
        (1280, TileConfig(), 704, (0, 576)),
        # n = ceil((1500 - 96) / 672) = 3; (1500 + 192) / 3 = 564 -> 576; (1500 - 576) / 2 = 462.
        (1500, TileConfig(), 576, (0, 462, 924)),
        (100, TileConfig(size=50, overlap=0, multiple=1), 50, (0, 50)),
        (7, TileConfig(size=3, overlap=2, multiple=1), 3, (0, 1, 2, 3, 4)),
    ],
)
def test_tiles_of_a_side(side: int, tile: TileConfig, length: int, starts: tuple[int, ...]) -> None:
    axis = tile_axis(side, tile)
    assert (axis.length, axis.starts) == (length, starts)


@pytest.mark.parametrize("tile", [SMALL, TileConfig(32, 31, 32), TileConfig(40, 0, 8), TileConfig(24, 7, 1)])
def test_every_side_is_covered_with_the_overlap(tile: TileConfig) -> None:
    for side in range(1, 400):
        axis = tile_axis(side, tile)
        assert axis.length % tile.multiple == 0
        assert axis.length <= tile.size
        assert axis.starts[0] == 0
        assert all(
            first + axis.length - second >= tile.overlap
            for first, second in zip(axis.starts, axis.starts[1:], strict=False)
        )
        total = np.zeros(max(side, axis.length))
        for start, weights in zip(axis.starts, axis.weights, strict=True):
            total[start : start + axis.length] += weights
        assert axis.starts[-1] + axis.length == max(side, axis.length)
        assert_allclose(total, 1, atol=1e-6)


def test_weights_ramp_over_the_overlap() -> None:
    # Two tiles of 4 on a side of 6 overlap by 2: pixel 2 has ramps 2 and 1, pixel 3 has 1 and 2 (of 3).
    axis = tile_axis(6, TileConfig(size=4, overlap=2, multiple=1))
    assert axis.starts == (0, 2)
    assert_allclose(axis.weights, [[1, 1, 2 / 3, 1 / 3], [1 / 3, 2 / 3, 1, 1]], rtol=1e-6)


SHAPES = [(1, 1), (1, 200), (3, 5), (64, 64), (65, 64), (63, 129), (130, 257), (300, 47)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "tile", [SMALL, TileConfig(32, 0, 32), TileConfig(32, 20, 16), TileConfig(48, 20, 1)]
)
def test_doubling_gives_back_the_plane(shape: tuple[int, int], tile: TileConfig) -> None:
    plane = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    doubled = predict_tiled(plane, lambda batch: 2 * batch, tile)
    assert doubled.shape == plane.shape
    assert doubled.dtype == np.float32
    assert_allclose(doubled, 2 * plane, atol=1e-6, rtol=1e-6)


def test_batches_and_channels() -> None:
    shapes = []

    def predict(batch: np.ndarray) -> np.ndarray:
        shapes.append(batch.shape)
        return batch[:, :1] - batch[:, 1:2]

    plane = np.random.default_rng(0).random((3, 100, 160), dtype=np.float32)
    result = predict_tiled(plane, predict, SMALL, batch_size=4)
    # 100 -> 2 tiles of 64 (58 rounded up), 160 -> 3 of 64: six tiles, four and then two.
    assert shapes == [(4, 3, 64, 64), (2, 3, 64, 64)]
    assert result.shape == (1, 100, 160)
    assert_allclose(result[0], plane[0] - plane[1], atol=1e-6)


def test_padding_reflects_at_the_far_edges() -> None:
    plane = np.array([[[1, 2, 3], [4, 5, 6]]], np.float32)
    seen = []

    def predict(batch: np.ndarray) -> np.ndarray:
        seen.append(batch)
        return batch

    assert_array_equal(predict_tiled(plane, predict, TileConfig(4, 0, 4)), plane)
    assert_array_equal(seen[0][0, 0], [[1, 2, 3, 2], [4, 5, 6, 5], [1, 2, 3, 2], [4, 5, 6, 5]])


def test_batches_are_those_that_predict_gets() -> None:
    plane = np.random.default_rng(0).normal(size=(3, 130, 70)).astype(np.float32)
    seen = []

    def predict(batch: np.ndarray) -> np.ndarray:
        seen.append(batch)
        return batch

    predict_tiled(plane, predict, SMALL, batch_size=4)
    cut = list(cut_batches(plane, SMALL, batch_size=4))
    assert [len(batch) for batch in cut] == [4, 2]
    for one, other in zip(cut, seen, strict=True):
        assert_array_equal(one, other)


def test_centre_of_a_tile_outweighs_a_neighbours_edge() -> None:
    calls = iter([0.0, 1.0])

    def predict(batch: np.ndarray) -> np.ndarray:
        return np.full_like(batch, next(calls))

    result = predict_tiled(np.zeros((1, 1, 6), np.float32), predict, TileConfig(4, 2, 1), batch_size=1)
    assert_allclose(result[0, 0], [0, 0, 1 / 3, 2 / 3, 1, 1], rtol=1e-6)


def test_nothing_to_predict() -> None:
    with pytest.raises(ValueError, match=r"shape \(3, 0, 5\) has no pixels"):
        predict_tiled(np.zeros((3, 0, 5), np.float32), lambda batch: batch, SMALL)
