"""GeoJSON as QuPath exports it: geojson/STEM.geojson beside images/, a polygon or multipolygon a cell."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io._text import plural
from neurocyte.io.annotations.cells import Cell, Cells, finite
from neurocyte.io.annotations.folders import fill_outlines, open_outlines
from neurocyte.io.annotations.outlines import count_rounded
from neurocyte.io.annotations.sample import Dataset
from neurocyte.io.images import check_file, image_shape

SUFFIXES = (".geojson", ".json")
CONFIDENCE = "confidence"
"""Name of the measurement that holds a cell's confidence."""

_DETECTED = ("detection", "cell", "PathDetectionObject", "PathCellObject")
_NEVER = ("root", "tile", "tmaCore", "tma_core", "PathRootObject", "PathTileObject", "TMACoreObject")
_Polygons = list[list[npt.NDArray[np.float64]]]


@dataclass(frozen=True)
class _Found:
    """One object of the file."""

    polygons: _Polygons
    cell_type: str | None
    score: float | None


def open_geojson(root: Path) -> Dataset:
    """Open images/ and geojson/, files as QuPath exports them.

    Coordinates are pixels from the top left corner of the image. A pixel belongs to a cell if its centre is
    inside. Where a file holds detections or cells, its annotations are taken for regions around them and left
    out, as are tiles, cores, points and lines. Where cells overlap, the last wins.

    Args:
        root: The folder of both.

    Returns:
        One sample for each image that has a file in geojson/.

    Raises:
        UsageError: A folder is missing, or two files share a stem.
    """
    return open_outlines(root, "geojson", SUFFIXES, read_geojson, _types)


def read_geojson(path: Path, picture: Path) -> Cells:
    """Read the cells of one image.

    Args:
        path: The GeoJSON file: a FeatureCollection, a list of features, or one feature.
        picture: The image, which tells the size.

    Returns:
        The cells, in the order of the file.

    Raises:
        InputError: The file cannot be read or is not GeoJSON, or the picture cannot be read.
    """
    shape = image_shape(picture)
    found, notes = _read(path)
    outlines = [one.polygons for one in found]
    filled = fill_outlines(path, outlines, shape)
    cells = (Cell(pixels, one.cell_type, one.score) for one, pixels in zip(found, filled, strict=True))
    return Cells(shape, tuple(cells), count_rounded(outlines), notes)


def _types(path: Path) -> set[str | None]:
    return {one.cell_type for one in _read(path)[0]}


def _read(path: Path) -> tuple[list[_Found], tuple[str, ...]]:
    """Return the cells, and sentences on what was left out."""
    check_file(path)
    try:
        features = list(_features(json.loads(path.read_bytes())))
        # In QuPath an annotation around detections is the region they were looked for in.
        detected = any(_object_type(feature) in _DETECTED for feature in features)
        kept = [one for one in features if _object_type(one) in _DETECTED or not (detected or _is_other(one))]
        found = [_Found(_polygons(one["geometry"]), *_described(one.get("properties") or {})) for one in kept]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as exc:
        reason = f"{type(exc).__name__}: {exc}"[:120]
        raise InputError(f"{path} cannot be read as GeoJSON ({reason}): export the objects again.") from exc
    areas = [one for one in found if one.polygons]
    return areas, _notes(len(features) - len(kept), len(found) - len(areas))


def _features(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, list):
        items = content
    elif content["type"] == "FeatureCollection":
        items = content["features"]
    elif content["type"] == "Feature":
        items = [content]
    else:
        raise ValueError(f"{content['type']} is no collection of features")
    for item in items:
        yield item
        # A hierarchy, as QuPath's scripts can write it.
        yield from _features((item.get("properties") or {}).get("childObjects") or [])


def _object_type(feature: dict[str, Any]) -> str:
    properties = feature.get("properties") or {}
    # QuPath 0.2 kept it in the id; 0.3 wrote object_type.
    return str(properties.get("objectType") or properties.get("object_type") or feature.get("id") or "")


def _is_other(feature: dict[str, Any]) -> bool:
    return _object_type(feature) in _NEVER


def _polygons(geometry: dict[str, Any] | None) -> _Polygons:
    """Return the rings of each polygon, none for a geometry without an area."""
    if geometry is None:
        return []
    kind = geometry["type"]
    if kind == "GeometryCollection":
        return [rings for part in geometry["geometries"] for rings in _polygons(part)]
    if kind not in ("Polygon", "MultiPolygon"):
        return []
    several = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
    return [[_ring(points) for points in rings] for rings in several]


def _ring(points: Any) -> npt.NDArray[np.float64]:
    ring = np.array(points, dtype=np.float64)
    if ring.ndim != 2 or ring.shape[1] < 2 or len(ring) < 3 or not np.isfinite(ring).all():
        raise ValueError("a ring is not a list of at least 3 points")
    # A third coordinate, a height, is allowed and means nothing here.
    return ring[:, :2]


def _described(properties: dict[str, Any]) -> tuple[str | None, float | None]:
    """Return the cell's type and confidence, where they are said."""
    classification = properties.get("classification") or {}
    name = classification.get("name") or ": ".join(classification.get("names") or ()) or None
    measurements = properties.get("measurements") or {}
    if isinstance(measurements, list):
        # Before QuPath 0.4.
        measurements = {one["name"]: one["value"] for one in measurements}
    return None if name is None else str(name), finite(measurements.get(CONFIDENCE))


def _notes(others: int, arealess: int) -> tuple[str, ...]:
    notes = []
    if others:
        notes.append(f"{plural(others, 'region')} (annotations around detections, tiles, cores) left out.")
    if arealess:
        notes.append(f"{plural(arealess, 'object')} without an area (points, lines) left out.")
    return tuple(notes)
