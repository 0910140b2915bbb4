"""labels/STEM.tif beside images/."""

from pathlib import Path
from typing import Any

import numpy.typing as npt

from neurocyte.io.annotations.paint import paint
from neurocyte.io.annotations.writing.base import Annotated, Losses, common_losses
from neurocyte.io.labels import write_labels


class LabelsWriter:
    """Writes label images, cells numbered from 1 in their order.

    Args:
        out: The folder of images/ and labels/.
    """

    picture_folder = "images"
    suffix = ".tif"

    def __init__(self, out: Path) -> None:
        self.files: list[Path] = []
        self._folder = out / "labels"

    def add(self, image: Annotated) -> Losses:
        """Write the label image; where cells overlap, the last wins."""
        annotation = paint(image.cells.shape, (cell.pixels for cell in image.seen))
        path = self._folder / f"{image.stem}{self.suffix}"
        self._write(path, annotation.labels, image)
        self.files.append(path)
        lost = Losses(overlap_pixels=annotation.lost_pixels, vanished_cells=annotation.dropped)
        return common_losses(image, types=False, scores=False) + lost

    def _write(self, path: Path, labels: npt.NDArray[Any], image: Annotated) -> None:
        write_labels(path, labels, image.pixel_size_um)

    def finish(self) -> None:
        """Do nothing: each image has a file of its own."""
