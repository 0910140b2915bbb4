"""What a representation of cells is made of."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Maps = NDArray[np.float32]
Labels = NDArray[Any]


class Way(Protocol):
    """One way to say by maps where cells are."""

    @property
    def channels(self) -> int:
        """The network's outputs, the foreground first."""

    @property
    def limits(self) -> Sequence[float]:
        """From which validation images choose what `read` is given."""

    def targets(self, labels: Labels) -> Maps:
        """Return what is learned of a crop's labels (H, W), float32 (T, H, W), the foreground first."""

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of a batch, (N, K, H, W) against (N, T, H, W)."""

    def maps(self, logits: Tensor, zoom: int) -> Tensor:
        """Return what `read` takes; lengths in pixels of an image that was enlarged by `zoom` to learn."""

    def read(self, maps: Maps, threshold: float, limit: float) -> Labels:
        """Return the label image (H, W) of maps (K, H, W), the foreground cut off at the threshold."""
