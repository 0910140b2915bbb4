import math

import numpy as np
import pytest
import torch

from neurocyte.networks.ancis.anchors import (
    ANCHORS,
    QUANTILES,
    AnchorConfig,
    anchor_boxes,
    anchors_for_cells,
    level_sizes,
)


def test_paper_sizes_of_the_first_level_at_512() -> None:
    # min 0.04 x 512 = 20.48, max 0.1 x 512 = 51.2; sqrt(20.48 x 51.2) = 32.38
    root = math.sqrt(2)
    expected = [
        (20.48, 20.48),
        (32.3817, 32.3817),
        (20.48 / root, 20.48 * root),
        (20.48 * root, 20.48 / root),
    ]
    assert level_sizes(AnchorConfig(), 0, 512) == [pytest.approx(pair, rel=1e-5) for pair in expected]


def test_deeper_levels_have_six_anchors_with_ratio_three() -> None:
    sizes = level_sizes(AnchorConfig(), 3, 512)
    assert ANCHORS == (4, 6, 6, 6)
    assert len(sizes) == 6
    assert sizes[4] == pytest.approx((215.04 / math.sqrt(3), 215.04 * math.sqrt(3)))
    assert sizes[1][0] == pytest.approx(math.sqrt(0.42 * 0.58) * 512)


def test_number_of_anchors_at_512_is_that_of_the_authors() -> None:
    assert len(anchor_boxes(AnchorConfig(), (512, 512))) == 64 * 64 * 4 + (32 * 32 + 16 * 16 + 8 * 8) * 6


def test_centres_lie_in_the_middle_of_feature_pixels_row_by_row() -> None:
    boxes = anchor_boxes(AnchorConfig(), (64, 128))
    # 16 columns of 4 anchors, then the second row
    assert boxes[0, :2].tolist() == [4, 4]
    assert boxes[4, :2].tolist() == [4, 12]
    assert boxes[16 * 4, :2].tolist() == [12, 4]
    # the last level has one row of two pixels
    assert boxes[-12, :2].tolist() == [32, 32]
    assert boxes[-1, :2].tolist() == [32, 96]


def test_refined_anchors_are_twice_as_dense() -> None:
    boxes = anchor_boxes(AnchorConfig(refine=2), (64, 64))
    assert boxes[0, :2].tolist() == [2, 2]
    assert boxes[4, :2].tolist() == [2, 6]
    assert len(boxes) == 4 * len(anchor_boxes(AnchorConfig(), (64, 64)))


def test_edges_are_quantiles_of_the_training_cells() -> None:
    sizes = np.arange(0.0, 1001.0)
    config = anchors_for_cells(sizes, 2000)
    assert config.edges == pytest.approx([q / 2 for q in QUANTILES])
    assert (config.refine, config.side) == (2, 2000)


def test_without_cells_the_authors_edges_stay() -> None:
    assert anchors_for_cells(np.zeros(0), 256).edges == AnchorConfig().edges


def test_anchors_are_float32() -> None:
    assert anchor_boxes(AnchorConfig(), (64, 64)).dtype == torch.float32
