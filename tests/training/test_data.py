import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage
from torch.utils.data import DataLoader

from neurocyte.io.annotations.sample import Annotation, Sample
from neurocyte.models.config import FixedResize, InputConfig, ScaleResize
from neurocyte.preprocess import prepare
from neurocyte.training import data
from neurocyte.training.data import (
    EpochSampler,
    TrainingCrops,
    ValidationImages,
    foreground,
    load_sample,
    mix_seed,
)

GREY = InputConfig(intensity="dtype", mean=(0.5, 0.4, 0.3), std=(0.1, 0.2, 0.4))


@pytest.fixture(scope="module")
def samples(
    tmp_path_factory: pytest.TempPathFactory, make_samples: Callable[..., list[Sample]]
) -> list[Sample]:
    return make_samples(tmp_path_factory.mktemp("images"), 3, (50, 64))


def one(folder: Path, pixels: np.ndarray, labels: np.ndarray) -> Sample:
    PillowImage.fromarray(pixels).save(folder / "a.png")
    return Sample("a", folder / "a.png", None, None, lambda: Annotation(labels, 0, 1, 0))


def test_foreground_is_the_union_of_the_cells() -> None:
    got = foreground(torch.tensor([[0, 1], [700, 0]]))
    assert got.dtype == torch.float32
    assert got.tolist() == [[[0.0, 1.0], [1.0, 0.0]]]


def test_a_sample_is_read_as_inference_reads_it(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 255, (30, 40, 3)).astype(np.uint8)
    config = InputConfig(channels="rgb", resize=ScaleResize(factor=0.5))
    sample = one(tmp_path, pixels, np.ones((30, 40), np.uint16))
    loaded = load_sample(sample, config)
    assert (loaded.image.shape, loaded.labels.shape) == ((15, 20, 3), (15, 20))
    plane = ValidationImages([sample], config)[0]["plane"]
    assert np.array_equal(plane, prepare(pixels, config).plane)
    grey = load_sample(sample, dataclasses.replace(config, channels="grey"))
    assert grey.image.shape == (15, 20, 1)


def test_labels_are_resized_to_the_nearest_pixel(tmp_path: Path) -> None:
    labels = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]], np.uint16)
    sample = one(tmp_path, labels.astype(np.uint8), labels)
    half = load_sample(sample, InputConfig(resize=FixedResize(2, 2))).labels
    # Centres 0.5 and 1.5 lie at 1 and 3 of four.
    assert half.dtype == np.int32
    assert half.tolist() == [[6, 8], [14, 16]]
    wide = load_sample(sample, InputConfig(resize=FixedResize(4, 8))).labels
    assert wide[0].tolist() == [1, 1, 2, 2, 3, 3, 4, 4]


def test_labels_beyond_16_bits_survive(tmp_path: Path) -> None:
    labels = np.full((8, 8), 70_000, np.uint32)
    crops = TrainingCrops([one(tmp_path, np.zeros((8, 8), np.uint8), labels)], GREY, "none", (8, 8), 0)
    assert crops._load(0).labels.max() == 70_000
    assert crops[0, 0][1].min() == 1


def test_a_crop_without_augmentation_by_hand(tmp_path: Path) -> None:
    sample = one(tmp_path, np.array([[0, 255]], np.uint8), np.array([[0, 9]], np.uint16))
    image, target = TrainingCrops([sample], GREY, "none", (1, 2), 0)[0, 0]
    wanted = torch.tensor([[[-5.0, 5.0]], [[-2.0, 3.0]], [[-0.75, 1.75]]])
    torch.testing.assert_close(image, wanted)
    assert target.tolist() == [[[0.0, 1.0]]]


def test_small_images_are_reflected_until_a_crop_fits(tmp_path: Path) -> None:
    row = np.array([[10, 20, 30]], np.uint8).repeat(2, axis=0)
    sample = one(tmp_path, row, np.array([[1, 0, 2], [3, 0, 4]], np.uint16))
    crops = TrainingCrops([sample], GREY, "none", (2, 3), 0)
    crops.least = (3, 8)
    loaded = crops._load(0)
    # Two columns to the left, three to the right; one row below.
    wanted = [20, 30, 20, 10, 20, 30, 20, 10, 20][1:]
    assert loaded.image.shape == (3, 8, 1)
    assert np.rint(loaded.image[0, :, 0] * 255).tolist() == wanted
    assert loaded.labels.tolist() == [
        [2, 0, 1, 0, 2, 0, 1, 0],
        [4, 0, 3, 0, 4, 0, 3, 0],
        [2, 0, 1, 0, 2, 0, 1, 0],
    ]


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (57, 57)])
def test_any_size_gives_crops(tmp_path: Path, shape: tuple[int, int]) -> None:
    sample = one(tmp_path, np.full(shape, 9, np.uint8), np.ones(shape, np.uint16))
    image, target = TrainingCrops([sample], InputConfig(), "microscopy", (32, 32), 0)[0, 0]
    assert (image.shape, target.shape) == ((3, 32, 32), (1, 32, 32))
    assert image.isfinite().all()
    assert target.min() == 1


