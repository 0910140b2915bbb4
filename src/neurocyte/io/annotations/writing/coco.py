"""annotations.json in COCO's layout beside images/."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from neurocyte.io.annotations.cells import Cell, Pixels
from neurocyte.io.annotations.coco import UNTYPED
from neurocyte.io.annotations.outlines import fill, trace
from neurocyte.io.annotations.writing.base import Annotated, Losses, common_losses
from neurocyte.io.atomic import write_text


class CocoWriter:
    """Writes one json file: run lengths, which hold a cell exactly, or polygons, which lose its holes.

    Args:
        out: The folder of annotations.json and images/.
        polygons: Whether to write polygons.
    """

    picture_folder = "images"

    def __init__(self, out: Path, polygons: bool = False) -> None:
        self.files: list[Path] = []
        self._path = out / "annotations.json"
        self._polygons = polygons
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._categories: dict[str, int] = {}

    def add(self, image: Annotated) -> Losses:
        """Take the cells; the file is written by `finish`."""
        height, width = image.cells.shape
        number = len(self._images) + 1
        name = image.picture or f"{image.stem}.png"
        self._images.append({"id": number, "file_name": name, "width": width, "height": height})
        losses = common_losses(image, types=True, scores=True)
        pixels = [cell.pixels for cell in image.seen]
        segmentations: Sequence[Any]
        if self._polygons:
            segmentations, pixels, lost = _as_polygons(pixels, image.cells.shape)
            losses += lost
        else:
            segmentations = [_as_runs(one, image.cells.shape) for one in pixels]
        for cell, segmentation, one in zip(image.seen, segmentations, pixels, strict=True):
            self._annotations.append(self._annotation(number, cell, segmentation, one, width))
        return losses

    def finish(self) -> None:
        """Write the file."""
        categories = [{"id": number, "name": name} for name, number in self._categories.items()]
        content = {
            "images": self._images,
            "categories": categories or [{"id": 1, "name": UNTYPED}],
            "annotations": self._annotations,
        }
        write_text(self._path, json.dumps(content, ensure_ascii=False) + "\n")
        self.files.append(self._path)

    def _annotation(
        self, image: int, cell: Cell, segmentation: Any, pixels: Pixels, width: int
    ) -> dict[str, Any]:
        name = cell.cell_type or UNTYPED
        y, x = pixels // width, pixels % width
        left, top = int(x.min()), int(y.min())
        annotation = {
            "id": len(self._annotations) + 1,
            "image_id": image,
            "category_id": self._categories.setdefault(name, len(self._categories) + 1),
            "iscrowd": 0,
            "area": int(pixels.size),
            "bbox": [left, top, int(x.max()) - left + 1, int(y.max()) - top + 1],
            "segmentation": segmentation,
        }
        return annotation if cell.score is None else {**annotation, "score": cell.score}


def _as_runs(pixels: Pixels, shape: tuple[int, int]) -> dict[str, Any]:
    # Runs go down the columns, background first.
    height, width = shape
    column_major = np.sort(pixels % width * height + pixels // width)
    breaks = np.flatnonzero(np.diff(column_major) != 1)
    starts = column_major[np.concatenate(([0], breaks + 1))]
    ends = column_major[np.concatenate((breaks, [column_major.size - 1]))] + 1
    edges = np.concatenate(([0], np.stack((starts, ends), axis=1).ravel(), [height * width]))
    runs = {"size": [height, width], "counts": np.diff(edges).tolist()}
    packed = coco_mask.frPyObjects(runs, height, width)["counts"].decode("ascii")
    return {"size": [height, width], "counts": packed}


def _as_polygons(
    pixels: list[Pixels], shape: tuple[int, int]
) -> tuple[list[list[list[int]]], list[Pixels], Losses]:
    """Return the outer rings, the pixels inside them, and the holes that are not."""
    traced = trace(pixels, shape)
    outer = [[rings[:1] for rings in polygons] for polygons in traced]
    filled = fill(outer, shape)
    segmentations = [[rings[0].ravel().tolist() for rings in polygons] for polygons in outer]
    lost = Losses(
        filled_holes=sum(len(rings) - 1 for polygons in traced for rings in polygons),
        filled_pixels=sum(after.size - before.size for before, after in zip(pixels, filled, strict=True)),
    )
    return segmentations, filled, lost
