"""masks/STEM.png beside images/: the union of the cells."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from skimage.measure import label as components_of

from neurocyte.io.annotations.folders import MasksAre
from neurocyte.io.annotations.writing.base import Annotated, Losses, common_losses
from neurocyte.io.labels import write_mask


class MasksWriter:
    """Writes masks, 0 and 255.

    Args:
        out: The folder of images/ and masks/.
        masks_are: How the masks will be read again: each component a cell, or all of it one.
    """

    picture_folder = "images"

    def __init__(self, out: Path, masks_are: MasksAre) -> None:
        self.files: list[Path] = []
        self._folder = out / "masks"
        self._masks_are = masks_are

    def add(self, image: Annotated) -> Losses:
        """Write the mask and compare the cells with what reading it would give."""
        mask = np.zeros(image.cells.shape, dtype=np.uint8)
        for cell in image.seen:
            mask.flat[cell.pixels] = 1
        path = self._folder / f"{image.stem}.png"
        write_mask(path, mask)
        self.files.append(path)
        parts = mask if self._masks_are == "one" else components_of(mask, connectivity=2)
        return common_losses(image, types=False, scores=False) + _compared(image, parts.ravel())

    def finish(self) -> None:
        """Do nothing: each image has a file of its own."""


def _compared(image: Annotated, parts: npt.NDArray[np.integer]) -> Losses:
    parts_of = [np.unique(parts[cell.pixels]) for cell in image.seen]
    if not parts_of:
        return Losses()
    cells_of = np.bincount(np.concatenate(parts_of))
    return Losses(
        merged_cells=sum(bool((cells_of[several] > 1).any()) for several in parts_of),
        split_cells=sum(several.size > 1 for several in parts_of),
    )
