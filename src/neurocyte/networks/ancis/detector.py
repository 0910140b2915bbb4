"""The detector: a single-shot network over four attended levels."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from neurocyte.networks.ancis.anchors import ANCHORS, AnchorConfig, anchor_boxes
from neurocyte.networks.ancis.attention import SelfAttention
from neurocyte.networks.ancis.backbone import Fusion, Halving, ResNetTrunk
from neurocyte.networks.ancis.boxes import decode, select

_LEVEL_CHANNELS = (512, 1024, 512, 256)


@dataclass(frozen=True)
class DetectorOutput:
    """What the detector says of N images with A anchors.

    Attributes:
        codes: (N, A, 4), see `neurocyte.networks.ancis.boxes.encode`.
        logits: (N, A, 2), background and cell.
        features: what the mask branch crops from: c0 (the image), c1, c2, and c3 and c4 after attention.
    """

    codes: Tensor
    logits: Tensor
    features: list[Tensor]


class Detector(nn.Module):
    """Boxes and confidences for every anchor.

    Args:
        anchors: their sizes and density.
    """

    def __init__(self, anchors: AnchorConfig) -> None:
        super().__init__()
        self.anchors = anchors
        self.backbone = ResNetTrunk()
        self.c5 = Halving(1024, 256, 512)
        self.c6 = Halving(512, 128, 256)
        self.fusion = Fusion()
        self.attention = nn.ModuleList(SelfAttention(c) for c in _LEVEL_CHANNELS)
        pairs = list(zip(_LEVEL_CHANNELS, ANCHORS, strict=True))
        self.confidence = nn.ModuleList(nn.Conv2d(c, 2 * a, 3, padding=1) for c, a in pairs)
        self.location = nn.ModuleList(nn.Conv2d(c, 4 * a, 3, padding=1) for c, a in pairs)

    def forward(self, image: Tensor) -> DetectorOutput:
        """Return codes, logits and features.

        Args:
            image: float (N, 3, H, W), normalised; any H and W.
        """
        c1, c2, c3, c4 = self.backbone(image)
        c5 = self.c5(c4)
        levels = [self.fusion(c3, c4, c5), c4, c5, self.c6(c5)]
        levels = [attend(x) for attend, x in zip(self.attention, levels, strict=True)]
        dense = [self._dense(x) for x in levels]
        return DetectorOutput(
            torch.cat([_rows(head(x), 4) for head, x in zip(self.location, dense, strict=True)], dim=1),
            torch.cat([_rows(head(x), 2) for head, x in zip(self.confidence, dense, strict=True)], dim=1),
            [image, c1, c2, levels[0], levels[1]],
        )

    def boxes(self, output: DetectorOutput) -> list[tuple[Tensor, Tensor]]:
        """Return the cells found.

        Args:
            output: of `forward`.

        Returns:
            For each image boxes (n, 4), corners in pixels, and confidences (n,), falling.
        """
        height, width = output.features[0].shape[-2:]
        anchors = anchor_boxes(self.anchors, (height, width)).to(output.codes.device)
        found = []
        for codes, logits in zip(output.codes.float(), output.logits.float(), strict=True):
            confidences = torch.softmax(logits, dim=1)[:, 1]
            found.append(select(decode(codes, anchors), confidences, (height, width)))
        return found

    def _dense(self, x: Tensor) -> Tensor:
        """Enlarge a map to one pixel an anchor place."""
        if self.anchors.refine == 1:
            return x
        return interpolate(x, scale_factor=self.anchors.refine, mode="bilinear", align_corners=False)


def _rows(x: Tensor, width: int) -> Tensor:
    """(N, A * width, H, W) to (N, H * W * A, width), in the order of `anchor_boxes`."""
    return x.permute(0, 2, 3, 1).reshape(len(x), -1, width)
