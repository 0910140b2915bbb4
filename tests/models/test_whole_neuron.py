"""The bundled model of one neuron an image, on real images that it has not learned from."""

from pathlib import Path

import numpy as np
import pytest

from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.splits import k_folds
from neurocyte.metrics.reliability import found_matches
from neurocyte.models import load_model
from neurocyte.segmentation import Segmenter


@pytest.fixture(scope="module")
def unseen(data_root: Path) -> list[Sample]:
    """Of the fold whose network is bundled, the first six images that judged it."""
    return list(k_folds(open_dataset(data_root / "data/pfc-pn", masks_are="one").samples, 5, 0)[0][:6])


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter(load_model("brightfield-neuron"), "fp32")


def test_a_neuron_with_its_processes_is_one_cell(unseen: list[Sample], segmenter: Segmenter) -> None:
    whole = 0
    for sample in unseen:
        labels = segmenter.segment(sample.read_image().pixels).labels
        whole += found_matches(sample.read_labels().labels, labels).tolist() == [True]
    assert whole >= 0.9 * len(unseen)


def test_two_images_side_by_side_are_two_cells(unseen: list[Sample], segmenter: Segmenter) -> None:
    pixels = np.concatenate([sample.read_image().pixels for sample in unseen[:2]], axis=1)
    truth = np.concatenate(
        [number * (sample.read_labels().labels > 0) for number, sample in enumerate(unseen[:2], 1)], axis=1
    )
    assert found_matches(truth, segmenter.segment(pixels).labels).tolist() == [True, True]
