"""The simulated image that a bioimage.io package is tested on and shown with, and what the runtime gives."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from neurocyte.models.config import FixedResize
from neurocyte.models.folder import Model
from neurocyte.preprocess import Float32, network_shape, resize_plane
from neurocyte.segmentation import Labels, Segmenter
from neurocyte.simulate import simulate
from neurocyte.writers.overlay import overlay

# Side of the picture as the network sees it: some cells, and no multiple of what networks ask for.
_SIDE = 216
_COVER = 256


@dataclass(frozen=True, eq=False)
class Example:
    """A square image with its result.

    Attributes:
        pixels: (H, W) or (H, W, 3) uint8.
        maps: float32 (K, H, W), what the runtime gives in fp32 in a single tile.
        labels: (H, W), the cells of it.
    """

    pixels: NDArray[np.uint8]
    maps: Float32
    labels: Labels

    def tensors(self, dtype: str) -> tuple[NDArray[Any], Float32]:
        """Give input and output as (1, C, H, W), the input of the given type."""
        channels = self.pixels[None] if self.pixels.ndim == 2 else np.moveaxis(self.pixels, -1, 0)
        return np.ascontiguousarray(channels[None].astype(dtype)), self.maps[None]

    def cover(self) -> PillowImage.Image:
        """Draw the image beside its overlay, 512 x 256 pixels."""
        grey = self.pixels if self.pixels.ndim == 3 else np.repeat(self.pixels[..., None], 3, axis=2)
        halves = [grey, overlay(self.pixels, self.labels)]
        cover = PillowImage.new("RGB", (2 * _COVER, _COVER))
        for i, half in enumerate(halves):
            small = PillowImage.fromarray(half).resize((_COVER, _COVER), PillowImage.Resampling.BICUBIC)
            cover.paste(small, (i * _COVER, 0))
        return cover


def make_example(model: Model) -> Example:
    """Simulate an image and segment it.

    Args:
        model: a loaded model folder.

    Returns:
        The image, enlarged where the model shrinks, so that the network sees cells of their usual size.
    """
    config = model.config.input
    resize = config.resize
    side = _SIDE if isinstance(resize, FixedResize) else _SIDE / resize.factor
    shape = (round(side), round(side))
    small = simulate((_SIDE, _SIDE), 12, seed=4).image
    pixels = np.rint(resize_plane(small.astype(np.float32), shape)).astype(np.uint8)
    if config.channels == "rgb":
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    tile = max(network_shape(shape, config))
    found = Segmenter(model, "fp32", 1, tile_size=tile).segment(pixels)
    return Example(pixels, found.maps, found.labels)
