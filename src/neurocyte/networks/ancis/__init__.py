"""ANCIS, attentive neural cell instance segmentation: an attentive SSD detector and a gated mask branch.

Source:
    Yi, Wu, Jiang, Liu, Hoeppner, Metaxas 2019, "Attentive neural cell instance segmentation", Medical Image
    Analysis 55. Written anew after the paper and the published network; no code is shared.

What differs from the authors' network, and why: see `neurocyte.training.ancis`. `build_ancis()` without
arguments has none of these differences.
"""

from neurocyte.networks.ancis.anchors import AnchorConfig, anchors_for_cells
from neurocyte.networks.ancis.model import Ancis, Detections, build_ancis

__all__ = ["AnchorConfig", "Ancis", "Detections", "anchors_for_cells", "build_ancis"]
