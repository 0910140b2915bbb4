"""A large image in, its cells out, in one pass over the network's rows."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurocyte.instances.confidence import chance_of_match, count_edges, features_from
from neurocyte.instances.labels import is_kept
from neurocyte.io.windows import WindowedImage
from neurocyte.large.boxes import CORE, HALO, Box
from neurocyte.large.joining import Cells, Joiner
from neurocyte.large.labels import LargeLabels
from neurocyte.large.pieces import cut_pieces, is_connected
from neurocyte.large.prediction import NetworkPlane, calls, predicted_rows, tiles_of
from neurocyte.large.resampling import needed, resampled
from neurocyte.large.scratch import BlockStore, RowRing, check_space
from neurocyte.large.seams import Seams
from neurocyte.large.survey import Survey, survey
from neurocyte.models.config import Decoding, FlowConfig, Task
from neurocyte.preprocess import Float32, pixel_ratio
from neurocyte.segmentation import Network, Segmenter, scale_instances

# Bytes a pixel that pieces put aside and the results may take together; it is nearer to one.
_OTHER_BYTES = 2


@dataclass(frozen=True, eq=False)
class LargeSegmentation:
    """The cells of a large image.

    Args:
        image: the image.
        labels: their labels.
        cells: where they are.
        confidences: float32 (n,), as in `neurocyte.segmentation.Segmentation`.
        survey: grey levels and a small picture.
    """

    image: WindowedImage
    labels: LargeLabels
    cells: Cells
    confidences: Float32
    survey: Survey


@contextmanager
def segment_large(
    image: WindowedImage,
    segmenter: Segmenter,
    folder: Path,
    pixel_size_um: float | None = None,
    task: Task | None = None,
    min_confidence: float | None = None,
    network: Network | None = None,
) -> Iterator[LargeSegmentation]:
    """Find the cells of a large image.

    Args:
        image: the image.
        segmenter: with a model that scales images (`ScaleResize`).
        folder: on whose disk things are put aside; nothing is left there.
        pixel_size_um: of the image in micrometres, None if unknown.
        task: as for `Segmenter.segment`.
        min_confidence: as for `Segmenter.segment`.
        network: called in place of the segmenter's own, with each batch of `network_inputs` in turn.

    Yields:
        The cells, whose labels can be read as long as the context lasts.

    Raises:
        InputError: the image is damaged, or the disk too small.
        ModelError: the network fails.
        UsageError: the folder cannot be written to.
    """
    config = segmenter.model.config
    ratio = pixel_ratio(config.input, pixel_size_um)
    task = task or config.task
    limit = config.limit(task, min_confidence, ratio)
    settings = scale_instances(config.instances, ratio)
    halo = 0 if is_connected(settings, task) else HALO
    seen = survey(image, config.input)
    plane = NetworkPlane.of(image, seen.levels, config.input, pixel_size_um)
    windows = _Windows(plane, segmenter, halo)
    check_space(image.path, folder, windows.bytes + _OTHER_BYTES * image.shape[0] * image.shape[1])
    with closing(BlockStore(folder)) as store:
        joiner, seams, keys = Joiner(settings, task), Seams(image.shape[1]), []
        for window, core, maps in windows.maps(network or segmenter.runtime.predict, folder):
            pieces = cut_pieces(maps, window, core, image.shape[1], settings, task)
            joiner.add(pieces, seams.lines(pieces, core) if is_connected(settings, task) else None)
            store.add(pieces.labels)
            keys.append(pieces.keys)
        cells = joiner.join()
        del joiner
        confidences = cells.mean
        if config.confidence and task == "cells":
            labels = LargeLabels(image.shape, store, keys, cells)
            confidences = chance_of_match(_features(labels, cells, settings, ratio), config.confidence)
        keep = is_kept(confidences, cells.area, limit)
        cells = cells.kept(keep)
        labels = LargeLabels(image.shape, store, keys, cells)
        yield LargeSegmentation(image, labels, cells, confidences[keep], seen)


@dataclass(frozen=True)
class _Windows:
    """The windows of an image, and the network's maps of each at the image's size."""

    plane: NetworkPlane
    segmenter: Segmenter
    halo: int

    @property
    def bytes(self) -> int:
        """What is put aside of the maps."""
        return 4 * self._channels * self.plane.shape[1] * self._kept

    @property
    def _channels(self) -> int:
        return len(self.segmenter.model.config.outputs)

    @property
    def _kept(self) -> int:
        """Rows of the network's that a row of windows needs, and the latest that the network finished."""
        window = needed(slice(0, CORE + 2 * self.halo), self.plane.shape[0], self.plane.image.shape[0])
        rows = round((window.stop - window.start) * 1.01) + 8 + self.segmenter.tile.size
        return min(int(rows), self.plane.shape[0])

    def maps(self, network: Network, folder: Path) -> Iterator[tuple[Box, Box, Float32]]:
        """Predict, and give each window, its middle, and its maps, float32 (K, h, w)."""
        height = self.plane.image.shape[0]
        top = 0
        with closing(RowRing(folder, self._channels, self.plane.shape[1], self._kept)) as ring:
            for first, rows in predicted_rows(self.plane, self.segmenter, network):
                ring.put(first, rows)
                while top < height and self._last_row(top) <= first + rows.shape[1]:
                    yield from self._row_of_windows(top, ring)
                    top += CORE

    def _last_row(self, top: int) -> int:
        """The network's row behind those that a row of windows needs."""
        bottom = min(top + CORE + self.halo, self.plane.image.shape[0])
        return int(needed(slice(top, bottom), self.plane.shape[0], self.plane.image.shape[0]).stop)

    def _row_of_windows(self, top: int, ring: RowRing) -> Iterator[tuple[Box, Box, Float32]]:
        shape = self.plane.image.shape
        for left in range(0, shape[1], CORE):
            core = Box(top, left, min(top + CORE, shape[0]), min(left + CORE, shape[1]))
            window = core.grown(self.halo, shape)
            yield window, core, resampled(ring.read, self.plane.shape, shape, window.rows, window.columns)


def network_inputs(
    image: WindowedImage, segmenter: Segmenter, pixel_size_um: float | None = None
) -> Iterator[Float32]:
    """Give what `segment_large` gives the network, in its order.

    Args:
        image: as there.
        segmenter: likewise.
        pixel_size_um: likewise.

    Yields:
        float32 (N, 3, h, w), normalised.

    Raises:
        InputError: the image is damaged.
    """
    config = segmenter.model.config.input
    plane = NetworkPlane.of(image, survey(image, config).levels, config, pixel_size_um)
    for _, tiles in tiles_of(plane, segmenter):
        yield from calls(tiles, segmenter)


def _features(labels: LargeLabels, cells: Cells, settings: Decoding, ratio: float) -> Float32:
    outline, touching = np.zeros((2, len(cells.area) + 1), dtype=np.int64)
    above = None
    for _, band in labels.bands():
        count_edges(band[:, :-1], band[:, 1:], outline, touching)
        joined = band if above is None else np.concatenate([above, band])
        count_edges(joined[:-1], joined[1:], outline, touching)
        above = band[-1:]
    area = cells.area.astype(np.float64)
    flow = cells.flow if isinstance(settings, FlowConfig) else None
    return features_from(area, cells.mean, cells.variance, outline[1:], touching[1:], ratio, flow)
