import csv
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from neurocyte.cli import main
from neurocyte.io.labels import write_labels

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two label images: `a` with cells of 6 and 4 pixels, `b` with one of 9; and their images."""
    a, b = np.zeros((10, 12), np.uint16), np.zeros((10, 12), np.uint16)
    a[1:3, 1:4], a[6:8, 6:8] = 1, 2
    b[2:5, 2:5] = 1
    for stem, labels in (("a", a), ("b", b)):
        write_labels(tmp_path / "labels" / f"{stem}.tif", labels)
        (tmp_path / "images").mkdir(exist_ok=True)
        PillowImage.fromarray((10 * labels + 5).astype(np.uint8)).save(tmp_path / "images" / f"{stem}.png")
    return tmp_path


def measured(path: Path, *columns: str) -> list[tuple[str, ...]]:
    with path.open(newline="") as stream:
        return [tuple(row[name] for name in columns) for row in csv.DictReader(stream)]


def test_a_folder_with_images(folder: Path, capsys: Captured) -> None:
    out = folder / "cells.csv"
    images = ["--images", str(folder / "images")]
    assert main(["measure", str(folder / "labels"), *images, "-o", str(out)]) == 0
    assert measured(out, "image", "label", "area_px", "intensity_mean") == [
        ("a", "1", "6", "15"),
        ("a", "2", "4", "25"),
        ("b", "1", "9", "15"),
    ]
    assert capsys.readouterr().out == f"3 cells in 2 label images; see {out}\n"


@pytest.mark.parametrize("given", [".", "labels"])
def test_a_folder_alone_or_with_labels_in_it(folder: Path, given: str, capsys: Captured) -> None:
    out = folder / "cells.csv"
    assert main(["measure", str(folder / given), "-o", str(out), "--quiet"]) == 0
    assert measured(out, "area_px", "intensity_mean") == [("6", ""), ("4", ""), ("9", "")]
    assert capsys.readouterr() == ("", "")


def test_one_file(folder: Path) -> None:
    out = folder / "cells.csv"
    assert main(["measure", str(folder / "labels" / "b.tif"), "-o", str(out), "--pixel-size", "2"]) == 0
    assert measured(out, "image", "area_px", "area_um2") == [("b", "9", "36")]


def test_the_pixel_size_comes_from_the_image_or_the_label_image(folder: Path) -> None:
    out, labels = folder / "cells.csv", folder / "labels" / "b.tif"
    write_labels(labels, np.ones((10, 12), np.uint16), pixel_size_um=0.5)
    assert main(["measure", str(labels), "-o", str(out)]) == 0
    assert float(measured(out, "area_um2")[0][0]) == pytest.approx(120 / 4)
    (folder / "sized").mkdir()
    pixels = np.zeros((10, 12), np.uint8)
    tifffile.imwrite(
        folder / "sized" / "b.tif", pixels, imagej=True, resolution=(4, 4), metadata={"unit": "um"}
    )
    arguments = ["measure", str(labels), "--images", str(folder / "sized"), "-o", str(out)]
    assert main(arguments) == 0
    assert float(measured(out, "area_um2")[0][0]) == pytest.approx(120 / 16)
    assert main([*arguments, "--pixel-size", "1"]) == 0
    assert measured(out, "area_um2") == [("120",)]


def test_what_cannot_be_measured_is_told_and_the_rest_is_done(folder: Path, capsys: Captured) -> None:
    out = folder / "cells.csv"
    (folder / "labels" / "c.tif").write_text("no picture")
    write_labels(folder / "labels" / "d.tif", np.ones((3, 3), np.uint16))
    write_labels(folder / "labels" / "e.tif", np.ones((3, 3), np.uint16))
    PillowImage.fromarray(np.zeros((4, 3), np.uint8)).save(folder / "images" / "e.png")
    images = ["--images", str(folder / "images")]
    assert main(["measure", str(folder / "labels"), *images, "-o", str(out)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("3 cells in 2 label images, 3 label images failed; see ")
    lines = said.err.splitlines()
    assert len(lines) == 3
    assert "c.tif" in lines[0]
    assert lines[1].endswith("d.tif has no image of the same name: add d to --images.")
    assert "e.png is 3 x 4 pixels but" in lines[2]
    assert measured(out, "image") == [("a",), ("a",), ("b",)]


def test_calls_that_are_wrong(folder: Path, capsys: Captured) -> None:
    label = folder / "labels" / "a.tif"
    before = label.read_bytes()
    assert main(["measure", str(label), "-o", str(label)]) == 2
    assert "is an input and would be overwritten" in capsys.readouterr().err
    assert label.read_bytes() == before
    (folder / "empty").mkdir()
    assert main(["measure", str(folder / "empty"), "-o", str(folder / "c.csv")]) == 2
    assert "holds no label image" in capsys.readouterr().err
    assert main(["measure", str(folder / "absent"), "-o", str(folder / "c.csv")]) == 2
    assert "absent" in capsys.readouterr().err
    assert not (folder / "c.csv").exists()
