"""precision.json of a model folder: what bf16 and int8 cost in accuracy, measured when int8 was exported."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurocyte.models.config import ModelConfig
from neurocyte.models.folder import INT8_NAME, ONNX_NAME, Model
from neurocyte.models.listed import load_listed, save_listed
from neurocyte.models.schema import encode

PARITY_NAME = "precision.json"
# Most that int8 may lose against fp32 to be used unasked, in points (hundredths) of IoU and of mAP.
MOST_LOST = 0.3
_FORM = ("neurocyte-precision", 1)


@dataclass(frozen=True)
class Figures:
    """One precision on the judged images.

    Args:
        precision: "fp32", "bf16" or "int8".
        seconds: processor time of the network an image.
        cells: found in all images.
        iou: of the foreground against the truth, pooled; None where the images are not annotated.
        map: mean over images of the competition's mAP; likewise.
        ap50: mean over images of the AP at an IoU above 0.5; likewise.
    """

    precision: str
    seconds: float
    cells: int
    iou: float | None
    map: float | None
    ap50: float | None


@dataclass(frozen=True)
class Agreement:
    """Two precisions against each other.

    Args:
        first: the one that counts as the truth.
        second: the other.
        iou: of the two foregrounds, pooled.
        changed: share of all pixels that are foreground in one of them only.
        cells_f1: F1 of the cells matched at an IoU above 0.5.
    """

    first: str
    second: str
    iou: float
    changed: float
    cells_f1: float


@dataclass(frozen=True)
class Parity:
    """What an int8 network was made from and how it compares.

    Args:
        fp32_sha256: of the network it was made from.
        int8_sha256: of the int8 network.
        method: what made it.
        processor: that all figures were measured on.
        int8_products: whether that processor has int8 products of its own, without which int8 is no faster.
        calibration_images: that the ranges were measured on.
        calibration_tiles: of them.
        images: judged; the calibration saw none of them.
        annotated: whether they are annotated.
        figures: of each precision that the processor has.
        agreements: of each two of them.
        iou_drop: fp32 minus int8, points of IoU; None where the images are not annotated.
        map_drop: likewise of mAP.
    """

    fp32_sha256: str
    int8_sha256: str
    method: str
    processor: str
    int8_products: bool
    calibration_images: int
    calibration_tiles: int
    images: int
    annotated: bool
    figures: tuple[Figures, ...]
    agreements: tuple[Agreement, ...]
    iou_drop: float | None
    map_drop: float | None

    @property
    def close(self) -> bool:
        """Whether int8 was judged on annotated images and lost at most `MOST_LOST` of either figure."""
        return all(drop is not None and drop <= MOST_LOST for drop in (self.iou_drop, self.map_drop))

    def fits(self, config: ModelConfig) -> bool:
        """Tell whether it judges the networks that a config lists."""
        wanted = (self.fp32_sha256, self.int8_sha256)
        return wanted == (config.files.get(ONNX_NAME), config.files.get(INT8_NAME))

    @classmethod
    def load(cls, model: Model) -> "Parity | None":
        """Read precision.json of a model folder; None where its config lists none; raises ModelError."""
        return load_listed(model, PARITY_NAME, cls, _FORM)

    def to_dict(self) -> dict[str, Any]:
        """Give plain JSON values."""
        return {"format": _FORM[0], "format_version": _FORM[1], **encode(self)}

    def save(self, folder: Path) -> str:
        """Write precision.json into a model folder and give its SHA-256, for the config."""
        return save_listed(folder / PARITY_NAME, encode(self), _FORM)
