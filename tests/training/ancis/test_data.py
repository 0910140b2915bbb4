from pathlib import Path

import numpy as np
import torch

from neurocyte.training.ancis.data import Examples, cell_boxes


def test_boxes_of_a_label_image() -> None:
    labels = np.zeros((20, 30), np.int32)
    labels[2:6, 3:10] = 7
    labels[10:12, 3:10] = 2  # two pixels: too thin
    labels[15:18, 20:23] = 9
    boxes, ids = cell_boxes(labels)
    assert boxes.tolist() == [[2, 3, 6, 10], [15, 20, 18, 23]]
    assert ids.tolist() == [7, 9]
    assert cell_boxes(np.zeros((4, 4), np.int32))[0].shape == (0, 4)


def test_a_square_depends_on_seed_epoch_and_index_alone(make_samples, tmp_path: Path) -> None:
    samples = make_samples(tmp_path, 2, (60, 80))
    first, second = (Examples(samples, 64, "paper", 3) for _ in range(2))
    first.get(0, 0)
    torch.manual_seed(123)
    a, b = first.get(1, 3), second.get(1, 3)
    assert torch.equal(a.image, b.image)
    assert torch.equal(a.boxes, b.boxes)
    assert a.seed == b.seed
    assert a.image.shape == (3, 64, 64)
    assert a.labels.shape == (64, 64)
    assert not torch.equal(a.image, first.get(2, 3).image)
    assert not torch.equal(a.image, first.get(1, 1).image)  # the same image again, another augmentation


def test_boxes_follow_the_augmentation(make_samples, tmp_path: Path) -> None:
    examples = Examples(make_samples(tmp_path, 1, (64, 64)), 64, "paper", 0)
    for epoch in range(5):
        example = examples.get(epoch, 0)
        for box, label in zip(example.boxes.int().tolist(), example.ids.tolist(), strict=True):
            inside = example.labels == label
            assert inside.any(dim=1).nonzero().flatten()[[0, -1]].tolist() == [box[0], box[2] - 1]
            assert inside.any(dim=0).nonzero().flatten()[[0, -1]].tolist() == [box[1], box[3] - 1]


def test_sizes_are_in_pixels_of_the_square(make_samples, tmp_path: Path) -> None:
    samples = make_samples(tmp_path, 1, (64, 64))
    labels = samples[0].read_labels().labels.astype(np.int32)
    boxes, _ = cell_boxes(labels)
    expected = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
    np.testing.assert_allclose(Examples(samples, 64, "none", 0).cell_sizes(), expected)
