"""The mask branch: from the crops of a box to the mask of its cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from neurocyte.networks.ancis.crops import Cell, Crops, Window, crop, enlarge, groups, windows

# Channels of c0 (after its two convolutions) to c4.
_CHANNELS = (64, 64, 256, 512, 1024)
# Pixels that two 3x3 convolutions reach beyond a crop.
_MARGIN = 2


@dataclass(frozen=True)
class Patch:
    """The mask of one box.

    Attributes:
        index: of the box among its image's boxes.
        window: the patch's place in the image.
        logits: (h, w) of the window's size.
    """

    index: int
    window: Window
    logits: Tensor


class GatedMerge(nn.Module):
    """One step up: the skip, gated by the deeper crops, beside the enlarged deeper crops.

    Args:
        deep: channels of the deeper level.
        channels: of the shallower level, and of the result.

    Source:
        Yi et al. 2019, section 3.2.
    """

    def __init__(self, deep: int, channels: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(deep, channels, 1)
        self.gated = nn.Conv2d(channels, channels, 1)
        self.up = nn.Conv2d(deep, channels, 3, padding=1)
        self.merge = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, deep: Tensor, sizes: Tensor, skip: Crops) -> Tensor:
        """Merge.

        Args:
            deep: (n, deep, h, w).
            sizes: (n, 2) of its crops.
            skip: the shallower level.

        Returns:
            (n, channels, H, W) of the skip's shape.
        """
        gate = torch.sigmoid(torch.relu(enlarge(self.project(deep), sizes, skip) + skip.pixels))
        attended = torch.relu(self.gated(gate * skip.pixels))
        # The 3x3 kernel must find zeros around a crop, as it would around a tensor of its own.
        up = torch.relu(self.up(enlarge(deep, sizes, skip) * skip.inside))
        return torch.relu(self.merge(torch.cat([attended, up], dim=1)))


class MaskBranch(nn.Module):
    """Masks of boxes, from crops of c0 to c4 at native size."""

    def __init__(self) -> None:
        super().__init__()
        # Without padding: the crops bring their surroundings.
        self.c0 = nn.ModuleList([nn.Conv2d(3, 64, 3), nn.Conv2d(64, 64, 3)])
        self.merges = nn.ModuleList(GatedMerge(deep, channels) for channels, deep in pairwise(_CHANNELS))
        self.inner = nn.Conv2d(64, 64, 3, padding=1)
        self.last = nn.Conv2d(64, 1, 3, padding=1)

    def forward(self, features: Sequence[Tensor], boxes: Sequence[Tensor]) -> list[list[Patch]]:
        """Return the masks of boxes.

        Args:
            features: c0 (N, 3, H, W) to c4 (N, 1024, H / 16, W / 16), see `DetectorOutput`.
            boxes: for each image (n, 4), corners in pixels.

        Returns:
            For each image its patches in the order of the boxes; a box that spans less than 3 pixels of the
            image has none.
        """
        shape = (features[0].shape[-2], features[0].shape[-1])
        maps = [(f.shape[-2], f.shape[-1]) for f in features]
        cells = [
            Cell(image, index, found)
            for image, own in enumerate(boxes)
            for index, found in enumerate(windows(own, shape, maps))
            if found
        ]
        patches: list[list[Patch]] = [[] for _ in boxes]
        if not cells:
            return patches
        image = pad(features[0], (_MARGIN,) * 4)
        known = pad(torch.ones_like(features[0][:, :1]), (_MARGIN,) * 4)
        for group in groups(cells):
            deeper = [crop(features[i], group, i) for i in range(1, len(group[0].windows))]
            logits = self._group([self._shallow(image, known, group), *deeper])
            for cell, own in zip(group, logits, strict=True):
                window = cell.windows[0]
                patches[cell.image].append(Patch(cell.index, window, own[: window.height, : window.width]))
        return [sorted(own, key=lambda patch: patch.index) for own in patches]

    def _shallow(self, image: Tensor, known: Tensor, group: Sequence[Cell]) -> Crops:
        """Convolve c0 around the cells only: the whole of it costs more than all the rest of the branch."""
        crops = crop(image, group, 0, 2 * _MARGIN)
        first, second = self.c0
        # Outside of the image the second convolution must find zeros, as padding would give it.
        inner = torch.relu(first(crops.pixels)) * crop(known, group, 0, 2 * _MARGIN).pixels[..., 1:-1, 1:-1]
        return Crops(torch.relu(second(inner)), crops.sizes)

    def _group(self, levels: list[Crops]) -> Tensor:
        """Return logits (n, H, W) for crops of one group, c0 first."""
        x, sizes = levels[-1].pixels, levels[-1].sizes
        for level in range(len(levels) - 2, -1, -1):
            x, sizes = self.merges[level](x, sizes, levels[level]), levels[level].sizes
        inside = levels[0].inside
        x = torch.relu(self.inner(x * inside)) * inside
        logits: Tensor = self.last(x)
        return logits[:, 0]
