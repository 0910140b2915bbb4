import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PillowImage

from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations import open_dataset

SQUARE = [[[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]]


def feature(coordinates: Any, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"objectType": "annotation", **properties},
    }


def write(root: Path, content: Any, name: str = "a.geojson") -> Path:
    (root / "images").mkdir(exist_ok=True)
    (root / "geojson").mkdir(exist_ok=True)
    PillowImage.new("L", (5, 4)).save(root / "images" / "a.png")
    (root / "geojson" / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return root


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def test_polygons_with_holes_and_several_parts(tmp_path: Path) -> None:
    ring = [[[0, 0], [3, 0], [3, 3], [0, 3], [0, 0]], [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]]
    # Points may have a height.
    parts = [[[[4, 0, 7], [5, 0, 7], [5, 1, 7], [4, 1, 7]]], [[[4, 2], [5, 2], [5, 4], [4, 4]]]]
    root = write(tmp_path, collection(feature(ring), feature(parts, "MultiPolygon")))
    dataset = open_dataset(root)
    assert (dataset.format, dataset.samples[0].cell_type) == ("geojson", None)
    assert dataset.samples[0].read_labels().labels.tolist() == [
        [1, 1, 1, 0, 2],
        [1, 0, 1, 0, 0],
        [1, 1, 1, 0, 2],
        [0, 0, 0, 0, 2],
    ]
    assert dataset.samples[0].read_cells().rounded == 0


@pytest.mark.parametrize("form", ["collection", "list", "feature", "hierarchy"])
def test_all_forms_that_qupath_exports(tmp_path: Path, form: str) -> None:
    one = feature(SQUARE)
    parent = {
        "type": "Feature",
        "geometry": None,
        "properties": {"objectType": "root", "childObjects": [one]},
    }
    content = {"collection": collection(one), "list": [one], "feature": one, "hierarchy": [parent]}[form]
    labels = open_dataset(write(tmp_path, content, "a.json")).samples[0].read_labels()
    assert (labels.labels.sum(), labels.instances) == (4, 1)


def test_types_and_confidences_of_each_cell(tmp_path: Path) -> None:
    cells = (
        feature(SQUARE, classification={"name": "cort"}, measurements={"confidence": 0.5, "Area": 4}),
        feature(
            SQUARE, classification={"names": ["a", "b"]}, measurements=[{"name": "confidence", "value": 1}]
        ),
        feature(SQUARE),
    )
    sample = open_dataset(write(tmp_path, collection(*cells))).samples[0]
    read = sample.read_cells().cells
    assert [(cell.cell_type, cell.score) for cell in read] == [("cort", 0.5), ("a: b", 1.0), (None, None)]
    assert sample.cell_type is None
    # Three cells on the same pixels: the last is left.
    labels = sample.read_labels()
    assert (labels.instances, labels.dropped, labels.lost_pixels) == (3, 2, 4)
    write(tmp_path, collection(*cells[:1]))
    assert open_dataset(tmp_path).samples[0].cell_type == "cort"


def test_regions_around_detections_and_points_are_no_cells(tmp_path: Path) -> None:
    region = feature([[[0, 0], [5, 0], [5, 4], [0, 4], [0, 0]]])
    point = feature([2, 2], "Point", objectType="detection")
    found = feature(SQUARE, objectType="detection")
    sample = open_dataset(write(tmp_path, collection(region, found, point))).samples[0]
    cells = sample.read_cells()
    assert [cell.pixels.tolist() for cell in cells.cells] == [[6, 7, 11, 12]]
    assert cells.notes == (
        "1 region (annotations around detections, tiles, cores) left out.",
        "1 object without an area (points, lines) left out.",
    )
    write(tmp_path, collection(region))
    assert sample.read_labels().labels.sum() == 20


def test_outlines_between_pixels_are_counted(tmp_path: Path) -> None:
    moved = [[[1.2, 1.2], [3.2, 1.2], [3.2, 3.2], [1.2, 3.2], [1.2, 1.2]]]
    cells = open_dataset(write(tmp_path, collection(feature(moved), feature(SQUARE)))).samples[0].read_cells()
    assert cells.rounded == 1
    assert cells.cells[0].pixels.tolist() == cells.cells[1].pixels.tolist()


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "3",
        '{"type": "Topology"}',
        '{"features": []}',
        json.dumps(collection(feature([[[0, 0], [1, 1]]]))),
        json.dumps(collection(feature([[[0, 0], [1, 1], ["x", 0]]]))),
        json.dumps(collection(feature([[[0, 0], [1, 1], [float("inf"), 0]]]))),
        json.dumps(collection(feature(None))),
        json.dumps(collection({"type": "Feature", "properties": {}})),
        json.dumps(["x"]),
    ],
)
def test_damaged_files_fail_when_they_are_read(tmp_path: Path, content: str) -> None:
    sample = open_dataset(write(tmp_path, content)).samples[0]
    with pytest.raises(
        InputError, match=r"a\.geojson cannot be read as GeoJSON \(.*\): export the objects again"
    ):
        sample.read_labels()


def test_an_empty_collection_has_no_cells(tmp_path: Path) -> None:
    assert open_dataset(write(tmp_path, collection())).samples[0].read_labels().instances == 0


def test_two_files_of_one_name(tmp_path: Path) -> None:
    write(write(tmp_path, collection()), collection(), "a.json")
    with pytest.raises(
        UsageError, match=r"geojson holds two files called a \(a\.geojson, a\.json\): keep one"
    ):
        open_dataset(tmp_path)
