"""An image in, labelled cells out: every step of inference in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.errors import UsageError
from neurocyte.instances import sure_cells
from neurocyte.models.config import Decoding, FlowConfig, Task, TileConfig
from neurocyte.models.folder import Model
from neurocyte.preprocess import pixel_ratio, prepare, restore
from neurocyte.runtime import Precision, Runtime
from neurocyte.tiling import cut_batches, predict_tiled

# Imported late: see neurocyte.measurement.
if TYPE_CHECKING:
    import pandas as pd

Float32 = NDArray[np.float32]
Labels = NDArray[np.uint16] | NDArray[np.uint32]
Progress = Callable[[float], None]
Network = Callable[[Float32], Float32]

# Small tiles run faster together; beyond this many pixels a larger batch only takes memory.
BATCH_PIXELS = 2**19
FLIPS: tuple[tuple[int, ...], ...] = ((), (1,), (2,), (1, 2))


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The cells of one image.

    Args:
        labels: uint16 or uint32 (H, W), 0 = background, cells 1..n.
        maps: float32 (K, H, W) in [0, 1], K as the model's `outputs`, the foreground first.
        confidences: float32 (n,), of label i at i - 1: the chance that the cell matches a true one at an IoU
            above 0.5 where the model is calibrated, else its mean foreground probability.
        pixels: the image itself, (H, W) or (H, W, C).
        pixel_size_um: of the image in micrometres, None if unknown.
    """

    labels: Labels
    maps: Float32
    confidences: Float32
    pixels: NDArray[Any]
    pixel_size_um: float | None = None

    @property
    def probability(self) -> Float32:
        """The probability of the foreground, float32 (H, W) in [0, 1]."""
        foreground: Float32 = self.maps[0]
        return foreground

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a cell, measured on first use (see neurocyte.measurement)."""
        from neurocyte.measurement import measure

        return measure(self.labels, self.pixels, self.confidences, self.pixel_size_um)


class Segmenter:
    """A compiled model with its settings, for any number of images.

    Args:
        model: a loaded model folder.
        precision: "auto", "fp32", "bf16" or "int8" (see neurocyte.runtime).
        threads: processor threads, None for the runtime's choice.
        tile_size: largest tile side in network pixels, rounded up to what the network needs; None for the
            model's own. Smaller tiles take less memory.
        tta: whether to average the predictions of the image and its three flips; four times the work.

    Raises:
        UsageError: a setting is out of its range.
        ModelError: the network cannot be run.
    """

    def __init__(
        self,
        model: Model,
        precision: Precision = "auto",
        threads: int | None = None,
        tile_size: int | None = None,
        *,
        tta: bool = False,
    ) -> None:
        self.model = model
        self.tile = model.config.tile if tile_size is None else resize_tile(model.config.tile, tile_size)
        self.flips = FLIPS if tta else FLIPS[:1]
        self.runtime = Runtime(model, precision, threads)

    def probabilities(
        self,
        pixels: NDArray[Any],
        pixel_size_um: float | None = None,
        progress: Progress | None = None,
        network: Network | None = None,
    ) -> Float32:
        """Predict the probability of each output for each pixel.

        Args:
            pixels: (H, W) or (H, W, 3), bool, integer or float.
            pixel_size_um: of the image in micrometres, None if unknown.
            progress: told the share done, rising to 1; what it raises ends the work.
            network: called in place of `runtime.predict`, with each batch of `inputs` in turn.

        Returns:
            float32 (K, H, W) in [0, 1], K as the model's `outputs`.

        Raises:
            InputError: the array is no image.
        """
        prepared = prepare(pixels, self.model.config.input, pixel_size_um)
        network = network or self.runtime.predict
        total = self._predict(prepared.plane, 0, network, progress)
        for turn in range(1, len(self.flips)):
            total += self._predict(prepared.plane, turn, network, progress)
        # In place: the maps of an enlarged image are large, and new memory costs more than the arithmetic.
        total /= len(self.flips)
        # Blending weights sum to 1 up to rounding: a probability stays one.
        return restore(np.clip(total, 0.0, 1.0, out=total), prepared.shape)

    def inputs(self, pixels: NDArray[Any], pixel_size_um: float | None = None) -> Iterator[Float32]:
        """Give what `probabilities` gives the network, in its order.

        Args:
            pixels: as for `probabilities`.
            pixel_size_um: likewise.

        Yields:
            float32 (N, 3, h, w), normalised.

        Raises:
            InputError: the array is no image.
        """
        plane = prepare(pixels, self.model.config.input, pixel_size_um).plane
        for flip in self.flips:
            yield from cut_batches(np.ascontiguousarray(np.flip(plane, flip)), self.tile, self.batch_size)

    def segment(
        self,
        pixels: NDArray[Any],
        pixel_size_um: float | None = None,
        task: Task | None = None,
        min_confidence: float | None = None,
        progress: Progress | None = None,
        network: Network | None = None,
    ) -> Segmentation:
        """Find the cells of an image.

        Args:
            pixels: (H, W) or (H, W, 3), bool, integer or float.
            pixel_size_um: of the image in micrometres, None if unknown.
            task: "cells" separates instances, "mask" labels the components of the foreground; None for what
                the model was trained for.
            min_confidence: cells below it are dropped, 0 to 1; None for the model's own limit.
            progress: told the share of the network's work done, rising to 1; what it raises ends the work.
            network: as for `probabilities`.

        Returns:
            Labels, foreground probability and confidences.

        Raises:
            InputError: the array is no image.
            UsageError: the task or the confidence is out of its range.
        """
        config = self.model.config
        task = config.task if task is None else task
        if task not in ("cells", "mask"):
            raise UsageError(f"The task {task!r} is unknown; use cells or mask.")
        ratio = pixel_ratio(config.input, pixel_size_um)
        limit = config.limit(task, min_confidence, ratio)
        maps = self.probabilities(pixels, pixel_size_um, progress, network)
        calibration = config.confidence if task == "cells" else None
        instances = scale_instances(config.instances, ratio)
        labels, confidences = sure_cells(maps, instances, task, calibration, ratio, limit)
        return Segmentation(labels, maps, confidences, np.asarray(pixels), pixel_size_um)

    @property
    def batch_size(self) -> int:
        """Tiles that the network gets at once."""
        # What takes memory are the maps inside, of the image as the encoder sees it.
        side = self.tile.size * self.model.config.architecture.zoom
        return max(1, BATCH_PIXELS // side**2)

    def _predict(self, plane: Float32, turn: int, network: Network, progress: Progress | None) -> Float32:
        flip = self.flips[turn]
        flipped = np.ascontiguousarray(np.flip(plane, flip))

        def tell(share: float) -> None:
            if progress:
                progress((turn + share) / len(self.flips))

        maps = np.flip(predict_tiled(flipped, network, self.tile, self.batch_size, tell), flip)
        return point_back(maps, self.model.config.outputs, flip)


def point_back(maps: Float32, outputs: tuple[str, ...], flip: tuple[int, ...]) -> Float32:
    """Turn the flows of a flipped image around: 0.5 stands for none, so 1 - p points the other way.

    Args:
        maps: float32 (K, H, W), the maps flipped back.
        outputs: the model's, K names.
        flip: the axes that were flipped, of 1 and 2.

    Returns:
        The maps, their flows those of the image as it is.
    """
    for axis, name in ((1, "flow_y"), (2, "flow_x")):
        if axis in flip and name in outputs:
            maps = maps.copy()
            maps[outputs.index(name)] = 1 - maps[outputs.index(name)]
    return maps


def resize_tile(tile: TileConfig, size: int) -> TileConfig:
    """Give a tile of another size, a multiple of what the network needs, its overlap at most half of it.

    Raises:
        UsageError: the size is below 1.
    """
    if size < 1:
        raise UsageError(f"A tile of {size} pixels is impossible; give at least {tile.multiple}.")
    size = -(-size // tile.multiple) * tile.multiple
    return replace(tile, size=size, overlap=min(tile.overlap, size // 2))


def scale_instances(config: Decoding, ratio: float) -> Decoding:
    """Convert lengths and areas from the model's pixels to the image's.

    Args:
        config: the model's instance section.
        ratio: an image pixel's side over a model pixel's.

    Returns:
        The section with its lengths divided by the ratio and its area by the ratio's square.
    """
    area = round(config.min_area / ratio**2)
    if isinstance(config, FlowConfig):
        return replace(config, min_area=area)
    smoothing = config.smoothing / ratio
    return replace(config, min_area=area, smoothing=smoothing, seed_distance=config.seed_distance / ratio)
