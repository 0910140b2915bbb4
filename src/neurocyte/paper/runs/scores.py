"""What is kept of a prediction so that every way of printing a score can be computed from it later."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.errors import InputError
from neurocyte.metrics.semantic import Confusion

# Training's arithmetic is float32: a probability it prints as 0 or 1 is within this of it.
_EPSILON = 1e-7
# The paper's threshold; equal to it is background.
THRESHOLD = 0.5


@dataclass(frozen=True)
class PixelSums:
    """Sums over the pixels of one image, y being the truth (0 or 1) and p the predicted probability.

    Attributes:
        tp: pixels with y = 1 and p > 0.5.
        fp: y = 0 and p > 0.5.
        fn: y = 1 and p <= 0.5.
        tn: y = 0 and p <= 0.5.
        overlap: sum of y p.
        predicted: sum of p.
        log_positive: sum of -log p over y = 1, natural logarithm.
        log_negative: sum of -log(1 - p) over y = 0.
    """

    tp: int
    fp: int
    fn: int
    tn: int
    overlap: float
    predicted: float
    log_positive: float
    log_negative: float

    def __add__(self, other: "PixelSums") -> "PixelSums":
        return PixelSums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def confusion(self) -> Confusion:
        """The four counts at threshold 0.5."""
        return Confusion(tp=self.tp, fp=self.fp, fn=self.fn, tn=self.tn)

    @property
    def truth(self) -> int:
        """Sum of y."""
        return self.tp + self.fn

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def pixel_sums(truth: NDArray[np.bool_], probability: NDArray[np.float32]) -> PixelSums:
    """Sum up one image.

    Args:
        truth: bool (H, W).
        probability: float32 (H, W) in [0, 1].

    Returns:
        The sums, computed in float64.

    Raises:
        InputError: the shapes differ.
    """
    if truth.shape != probability.shape:
        raise InputError(f"The prediction's shape {probability.shape} is not the truth's {truth.shape}.")
    p = probability.astype(np.float64)
    found = p > THRESHOLD
    clipped = np.clip(p, _EPSILON, 1 - _EPSILON)
    return PixelSums(
        tp=int(np.count_nonzero(truth & found)),
        fp=int(np.count_nonzero(~truth & found)),
        fn=int(np.count_nonzero(truth & ~found)),
        tn=int(np.count_nonzero(~truth & ~found)),
        overlap=float(p[truth].sum()),
        predicted=float(p.sum()),
        log_positive=float(-np.log(clipped[truth]).sum()),
        log_negative=float(-np.log1p(-clipped[~truth]).sum()),
    )


def pooled(sums: Sequence[PixelSums]) -> PixelSums:
    """Add up images (all zero without any)."""
    return sum(sums, PixelSums(0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0))


@dataclass(frozen=True)
class Record:
    """One test image as a network of its fold predicts it.

    Attributes:
        stem: the image's name.
        cell_type: of its cells, None where unknown.
        paper: at the size that the network sees (256 x 256), the truth resized by nearest neighbour.
        native: at the image's own size, the probability resized bilinearly.
    """

    stem: str
    cell_type: str | None
    paper: PixelSums
    native: PixelSums

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {
            "stem": self.stem,
            "cell_type": self.cell_type,
            "paper": self.paper.to_dict(),
            "native": self.native.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Record":
        """Take back what `to_dict` gave."""
        return cls(data["stem"], data["cell_type"], PixelSums(**data["paper"]), PixelSums(**data["native"]))
