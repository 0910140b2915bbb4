"""`neurocyte segment`: exit statuses, what is printed where, and real images."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.cli import main
from neurocyte.io.labels import read_labels

MakeModel = Callable[..., Path]
Squares = Callable[..., Path]
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def segment(make_model: MakeModel, tmp_path: Path) -> Callable[..., int]:
    model = make_model()

    def run(*arguments: str | Path) -> int:
        tail = ["-o", tmp_path / "out", "--model", model, "--precision", "fp32"]
        return main(["segment", *map(str, [*arguments, *tail])])

    return run


def test_it_ends_with_what_was_found_and_where(
    segment: Callable[..., int], squares: Squares, capsys: Captured, tmp_path: Path
) -> None:
    squares("a.png", 3)
    squares("b.png", 1)
    assert segment(tmp_path / "in") == 0
    said = capsys.readouterr()
    assert said.out == f"4 cells in 2 images; see {tmp_path / 'out' / 'report.html'}\n"
    assert said.err == "1/2 a: 3 cells\n2/2 b: 1 cell\n"
    assert segment(tmp_path / "in") == 0
    said = capsys.readouterr()
    assert said.out == f"4 cells in 2 images; see {tmp_path / 'out' / 'report.html'}\n"
    assert said.err == "2 images done before\n"
    assert segment(tmp_path / "in", "--overwrite", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_a_failed_image_is_one_sentence_even_when_quiet(
    segment: Callable[..., int], squares: Squares, capsys: Captured, tmp_path: Path
) -> None:
    squares("a.png", 3)
    (tmp_path / "in" / "b.png").write_text("no picture")
    assert segment(tmp_path / "in", "--quiet") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith(str(tmp_path / "in" / "b.png"))
    # The second run tries it again.
    assert segment(tmp_path / "in") == 1
    said = capsys.readouterr()
    assert said.out.startswith("3 cells in 1 image, 1 image failed; see ")


def test_only_failures(segment: Callable[..., int], capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "b.png").write_text("no picture")
    assert segment(tmp_path / "b.png") == 1
    assert "0 cells in 0 images, 1 image failed" in capsys.readouterr().out
    with (tmp_path / "out" / "cells.csv").open() as stream:
        assert stream.readline().startswith("image,label,centroid_y")


def test_json(segment: Callable[..., int], squares: Squares, capsys: Captured, tmp_path: Path) -> None:
    path = squares("a.png", 3)
    assert segment(path, "--json") == 0
    run = json.loads(capsys.readouterr().out)
    assert run["totals"] == {"images": 1, "cells": 3, "failed": 0}
    assert run == json.loads((tmp_path / "out" / "run.json").read_text())
    assert segment(path, "--json", tmp_path / "copy.json") == 0
    assert capsys.readouterr().out.startswith("3 cells in 1 image")
    assert json.loads((tmp_path / "copy.json").read_text())["totals"]["cells"] == 3


def test_options_reach_the_job(
    segment: Callable[..., int], squares: Squares, capsys: Captured, tmp_path: Path
) -> None:
    config = tmp_path / "options.yml"
    config.write_text("tile: 32\npixel-size: 3\ntta: true\nmin_confidence: 0.25\nz-projection: middle\n")
    typed = ("--pixel-size", "0.5", "--task", "mask", "--channel", "0", "--json")
    assert segment(squares("a.png", 3), "--config", config, *typed) == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    assert settings == {
        "task": "mask",
        "tile": 32,
        "overlap": 16,
        "tta": True,
        "pixel_size_um": 0.5,
        "min_confidence": 0.25,
        "spared": None,
        "precision": "fp32",
        "channel": "0",
        "z_projection": "middle",
    }


def test_inputs_may_stand_on_both_sides_of_options(
    segment: Callable[..., int], squares: Squares, capsys: Captured
) -> None:
    assert segment(squares("a.png", 3), "--tta", squares("b.png", 1), "--quiet", "--json") == 0
    assert json.loads(capsys.readouterr().out)["totals"]["images"] == 2


def test_jobs(segment: Callable[..., int], squares: Squares, capsys: Captured, tmp_path: Path) -> None:
    squares("a.png", 3)
    squares("b.png", 1)
    assert segment(tmp_path / "in", "--jobs", "2") == 0
    assert capsys.readouterr().err == "1/2 a: 3 cells\n2/2 b: 1 cell\n"


def test_another_model_is_refused(
    segment: Callable[..., int], make_model: MakeModel, squares: Squares, capsys: Captured
) -> None:
    path = squares("a.png", 3)
    assert segment(path, "--quiet") == 0
    other = make_model("other", bias=(-5.0,))
    out = path.parent.parent / "out"
    assert main(["segment", str(path), "-o", str(out), "--model", str(other), "--precision", "fp32"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "model tiny" in said
    assert "model other" in said
    assert "--overwrite" in said


def test_a_missing_model_is_named(squares: Squares, capsys: Captured, tmp_path: Path) -> None:
    path, out = squares("a.png", 3), tmp_path / "out"
    assert main(["segment", str(path), "-o", str(out), "--model", "nothing"]) == 2
    assert capsys.readouterr().err.startswith("There is no model 'nothing'")
    assert not out.exists()


def test_a_damaged_model_is_named(
    make_model: MakeModel, squares: Squares, capsys: Captured, tmp_path: Path
) -> None:
    model = make_model()
    (model / "model.onnx").write_bytes(b"not the network")
    path, out = squares("a.png", 3), tmp_path / "out"
    assert main(["segment", str(path), "-o", str(out), "--model", str(model)]) == 2
    assert str(model / "model.onnx") in capsys.readouterr().err


def test_a_terminal_gets_a_bar_and_the_sentences(
    segment: Callable[..., int],
    squares: Squares,
    capsys: Captured,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    squares("a.png", 3)
    (tmp_path / "in" / "[b].png").write_text("no picture")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert segment(tmp_path / "in") == 1
    said = capsys.readouterr().err
    assert "segmenting" in said
    assert "2/2" in said
    assert "[b].png" in said


def test_groups(segment: Callable[..., int], squares: Squares, capsys: Captured, tmp_path: Path) -> None:
    squares("A1.png", 3)
    squares("other.png", 1)
    assert segment(tmp_path / "in", "--groups", r"(?P<well>[A-H]\d+)") == 0
    note, sentence = capsys.readouterr().out.splitlines()
    assert note == '1 image matches no group and counts as "none".'
    assert sentence.startswith("4 cells in 2 images; see ")
    assert (tmp_path / "out" / "cells.csv").read_text().splitlines()[1].startswith("A1,A1,1,")
    assert segment(tmp_path / "in", "--groups", tmp_path / "groups.csv") == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"--groups {tmp_path / 'groups.csv'} cannot be read" in said


def test_real_images_with_broken_ones_among_them(
    make_model: MakeModel, data_root: Path, capsys: Captured, tmp_path: Path
) -> None:
    import tifffile

    real = sorted((data_root / "data" / "sartorius" / "train").glob("*.png"))[:2]
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "text.png").write_text("no picture")
    (folder / "truncated.png").write_bytes(real[0].read_bytes()[:5000])
    PillowImage.fromarray(np.full((1, 1), 7, np.uint8)).save(folder / "dot.png")
    with PillowImage.open(real[0]) as picture:
        wide = np.asarray(picture).astype(np.uint16) * 257
    tifffile.imwrite(folder / "wide.tif", wide)
    # Bright cells above a threshold: enough of a network to give many cells.
    model = make_model(bias=(-12.0,))
    arguments = [*map(str, real), str(folder), "-o", str(out), "--model", str(model), "--precision", "fp32"]
    assert main(["segment", *arguments]) == 1
    said = capsys.readouterr().err
    for name in ("text.png", "truncated.png"):
        assert f"{folder / name} " in said
    with (out / "images.csv").open(newline="") as stream:
        images = {row["image"]: row for row in csv.DictReader(stream)}
    with (out / "cells.csv").open(newline="") as stream:
        cells = [row["image"] for row in csv.DictReader(stream)]
    assert list(images) == [real[0].stem, real[1].stem, "dot", "text", "truncated", "wide"]
    for stem, row in images.items():
        if row["error"]:
            assert not (out / "labels" / f"{stem}.tif").exists()
            continue
        labels = read_labels(out / "labels" / f"{stem}.tif")
        assert labels.max() == int(row["count"]) == cells.count(stem)
        assert float(row["confluence"]) == pytest.approx(100 * (labels > 0).mean(), rel=1e-6)
    assert int(images[real[0].stem]["count"]) > 0
    # The same picture in 16 bits has the same cells.
    assert images["wide"]["count"] == images[real[0].stem]["count"]
