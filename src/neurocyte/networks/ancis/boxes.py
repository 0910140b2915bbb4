"""Boxes: overlap, coding against anchors, suppression of doubles.

Corners are (top, left, bottom, right), the last two exclusive; centres are (row, column, height, width).
"""

import torch
from torch import Tensor
from torchvision.ops import nms

# The network gives offsets in units of these shares of the anchor, and logarithms of sizes in the second.
VARIANCES = (0.1, 0.2)
MIN_CONFIDENCE = 0.3
MAX_OVERLAP = 0.3
# The authors keep 200; the dishes here hold up to 800 cells.
MAX_BOXES = 2000


def corners(centres: Tensor) -> Tensor:
    """Turn centres (N, 4) into corners (N, 4)."""
    half = centres[:, 2:] / 2
    return torch.cat([centres[:, :2] - half, centres[:, :2] + half], dim=1)


def box_iou(a: Tensor, b: Tensor) -> Tensor:
    """Return intersection over union of each pair.

    Args:
        a: (N, 4), corners.
        b: (M, 4), corners.

    Returns:
        (N, M) in [0, 1]; 0 for a pair of empty boxes.
    """
    height = (torch.minimum(a[:, None, 2], b[:, 2]) - torch.maximum(a[:, None, 0], b[:, 0])).clamp(min=0)
    width = (torch.minimum(a[:, None, 3], b[:, 3]) - torch.maximum(a[:, None, 1], b[:, 1])).clamp(min=0)
    shared = height * width
    union = _area(a)[:, None] + _area(b) - shared
    return shared / union.clamp(min=torch.finfo(union.dtype).tiny)


def encode(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Express boxes as corrections of anchors.

    Args:
        boxes: (N, 4), corners, of positive height and width.
        anchors: (N, 4), centres.

    Returns:
        (N, 4): shift of the centre (rows, columns), logarithm of the size (height, width); by `VARIANCES`.

    Source:
        Liu et al. 2016, SSD.
    """
    size = boxes[:, 2:] - boxes[:, :2]
    shift = ((boxes[:, :2] + boxes[:, 2:]) / 2 - anchors[:, :2]) / (VARIANCES[0] * anchors[:, 2:])
    return torch.cat([shift, torch.log(size / anchors[:, 2:]) / VARIANCES[1]], dim=1)


def decode(codes: Tensor, anchors: Tensor) -> Tensor:
    """Apply corrections to anchors: the inverse of `encode`.

    Args:
        codes: (N, 4).
        anchors: (N, 4), centres.

    Returns:
        (N, 4), corners.
    """
    centre = anchors[:, :2] + codes[:, :2] * VARIANCES[0] * anchors[:, 2:]
    return corners(torch.cat([centre, anchors[:, 2:] * torch.exp(codes[:, 2:] * VARIANCES[1])], dim=1))


def select(boxes: Tensor, confidences: Tensor, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Keep confident boxes that no more confident one covers.

    Args:
        boxes: (N, 4), corners, pixels.
        confidences: (N,) in [0, 1].
        shape: (H, W) of the image; boxes are cut at its border.

    Returns:
        Boxes (n, 4) and confidences (n,), falling; at most `MAX_BOXES`.
    """
    sure = confidences > MIN_CONFIDENCE
    boxes, confidences = boxes[sure], confidences[sure]
    limits = boxes.new_tensor([*shape, *shape])
    boxes = torch.minimum(boxes.clamp(min=0), limits)
    kept = nms(boxes, confidences, MAX_OVERLAP)[:MAX_BOXES]
    return boxes[kept], confidences[kept]


def _area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
