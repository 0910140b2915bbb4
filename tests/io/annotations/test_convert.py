import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image as PillowImage
from pycocotools.coco import COCO

from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.cells import Cell, Cells
from neurocyte.io.annotations.convert import convert
from neurocyte.io.annotations.rle import decode_rle
from neurocyte.io.annotations.source import open_source
from neurocyte.io.annotations.writing import Annotated, Losses, WriterOptions, open_writer
from neurocyte.io.labels import read_labels, write_labels

EXACT = ("labels", "coco", "kaggle", "rois", "geojson", "ome-tiff", "ome-zarr")

# A hole, a cell of two parts, touching cells, one pixel, cells at the border and in all corners.
LABELS = np.array(
    [
        [1, 1, 1, 0, 2, 2, 0, 3],
        [1, 0, 1, 4, 4, 2, 0, 0],
        [1, 1, 1, 4, 4, 0, 5, 0],
        [0, 0, 0, 0, 0, 0, 0, 6],
        [7, 0, 2, 2, 0, 8, 8, 8],
        [7, 7, 0, 0, 0, 8, 0, 8],
        [9, 7, 0, 0, 0, 8, 8, 8],
    ],
    dtype=np.uint16,
)


@pytest.fixture(autouse=True)
def library() -> None:
    pytest.importorskip("roifile")
    pytest.importorskip("zarr")


def write(root: Path, **label_images: Any) -> Path:
    """A data set of images/ and labels/."""
    (root / "images").mkdir(parents=True)
    for stem, labels in label_images.items():
        write_labels(root / "labels" / f"{stem}.tif", labels)
        PillowImage.fromarray(np.asarray(labels % 251, np.uint8)).save(root / "images" / f"{stem}.png")
    return root


def labels_in(root: Path) -> dict[str, np.ndarray]:
    return {sample.stem: sample.read_labels().labels for sample in open_dataset(root).samples}


def test_every_exact_format_gives_every_label_image_back(tmp_path: Path) -> None:
    stems = {
        "a": LABELS,
        "leer": LABELS * 0,
        "Zelle µ (3) 細胞": LABELS.T.copy(),
        "one": np.ones((1, 1), np.uint16),
    }
    root = write(tmp_path / "in", **stems)
    source = open_source(root)
    for target in EXACT:
        result = convert(source, tmp_path / target, target)
        assert result.lost == Losses()
        assert not result.failed
        back = labels_in(tmp_path / target)
        assert back.keys() == stems.keys()
        for stem, labels in stems.items():
            assert np.array_equal(back[stem], labels), (target, stem)
            if target != "ome-zarr":
                picture = next((tmp_path / target).glob(f"*/{stem}.png"))
                assert picture.read_bytes() == (root / "images" / f"{stem}.png").read_bytes()
        assert open_dataset(tmp_path / target).notes == ()


@pytest.mark.parametrize("seed", range(4))
def test_a_chain_through_all_exact_formats(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, (2, 3, 9, 40)[seed], (31, 23)).astype(np.uint16)
    path = write(tmp_path / "in", a=labels)
    before = labels_in(path)["a"]
    for target in ("geojson", "coco", "rois", "ome-zarr", "kaggle", "ome-tiff", "geojson", "rois", "labels"):
        path, last = tmp_path / f"{target}{len(list(tmp_path.iterdir()))}", path
        assert convert(open_source(last), path, target).lost == Losses()
    assert np.array_equal(labels_in(path)["a"], before)


def test_more_cells_than_16_bits_hold(tmp_path: Path) -> None:
    labels = np.zeros((260, 560), np.uint32)
    labels[::2, ::2] = np.arange(1, 130 * 280 + 1).reshape(130, 280)
    labels[1::2, 1::2] = np.arange(130 * 280 + 1, 2 * 130 * 280 + 1).reshape(130, 280)
    source = open_source(write(tmp_path / "in", a=labels))
    assert convert(source, tmp_path / "out", "labels").cells == 72_800
    back = read_labels(tmp_path / "out" / "labels" / "a.tif")
    assert back.dtype == np.uint32
    assert np.array_equal(back, labels)


