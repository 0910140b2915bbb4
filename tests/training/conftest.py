"""Synthetic samples; this room needs neurocyte[train], so a core-only environment does not collect it."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Annotation, Dataset, Sample
from neurocyte.simulate import write_dataset

collect_ignore_glob = [] if find_spec("torch") and find_spec("lightning") else ["test_*.py"]


@pytest.fixture(scope="session")
def make_samples() -> Callable[[Path, int, tuple[int, int]], list[Sample]]:
    """Write noisy grey images of bright disks; the label of a disk is its number from 1."""

    def make(folder: Path, count: int, shape: tuple[int, int]) -> list[Sample]:
        return [_sample(folder, number, shape) for number in range(count)]

    return make


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Six simulated images of touching cells."""
    folder = tmp_path_factory.mktemp("simulated")
    write_dataset(folder, 6, seed=1, kind="cort", shape=(96, 128), cells=5)
    return open_dataset(folder)


def _sample(folder: Path, number: int, shape: tuple[int, int]) -> Sample:
    generator = np.random.default_rng(number)
    labels = np.zeros(shape, np.uint16)
    y, x = np.mgrid[: shape[0], : shape[1]]
    for label in range(1, 5):
        row, column = generator.uniform(0.1, 0.9, 2) * shape
        labels[(y - row) ** 2 + (x - column) ** 2 < generator.uniform(6, 10) ** 2] = label
    image = 80 + 90 * (labels > 0) + generator.normal(0, 10, shape)
    path = folder / f"{number}.png"
    PillowImage.fromarray(np.clip(image, 0, 255).astype(np.uint8)).save(path)
    return Sample(path.stem, path, None, None, lambda: Annotation(labels, 0, 4, 0))
