"""Annotated images as training crops and validation images."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Sampler
from torchvision import tv_tensors

from neurocyte.io.annotations.sample import Sample
from neurocyte.models.config import InputConfig
from neurocyte.preprocess import network_shape, normalise, resize_plane, to_float_image
from neurocyte.training.augment import Preset, build_augmentation, crop_size
from neurocyte.training.devices import place
from neurocyte.training.flow_targets import own_flows

# Decoded images are kept in memory up to this many bytes; beyond it they are read again each time.
CACHE_BYTES = 3 * 1024**3


@dataclass(frozen=True)
class LoadedSample:
    """One image at the network's scale: float32 (H, W, C) nominally in [0, 1], and labels int32 (H, W)."""

    image: NDArray[np.float32]
    labels: NDArray[np.int32]


def load_sample(sample: Sample, config: InputConfig) -> LoadedSample:
    """Read one sample and bring it to the network's scale and grey range, as inference does.

    Args:
        sample: an annotated image.
        config: the model's input section.

    Returns:
        One channel for grey input (repeated later, when the batch is made), three for RGB.

    Raises:
        InputError: the image or its annotation cannot be read.
    """
    picture = sample.read_image()
    image = to_float_image(picture.pixels, config)
    if config.channels == "grey":
        image = image[..., :1]
    labels = sample.read_labels().labels
    shape = network_shape(image.shape[:2], config, picture.pixel_size_um)
    return LoadedSample(resize_plane(image, shape), nearest_labels(labels, shape))


class TrainingCrops(Dataset[tuple[Tensor, Tensor]]):
    """Augmented crops; the key is (epoch, index), so a crop depends on nothing but the seed, epoch and index.

    Args:
        samples: the training images.
        config: the model's input section.
        preset: augmentation.
        size: (H, W) of the crops.
        seed: of all randomness.
        targets: turns the labels of a crop, int (H, W), into what is learned of them, float (K, H, W); None
            for the foreground.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        config: InputConfig,
        preset: Preset,
        size: tuple[int, int],
        seed: int,
        targets: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self.samples = list(samples)
        self.config, self.seed, self.targets = config, seed, targets
        self.least = crop_size(preset, size)
        self.augment = build_augmentation(preset, size)
        # A sample that is listed several times is kept in memory once.
        firsts: dict[int, int] = {}
        self._first = [firsts.setdefault(id(sample), i) for i, sample in enumerate(self.samples)]
        self._cache: dict[int, LoadedSample] = {}
        self._cached_bytes = 0

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, key: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Return image float (3, H, W), normalised, and target float (K, H, W)."""
        epoch, index = key
        loaded = self._load(index % len(self.samples))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(mix_seed(self.seed, epoch, index))
            image, labels = self.augment(
                tv_tensors.Image(torch.from_numpy(loaded.image).permute(2, 0, 1)),
                tv_tensors.Mask(torch.from_numpy(loaded.labels)),
            )
        plane = normalise(image.permute(1, 2, 0).numpy(), self.config)
        plain = labels.as_subclass(Tensor)
        target = foreground(plain) if self.targets is None else self.targets(plain)
        return torch.from_numpy(plane), target

    def _load(self, index: int) -> LoadedSample:
        index = self._first[index]
        if index in self._cache:
            return self._cache[index]
        loaded = _at_least(load_sample(self.samples[index], self.config), self.least)
        size = loaded.image.nbytes + loaded.labels.nbytes
        if self._cached_bytes + size <= CACHE_BYTES:
            self._cache[index] = loaded
            self._cached_bytes += size
        return loaded


class EpochSampler(Sampler[tuple[int, int]]):
    """(epoch, index) keys in an order that seed and epoch decide, so that a resumed run sees the same.

    Processes that train together deal the keys out one by one, so that their batches of one step are together
    the batch of one process; what is left over when all have as many is left out.

    Args:
        images: number of training images.
        repeats: crops of each image in an epoch.
        seed: of the order.
    """

    def __init__(self, images: int, repeats: int, seed: int) -> None:
        self.count, self.seed, self.epoch = images * repeats, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch; Lightning calls this before each."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.random.default_rng((self.seed, self.epoch)).permutation(self.count)
        number, processes = place()
        own = order[number : len(self) * processes : processes]
        return iter([(self.epoch, int(i)) for i in own])

    def __len__(self) -> int:
        return self.count // place()[1]


class ValidationImages(Dataset[dict[str, Any]]):
    """Whole images at the network's scale, with their foreground at native size.

    Args:
        samples: the validation images.
        config: the model's input section.
    """

    def __init__(self, samples: Sequence[Sample], config: InputConfig) -> None:
        self.samples, self.config = list(samples), config
        self._cache: dict[int, dict[str, Any]] = {}

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return ``plane`` float32 (3, H', W'), normalised, and ``truth`` bool (H, W)."""
        if index not in self._cache:
            sample = self.samples[index]
            picture = sample.read_image()
            image = to_float_image(picture.pixels, self.config)
            shape = network_shape(image.shape[:2], self.config, picture.pixel_size_um)
            plane = normalise(resize_plane(image, shape), self.config)
            self._cache[index] = {"plane": plane, "truth": sample.read_labels().labels > 0}
        return self._cache[index]


def foreground(labels: Tensor) -> Tensor:
    """Return the filled union of the cells, float (1, H, W), from labels (H, W)."""
    return (labels > 0).float()[None]


def of_cells(labels: Tensor) -> Tensor:
    """Return what a network of cells learns, float (3, H, W), from labels (H, W): foreground and flow."""
    return torch.cat((foreground(labels), torch.from_numpy(own_flows(labels.numpy()))))


def mix_seed(*parts: int) -> int:
    """Return one 63-bit seed from several numbers, the same on every machine."""
    digest = hashlib.sha256(",".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def nearest_labels(labels: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.int32]:
    """Resample a label image by nearest neighbour.

    Args:
        labels: integer (H, W).
        shape: the new (H', W').

    Returns:
        int32 (H', W'), contiguous.
    """
    rows = ((np.arange(shape[0]) + 0.5) * labels.shape[0] / shape[0]).astype(int)
    columns = ((np.arange(shape[1]) + 0.5) * labels.shape[1] / shape[1]).astype(int)
    return np.ascontiguousarray(labels[np.ix_(rows, columns)].astype(np.int32))


def _at_least(loaded: LoadedSample, least: tuple[int, int]) -> LoadedSample:
    """Reflect an image that is smaller than a crop until it is large enough."""
    height, width = loaded.labels.shape
    down, right = max(0, least[0] - height), max(0, least[1] - width)
    if not down and not right:
        return loaded
    pad = ((down // 2, down - down // 2), (right // 2, right - right // 2))
    return LoadedSample(
        np.pad(loaded.image, (*pad, (0, 0)), mode="reflect"), np.pad(loaded.labels, pad, mode="reflect")
    )