def overlapping(tmp_path: Path) -> Path:
    """A Kaggle folder of one 4 x 6 image: two overlapping squares, one that is hidden, one without pixels."""
    root = tmp_path / "kaggle_in"
    (root / "train").mkdir(parents=True)
    PillowImage.new("L", (6, 4)).save(root / "train" / "a.png")
    rows = ["1 3 7 3 13 3", "9 2", "9 4 15 4", ""]
    table = "".join(f"a,{row},6,4,{kind},g1\n" for row, kind in zip(rows, ("x", "y", "x", "x"), strict=True))
    (root / "train.csv").write_text(f"id,annotation,width,height,cell_type,sample_id\n{table}")
    return root


@pytest.mark.parametrize("target", ["coco", "kaggle", "rois", "geojson"])
def test_formats_of_single_cells_keep_overlaps_and_types(tmp_path: Path, target: str) -> None:
    source = open_source(overlapping(tmp_path))
    result = convert(source, tmp_path / "out", target)
    assert result.lost == Losses(ungrouped_images=int(target != "kaggle"))
    sample = open_dataset(tmp_path / "out").samples[0]
    before = open_dataset(source.root).samples[0].read_cells()
    after = sample.read_cells()
    assert [cell.pixels.tolist() for cell in after.cells] == [cell.pixels.tolist() for cell in before.cells]
    assert [cell.cell_type for cell in after.cells] == ["x", "y", "x"]
    # An image of several types has none, but in Kaggle's table, where each has the type of its first row.
    assert (sample.cell_type, sample.group) == (("x", "g1") if target == "kaggle" else (None, None))
    assert sample.read_labels().lost_pixels == 3


@pytest.mark.parametrize("target", ["labels", "submission", "ome-tiff"])
def test_what_a_label_image_cannot_hold_is_counted(tmp_path: Path, target: str) -> None:
    result = convert(open_source(overlapping(tmp_path)), tmp_path / "out", target)
    assert result.images == [
        ("a", 3, Losses(overlap_pixels=3, vanished_cells=1, untyped_cells=3, ungrouped_images=1))
    ]


def test_cells_without_a_pixel_are_counted_by_every_format(tmp_path: Path) -> None:
    cells = Cells((2, 2), (Cell(np.array([0])), Cell(np.array([], dtype=np.int64))), rounded=2)
    for target in (*EXACT, "masks", "submission"):
        writer = open_writer(target, tmp_path / target, WriterOptions())
        lost = writer.add(Annotated("a", None, None, cells))
        writer.finish()
        assert lost == Losses(vanished_cells=1, rounded_outlines=2), target


def test_polygons_of_coco_lose_holes_alone(tmp_path: Path) -> None:
    labels = np.zeros((9, 9), np.uint16)
    labels[1:8, 1:8] = 1
    labels[2:5, 2:4] = 0
    labels[6, 6] = 2
    labels[0, 0] = labels[8, 8] = 3
    source = open_source(write(tmp_path / "in", a=labels))
    result = convert(source, tmp_path / "out", "coco", WriterOptions(polygons=True))
    assert result.lost == Losses(filled_holes=2, filled_pixels=7)
    annotations = json.loads((tmp_path / "out" / "annotations.json").read_text())["annotations"]
    assert annotations[0]["segmentation"] == [[1, 1, 8, 1, 8, 8, 1, 8]]
    assert [one["area"] for one in annotations] == [49, 1, 2]
    labels[2:5, 2:4] = 1
    assert np.array_equal(labels_in(tmp_path / "out")["a"], labels)
    assert open_dataset(tmp_path / "out").samples[0].read_cells().rounded == 0


