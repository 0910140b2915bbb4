"""geojson/STEM.geojson for QuPath beside images/."""

import json
from pathlib import Path
from typing import Any

from neurocyte.io.annotations.cells import Cell
from neurocyte.io.annotations.geojson import CONFIDENCE
from neurocyte.io.annotations.outlines import Polygon, Ring, trace
from neurocyte.io.annotations.writing.base import Annotated, Losses, common_losses
from neurocyte.io.atomic import write_text


class GeojsonWriter:
    """Writes a FeatureCollection an image, in pixels from the top left corner.

    Args:
        out: The folder of images/ and geojson/.
        predicted: Whether the cells are a model's detections, not annotations that a person may edit.
    """

    picture_folder = "images"

    def __init__(self, out: Path, predicted: bool = False) -> None:
        self.files: list[Path] = []
        self._folder = out / "geojson"
        self._object_type = "detection" if predicted else "annotation"

    def add(self, image: Annotated) -> Losses:
        """Write the file; a cell's type is its classification, its confidence a measurement."""
        traced = trace([cell.pixels for cell in image.seen], image.cells.shape)
        features = [
            self._feature(number, cell, polygons)
            for number, (cell, polygons) in enumerate(zip(image.seen, traced, strict=True), start=1)
        ]
        path = self._folder / f"{image.stem}.geojson"
        collection = {"type": "FeatureCollection", "features": features}
        write_text(path, json.dumps(collection, ensure_ascii=False) + "\n")
        self.files.append(path)
        return common_losses(image, types=True, scores=True)

    def finish(self) -> None:
        """Do nothing: each image has a file of its own."""

    def _feature(self, number: int, cell: Cell, polygons: list[Polygon]) -> dict[str, Any]:
        properties: dict[str, Any] = {"objectType": self._object_type, "name": str(number)}
        if cell.cell_type is not None:
            properties["classification"] = {"name": cell.cell_type}
        if cell.score is not None:
            properties["measurements"] = {CONFIDENCE: cell.score}
        return {"type": "Feature", "geometry": _geometry(polygons), "properties": properties}


def _geometry(polygons: list[Polygon]) -> dict[str, Any]:
    coordinates = [[_closed(ring) for ring in rings] for rings in polygons]
    if len(coordinates) == 1:
        return {"type": "Polygon", "coordinates": coordinates[0]}
    return {"type": "MultiPolygon", "coordinates": coordinates}


def _closed(ring: Ring) -> list[list[int]]:
    points: list[list[int]] = ring.tolist()
    return [*points, points[0]]
