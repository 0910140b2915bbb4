"""Which anchor answers for which cell, and which cell a found box shows."""

import torch
from torch import Tensor

from neurocyte.networks.ancis.boxes import box_iou, corners

MATCH_IOU = 0.5
# Cells whose overlaps with all anchors are held at a time.
_CHUNK = 32


def match_anchors(truth: Tensor, anchors: Tensor) -> Tensor:
    """Give each anchor its cell.

    An anchor answers for the cell that it overlaps most, if IoU >= 0.5; and every cell has the anchor that
    overlaps it most, whatever their IoU (of two cells with the same best anchor, the later one has it).

    Args:
        truth: (T, 4), corners.
        anchors: (A, 4), centres.

    Returns:
        int64 (A,), index of the cell, -1 for background.
    """
    boxes = corners(anchors)
    best = torch.zeros(len(anchors))
    cell = torch.full((len(anchors),), -1)
    favourites: list[int] = []
    for start in range(0, len(truth), _CHUNK):
        iou = box_iou(truth[start : start + _CHUNK], boxes)
        value, index = iou.max(dim=0)
        better = value > best
        best = torch.where(better, value, best)
        cell = torch.where(better, index + start, cell)
        favourites += iou.argmax(dim=1).tolist()
    matched = torch.where(best >= MATCH_IOU, cell, -1)
    for number, anchor in enumerate(favourites):
        matched[anchor] = number
    return matched


def match_boxes(boxes: Tensor, truth: Tensor) -> Tensor:
    """Give each found box the cell that it overlaps most, if IoU >= 0.5.

    Args:
        boxes: (n, 4), corners.
        truth: (T, 4), corners.

    Returns:
        int64 (n,), index of the cell, -1 for none.
    """
    if not len(truth):
        return torch.full((len(boxes),), -1)
    value, index = box_iou(boxes, truth).max(dim=1)
    return torch.where(value >= MATCH_IOU, index, -1)


def anchor_coverage(truth: Tensor, anchors: Tensor) -> float:
    """Return the share of cells that some anchor overlaps with IoU >= 0.5.

    Args:
        truth: (T, 4), corners, T >= 1.
        anchors: (A, 4), centres.
    """
    boxes = corners(anchors)
    parts = (truth[start : start + _CHUNK] for start in range(0, len(truth), _CHUNK))
    covered = [int((box_iou(part, boxes).amax(dim=1) >= MATCH_IOU).sum()) for part in parts]
    return sum(covered) / len(truth)
