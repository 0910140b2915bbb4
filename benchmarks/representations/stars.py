"""Foreground, and star-convex polygons: rays from each pixel to its cell's edge, refined by the foreground.

Source: Schmidt et al., Cell detection with star-convex polygons, MICCAI 2018; its package measures the rays
and suppresses polygons that overlap (`pip install --no-deps --target peers stardist csbdeep numba llvmlite`).
Theirs are the probability (distance to the edge over its largest in the cell), its cross-entropy, the rays'
absolute error weighted by it (a fifth), and the suppression at an IoU of 0.4. Ours is the refinement: the
foreground's pixels go to the polygon from which they are flooded first, so that branches are kept.
"""

import numpy as np
import torch
from cell_targets import cell_targets
from skimage.segmentation import watershed
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, softplus
from way import Labels, Maps

from neurocyte.instances.labels import clean_labels, compact_labels, with_forgotten
from neurocyte.training.losses import ComboLoss

RAYS = 32
# Of softplus: rays start near a small cell's radius.
UNIT = 8.0
RAYS_WEIGHT = 0.2
OVERLAP = 0.4
MIN_AREA = 30


class Stars:
    """Choose the surest polygons, then flood the foreground from them."""

    channels = 2 + RAYS
    limits = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)

    def __init__(self) -> None:
        self.combo = ComboLoss()

    def targets(self, labels: Labels) -> Maps:
        """Return foreground, probability and rays."""
        from stardist.geometry import star_dist

        compact, _ = compact_labels(labels)
        rays = star_dist(compact.astype(np.uint16), RAYS)
        foreground, _, probability, *_ = cell_targets(labels)
        return np.concatenate((np.stack((foreground, probability)), np.moveaxis(rays, -1, 0))).astype(
            np.float32
        )

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return combo(foreground) + cross-entropy(probability) + rays / 5."""
        logits = logits.float()
        weight = targets[:, 1:2]
        away = (UNIT * softplus(logits[:, 2:]) - targets[:, 2:]).abs().mean(dim=1, keepdim=True)
        combo: Tensor = self.combo(logits[:, :1], targets[:, :1])
        probability = binary_cross_entropy_with_logits(logits[:, 1:2], weight)
        return combo + probability + RAYS_WEIGHT * (away * weight).sum() / (weight.sum() + 1)

    def maps(self, logits: Tensor, zoom: int) -> Tensor:
        """Return probabilities, and rays in pixels."""
        rays = UNIT / zoom * softplus(logits[:, 2:])
        return torch.cat((torch.sigmoid(logits[:, :2]), rays), dim=1)

    def read(self, maps: Maps, threshold: float, limit: float) -> Labels:
        """Keep polygons that are surer than the limit."""
        from stardist.geometry import polygons_to_label
        from stardist.nms import non_maximum_suppression

        rays = np.ascontiguousarray(np.moveaxis(maps[2:], 0, -1))
        points, scores, distances = non_maximum_suppression(
            rays, maps[1], grid=(1, 1), b=0, prob_thresh=limit, nms_thresh=OVERLAP
        )
        mask = maps[0] >= threshold
        seeds = np.zeros(mask.shape, np.int32)
        if len(points):
            seeds = polygons_to_label(distances, points, mask.shape, prob=scores).astype(np.int32)
        seeds[~mask] = 0
        flooded = watershed(-maps[0], seeds, mask=mask, connectivity=2)
        return clean_labels(with_forgotten(flooded, mask), MIN_AREA)
