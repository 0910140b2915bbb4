"""Area selections of ImageJ: rois/STEM.zip (or one selection, STEM.roi) beside images/."""

import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError, MissingExtraError
from neurocyte.io._text import plural
from neurocyte.io.annotations.cells import Cell, Cells
from neurocyte.io.annotations.folders import fill_outlines, open_outlines
from neurocyte.io.annotations.outlines import count_rounded
from neurocyte.io.annotations.sample import Dataset
from neurocyte.io.images import check_file, image_shape

SUFFIXES = (".zip", ".roi")
TYPE_KEY, CONFIDENCE_KEY = "cell_type", "confidence"
"""Names of the selection's properties."""

_MAX_BYTES = 256 * 1024**2
_Rings = list[npt.NDArray[np.float64]]


@dataclass(frozen=True)
class _Found:
    """One selection of the file."""

    rings: _Rings
    cell_type: str | None
    score: float | None


def roifile() -> ModuleType:
    """Import the library for ImageJ's format.

    Returns:
        The module.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import roifile
    except ModuleNotFoundError as exc:
        raise MissingExtraError('ImageJ ROIs need roifile: pip install "neurocyte[formats]".') from exc
    # What it logs of damaged files is said in one sentence anyway.
    logging.getLogger("roifile").setLevel(logging.CRITICAL)
    module: ModuleType = roifile
    return module


def open_rois(root: Path) -> Dataset:
    """Open images/ and rois/, files of the ROI manager.

    A pixel belongs to a cell if its centre is inside. Lines, points and text are left out. Ovals are read as
    polygons with a corner every half pixel. Where cells overlap, the last wins.

    Args:
        root: The folder of both.

    Returns:
        One sample for each image that has a file in rois/.

    Raises:
        MissingExtraError: roifile is not installed.
        UsageError: A folder is missing, or two files share a stem.
    """
    roifile()
    return open_outlines(root, "rois", SUFFIXES, read_rois, _types)


def read_rois(path: Path, picture: Path) -> Cells:
    """Read the cells of one image.

    Args:
        path: A zip file of selections, or one selection.
        picture: The image, which tells the size.

    Returns:
        The cells, in the order of the file.

    Raises:
        InputError: The file cannot be read or is damaged, or the picture cannot be read.
        MissingExtraError: roifile is not installed.
    """
    shape = image_shape(picture)
    found = _read(path)
    areas = [one for one in found if one.rings]
    outlines = [[one.rings] for one in areas]
    filled = fill_outlines(path, outlines, shape)
    cells = (Cell(pixels, one.cell_type, one.score) for one, pixels in zip(areas, filled, strict=True))
    left_out = len(found) - len(areas)
    notes = (f"{plural(left_out, 'selection')} without an area (lines, points, text) left out.",)
    return Cells(shape, tuple(cells), count_rounded(outlines), notes if left_out else ())


def _types(path: Path) -> set[str | None]:
    return {one.cell_type for one in _read(path) if one.rings}


def _read(path: Path) -> list[_Found]:
    decode = roifile().ImagejRoi.frombytes
    check_file(path)
    try:
        selections = [decode(content) for content in _contents(path)]
        return [_Found(_rings(roi), *_described(roi)) for roi in selections]
    except Exception as exc:
        # Decoders fed with arbitrary bytes raise almost anything.
        reason = " ".join(str(exc).split())[:120] or type(exc).__name__
        raise InputError(f"{path} cannot be read as ImageJ ROIs ({reason}): save them again.") from exc


def _contents(path: Path) -> list[bytes]:
    if path.suffix.lower() == ".roi":
        return [path.read_bytes()]
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".roi")]
        if sum(entry.file_size for entry in entries) > _MAX_BYTES:
            raise ValueError("it unpacks to more than 256 MiB")
        return [archive.read(entry) for entry in entries]


def _rings(roi: Any) -> _Rings:
    """Return the rings of a selection, none for one without an area."""
    kinds = roifile().ROI_TYPE
    # Text and pictures are stored as rectangles of another subtype.
    if roi.subtype.name in ("TEXT", "IMAGE", "ARROW"):
        return []
    if roi.composite:
        rings = roi.coordinates(multi=True)
    elif roi.roitype in (kinds.POLYGON, kinds.FREEHAND, kinds.TRACED):
        rings = [roi.coordinates()]
    elif roi.roitype in (kinds.RECT, kinds.OVAL):
        rings = [_box(roi, roi.roitype == kinds.OVAL)]
    elif roi.roitype in (kinds.LINE, kinds.FREELINE, kinds.POLYLINE, kinds.ANGLE, kinds.POINT, kinds.NOROI):
        return []
    else:
        raise ValueError("a selection is of an unknown kind")
    kept = [np.asarray(ring, dtype=np.float64) for ring in rings if len(ring) >= 3]
    if not all(np.isfinite(ring).all() for ring in kept):
        raise ValueError("a coordinate is not a number")
    return kept


def _box(roi: Any, oval: bool) -> npt.NDArray[np.float64]:
    if roi.subpixelrect:
        left, top, width, height = roi.xd, roi.yd, roi.widthd, roi.heightd
    else:
        left, top = roi.left, roi.top
        width, height = roi.right - roi.left, roi.bottom - roi.top
    if not oval:
        right, bottom = left + width, top + height
        return np.array(((left, top), (right, top), (right, bottom), (left, bottom)), dtype=np.float64)
    corners = min(max(int(8 * (width + height)), 16), 100_000)
    angle = np.arange(corners) * (2 * np.pi / corners)
    x, y = left + width / 2 * (1 + np.cos(angle)), top + height / 2 * (1 + np.sin(angle))
    return np.stack((x, y), axis=1)


def _described(roi: Any) -> tuple[str | None, float | None]:
    lines = (line.partition(":") for line in roi.props.splitlines())
    properties = {key.strip(): value.strip() for key, _, value in lines}
    cell_type = properties.get(TYPE_KEY) or None
    try:
        score = float(properties[CONFIDENCE_KEY])
    except (KeyError, ValueError):
        return cell_type, None
    return cell_type, score if np.isfinite(score) else None
