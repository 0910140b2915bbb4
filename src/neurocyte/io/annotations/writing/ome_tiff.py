"""labels/STEM.ome.tif beside images/."""

import hashlib
import uuid
from pathlib import Path
from typing import Any

import numpy.typing as npt
import tifffile

from neurocyte.io.annotations.writing.base import Annotated
from neurocyte.io.annotations.writing.labels import LabelsWriter
from neurocyte.io.atomic import atomic_path


class OmeTiffWriter(LabelsWriter):
    """Writes them with OME-XML."""

    suffix = ".ome.tif"

    def _write(self, path: Path, labels: npt.NDArray[Any], image: Annotated) -> None:
        content = hashlib.sha256(labels.tobytes()).digest()
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
        with atomic_path(path) as temporary:
            tifffile.imwrite(
                temporary,
                labels,
                ome=True,
                photometric="minisblack",
                compression="zlib",
                metadata=metadata,
            )
