import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.cli import main
from neurocyte.io.annotations.writing import TARGETS
from neurocyte.io.labels import write_labels

Captured = pytest.CaptureFixture[str]
LABELS = np.array([[1, 1, 0, 2], [1, 1, 0, 2], [0, 0, 0, 2]], np.uint16)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data set of two images with two cells each."""
    root = tmp_path / "data"
    (root / "images").mkdir(parents=True)
    for stem in ("a", "b"):
        write_labels(root / "labels" / f"{stem}.tif", LABELS)
        PillowImage.fromarray(LABELS.astype(np.uint8)).save(root / "images" / f"{stem}.png")
    return root


def convert(source: Path, out: Path, *options: str) -> int:
    return main(["convert", str(source), "-o", str(out), *options])


@pytest.mark.parametrize("target", TARGETS)
def test_every_format_that_the_help_names(data: Path, tmp_path: Path, target: str, capsys: Captured) -> None:
    if target == "rois":
        pytest.importorskip("roifile")
    out = tmp_path / "out"
    assert convert(data, out, "--to", target) == 0
    said = capsys.readouterr()
    assert said.out == f"4 cells of 2 images from labels to {target}; see {out}\nNothing was lost.\n"
    assert said.err == ""
    assert main(["convert", "--help"]) == 0
    assert f"\n  {target} " in capsys.readouterr().out


def test_evaluate_opens_what_was_written(data: Path, tmp_path: Path, capsys: Captured) -> None:
    assert convert(data, tmp_path / "out", "--to", "geojson", "--quiet") == 0
    assert capsys.readouterr().out == ""
    arguments = ["--truth", str(tmp_path / "out"), "--pred", str(data / "labels"), "--json"]
    assert main(["evaluate", *arguments]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["n"], scores["iou"], scores["map"]) == (2, 1.0, 1.0)


def test_losses_are_said_and_counted(data: Path, tmp_path: Path, capsys: Captured) -> None:
    labels = np.ones((5, 5), np.uint16)
    labels[1, 1] = 0
    labels[3, 1:4] = 0
    labels[0, 4] = 2
    write_labels(data / "labels" / "a.tif", labels)
    PillowImage.new("L", (5, 5)).save(data / "images" / "a.png")
    out = tmp_path / "polygons"
    assert convert(data, out, "--to", "coco", "--polygons") == 0
    assert capsys.readouterr().out.splitlines()[1] == "Lost: 2 holes filled (4 pixels)."
    out, report = tmp_path / "masks", tmp_path / "masks.json"
    assert convert(data, out, "--to", "masks", "--json", str(report)) == 0
    assert "Lost: 2 cells no longer told from one they touch.\n" in capsys.readouterr().out
    told = json.loads(report.read_text())
    assert (told["from"], told["to"], told["n"], told["cells"]) == ("labels", "masks", 2, 4)
    assert {name: count for name, count in told["lost"].items() if count} == {"merged_cells": 2}
    assert [image["lost"]["merged_cells"] for image in told["images"]] == [2, 0]
    assert told["failed"] == {}


def test_overlaps_types_and_groups_are_told(tmp_path: Path, capsys: Captured) -> None:
    root = tmp_path / "kaggle"
    (root / "train").mkdir(parents=True)
    PillowImage.new("L", (4, 2)).save(root / "train" / "a.png")
    rows = "".join(f"a,{runs},4,2,cort,s\n" for runs in ("1 3", "2 3", "4 1"))
    (root / "train.csv").write_text(f"id,annotation,width,height,cell_type,sample_id\n{rows}")
    assert convert(root, tmp_path / "out", "--to", "labels") == 0
    assert capsys.readouterr().out.splitlines()[1] == (
        "Lost: 3 pixels of overlaps, which the last cell keeps; 3 cell types not kept; "
        "1 image group (sample_id) not kept."
    )


def test_json_alone_is_all_of_stdout(data: Path, tmp_path: Path, capsys: Captured) -> None:
    assert convert(data, tmp_path / "out", "--to", "kaggle", "--json") == 0
    assert json.loads(capsys.readouterr().out)["cells"] == 4


def test_results_of_segment(data: Path, tmp_path: Path, capsys: Captured) -> None:
    results, out = tmp_path / "results", tmp_path / "out"
    results.mkdir()
    (data / "labels").rename(results / "labels")
    assert convert(results, out, "--to", "geojson") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"4 cells of 2 images from results to geojson; see {out}"
    assert (
        said[2] == "Without its pictures OUT is no data set for train and evaluate: name them with --images."
    )
    assert json.loads((out / "geojson" / "a.geojson").read_text())["features"][0]["properties"] == {
        "objectType": "detection",
        "name": "1",
    }
    again = ("--to", "geojson", "--images", str(data / "images"), "--overwrite")
    assert convert(results, out, *again) == 0
    assert capsys.readouterr().out.endswith("Nothing was lost.\n")
    assert (out / "images" / "a.png").read_bytes() == (data / "images" / "a.png").read_bytes()


def test_a_broken_sample_gives_status_1(data: Path, tmp_path: Path, capsys: Captured) -> None:
    (data / "labels" / "a.tif").write_text("no picture")
    out = tmp_path / "out"
    assert convert(data, out, "--to", "coco") == 1
    said = capsys.readouterr()
    assert (
        said.err == f"{data / 'labels' / 'a.tif'} is not a PNG, JPEG, BMP or TIFF image: convert it to one.\n"
    )
    assert said.out.startswith("2 cells of 1 image from labels to coco, 1 image failed; see ")
    (data / "labels" / "b.tif").write_text("no picture")
    assert convert(data, out, "--to", "coco", "--overwrite") == 1
    assert capsys.readouterr().out == f"0 cells of 0 images from labels to coco, 2 images failed; see {out}\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "arguments are required: --to"),
        (("--to", "voc"), "invalid choice: 'voc'"),
        (("--to", "rois", "--polygons"), "--polygons goes with --to coco, not rois."),
        (("--to", "coco", "--images", "x", "--no-images"), "contradict each other: leave one out."),
        (("--to", "coco", "--images", "x"), "--images goes with label images only: a data set has its own."),
        (("--to", "coco", "--from", "kaggle"), "train.csv does not exist"),
        (("--to", "coco", "--from", "geojson"), "geojson cannot be listed"),
    ],
)
def test_calls_that_are_wrong(
    data: Path, tmp_path: Path, options: tuple[str, ...], said: str, capsys: Captured
) -> None:
    assert convert(data, tmp_path / "out", *options) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_there(data: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "out.csv"
    assert convert(data, out, "--to", "submission") == 0
    capsys.readouterr()
    assert convert(data, out, "--to", "submission") == 2
    assert capsys.readouterr().err == f"{out} is there: choose another -o, or replace it with --overwrite.\n"
    assert convert(data, out, "--to", "submission", "--overwrite") == 0


def test_the_file_of_options_knows_from(data: Path, tmp_path: Path, capsys: Captured) -> None:
    (data / "labels").rename(data / "masks")
    for path in sorted((data / "masks").iterdir()):
        write_labels(path, LABELS > 0)
    config = tmp_path / "c.yml"
    config.write_text("from: masks\nto: labels\nno-images: true\n")
    assert convert(data, tmp_path / "out", "--config", str(config)) == 0
    assert "from masks to labels" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".neurocyte",
        "labels",
        "run.yaml",
    ]


def test_without_the_library_the_pip_line_is_told(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setitem(sys.modules, "roifile", None)
    assert convert(data, tmp_path / "out", "--to", "rois") == 2
    assert capsys.readouterr().err == 'ImageJ ROIs need roifile: pip install "neurocyte[formats]".\n'
    assert not (tmp_path / "out").exists()
