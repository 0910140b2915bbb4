"""Which image is suggested first, by hand."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from neurocyte.io.annotations import open_dataset
from neurocyte.metrics.semantic import confusion, iou
from neurocyte.models import load_model
from neurocyte.segmentation import Segmenter
from neurocyte.suggest import Candidate, expected_error, rank


def candidate(stem: str, error: float, *features: float) -> Candidate:
    return Candidate(stem, f"{stem}.png", error, 1, np.array(features), None)


def test_expected_error_is_one_minus_the_expected_iou() -> None:
    probability = np.array([[0.9, 0.7, 0.3, 0.04, 0.0]])
    # 1.6 of 2 mask pixels are cell, 0.3 are missed: 1.6 / 2.3.
    assert expected_error(probability, 0.5) == pytest.approx(1 - 1.6 / 2.3)
    assert expected_error(np.ones((3, 3)), 0.5) == 0.0
    assert expected_error(np.full((3, 3), 0.01), 0.5) == 0.0
    assert expected_error(np.full((3, 3), 0.4), 0.5) == 1.0


def test_the_least_sure_comes_first_and_its_twin_last() -> None:
    ranked = rank(
        [
            candidate("sure", 0.1, 0.0, 9.0),
            candidate("twin", 0.8, 1.0, 1.0),
            candidate("unsure", 0.9, 1.0, 1.0),
            candidate("other", 0.5, 9.0, 1.0),
        ]
    )
    assert [one.candidate.stem for one in ranked] == ["unsure", "other", "sure", "twin"]
    assert ranked[0].novelty == 1.0
    assert ranked[0].score == 0.9
    assert (ranked[3].novelty, ranked[3].score) == (0.0, 0.0)


def test_equals_go_by_error_then_name_and_one_image_is_ranked() -> None:
    same = [candidate(stem, 0.5, 1.0) for stem in "cab"]
    assert [one.candidate.stem for one in rank(same)] == ["a", "b", "c"]
    assert rank(same[:1])[0].score == 0.5


def test_three_thousand_images_are_ranked_in_little_memory() -> None:
    """All pairs at once would take 860 MB."""
    random = np.random.default_rng(0)
    many = [candidate(f"{i:04}", random.random(), *random.normal(size=12)) for i in range(3000)]
    tracemalloc.start()
    ranked = rank(many)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sorted(one.candidate.stem for one in ranked) == [one.stem for one in many]
    assert peak < 50e6


def test_the_expected_error_follows_the_true_one_on_real_images(data_root: Path) -> None:
    """Three images of each cell type; no claim of more: docs/FINETUNE.md has all 36."""
    samples = open_dataset(data_root / "data" / "sartorius").samples
    kinds = ("astro", "cort", "shsy5y")
    chosen = [s for kind in kinds for s in [s for s in samples if s.cell_type == kind][:3]]
    segmenter = Segmenter(load_model("phase-contrast"), "fp32")
    expected, true = [], []
    for sample in chosen:
        found = segmenter.segment(sample.read_image().pixels)
        expected.append(expected_error(found.probability, segmenter.model.config.instances.threshold))
        true.append(1 - iou(confusion(sample.read_labels().labels, found.labels)))
    assert spearmanr(expected, true).statistic > 0.3
