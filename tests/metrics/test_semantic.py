"""Pixel scores against hand counts, scikit-learn and torchmetrics."""

import numpy as np
import pytest

from neurocyte.errors import InputError
from neurocyte.metrics import semantic
from neurocyte.metrics.semantic import Confusion, confusion

sk = pytest.importorskip("sklearn.metrics")

TRUTH = np.array([[1, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]], dtype=np.uint8)
PRED = np.array([[0, 5, 5, 5], [7, 0, 0, 0], [0, 0, 0, 0]], dtype=np.uint16)


def test_counts_are_hand_counted() -> None:
    assert confusion(TRUTH, PRED) == Confusion(tp=2, fp=2, fn=1, tn=7)


def test_scores_of_the_hand_case() -> None:
    counts = confusion(TRUTH, PRED)
    assert semantic.iou(counts) == 2 / 5
    assert semantic.dice(counts) == 4 / 7
    assert semantic.precision(counts) == 2 / 4
    assert semantic.recall(counts) == 2 / 3
    assert semantic.pixel_accuracy(counts) == 9 / 12
    assert semantic.mean_iou_two_classes(counts) == (2 / 5 + 7 / 10) / 2
    assert semantic.frequency_weighted_iou(counts) == pytest.approx((3 * 2 / 5 + 9 * 7 / 10) / 12, abs=1e-15)


def test_pooling_adds_counts() -> None:
    assert Confusion(1, 2, 3, 4) + Confusion(10, 20, 30, 40) == Confusion(11, 22, 33, 44)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Confusion(tn=9), {"iou": 1.0, "dice": 1.0, "precision": 1.0, "recall": 1.0}),
        (Confusion(fp=2, tn=7), {"iou": 0.0, "dice": 0.0, "precision": 0.0, "recall": 0.0}),
        (Confusion(fn=2, tn=7), {"iou": 0.0, "dice": 0.0, "precision": 0.0, "recall": 0.0}),
    ],
    ids=["both-empty", "empty-truth", "empty-prediction"],
)
def test_empty_masks(counts: Confusion, expected: dict[str, float]) -> None:
    assert {name: getattr(semantic, name)(counts) for name in expected} == expected


def test_mean_iou_counts_an_absent_class_as_agreed() -> None:
    assert semantic.mean_iou_two_classes(Confusion(tn=9)) == 1.0
    assert semantic.mean_iou_two_classes(Confusion(tp=9)) == 1.0
    assert semantic.mean_iou_two_classes(Confusion(fp=1, tn=9)) == 0.45


def test_paper_example_of_kind_averages() -> None:
    """A foreground IoU of 0.80 at 11 % foreground reads 0.887 averaged with the background."""
    counts = Confusion(tp=8800, fp=0, fn=2200, tn=89000)
    assert semantic.iou(counts) == 0.8
    assert semantic.mean_iou_two_classes(counts) == pytest.approx(0.88794, abs=5e-6)
    assert semantic.frequency_weighted_iou(counts) == pytest.approx(0.95653, abs=5e-6)


def test_agrees_with_scikit_learn() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    truth, pred = rng.random((2, 61, 47)) < 0.3
    counts = confusion(truth, pred)
    t, p = truth.ravel(), pred.ravel()
    assert [[counts.tn, counts.fp], [counts.fn, counts.tp]] == sk.confusion_matrix(t, p).tolist()
    assert semantic.iou(counts) == pytest.approx(sk.jaccard_score(t, p), abs=1e-12)
    assert semantic.dice(counts) == pytest.approx(sk.f1_score(t, p), abs=1e-12)
    assert semantic.precision(counts) == pytest.approx(sk.precision_score(t, p), abs=1e-12)
    assert semantic.recall(counts) == pytest.approx(sk.recall_score(t, p), abs=1e-12)
    assert semantic.pixel_accuracy(counts) == pytest.approx(sk.accuracy_score(t, p), abs=1e-12)
    assert semantic.mean_iou_two_classes(counts) == pytest.approx(
        sk.jaccard_score(t, p, average="macro"), abs=1e-12
    )
    assert semantic.frequency_weighted_iou(counts) == pytest.approx(
        sk.jaccard_score(t, p, average="weighted"), abs=1e-12
    )


def test_shapes_must_match() -> None:
    with pytest.raises(InputError, match=r"\(2, 3\).*\(3, 2\)"):
        confusion(np.zeros((3, 2)), np.zeros((2, 3)))
