"""Foreground, border, depth and offset: many small fragments, joined until lines look like borders.

What neurocyte learned before it learned flows. The foreground is cut into fragments at the summits of the
depth; then neighbouring fragments are joined, the surest pair first, until the mean evidence of every line
that is left (borders, and the jump of where two neighbours have their middles) says that it is a border.
"""

import numpy as np
import numpy.typing as npt
import torch
from cell_targets import cell_targets
from scipy import ndimage
from skimage.segmentation import watershed
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, smooth_l1_loss
from way import Labels, Maps

from neurocyte.instances.labels import EIGHT, clean_labels, with_forgotten
from neurocyte.instances.lines import Pixels, join_fragments, lines_of, touching
from neurocyte.training.flow_loss import BACKGROUND_WEIGHT
from neurocyte.training.losses import ComboLoss, overlap_loss

MIN_AREA = 30
# Sigma of the map that fragments grow in, and the difference of two neighbours' middles that is a border for
# sure; the offset that an offset map's 1 stands for. Pixels.
SMOOTHING, JUMP, REACH = 0.5, 10.0, 128.0
# Of the border map in the evidence, against the offsets.
BORDER_SHARE = 0.5
# Of the loss's border term. It is a mean over the cells' pixels: where cells cover a fiftieth of the image, a
# mean over all of its pixels hardly moves, and the network learned next to nothing of borders.
BORDER_WEIGHT = 0.5
# Of depth (0 to 1) and offset (in units of `OFFSET_UNIT`), where the smooth L1 loss turns linear.
BENDING = 0.1
# Pixels. With it and `DISTANCE_WEIGHT` the four terms start at about the same size.
OFFSET_UNIT = 32.0
DISTANCE_WEIGHT = 4.0


class Joining:
    """Cut the foreground into fragments and join them."""

    channels = 5
    limits = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)

    def __init__(self) -> None:
        self.combo = ComboLoss()

    def targets(self, labels: Labels) -> Maps:
        """Return the five maps, offsets in pixels."""
        return cell_targets(labels)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return combo(foreground) + (border cross-entropy + border Dice) / 2 + 4 depth + offset.

        Borders and offsets are asked of the cells' pixels alone: nothing reads them elsewhere.
        """
        logits = logits.float()
        inside = targets[:, :1]
        area = inside.sum() + 1
        border = logits[:, 1:2], targets[:, 1:2]
        cross_entropy = (binary_cross_entropy_with_logits(*border, reduction="none") * inside).sum() / area
        overlap = overlap_loss(border[0].sigmoid() * inside, border[1] * inside)
        weight = BACKGROUND_WEIGHT + (1 - BACKGROUND_WEIGHT) * inside
        depth = (_bent(logits[:, 2:3].sigmoid(), targets[:, 2:3]) * weight).sum() / weight.sum()
        pixels = (logits[:, 3:].sigmoid() - 0.5) * (2 * REACH)
        # The background has no cell to point to.
        offset = (_bent(pixels / OFFSET_UNIT, targets[:, 3:] / OFFSET_UNIT) * inside).sum()
        terms = [
            self.combo(logits[:, :1], inside),
            BORDER_WEIGHT * (cross_entropy + overlap),
            DISTANCE_WEIGHT * depth,
            offset / (2 * area),
        ]
        return torch.stack(terms).sum()

    def maps(self, logits: Tensor, zoom: int) -> Tensor:  # noqa: ARG002
        """Return probabilities; offsets, too, are kept from 0 to 1."""
        return torch.sigmoid(logits)

    def read(self, maps: Maps, threshold: float, limit: float) -> Labels:
        """Join fragments whose line has less evidence than the limit."""
        _, border, depth = maps[:3]
        fragments = _fragments(depth * (1 - border), maps[0] >= threshold)
        one, other = touching(fragments)
        lines = lines_of(fragments, one, other, _evidence(maps, one, other), add=True)
        owners = join_fragments(int(fragments.max(initial=0)) + 1, lines, limit)
        return clean_labels(owners[fragments], MIN_AREA)


def _fragments(landscape: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_]) -> Labels:
    """Flood a mask from every summit of a landscape."""
    landscape = ndimage.gaussian_filter(landscape, SMOOTHING)
    # The middle of a broad border is flat and no summit.
    summits = mask & (landscape > 0) & (landscape == ndimage.maximum_filter(landscape, size=3))
    seeds, _ = ndimage.label(summits, structure=EIGHT)
    # A component whose only summit lies just outside of the mask has no seed; it is a fragment as it stands.
    return with_forgotten(watershed(-landscape, seeds, mask=mask, connectivity=2), mask)


def _evidence(maps: Maps, one: Pixels, other: Pixels) -> npt.NDArray[np.float32]:
    """How surely a border runs between pixels, 0 to 1."""
    middles = np.indices(maps[0].shape, dtype=np.float32) + (maps[3:] - 0.5) * np.float32(2 * REACH)
    apart = np.hypot(middles[0][one] - middles[0][other], middles[1][one] - middles[1][other])
    border = (maps[1][one] + maps[1][other]) / 2
    mixed: npt.NDArray[np.float32] = BORDER_SHARE * border + (1 - BORDER_SHARE) * np.minimum(apart / JUMP, 1)
    return mixed


def _bent(found: Tensor, wanted: Tensor) -> Tensor:
    return smooth_l1_loss(found, wanted, beta=BENDING, reduction="none")
