"""Annotated images as squares with the boxes of their cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import find_objects
from torch import Tensor
from torchvision import tv_tensors

from neurocyte.io.annotations.sample import Sample
from neurocyte.models.config import FixedResize, InputConfig
from neurocyte.networks.ancis.crops import MIN_SPAN
from neurocyte.preprocess import normalise
from neurocyte.training.augment import Preset, build_augmentation
from neurocyte.training.data import CACHE_BYTES, LoadedSample, load_sample, mix_seed
from neurocyte.training.recipes import PAPER


@dataclass(frozen=True)
class Example:
    """One square.

    Attributes:
        image: float (3, S, S), normalised.
        labels: int32 (S, S), 0 = background.
        boxes: float (n, 4), corners of the cells, pixels.
        ids: int64 (n,), their labels.
        seed: of whatever else is drawn for this square.
    """

    image: Tensor
    labels: Tensor
    boxes: Tensor
    ids: Tensor
    seed: int


def input_config(side: int) -> InputConfig:
    """Return how an image becomes the network's input: grey, the recipe's intensity, a square."""
    return InputConfig(channels="grey", intensity=PAPER.intensity, resize=FixedResize(side, side))


class Examples:
    """Augmented training squares, or validation squares as they are.

    Args:
        samples: the images.
        side: of the squares, pixels.
        preset: augmentation; ``none`` for validation.
        seed: of all randomness.
    """

    def __init__(self, samples: Sequence[Sample], side: int, preset: Preset, seed: int) -> None:
        self.samples = list(samples)
        self.config, self.seed = input_config(side), seed
        self.augment = build_augmentation(preset, (side, side))
        self._cache: dict[int, LoadedSample] = {}

    def get(self, epoch: int, index: int) -> Example:
        """Return one square; it depends on nothing but the seed, epoch and index.

        Args:
            epoch: from 0.
            index: from 0; beyond the number of images it starts again with another augmentation.

        Returns:
            The square.

        Raises:
            InputError: the image or its annotation cannot be read.
        """
        loaded = self._load(index % len(self.samples))
        seed = mix_seed(self.seed, epoch, index)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            image, labels = self.augment(
                tv_tensors.Image(torch.from_numpy(loaded.image).permute(2, 0, 1)),
                tv_tensors.Mask(torch.from_numpy(loaded.labels)),
            )
        plane = torch.from_numpy(normalise(image.permute(1, 2, 0).numpy(), self.config))
        boxes, ids = cell_boxes(labels.numpy())
        return Example(
            plane, labels.as_subclass(Tensor), torch.from_numpy(boxes), torch.from_numpy(ids), seed
        )

    def cell_sizes(self) -> NDArray[np.float64]:
        """Return sqrt(height x width) of every cell of every image, without augmentation, pixels."""
        sizes = []
        for index in range(len(self.samples)):
            boxes, _ = cell_boxes(self._load(index).labels)
            sizes.append(np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])))
        return np.concatenate([*sizes, np.zeros(0)]).astype(np.float64)

    def _load(self, index: int) -> LoadedSample:
        if index in self._cache:
            return self._cache[index]
        loaded = load_sample(self.samples[index], self.config)
        size = loaded.image.nbytes + loaded.labels.nbytes
        if size * (len(self._cache) + 1) <= CACHE_BYTES:
            self._cache[index] = loaded
        return loaded


def cell_boxes(labels: NDArray[np.int32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the boxes of the cells.

    Args:
        labels: (H, W), 0 = background; labels need not be consecutive.

    Returns:
        Boxes (n, 4), corners in pixels, and their labels (n,). Cells that span less than 3 pixels are left
        out: the mask branch does not look at them.
    """
    boxes, ids = [], []
    for number, place in enumerate(find_objects(labels), start=1):
        if place is None:
            continue
        rows, columns = place
        if min(rows.stop - rows.start, columns.stop - columns.start) >= MIN_SPAN:
            boxes.append((rows.start, columns.start, rows.stop, columns.stop))
            ids.append(number)
    return np.array(boxes, np.float32).reshape(-1, 4), np.array(ids, np.int64)
