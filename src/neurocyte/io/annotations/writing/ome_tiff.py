"""labels/STEM.ome.tif beside images/."""

import hashlib
import uuid
from pathlib import Path
from typing import Any

import tifffile

from neurocyte.io.annotations.paint import paint
from neurocyte.io.annotations.writing.base import Annotated, Losses, common_losses
from neurocyte.io.atomic import atomic_path


class OmeTiffWriter:
    """Writes label images with OME-XML, cells numbered from 1 in their order.

    Args:
        out: The folder of images/ and labels/.
    """

    picture_folder = "images"

    def __init__(self, out: Path) -> None:
        self.files: list[Path] = []
        self._folder = out / "labels"

    def add(self, image: Annotated) -> Losses:
        """Write the label image; where cells overlap, the last wins."""
        annotation = paint(image.cells.shape, (cell.pixels for cell in image.seen))
        content = hashlib.sha256(annotation.labels.tobytes()).digest()
        # Of the content, so that the same cells give the same bytes.
        metadata: dict[str, Any] = {
            "axes": "YX",
            "Name": image.stem,
            "UUID": str(uuid.UUID(bytes=content[:16])),
        }
        if image.pixel_size_um is not None:
            for axis in "XY":
                metadata[f"PhysicalSize{axis}"] = image.pixel_size_um
                metadata[f"PhysicalSize{axis}Unit"] = "µm"
        path = self._folder / f"{image.stem}.ome.tif"
        with atomic_path(path) as temporary:
            tifffile.imwrite(
                temporary,
                annotation.labels,
                ome=True,
                photometric="minisblack",
                compression="zlib",
                metadata=metadata,
            )
        self.files.append(path)
        lost = Losses(overlap_pixels=annotation.lost_pixels, vanished_cells=annotation.dropped)
        return common_losses(image, types=False, scores=False) + lost

    def finish(self) -> None:
        """Do nothing: each image has a file of its own."""
