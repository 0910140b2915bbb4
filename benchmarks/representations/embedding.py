"""Foreground, and a spatial embedding: each pixel points to its cell's middle, with a margin learned by cell.

Source: Neven et al., Instance segmentation by jointly optimizing spatial embeddings and clustering bandwidth,
CVPR 2019, as in EmbedSeg (Lalit et al., 2021): offset, margin and seed maps; the Lovasz hinge loss of
Gaussian distances, the margin's variance within a cell (10 times) and the seed's squared error; the surest
seed takes what lies within its margin, again and again. Berman et al., CVPR 2018: the Lovasz extension.
"""

import numpy as np
import torch
from torch import Tensor
from way import Labels, Maps

from neurocyte.instances.labels import clean_labels, compact_labels, with_forgotten
from neurocyte.training.losses import ComboLoss

# Pixels of what is learned from: the unit of offsets and of margins.
UNIT = 64.0
VARIANCE_WEIGHT = 10.0
MIN_AREA = 30


class Embedding:
    """Cluster the embedded pixels from the surest seeds."""

    channels = 5
    limits = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)

    def __init__(self) -> None:
        self.combo = ComboLoss()

    def targets(self, labels: Labels) -> Maps:
        """Return foreground and labels; the rest depends on what the network says."""
        compact, _ = compact_labels(labels)
        return np.stack((compact > 0, compact)).astype(np.float32)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return combo(foreground) + Lovasz + 10 margin's variance + seed."""
        logits = logits.float()
        combo: Tensor = self.combo(logits[:, :1], targets[:, :1])
        terms = [
            _of_crop(one, labels) for one, labels in zip(logits[:, 1:], targets[:, 1].long(), strict=True)
        ]
        return combo + torch.stack(terms).mean()

    def maps(self, logits: Tensor, zoom: int) -> Tensor:
        """Return foreground, offsets in pixels, margin (1 / (2 sigma^2), pixels^-2) and seed."""
        offsets = UNIT / zoom * torch.tanh(logits[:, 1:3]) * 2
        margin = torch.exp(_bounded(logits[:, 3:4])) / (UNIT / zoom) ** 2
        return torch.cat((torch.sigmoid(logits[:, :1]), offsets, margin, torch.sigmoid(logits[:, 4:])), dim=1)

    def read(self, maps: Maps, threshold: float, limit: float) -> Labels:
        """Take cells from seeds that are surer than the limit."""
        mask = maps[0] >= threshold
        places = np.argwhere(mask)
        embedded = places + maps[1:3][:, mask].T
        margin, seed = maps[3][mask], maps[4][mask]
        free = np.ones(len(places), bool)
        own = np.zeros(len(places), np.int32)
        cell = 0
        for at in np.argsort(-seed, kind="stable"):
            if seed[at] < limit:
                break
            if not free[at]:
                continue
            near = free & (np.exp(-((embedded - embedded[at]) ** 2).sum(axis=1) * margin[at]) > 0.5)
            near[at] = True
            free[near] = False
            if near.sum() >= MIN_AREA:
                cell += 1
                own[near] = cell
        labels = np.zeros(mask.shape, np.int32)
        labels[mask] = own
        return clean_labels(with_forgotten(labels, mask), MIN_AREA)


def _bounded(logit: Tensor) -> Tensor:
    """A margin between a few pixels and some two hundred."""
    return 6 * torch.tanh(logit / 6) + 2


def _of_crop(logits: Tensor, labels: Tensor) -> Tensor:
    """The terms of one crop, (4, H, W) against (H, W)."""
    height, width = labels.shape
    rows = torch.arange(height, device=labels.device)[:, None].expand(height, width)
    columns = torch.arange(width, device=labels.device).expand(height, width)
    embedded = torch.stack((rows, columns)) / UNIT + 2 * torch.tanh(logits[:2])
    bounded, seed = _bounded(logits[2]), torch.sigmoid(logits[3])
    outside = labels == 0
    # The background has no seed.
    seeds = seed[outside].square().sum()
    hinges, variances = [], []
    for label in range(1, int(labels.max()) + 1):
        inside = labels == label
        middle = embedded[:, inside].mean(dim=1)
        margin = bounded[inside].mean()
        variances.append((bounded[inside] - margin.detach()).square().mean())
        near = torch.exp(-(embedded - middle[:, None, None]).square().sum(dim=0) * torch.exp(margin))
        hinges.append(_lovasz_hinge(2 * near - 1, inside))
        seeds = seeds + (seed[inside] - near[inside].detach()).square().sum()
    total = seeds / labels.numel()
    if hinges:
        total = total + torch.stack(hinges).mean() + VARIANCE_WEIGHT * torch.stack(variances).mean()
    return total


def _lovasz_hinge(scores: Tensor, truth: Tensor) -> Tensor:
    """A convex bound of 1 - IoU, of scores from -1 (outside) to 1."""
    truth = truth.flatten().float()
    errors, order = torch.sort(1 - scores.flatten() * (2 * truth - 1), descending=True)
    truth = truth[order]
    union = truth.sum() + (1 - truth).cumsum(0)
    jaccard = 1 - (truth.sum() - truth.cumsum(0)) / union
    gradient = torch.cat((jaccard[:1], jaccard[1:] - jaccard[:-1]))
    return torch.dot(torch.relu(errors), gradient)
