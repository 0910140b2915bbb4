import pytest
import torch

from neurocyte.training.ancis.targets import anchor_coverage, match_anchors, match_boxes

# centres
ANCHORS = torch.tensor(
    [[5.0, 5.0, 10.0, 10.0], [5.0, 7.0, 10.0, 10.0], [5.0, 15.0, 10.0, 10.0], [50.0, 50.0, 10.0, 10.0]]
)


def test_anchors_at_half_overlap_and_the_best_of_each_cell() -> None:
    truth = torch.tensor([[0.0, 0.0, 10.0, 10.0], [44.0, 44.0, 48.0, 48.0]])
    # IoU with the first cell: 1, 80/120, 0, 0. The second cell (IoU 9/107 with the last anchor) has that one.
    assert match_anchors(truth, ANCHORS).tolist() == [0, 0, -1, 1]


def test_exactly_one_half_matches() -> None:
    # a cell of 10 x 5 in an anchor of 10 x 10; the cell's best anchor is the narrow one
    truth = torch.tensor([[0.0, 0.0, 10.0, 5.0]])
    anchors = torch.tensor([[5.0, 5.0, 10.0, 10.0], [5.0, 2.5, 10.0, 5.0], [5.0, 5.1, 10.0, 10.2]])
    assert match_anchors(truth, anchors).tolist() == [0, 0, -1]


def test_an_anchor_goes_to_the_cell_it_overlaps_most() -> None:
    truth = torch.tensor([[0.0, 2.0, 10.0, 12.0], [0.0, 1.0, 10.0, 11.0]])
    assert match_anchors(truth, ANCHORS[:1]).tolist() == [1]


def test_more_cells_than_a_chunk() -> None:
    place = torch.arange(100) * 20.0
    truth = torch.stack([place, place, place + 10, place + 10], dim=1)
    anchors = torch.stack([place + 5, place + 5, torch.full((100,), 10.0), torch.full((100,), 10.0)], dim=1)
    assert match_anchors(truth, anchors).tolist() == list(range(100))


def test_no_cells() -> None:
    assert match_anchors(torch.zeros(0, 4), ANCHORS).tolist() == [-1] * 4
    assert match_boxes(torch.zeros(2, 4), torch.zeros(0, 4)).tolist() == [-1, -1]


def test_found_boxes() -> None:
    truth = torch.tensor([[0.0, 0.0, 10.0, 10.0], [20.0, 20.0, 30.0, 30.0]])
    found = torch.tensor([[20.0, 20.0, 30.0, 32.0], [0.0, 0.0, 10.0, 5.0], [0.0, 0.0, 10.0, 4.9]])
    assert match_boxes(found, truth).tolist() == [1, 0, -1]


def test_coverage_counts_cells() -> None:
    truth = torch.tensor([[0.0, 0.0, 10.0, 10.0], [44.0, 44.0, 48.0, 48.0], [45.0, 45.0, 55.0, 54.0]])
    assert anchor_coverage(truth, ANCHORS) == pytest.approx(2 / 3)
