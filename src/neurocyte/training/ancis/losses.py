"""The losses of the two stages."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, smooth_l1_loss

from neurocyte.networks.ancis.boxes import encode
from neurocyte.networks.ancis.detector import DetectorOutput
from neurocyte.networks.ancis.masks import Patch
from neurocyte.training.ancis.data import Example
from neurocyte.training.ancis.targets import match_anchors, match_boxes

NEGATIVES = 3


def hard_negatives(loss: Tensor, positive: Tensor) -> Tensor:
    """Choose the background anchors that count: the worst ones, `NEGATIVES` for each positive.

    Args:
        loss: (A,), each anchor's confidence loss.
        positive: bool (A,), anchors that answer for a cell.

    Returns:
        bool (A,).
    """
    count = min(NEGATIVES * int(positive.sum()), int((~positive).sum()))
    chosen = torch.zeros_like(positive)
    chosen[loss.detach().masked_fill(positive, -torch.inf).topk(count).indices] = True
    return chosen


def detection_loss(output: DetectorOutput, examples: Sequence[Example], anchors: Tensor) -> Tensor:
    """Smooth L1 of the codes plus cross-entropy with hard negatives, over the number of positives.

    Args:
        output: for N images.
        examples: their truth.
        anchors: (A, 4), centres.

    Returns:
        Scalar; 0 where no image has a cell.

    Source:
        Liu et al. 2016, SSD, section 2.2; Yi et al. 2019, section 3.1.3.
    """
    total = output.codes.new_zeros((), dtype=torch.float32)
    positives = 0
    own = anchors.to(output.codes.device)
    for codes, logits, example in zip(output.codes.float(), output.logits.float(), examples, strict=True):
        cell = match_anchors(example.boxes, anchors).to(codes.device)
        positive = cell >= 0
        wanted = encode(example.boxes.to(codes.device)[cell[positive]], own[positive])
        confidence = cross_entropy(logits, positive.long(), reduction="none")
        counted = positive | hard_negatives(confidence, positive)
        total = total + smooth_l1_loss(codes[positive], wanted, reduction="sum") + confidence[counted].sum()
        positives += int(positive.sum())
    return total / max(positives, 1)


def boxes_to_learn(found: Tensor, example: Example, limit: int | None) -> tuple[Tensor, Tensor]:
    """Choose the boxes of one image that the mask branch learns from.

    Args:
        found: (n, 4), corners, what the detector found.
        example: the image's truth.
        limit: at most so many, drawn at random by the example's seed; None: all.

    Returns:
        Boxes (m, 4) that overlap a cell with IoU >= 0.5 (the true boxes if none does), and the labels of
        their cells (m,).
    """
    found = found.cpu()
    cell = match_boxes(found, example.boxes)
    boxes, ids = found[cell >= 0], example.ids[cell[cell >= 0]]
    if not len(boxes):
        boxes, ids = example.boxes, example.ids
    if limit is None or len(boxes) <= limit:
        return boxes, ids
    generator = torch.Generator().manual_seed(example.seed)
    some = torch.randperm(len(boxes), generator=generator)[:limit]
    return boxes[some], ids[some]


def mask_loss(
    patches: Sequence[Sequence[Patch]], ids: Sequence[Tensor], examples: Sequence[Example]
) -> Tensor | None:
    """Binary cross-entropy: a mean over each patch, then over an image's patches, then over the images.

    Args:
        patches: of each image.
        ids: (n,) of each image, the labels of the boxes' cells.
        examples: the truth.

    Returns:
        Scalar, None without a patch.

    Source:
        Yi et al. 2019, section 3.2.
    """
    images = []
    for own, labels, example in zip(patches, ids, examples, strict=True):
        losses = []
        for patch in own:
            target = (patch.window.cut(example.labels) == labels[patch.index]).to(patch.logits.device)
            losses.append(binary_cross_entropy_with_logits(patch.logits.float(), target.float()))
        if losses:
            images.append(torch.stack(losses).mean())
    return torch.stack(images).mean() if images else None
