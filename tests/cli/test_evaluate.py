import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.cli import main
from neurocyte.io.labels import write_labels

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Two images: `a` with one cell of 8 pixels, `b` empty."""
    labels = np.zeros((6, 8), np.uint16)
    labels[1:3, 1:5] = 1
    for stem, image in (("a", labels), ("b", np.zeros_like(labels))):
        write_labels(tmp_path / "truth" / "labels" / f"{stem}.tif", image)
        (tmp_path / "truth" / "images").mkdir(exist_ok=True)
        PillowImage.fromarray(np.zeros((6, 8), np.uint8)).save(tmp_path / "truth" / "images" / f"{stem}.png")
    return tmp_path / "truth"


@pytest.fixture
def pred(tmp_path: Path) -> Path:
    """Of the 8 true pixels 6 are found, so IoU is 6 / 8; `b` is empty as it should be."""
    labels = np.zeros((6, 8), np.uint16)
    labels[1:3, 1:4] = 1
    write_labels(tmp_path / "pred" / "a.tif", labels)
    write_labels(tmp_path / "pred" / "b.tif", np.zeros((6, 8), np.uint16))
    return tmp_path / "pred"


def table(text: str) -> dict[str, list[str]]:
    """The rows of the printed table: first cell to the others."""
    rows = (re.split(r"\s{2,}", line.strip()) for line in text.splitlines())
    return {row[0]: row[1:] for row in rows}


def test_the_table(truth: Path, pred: Path, capsys: Captured) -> None:
    assert main(["evaluate", "--truth", str(truth), "--pred", str(pred)]) == 0
    said = capsys.readouterr()
    rows = table(said.out)
    assert said.err == ""
    assert rows["all"] == ["95 % interval"]
    assert rows["images"] == ["2"]
    assert rows["IoU, pooled"][0] == "0.750"
    # (0.75 + 1) / 2 with the interval from the worse to the better image.
    assert rows["IoU, mean of images"] == ["0.875", "0.750 to 1.000"]
    # Thresholds 0.50 to 0.70 are passed, 0.75 strictly not: (5 / 10 + 1) / 2.
    assert rows["mAP, IoU 0.50 to 0.95"][0] == "0.750"
    assert {"Dice, pooled", "PQ", "AJI", "AP, IoU 0.50", "count error, cells an image"} <= rows.keys()


def test_json(truth: Path, pred: Path, capsys: Captured, tmp_path: Path) -> None:
    arguments = ["evaluate", "--truth", str(truth), "--pred", str(pred)]
    assert main([*arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {"n", "iou", "dice", "iou_image", "dice_image", "map", "ap50", "count_error"} <= result.keys()
    assert (result["n"], result["iou"], result["ap50"], result["count_error"]) == (2, 0.75, 1.0, 0.0)
    assert main([*arguments, "--json", str(tmp_path / "scores.json"), "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert json.loads((tmp_path / "scores.json").read_text()) == result


def test_missing_and_failed_images_are_told(truth: Path, pred: Path, capsys: Captured) -> None:
    (pred / "b.tif").unlink()
    arguments = ["evaluate", "--truth", str(truth), "--pred", str(pred)]
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert said.err == (
        f"1 annotated image not scored for want of a prediction (b): segment the rest into {pred}.\n"
    )
    assert "IoU, pooled" in said.out
    write_labels(pred / "b.tif", np.zeros((3, 3), np.uint16))
    assert main([*arguments, "--json"]) == 1
    said = capsys.readouterr()
    assert "has shape (3, 3)" in said.err
    assert list(json.loads(said.out)["failed"]) == ["b"]


def test_nothing_scored(truth: Path, pred: Path, capsys: Captured) -> None:
    for stem in ("a", "b"):
        write_labels(pred / f"{stem}.tif", np.zeros((3, 3), np.uint16))
    assert main(["evaluate", "--truth", str(truth), "--pred", str(pred)]) == 1
    assert capsys.readouterr().out == ""


def test_format_and_masks(tmp_path: Path, capsys: Captured) -> None:
    """A mask of two parts is one cell or two."""
    mask = np.zeros((6, 8), np.uint8)
    mask[1, 1:3] = mask[4, 4:6] = 255
    for name in ("images", "masks", "labels"):
        (tmp_path / name).mkdir()
        PillowImage.fromarray(mask).save(tmp_path / name / "a.png")
    pred = tmp_path / "pred"
    write_labels(pred / "a.tif", mask // 255)
    arguments = ["evaluate", "--truth", str(tmp_path), "--pred", str(pred), "--json"]
    assert main(arguments) == 2
    assert "--format" in capsys.readouterr().err
    counts = []
    for masks_are in ("one", "components"):
        assert main([*arguments, "--format", "masks", "--masks-are", masks_are]) == 0
        counts.append(json.loads(capsys.readouterr().out)["cells_true"])
    assert counts == [1, 2]


def test_a_peers_predictions_on_real_images(data_root: Path, capsys: Captured) -> None:
    truth = data_root / "data" / "sartorius"
    pred = truth / "peer_predictions" / "cellpose"
    assert main(["evaluate", "--truth", str(truth), "--pred", str(pred)]) == 1
    said = capsys.readouterr()
    rows = table(said.out)
    assert rows["all"] == ["95 % interval", "astro", "cort", "shsy5y"]
    assert rows["images"] == ["35", "9", "19", "7"]
    assert rows["mAP, IoU 0.50 to 0.95"][0] == "0.314"
    assert said.err.startswith("1 annotated image not scored")
