import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage
from pycocotools import mask as coco_mask

from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.coco_shapes import decode_segmentation

SQUARE = [[1, 1, 3, 1, 3, 3, 1, 3]]


def cell(number: int, segmentation: Any, image: int = 1, category: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": number, "image_id": image, "category_id": category, "segmentation": segmentation, **more}


def write(
    root: Path, cells: list[dict[str, Any]], files: tuple[str, ...] = ("a.png",), folder: str = ""
) -> Path:
    (root / folder).mkdir(exist_ok=True)
    for name in files:
        PillowImage.new("L", (5, 4)).save(root / folder / name)
    images = [{"id": i, "file_name": name, "width": 5, "height": 4} for i, name in enumerate(files, start=1)]
    categories = [{"id": 1, "name": "cort"}, {"id": 2, "name": "astro"}]
    path = root / "cells.json"
    path.write_text(json.dumps({"images": images, "annotations": cells, "categories": categories}))
    return path


def test_polygon_plain_and_compressed_runs_agree(tmp_path: Path) -> None:
    # Columns of a 4 x 5 image, from the top: five pixels off, two on, two off, two on, nine off.
    plain = {"size": [4, 5], "counts": [5, 2, 2, 2, 9]}
    mask = np.zeros((4, 5), dtype=np.uint8, order="F")
    mask[1:3, 1:3] = 1
    packed = {"size": [4, 5], "counts": coco_mask.encode(mask)["counts"].decode()}
    expected = [6, 7, 11, 12]
    for segmentation in (SQUARE, plain, packed):
        assert decode_segmentation(segmentation, (4, 5)).tolist() == expected
    dataset = open_dataset(write(tmp_path, [cell(1, SQUARE), cell(2, {**plain, "counts": [0, 6, 14]})]))
    annotation = dataset.samples[0].read_labels()
    # The second cell, drawn last, is the first column and two pixels of the next: it takes one of the square.
    assert annotation.labels.tolist() == [[2, 2, 0, 0, 0], [2, 2, 1, 0, 0], [2, 1, 1, 0, 0], [2, 0, 0, 0, 0]]
    assert (annotation.instances, annotation.lost_pixels) == (2, 1)


def test_compressed_runs_agree_with_pycocotools() -> None:
    rng = np.random.default_rng(0)
    for shape in ((1, 1), (3, 500), (300, 200)):
        for share in (0.0, 0.002, 0.5, 1.0):
            mask = np.asfortranarray(rng.random(shape) < share, dtype=np.uint8)
            packed = {"size": list(shape), "counts": coco_mask.encode(mask)["counts"].decode()}
            assert decode_segmentation(packed, shape).tolist() == np.flatnonzero(mask).tolist()


def test_several_polygons_are_one_cell() -> None:
    right = [3, 0, 5, 0, 5, 1, 3, 1]
    assert decode_segmentation([*SQUARE, right], (4, 5)).tolist() == [3, 4, 6, 7, 11, 12]


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        ([[1, 1, 2, 2]], "fewer than 3 points"),
        ([[1, 1, 2, 2, 3, 3, 4]], "half a point"),
        ([[1, 1, 2, 2, 3, "x"]], "not a list of numbers"),
        ([[1, 1, 2, 2, 3, None]], "far outside"),
        ([1, 1, 2, 2, 3, 3], "fewer than 3 points"),
        ([[1, 1, 2, 2, 1e12, 3]], "far outside"),
        ([[1, 1, 2, 2, float("nan"), 3]], "far outside"),
        ({"size": [5, 4], "counts": [20]}, "that of the image"),
        ({"size": [4, 5], "counts": [5, 2]}, "do not add up"),
        ({"size": [4, 5], "counts": [30, -10]}, "not whole numbers"),
        ({"size": [4, 5], "counts": [20.0]}, "not whole numbers"),
        ({"size": [4, 5]}, "not whole numbers"),
        ({"size": [4, 5], "counts": "é"}, "malformed"),
        ({"size": [4, 5], "counts": "oooooooooooooooooooo"}, "malformed"),
        ({"size": [4, 5], "counts": "o"}, "cut off"),
        ({"size": [4, 5], "counts": "5"}, "do not add up"),
        ("text", "neither polygons nor run lengths"),
    ],
)
def test_damaged_segmentation_names_its_annotation(tmp_path: Path, segmentation: Any, reason: str) -> None:
    dataset = open_dataset(write(tmp_path, [cell(1, SQUARE), cell(77, segmentation)]))
    with pytest.raises(InputError, match=rf"Annotation 77 of .*cells\.json is damaged, .*{reason}"):
        dataset.samples[0].read_labels()


def test_what_is_skipped_is_counted(tmp_path: Path) -> None:
    cells = [
        cell(1, SQUARE),
        cell(2, {"size": [4, 5], "counts": [20]}, iscrowd=1),
        cell(3, []),
        cell(4, SQUARE, image=9),
        cell(5, SQUARE, image=9),
    ]
    path = write(tmp_path, cells, ("a.png", "gone.png"))
    (tmp_path / "gone.png").unlink()
    dataset = open_dataset(path)
    assert dataset.samples[0].read_labels().instances == 1
    assert dataset.notes == (
        "1 crowd annotation skipped.",
        "1 annotation without a segmentation skipped.",
        "2 annotations of images that are not listed skipped.",
        "1 image without a picture beside cells.json or in images/ left out.",
    )


def test_cell_type_only_where_all_cells_share_one(tmp_path: Path) -> None:
    cells = [
        cell(1, SQUARE),
        cell(2, SQUARE, image=2, category=2),
        cell(3, SQUARE, image=2),
        cell(4, SQUARE, 3, 8),
    ]
    dataset = open_dataset(write(tmp_path, cells, ("a.png", "b.png", "c.png", "d.png")))
    assert [(s.stem, s.cell_type) for s in dataset.samples] == [
        ("a", "cort"),
        ("b", None),
        ("c", None),
        ("d", None),
    ]
    assert dataset.samples[3].read_labels().instances == 0


def test_folder_with_images_and_shared_stems(tmp_path: Path) -> None:
    write(tmp_path, [cell(1, SQUARE)], ("a.png", "a.bmp"), folder="images")
    dataset = open_dataset(tmp_path)
    assert (dataset.format, dataset.root) == ("coco", tmp_path)
    assert [s.stem for s in dataset.samples] == ["a_bmp", "a_png"]
    assert dataset.sources == (tmp_path / "cells.json",)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{", "cannot be read as json"),
        ("[]", "needs the lists"),
        ('{"images": [], "categories": []}', "needs the lists"),
        ('{"images": [{"id": 1}], "annotations": []}', "not COCO json"),
        ('{"images": [], "annotations": [3]}', "not COCO json"),
        ('{"images": [{"id":1,"file_name":"a","width":"x","height":2}], "annotations": []}', "not COCO json"),
    ],
)
def test_damaged_json(tmp_path: Path, content: str, text: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match=text):
        open_dataset(tmp_path / "a.json")


def test_no_json_or_two(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither a json file nor a folder"):
        open_dataset(tmp_path, format="coco")
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(UsageError, match="neither a json file nor a folder"):
        open_dataset(tmp_path, format="coco")