def crops_of(samples: list[Sample], seed: int = 3, preset: str = "microscopy") -> TrainingCrops:
    return TrainingCrops(samples, InputConfig(), preset, (32, 32), seed)


def test_a_crop_depends_on_seed_epoch_and_index_only(samples: list[Sample]) -> None:
    crops = crops_of(samples)
    wanted = crops[2, 4]
    torch.manual_seed(99)
    _ = crops[0, 0], crops[2, 3]
    state = torch.get_rng_state()
    again = crops_of(samples)[2, 4]
    # The run's own generator is left alone.
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(crops[2, 4][0], wanted[0])
    assert all(torch.equal(a, b) for a, b in zip(again, wanted, strict=True))
    for other in (crops[1, 4], crops[2, 1], crops_of(samples, seed=4)[2, 4]):
        assert not torch.equal(other[0], wanted[0])


@pytest.mark.parametrize("preset", ["paper", "microscopy"])
def test_workers_give_the_same_batches(samples: list[Sample], preset: str) -> None:
    config = InputConfig(resize=FixedResize(32, 32)) if preset == "paper" else InputConfig()
    crops = TrainingCrops(samples, config, preset, (32, 32), 3)
    sampler = EpochSampler(3, 4, 3)
    sampler.set_epoch(5)
    alone, helped = (list(DataLoader(crops, 4, sampler=sampler, num_workers=n)) for n in (0, 2))
    assert [len(image) for image, _ in alone] == [4, 4, 4]
    for (image, target), (other_image, other_target) in zip(alone, helped, strict=True):
        assert torch.equal(image, other_image)
        assert torch.equal(target, other_target)


def test_every_epoch_has_each_crop_once_in_another_order() -> None:
    sampler = EpochSampler(5, 2, 1)
    orders = []
    for epoch in (0, 1):
        sampler.set_epoch(epoch)
        orders.append(list(sampler))
        assert sorted(orders[-1]) == [(epoch, i) for i in range(10)]
        assert list(sampler) == orders[-1]
    assert [i for _, i in orders[0]] != [i for _, i in orders[1]]
    assert len(sampler) == 10
    assert list(EpochSampler(5, 2, 2)) != orders[0]


def test_a_sample_listed_twice_is_kept_once(samples: list[Sample]) -> None:
    crops = crops_of([samples[0], samples[1], samples[0]])
    for index in range(3):
        crops[0, index]
    assert sorted(crops._cache) == [0, 1]


def test_crops_beyond_the_cache_are_read_again(
    samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A padded image takes 57 x 64 x (4 + 4) bytes: two fit, the third does not.
    monkeypatch.setattr(data, "CACHE_BYTES", 60_000)
    crops = crops_of(samples)
    first = [crops[0, i] for i in range(3)]
    assert sorted(crops._cache) == [0, 1]
    assert crops._cached_bytes == 2 * 57 * 64 * 8
    assert all(torch.equal(crops[0, i][0], first[i][0]) for i in range(3))


def test_validation_images_are_whole_with_their_truth_at_native_size(samples: list[Sample]) -> None:
    item = ValidationImages(samples, InputConfig(resize=ScaleResize(factor=0.5)))[1]
    assert (item["plane"].shape, item["truth"].shape) == ((3, 25, 32), (50, 64))
    assert item["truth"].dtype == np.bool_
    assert np.array_equal(item["truth"], samples[1].read_labels().labels > 0)


def test_seeds_mix_the_same_everywhere() -> None:
    # The first eight bytes of the SHA-256 of "1,2,3", little-endian, halved.
    assert mix_seed(1, 2, 3) == 1_479_714_026_269_226_309
    assert len({mix_seed(0, e, i) for e in range(20) for i in range(20)}) == 400
    assert mix_seed(1, 23) != mix_seed(12, 3)
