"""The network over a large plane, row of tiles by row of tiles."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from neurocyte.io.windows import WindowedImage
from neurocyte.large.resampling import resampled
from neurocyte.models.config import InputConfig
from neurocyte.preprocess import Float32, Levels, network_shape, normalise, to_channels
from neurocyte.segmentation import Network, Segmenter, point_back
from neurocyte.tiling import Batch, add_tile, pad_tile, tile_grid


@dataclass(frozen=True)
class NetworkPlane:
    """What `neurocyte.preprocess.prepare` gives of a whole image, in parts.

    Args:
        image: the image.
        levels: what becomes 0 and 1.
        config: the model's input section.
        shape: (H', W') at which the network sees it.
    """

    image: WindowedImage
    levels: Levels
    config: InputConfig
    shape: tuple[int, int]

    @classmethod
    def of(
        cls, image: WindowedImage, levels: Levels, config: InputConfig, pixel_size_um: float | None
    ) -> "NetworkPlane":
        """Prepare an image; raises InputError for an absurd pixel size."""
        return cls(image, levels, config, network_shape(image.shape, config, pixel_size_um))

    def cut(self, rows: slice, columns: slice) -> Float32:
        """Give a part: float32 (3, h, w), normalised; raises InputError."""
        part = resampled(self._levelled, self.image.shape, self.shape, rows, columns)
        return normalise(np.moveaxis(part, 0, -1), self.config)

    def _levelled(self, rows: slice, columns: slice) -> Float32:
        values = self.levels.apply(to_channels(self.image.read(rows, columns), self.config))
        return np.moveaxis(values, -1, 0)


def tiles_of(plane: NetworkPlane, segmenter: Segmenter) -> Iterator[tuple[Batch, Float32]]:
    """Cut a plane into batches of tiles.

    Args:
        plane: the plane.
        segmenter: whose tiles count.

    Yields:
        The places of the tiles and the tiles, float32 (N, 3, h, w), in the order of
        `neurocyte.tiling.predict_tiled`.
    """
    rows, columns, batches = tile_grid(plane.shape, segmenter.tile, segmenter.batch_size)
    for batch in batches:
        cuts = []
        for i, j in batch:
            down, right = (
                slice(axis.starts[k], min(axis.starts[k] + axis.length, axis.side))
                for axis, k in ((rows, i), (columns, j))
            )
            cuts.append(pad_tile(plane.cut(down, right), (rows.length, columns.length)))
        yield batch, np.stack(cuts)


def calls(tiles: Float32, segmenter: Segmenter) -> Iterator[Float32]:
    """Give what the network is called with for a batch: the tiles, and with tta their flips too."""
    for flip in segmenter.flips:
        yield np.ascontiguousarray(np.flip(tiles, _of_batch(flip)))


def predicted_rows(
    plane: NetworkPlane, segmenter: Segmenter, network: Network
) -> Iterator[tuple[int, Float32]]:
    """Predict a plane from its upper end to its lower.

    With tta each tile is flipped, not the image: the tiles of a flipped image lie a pixel aside at most.

    Args:
        plane: the plane.
        segmenter: whose tiles and flips count.
        network: called with each batch in turn.

    Yields:
        The first row, and float32 (K, rows, W') in [0, 1] of as many rows as are finished; good until the
        next are asked for.
    """
    rows, columns, _ = tile_grid(plane.shape, segmenter.tile, segmenter.batch_size)
    outputs = segmenter.model.config.outputs
    top, band = 0, np.zeros((len(outputs), rows.length, columns.side), dtype=np.float32)
    for batch, tiles in tiles_of(plane, segmenter):
        for place, tile_map in zip(batch, _averaged(tiles, segmenter, network), strict=True):
            done = rows.starts[place[0]] - top
            if done:
                yield top, np.clip(band[:, :done], 0.0, 1.0, out=band[:, :done])
                band[:, : rows.length - done] = band[:, done:]
                band[:, rows.length - done :] = 0
                top += done
            add_tile(band, tile_map, rows, columns, place, top)
    last = band[:, : rows.side - top]
    yield top, np.clip(last, 0.0, 1.0, out=last)


def _averaged(tiles: Float32, segmenter: Segmenter, network: Network) -> Float32:
    if len(segmenter.flips) == 1:
        return network(tiles)
    outputs = segmenter.model.config.outputs
    total: Float32 = np.zeros((len(tiles), len(outputs), *tiles.shape[2:]), dtype=np.float32)
    for flip, batch in zip(segmenter.flips, calls(tiles, segmenter), strict=True):
        maps = np.flip(network(batch), _of_batch(flip))
        total += np.stack([point_back(one, outputs, flip) for one in maps])
    return total / np.float32(len(segmenter.flips))


def _of_batch(flip: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of (N, K, H, W) that are those of (K, H, W)."""
    return tuple(axis + 1 for axis in flip)
