"""The two parts together."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from neurocyte.networks.ancis.anchors import AnchorConfig
from neurocyte.networks.ancis.detector import Detector
from neurocyte.networks.ancis.masks import MaskBranch, Patch


@dataclass(frozen=True)
class Detections:
    """The cells of one image, most confident first.

    Attributes:
        boxes: (n, 4) top, left, bottom, right; pixels, the last two exclusive.
        confidences: (n,) in [0, 1].
        patches: masks; a box of less than 3 pixels has none.
    """

    boxes: Tensor
    confidences: Tensor
    patches: list[Patch]


class Ancis(nn.Module):
    """Detector and mask branch.

    Args:
        anchors: of the detector.

    Attributes:
        detector: 14.0 M parameters.
        segmenter: the mask branch, 7.8 M parameters.
    """

    def __init__(self, anchors: AnchorConfig) -> None:
        super().__init__()
        self.anchors = anchors
        self.detector = Detector(anchors)
        self.segmenter = MaskBranch()

    def forward(self, image: Tensor) -> list[Detections]:
        """Find the cells.

        Args:
            image: float (N, 3, H, W), normalised; any H and W.

        Returns:
            The cells of each image.
        """
        output = self.detector(image)
        # What is kept and where it lies has no gradient: the two parts learn one after the other.
        with torch.no_grad():
            found = self.detector.boxes(output)
        patches = self.segmenter(output.features, [boxes for boxes, _ in found])
        return [Detections(b, c, p) for (b, c), p in zip(found, patches, strict=True)]


def build_ancis(anchors: AnchorConfig | None = None) -> Ancis:
    """Build ANCIS, randomly initialised.

    Args:
        anchors: None takes the authors' scales at the authors' strides.

    Returns:
        The network in training mode. timm's weights of ``resnet50`` fit ``detector.backbone``, see
        `neurocyte.training.encoder_weights.load_encoder_weights`.
    """
    return Ancis(anchors or AnchorConfig())
