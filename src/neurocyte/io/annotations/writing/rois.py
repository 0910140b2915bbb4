"""rois/STEM.zip for ImageJ's ROI manager beside images/."""

import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io.annotations.cells import Cell
from neurocyte.io.annotations.outlines import Polygon, Ring, trace
from neurocyte.io.annotations.rois import CONFIDENCE_KEY, TYPE_KEY, roifile
from neurocyte.io.annotations.writing.base import Annotated, Losses, common_losses
from neurocyte.io.atomic import atomic_path

# The format counts in 16 bits; ImageJ takes numbers above it for negative ones.
_LARGEST = 60_535
_MOVE, _LINE, _CLOSE = 0.0, 1.0, 4.0
# A date that zip files can hold, so that the same cells give the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class RoisWriter:
    """Writes a zip file an image: traced outlines, composite ones for cells with holes or several parts.

    Args:
        out: The folder of images/ and rois/.

    Raises:
        MissingExtraError: roifile is not installed.
    """

    picture_folder = "images"

    def __init__(self, out: Path) -> None:
        roifile()
        self.files: list[Path] = []
        self._folder = out / "rois"

    def add(self, image: Annotated) -> Losses:
        """Write the zip file; type and confidence of a cell become properties of its selection."""
        if max(image.cells.shape) > _LARGEST:
            raise InputError(
                f"{image.stem} has a side above {_LARGEST:,} pixels, which ImageJ ROIs cannot hold: choose "
                "another format."
            )
        traced = trace([cell.pixels for cell in image.seen], image.cells.shape)
        digits = max(4, len(str(len(traced))))
        path = self._folder / f"{image.stem}.zip"
        with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            for number, (cell, polygons) in enumerate(zip(image.seen, traced, strict=True), start=1):
                name = f"{number:0{digits}}"
                entry = zipfile.ZipInfo(f"{name}.roi", _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, _selection(name, cell, polygons))
        self.files.append(path)
        return common_losses(image, types=True, scores=True)

    def finish(self) -> None:
        """Do nothing: each image has a file of its own."""


def _selection(name: str, cell: Cell, polygons: list[Polygon]) -> bytes:
    library = roifile()
    rings = [ring for polygon in polygons for ring in polygon]
    corners = np.concatenate(rings)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    roi = library.ImagejRoi(
        name=name, left=left, top=top, right=right, bottom=bottom, props=_properties(cell)
    )
    roi.options = library.ROI_OPTIONS.OVERLAY_BACKGROUNDS | library.ROI_OPTIONS.OVERLAY_LABELS
    if len(rings) == 1:
        roi.roitype = library.ROI_TYPE.TRACED
        roi.integer_coordinates = (corners - (left, top)).astype(np.int32)
        roi.n_coordinates = len(corners)
    else:
        roi.roitype = library.ROI_TYPE.RECT
        roi.multi_coordinates = np.concatenate([_path(ring) for ring in rings])
        roi.shape_roi_size = roi.multi_coordinates.size
    content: bytes = roi.tobytes()
    return content


def _path(ring: Ring) -> npt.NDArray[np.float32]:
    steps = np.full((len(ring), 3), _LINE, dtype=np.float32)
    steps[0, 0] = _MOVE
    steps[:, 1:] = ring
    return np.concatenate((steps.ravel(), np.array([_CLOSE], dtype=np.float32)))


def _properties(cell: Cell) -> str:
    # Sorted, one a line, as ImageJ keeps them.
    lines = [] if cell.score is None else [f"{CONFIDENCE_KEY}: {cell.score:.7g}"]
    if cell.cell_type is not None:
        lines.append(f"{TYPE_KEY}: {' '.join(cell.cell_type.split())}")
    return "".join(f"{line}\n" for line in sorted(lines))
