import math

import pytest
import torch

from neurocyte.networks.ancis.boxes import encode
from neurocyte.networks.ancis.crops import Window
from neurocyte.networks.ancis.detector import DetectorOutput
from neurocyte.networks.ancis.masks import Patch
from neurocyte.training.ancis.data import Example
from neurocyte.training.ancis.losses import boxes_to_learn, detection_loss, hard_negatives, mask_loss

ANCHORS = torch.tensor([[5.0 + 20 * i, 5.0, 10.0, 10.0] for i in range(6)])


def _example(boxes: list[list[float]], labels: torch.Tensor | None = None, seed: int = 0) -> Example:
    return Example(
        torch.zeros(3, 16, 16),
        torch.zeros(16, 16, dtype=torch.int32) if labels is None else labels,
        torch.tensor(boxes).reshape(-1, 4),
        torch.arange(1, len(boxes) + 1),
        seed,
    )


def test_three_negatives_for_each_positive_and_the_worst_of_them() -> None:
    loss = torch.tensor([9.0, 0.1, 0.5, 0.4, 0.3, 0.2])
    positive = torch.tensor([True, False, False, False, False, False])
    assert hard_negatives(loss, positive).tolist() == [False, False, True, True, True, False]


def test_no_more_negatives_than_there_are() -> None:
    positive = torch.tensor([True, True, False])
    assert hard_negatives(torch.ones(3), positive).tolist() == [False, False, True]
    assert not hard_negatives(torch.ones(3), torch.zeros(3, dtype=torch.bool)).any()


def test_detection_loss_of_a_hand_computed_case() -> None:
    # One cell on the first anchor. Its code is off by 0.5 and by 3 in two places: 0.5 * 0.25 + (3 - 0.5).
    example = _example([[0.0, 0.0, 10.0, 10.0]])
    codes = torch.zeros(1, 6, 4)
    codes[0, 0] = torch.tensor([0.5, 3.0, 0.0, 0.0])
    codes[0, 1:] = 100  # background has no box to be wrong about
    # All logits are zero: one positive and three negatives of log 2 each.
    loss = detection_loss(DetectorOutput(codes, torch.zeros(1, 6, 2), []), [example], ANCHORS)
    assert loss.item() == pytest.approx(0.125 + 2.5 + 4 * math.log(2))


def test_detection_loss_is_a_mean_over_positives_of_all_images() -> None:
    one = _example([[0.0, 0.0, 10.0, 10.0]])
    none = _example([])
    output = DetectorOutput(torch.zeros(2, 6, 4), torch.zeros(2, 6, 2), [])
    assert detection_loss(output, [one, none], ANCHORS).item() == pytest.approx(4 * math.log(2))
    assert detection_loss(output, [none, none], ANCHORS).item() == 0


def test_perfect_codes_and_sure_logits_cost_nothing() -> None:
    example = _example([[1.0, 0.0, 12.0, 10.0]])
    codes = encode(example.boxes, ANCHORS[:1]).expand(1, 6, 4)
    logits = torch.tensor([[50.0, -50.0]]).repeat(6, 1)
    logits[0] = torch.tensor([-50.0, 50.0])
    assert detection_loss(DetectorOutput(codes, logits[None], []), [example], ANCHORS).item() == 0


def test_mask_loss_compares_a_patch_with_its_own_cell() -> None:
    labels = torch.zeros(16, 16, dtype=torch.int32)
    labels[2:6, 2:4] = 1
    labels[2:6, 4:6] = 2  # the neighbour is background
    example = _example([[2.0, 2.0, 6.0, 4.0], [2.0, 4.0, 6.0, 6.0]], labels)
    logits = torch.full((4, 4), -100.0)
    logits[:, :2] = 100
    right = Patch(0, Window(2, 2, 6, 6), logits)
    fitting = mask_loss([[right]], [torch.tensor([1])], [example])
    assert fitting is not None
    assert fitting.item() == pytest.approx(0, abs=1e-30)
    wrong = mask_loss([[right]], [torch.tensor([2])], [example])
    assert wrong is not None
    assert wrong.item() == pytest.approx(100)
    # a mean over patches, then over the images that have one
    both = mask_loss([[right, Patch(1, right.window, logits)], []], [torch.tensor([1, 2])] * 2, [example] * 2)
    assert both is not None
    assert both.item() == pytest.approx(50)
    assert mask_loss([[]], [torch.zeros(0)], [example]) is None


def test_boxes_that_miss_are_not_learned() -> None:
    example = _example([[0.0, 0.0, 10.0, 10.0]])
    found = torch.tensor([[0.0, 0.0, 10.0, 8.0], [50.0, 50.0, 60.0, 60.0]])
    boxes, ids = boxes_to_learn(found, example, None)
    assert boxes.tolist() == [[0, 0, 10, 8]]
    assert ids.tolist() == [1]


def test_the_true_boxes_stand_in_for_a_blind_detector() -> None:
    example = _example([[0.0, 0.0, 10.0, 10.0]])
    boxes, ids = boxes_to_learn(torch.zeros(0, 4), example, None)
    assert torch.equal(boxes, example.boxes)
    assert ids.tolist() == [1]


def test_a_limited_number_is_drawn_by_the_example_alone() -> None:
    truth = [[20.0 * i, 0.0, 20.0 * i + 10, 10.0] for i in range(50)]
    a, _ = boxes_to_learn(torch.tensor(truth), _example(truth, seed=1), 10)
    again, _ = boxes_to_learn(torch.tensor(truth), _example(truth, seed=1), 10)
    other, _ = boxes_to_learn(torch.tensor(truth), _example(truth, seed=2), 10)
    assert len(a) == len({float(row[0]) for row in a}) == 10
    assert torch.equal(a, again)
    assert not torch.equal(a, other)
