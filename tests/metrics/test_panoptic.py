"""Panoptic quality and aggregated Jaccard index, by hand and against torchmetrics."""

import numpy as np
import pytest

from neurocyte.metrics.matching import overlaps
from neurocyte.metrics.panoptic import PanopticCounts, aggregated_jaccard_index, panoptic_counts

# Cell 1: 6 of 8 px (IoU 0.75); 2: 2 of 4 px (IoU 0.5, no match); 3 missed (2 px); 4 surplus (1 px).
TRUTH = np.array([[1, 1, 1, 0, 2, 2], [1, 1, 1, 0, 2, 2], [0, 0, 0, 0, 3, 3]], dtype=np.uint16)
PRED = np.array([[1, 1, 1, 1, 2, 2], [1, 1, 1, 1, 0, 0], [4, 0, 0, 0, 0, 0]], dtype=np.uint16)
BLANK = np.zeros_like(TRUTH)


def test_panoptic_quality_of_the_hand_case() -> None:
    counts = panoptic_counts(overlaps(TRUTH, PRED))
    assert counts == PanopticCounts(tp=1, fp=2, fn=2, iou_sum=0.75)
    assert (counts.sq, counts.rq, counts.pq) == (0.75, 1 / 3, 0.25)


def test_panoptic_counts_are_pooled_by_adding() -> None:
    pooled = PanopticCounts(1, 2, 2, 0.75) + PanopticCounts(3, 0, 0, 2.25)
    assert pooled == PanopticCounts(4, 2, 2, 3.0)
    assert pooled.pq == 0.75 * 4 / 6


def test_aji_of_the_hand_case() -> None:
    assert aggregated_jaccard_index(overlaps(TRUTH, PRED)) == (6 + 2) / (8 + 4 + 2 + 1)


def test_aji_takes_the_best_partner_and_may_take_it_twice() -> None:
    """Cell 1 (4 px) overlaps 7 by 3 and 8 by 1, cell 2 (2 px) overlaps 8 only, which is also wide."""
    truth = np.array([[1, 1, 1, 1, 2, 2, 0]], dtype=np.uint16)
    pred = np.array([[7, 7, 7, 8, 8, 8, 0]], dtype=np.uint16)
    assert aggregated_jaccard_index(overlaps(truth, pred)) == (3 + 2) / (4 + 3)
    one = np.array([[7, 7, 7, 7, 7, 7, 7]], dtype=np.uint16)
    assert aggregated_jaccard_index(overlaps(truth, one)) == (4 + 2) / (7 + 7)


def test_aji_partner_is_the_highest_iou_not_the_largest_overlap() -> None:
    """Cell 1 (10 px) shares 4 px with 5 (4 px: IoU 0.4) and 6 px with 6 (40 px: IoU 6/44)."""
    truth, pred = np.zeros((2, 1, 60), dtype=np.uint16)
    truth[0, :10] = 1
    pred[0, :4] = 5
    pred[0, 4:44] = 6
    assert aggregated_jaccard_index(overlaps(truth, pred)) == 4 / (10 + 40)


def test_empty_images() -> None:
    def scores(truth: np.ndarray, pred: np.ndarray) -> list[float]:
        table = overlaps(truth, pred)
        counts = panoptic_counts(table)
        return [counts.pq, counts.sq, counts.rq, aggregated_jaccard_index(table)]

    assert scores(BLANK, BLANK) == [1.0] * 4
    assert scores(TRUTH, BLANK) == [0.0] * 4
    assert scores(BLANK, PRED) == [0.0] * 4


def test_panoptic_quality_agrees_with_torchmetrics() -> None:
    torch = pytest.importorskip("torch")
    functional = pytest.importorskip("torchmetrics.functional.detection")
    rng = np.random.Generator(np.random.PCG64(5))
    truth = np.kron(rng.integers(0, 12, (6, 6)), np.ones((8, 8), dtype=int))
    pred = np.roll(truth, 1, axis=1)
    pred[:16] = np.kron(rng.integers(0, 12, (2, 6)), np.ones((8, 8), dtype=int))

    def colours(labels: np.ndarray) -> object:
        return torch.from_numpy(np.stack([(labels > 0).astype(int), labels], axis=-1))[None]

    theirs = functional.panoptic_quality(
        colours(pred), colours(truth), things={1}, stuffs={0}, return_per_class=True
    )
    ours = panoptic_counts(overlaps(truth, pred))
    assert ours.tp > 3
    assert ours.pq == pytest.approx(theirs[0, 0].item(), abs=1e-6)
