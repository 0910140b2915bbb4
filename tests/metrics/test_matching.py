"""Overlap table and matches: hand-counted integers, and agreement with pycocotools."""

import numpy as np
import pytest
from pycocotools import mask as coco

from neurocyte.errors import InputError, UsageError
from neurocyte.metrics.matching import THRESHOLDS, MatchCounts, average_precision, match_counts, overlaps

# True cells: 3 (6 px), 9 (4 px), 10 (2 px). Predicted: 1 (8 px), 70000 (2 px), 4 (1 px).
TRUTH = np.array([[3, 3, 3, 0, 9, 9], [3, 3, 3, 0, 9, 9], [0, 0, 0, 0, 10, 10]], dtype=np.uint16)
PRED = np.array([[1, 1, 1, 1, 70000, 70000], [1, 1, 1, 1, 0, 0], [4, 0, 0, 0, 0, 0]], dtype=np.uint32)


def tiles(*ious: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """One row a cell: truth is the whole row, prediction its first pixels, so that IoU = part / whole."""
    width = max(whole for _, whole in ious)
    truth, pred = np.zeros((2, len(ious), width), dtype=np.uint16)
    for row, (part, whole) in enumerate(ious):
        truth[row, :whole] = row + 1
        pred[row, :part] = row + 1
    return truth, pred


def test_table_is_hand_counted() -> None:
    table = overlaps(TRUTH, PRED)
    assert table.truth_labels.tolist() == [3, 9, 10]
    assert table.pred_labels.tolist() == [1, 4, 70000]
    assert table.truth_area.tolist() == [6, 4, 2]
    assert table.pred_area.tolist() == [8, 1, 2]
    assert table.truth_index.tolist() == [0, 1]
    assert table.pred_index.tolist() == [0, 2]
    assert table.intersection.tolist() == [6, 2]
    assert table.union.tolist() == [8, 4]
    assert table.iou.tolist() == [0.75, 0.5]


def test_counts_are_hand_counted() -> None:
    table = overlaps(TRUTH, PRED)
    assert match_counts(table, 0.5) == MatchCounts(tp=1, fp=2, fn=2)
    assert match_counts(table, 0.7) == MatchCounts(tp=1, fp=2, fn=2)
    assert match_counts(table, 0.75) == MatchCounts(tp=0, fp=3, fn=3)
    assert average_precision(table, 0.5) == 1 / 5


def test_thresholds_are_exact_decimals() -> None:
    assert THRESHOLDS == (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_a_match_is_strictly_above_the_threshold(threshold: float) -> None:
    percent = round(100 * threshold)
    table = overlaps(*tiles((percent, 100), (percent + 1, 100)))
    assert match_counts(table, threshold) == MatchCounts(tp=1, fp=1, fn=1)


def test_halves_of_a_cell_match_nothing() -> None:
    truth, pred = np.ones((4, 4), dtype=np.uint16), np.ones((4, 4), dtype=np.uint16)
    pred[:, 2:] = 2
    assert match_counts(overlaps(truth, pred), 0.5) == MatchCounts(tp=0, fp=2, fn=1)


@pytest.mark.parametrize(
    ("truth", "pred", "score"), [(0, 0, 1.0), (0, 1, 0.0), (1, 0, 0.0)], ids=["both", "truth", "prediction"]
)
def test_empty_images(truth: int, pred: int, score: float) -> None:
    table = overlaps(np.full((4, 4), truth, np.uint16), np.full((4, 4), pred, np.uint16))
    assert [average_precision(table, t) for t in THRESHOLDS] == [score] * 10


@pytest.mark.parametrize("threshold", [0.49, 1.0, -1.0, float("nan")])
def test_thresholds_without_unique_matches_are_refused(threshold: float) -> None:
    with pytest.raises(UsageError, match=r"outside \[0\.5, 1\)"):
        match_counts(overlaps(TRUTH, PRED), threshold)


def test_shapes_must_match() -> None:
    with pytest.raises(InputError, match="shape"):
        overlaps(TRUTH, PRED[:2])


def test_iou_agrees_with_pycocotools() -> None:
    rng = np.random.Generator(np.random.PCG64(11))
    truth, pred = np.kron(rng.integers(0, 9, (2, 7, 9)), np.ones((5, 6), dtype=int)).astype(np.uint16)
    pred = np.roll(pred, 2, axis=1)
    table = overlaps(truth, pred)
    dense = np.zeros((table.n_truth, table.n_pred))
    dense[table.truth_index, table.pred_index] = table.iou

    def encoded(image: np.ndarray, labels: np.ndarray) -> list[dict[str, object]]:
        return [coco.encode(np.asfortranarray(image == label, dtype=np.uint8)) for label in labels]

    t, p = encoded(truth, table.truth_labels), encoded(pred, table.pred_labels)
    np.testing.assert_allclose(dense, coco.iou(t, p, [0] * len(p)), rtol=0, atol=1e-12)
    assert np.count_nonzero(dense) > 40
