import math

import pytest
import torch

from neurocyte.networks.ancis.boxes import MAX_BOXES, box_iou, corners, decode, encode, select


def test_corners_of_a_centre() -> None:
    assert corners(torch.tensor([[10.0, 20.0, 4.0, 6.0]])).tolist() == [[8, 17, 12, 23]]


def test_iou_of_hand_computed_pairs() -> None:
    a = torch.tensor([[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 0.0, 0.0]])
    b = torch.tensor([[0.0, 2.0, 4.0, 6.0], [4.0, 4.0, 8.0, 8.0], [0.0, 0.0, 4.0, 4.0]])
    assert box_iou(a, b).tolist() == [[pytest.approx(8 / 24), 0, 1], [0, 0, 0]]


def test_codes_of_a_hand_computed_box() -> None:
    # the anchor (10, 10, 8, 4) against a box of 16 x 4 whose centre is (12, 9)
    codes = encode(torch.tensor([[4.0, 7.0, 20.0, 11.0]]), torch.tensor([[10.0, 10.0, 8.0, 4.0]]))
    assert codes[0].tolist() == pytest.approx([2 / 0.8, -1 / 0.4, math.log(2) / 0.2, 0])


def test_decode_undoes_encode() -> None:
    generator = torch.Generator().manual_seed(0)
    anchors = torch.rand(50, 4, generator=generator) * 40 + 5
    first = torch.rand(50, 2, generator=generator) * 50
    boxes = torch.cat([first, first + torch.rand(50, 2, generator=generator) * 30 + 1], dim=1)
    torch.testing.assert_close(decode(encode(boxes, anchors), anchors), boxes, rtol=1e-4, atol=1e-3)


def test_selection_drops_unsure_and_doubled_boxes() -> None:
    boxes = torch.tensor(
        [
            [0.0, 0.0, 10.0, 10.0],
            [0.0, 0.0, 10.0, 9.0],  # IoU 0.9 with the first, more confident
            [0.0, 6.0, 10.0, 16.0],  # IoU 3 / 16 with the second
            [30.0, 30.0, 40.0, 40.0],  # not confident
            [50.0, 50.0, 70.0, 90.0],  # leaves the image
        ]
    )
    kept, confidences = select(boxes, torch.tensor([0.8, 0.9, 0.5, 0.3, 0.4]), (60, 60))
    assert kept.tolist() == [[0, 0, 10, 9], [0, 6, 10, 16], [50, 50, 60, 60]]
    assert confidences.tolist() == pytest.approx([0.9, 0.5, 0.4])


def test_more_than_the_authors_two_hundred_boxes_are_kept() -> None:
    place = torch.arange(790) * 20.0
    boxes = torch.stack([place, place, place + 10, place + 10], dim=1)
    kept, _ = select(boxes, torch.full((790,), 0.9), (20000, 20000))
    assert len(kept) == 790 < MAX_BOXES


def test_infinite_boxes_are_cut_at_the_border() -> None:
    codes = torch.tensor([[0.0, 0.0, 1e9, 1e9]])
    boxes = decode(codes, torch.tensor([[10.0, 10.0, 4.0, 4.0]]))
    kept, _ = select(boxes, torch.tensor([0.9]), (32, 48))
    assert kept.tolist() == [[0, 0, 32, 48]]