def test_polygons_of_coco_come_back_where_there_is_no_hole(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    stems = {f"s{n}": (rng.random((11, 13)) < n / 40).astype(np.uint16) for n in range(20)}
    source = open_source(write(tmp_path / "in", **stems))
    result = convert(source, tmp_path / "out", "coco", WriterOptions(polygons=True))
    for (stem, _, lost), (name, labels) in zip(
        result.images, labels_in(tmp_path / "out").items(), strict=True
    ):
        assert stem == name
        assert int((labels != stems[stem]).sum()) == lost.filled_pixels


def test_masks_merge_touching_cells_and_split_parts(tmp_path: Path) -> None:
    source = open_source(write(tmp_path / "in", a=LABELS))
    result = convert(source, tmp_path / "out", "masks")
    # 1, 2, 4, 5, 6 and 8 hang together, at corners too; so do 7, 9 and the other part of 2; 3 is alone.
    assert result.lost == Losses(merged_cells=8, split_cells=1)
    assert int(labels_in(tmp_path / "out")["a"].max()) == 3
    mask = np.asarray(PillowImage.open(tmp_path / "out" / "masks" / "a.png"))
    assert np.array_equal(mask, np.where(LABELS > 0, 255, 0))


def test_a_mask_that_is_one_cell_stays_one(tmp_path: Path) -> None:
    root = tmp_path / "in"
    convert(open_source(write(tmp_path / "x", a=LABELS)), root, "masks")
    source = open_source(root, masks_are="one")
    assert convert(source, tmp_path / "one", "masks", WriterOptions("one")).lost == Losses()
    assert convert(source, tmp_path / "parts", "masks").lost == Losses(split_cells=1)
    several = open_source(tmp_path / "x")
    assert convert(several, tmp_path / "all", "masks", WriterOptions("one")).lost == Losses(merged_cells=9)


# pycocotools' own way to an array warns with NumPy 2.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_coco_is_read_by_its_own_tools(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    convert(open_source(write(tmp_path / "in", a=LABELS)), tmp_path / "out", "coco")
    tools = COCO(tmp_path / "out" / "annotations.json")
    capsys.readouterr()
    for annotation in tools.loadAnns(tools.getAnnIds()):
        mask = annotation["id"] == LABELS
        assert np.array_equal(tools.annToMask(annotation), mask)
        assert annotation["area"] == mask.sum()
        y, x = np.nonzero(mask)
        assert annotation["bbox"] == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
    assert tools.loadImgs(1)[0] == {"id": 1, "file_name": "a.png", "width": 8, "height": 7}


def test_the_rois_are_those_of_imagej(tmp_path: Path) -> None:
    import roifile

    convert(open_source(write(tmp_path / "in", a=LABELS)), tmp_path / "out", "rois")
    rois = roifile.roiread(tmp_path / "out" / "rois" / "a.zip")
    assert [roi.name for roi in rois] == [f"{number:04}" for number in range(1, 10)]
    assert [roi.composite for roi in rois] == [n in (1, 2, 8) for n in range(1, 10)]
    square = rois[3]
    assert square.roitype == roifile.ROI_TYPE.TRACED
    assert (square.left, square.top, square.right, square.bottom) == (3, 1, 5, 3)
    assert square.coordinates().tolist() == [[3, 1], [5, 1], [5, 3], [3, 3]]
    assert [len(ring) for ring in rois[0].coordinates(multi=True)] == [5, 5]


def test_an_image_too_large_for_rois_is_refused() -> None:
    writer = open_writer("rois", Path("out"), WriterOptions())
    image = Annotated("a", None, None, Cells((1, 60_536), ()))
    with pytest.raises(InputError, match="a has a side above 60,535 pixels"):
        writer.add(image)


def test_large_coordinates_of_rois_come_back(tmp_path: Path) -> None:
    labels = np.zeros((2, 60_000), np.uint16)
    labels[0, 40_000:40_003] = 1
    labels[1, 59_999] = labels[0, 0] = 2
    assert convert(open_source(write(tmp_path / "in", a=labels)), tmp_path / "out", "rois").lost == Losses()
    assert np.array_equal(labels_in(tmp_path / "out")["a"], labels)


def test_geojson_as_qupath_reads_it(tmp_path: Path) -> None:
    convert(open_source(write(tmp_path / "in", a=LABELS)), tmp_path / "out", "geojson")
    content = json.loads((tmp_path / "out" / "geojson" / "a.geojson").read_text())
    assert content["type"] == "FeatureCollection"
    first, second = content["features"][:2]
    assert first == {
        "type": "Feature",
        "geometry": {
            "type": "Polygon",
            "coordinates": [
                [[0, 0], [3, 0], [3, 3], [0, 3], [0, 0]],
                [[1, 2], [2, 2], [2, 1], [1, 1], [1, 2]],
            ],
        },
        "properties": {"objectType": "annotation", "name": "1"},
    }
    assert second["geometry"]["type"] == "MultiPolygon"
    assert [len(rings) for rings in second["geometry"]["coordinates"]] == [1, 1]


def test_the_submission_is_the_competitions(tmp_path: Path) -> None:
    out = tmp_path / "answer.csv"
    result = convert(open_source(write(tmp_path / "in", a=LABELS, b=LABELS * 0)), out, "submission")
    assert result.lost == Losses()
    table = pd.read_csv(out, keep_default_na=False)
    assert list(table) == ["id", "predicted"]
    assert table.values.tolist()[-1] == ["b", ""]
    cells = [decode_rle(text, LABELS.shape) for text in table.loc[table["id"] == "a", "predicted"]]
    assert [one.tolist() for one in cells] == [np.flatnonzero(n == LABELS).tolist() for n in range(1, 10)]
    assert table["predicted"][0] == "1 3 9 1 11 1 17 3"


def results(tmp_path: Path) -> Path:
    """Label images with a gap in their numbers, and cells.csv as segment writes it."""
    root = tmp_path / "results"
    labels = np.where(LABELS == 3, 0, LABELS)
    write_labels(root / "labels" / "a.tif", labels, pixel_size_um=0.5)
    write_labels(root / "labels" / "007.tif", labels)
    rows = [f"a,{n},4,0.{n}" for n in range(1, 10) if n != 9] + ["007,1,4,0.25"]
    (root / "cells.csv").write_text("image,label,area_px,confidence\n" + "\n".join(rows) + "\n")
    return root


@pytest.mark.parametrize("given", [".", "labels", "labels/a.tif"])
def test_results_bring_their_confidences(tmp_path: Path, given: str) -> None:
    source = open_source(results(tmp_path) / given)
    assert source.format == "results"
    item = next(item for item in source.items if item.stem == "a")
    scores = [cell.score for cell in item.load().cells]
    assert scores == [0.1, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, None]
    convert(source, tmp_path / "coco", "coco")
    annotations = json.loads((tmp_path / "coco" / "annotations.json").read_text())["annotations"]
    assert [one.get("score") for one in annotations if one["area"] == 8][-2:] == [0.1, 0.8]
    convert(source, tmp_path / "geojson", "geojson", WriterOptions(predicted=True))
    features = json.loads((tmp_path / "geojson" / "geojson" / "a.geojson").read_text())["features"]
    assert features[2]["properties"] == {
        "objectType": "detection",
        "name": "3",
        "measurements": {"confidence": 0.4},
    }
    lost = convert(source, tmp_path / "labels", "labels").lost
    assert lost == Losses(unscored_cells=7 if given.endswith("tif") else 8)
    with tifffile.TiffFile(tmp_path / "labels" / "labels" / "a.tif") as tif:
        assert tif.pages.first.tags.valueof("XResolution") == (2, 1)


@pytest.mark.parametrize("target", ["coco", "rois", "geojson", "ome-zarr"])
def test_confidences_come_back(tmp_path: Path, target: str) -> None:
    root = results(tmp_path)
    convert(open_source(write(tmp_path / "x", a=LABELS)), tmp_path / "y", "labels")
    (root / "labels" / "007.tif").unlink()
    source = open_source(root, images=tmp_path / "y" / "images")
    assert convert(source, tmp_path / "out", target).lost == Losses()
    cells = open_dataset(tmp_path / "out").samples[0].read_cells().cells
    assert [cell.score for cell in cells] == [0.1, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, None]


def test_pictures_of_results_must_fit(tmp_path: Path) -> None:
    root = results(tmp_path)
    (tmp_path / "pictures").mkdir()
    PillowImage.new("L", (3, 3)).save(tmp_path / "pictures" / "a.png")
    result = convert(open_source(root, images=tmp_path / "pictures"), tmp_path / "out", "labels")
    assert result.images == []
    assert "has no image of the same name: add 007 to" in result.failed["007"]
    assert "a.png is 3 x 3 pixels but" in result.failed["a"]
    assert not list((tmp_path / "out").glob("*/*.tif"))


def test_a_damaged_table_of_cells(tmp_path: Path) -> None:
    root = results(tmp_path)
    (root / "cells.csv").write_text("image,label\na,1\n")
    with pytest.raises(InputError, match=r"cells\.csv cannot be read as a table of cells"):
        open_source(root)
    (root / "cells.csv").unlink()
    assert all(cell.score is None for cell in open_source(root).items[0].load().cells)


def test_a_broken_sample_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    root = write(tmp_path / "in", a=LABELS, b=LABELS, c=LABELS)
    (root / "labels" / "b.tif").write_text("no picture")
    PillowImage.new("L", (3, 3)).save(root / "images" / "c.png")
    for target in EXACT:
        result = convert(open_source(root), tmp_path / target, target)
        assert [stem for stem, _, _ in result.images] == ["a"]
        assert "b.tif is not a PNG" in result.failed["b"]
        assert "c.png is 3 x 3 pixels but its annotation 8 x 7" in result.failed["c"]
        assert labels_in(tmp_path / target).keys() == {"a"}
        assert not [path for path in (tmp_path / target).rglob("*") if path.stem in ("b", "c")]


def test_an_output_that_is_there(tmp_path: Path) -> None:
    source, out = open_source(write(tmp_path / "in", a=LABELS, b=LABELS)), tmp_path / "out"
    convert(source, out, "labels")
    with pytest.raises(UsageError, match="out is there: choose another -o, or replace it with --overwrite"):
        convert(source, out, "labels")
    (out / "notes.txt").write_text("mine")
    other = open_source(write(tmp_path / "other", c=LABELS))
    convert(other, out, "rois", overwrite=True)
    kept = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert kept == {"notes.txt", "images/c.png", "rois/c.zip", ".neurocyte/convert.json"}


def test_files_of_others_are_never_replaced(tmp_path: Path) -> None:
    root = write(tmp_path / "in", a=LABELS)
    source = open_source(root)
    for out in (root, tmp_path):
        with pytest.raises(UsageError, match="holds what is to be converted: choose another -o"):
            convert(source, out, "coco", overwrite=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("mine")
    with pytest.raises(UsageError, match="mine holds files that no conversion wrote: choose another -o"):
        convert(source, tmp_path / "mine", "coco", overwrite=True)
    (tmp_path / "new").mkdir()
    convert(source, tmp_path / "new", "coco")
    record = tmp_path / "new" / ".neurocyte" / "convert.json"
    record.write_text(json.dumps({"format": "neurocyte-conversion", "files": ["../mine/a.txt"]}))
    convert(source, tmp_path / "new", "coco", overwrite=True)
    assert (tmp_path / "mine" / "a.txt").read_text() == "mine"


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    source = open_source(write(tmp_path / "in", a=LABELS))
    for target in (*EXACT, "masks", "submission"):
        for run in ("one", "two"):
            convert(source, tmp_path / run / target, target)
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


def test_pictures_may_be_left_out(tmp_path: Path) -> None:
    source = open_source(write(tmp_path / "in", a=LABELS))
    for target in EXACT:
        convert(source, tmp_path / target, target, pictures=False)
        assert not list((tmp_path / target).rglob("*.png"))
    assert np.array_equal(read_labels(tmp_path / "labels" / "labels" / "a.tif"), LABELS)


def test_what_source_cannot_tell(tmp_path: Path) -> None:
    root = write(tmp_path / "in", a=LABELS)
    with pytest.raises(UsageError, match="--images goes with label images only"):
        open_source(root, images=root / "images")
    with pytest.raises(UsageError, match="images without annotations: name label images with --from results"):
        open_source(root / "images")
    assert len(open_source(root / "images", "results").items) == 1
    with pytest.raises(UsageError, match="nowhere does not exist"):
        open_source(tmp_path / "nowhere", "results")
    (tmp_path / "bare" / "labels").mkdir(parents=True)
    with pytest.raises(UsageError, match="labels holds no label image"):
        open_source(tmp_path / "bare")


def test_real_images_come_back(tmp_path: Path, data_root: Path) -> None:
    source = open_source(data_root / "data" / "sartorius")
    few = replace(source, items=source.items[::9])
    before = {item.stem: item.load() for item in few.items}
    for target in ("coco", "rois", "geojson"):
        assert convert(few, tmp_path / target, target).lost == Losses()
        for sample in open_dataset(tmp_path / target).samples:
            cells = sample.read_cells().cells
            pairs = zip(cells, before[sample.stem].cells, strict=True)
            assert all(np.array_equal(one.pixels, other.pixels) for one, other in pairs)
