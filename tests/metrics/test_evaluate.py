"""Folders of predictions: what is found, what is missing, and the public peers' figures."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neurocyte.errors import UsageError
from neurocyte.io.annotations import Dataset, open_dataset
from neurocyte.io.labels import write_labels
from neurocyte.metrics.evaluate import evaluate_folder


def cells(*columns: int) -> np.ndarray:
    labels = np.zeros((8, 12), dtype=np.uint16)
    for number, column in enumerate(columns, start=1):
        labels[2:6, column : column + 3] = number
    return labels


@pytest.fixture
def truth(tmp_path: Path) -> Dataset:
    root = tmp_path / "truth"
    for name in ("images", "labels"):
        (root / name).mkdir(parents=True)
    for stem in ("a", "b (1)", "c"):
        Image.fromarray(np.full((8, 12), 90, dtype=np.uint8)).save(root / "images" / f"{stem}.png")
        write_labels(root / "labels" / f"{stem}.tif", cells(1, 6))
    return open_dataset(root)


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    folder = tmp_path / "predictions"
    folder.mkdir()
    return folder


def test_scores_what_is_there_and_says_what_is_not(truth: Dataset, predictions: Path) -> None:
    write_labels(predictions / "a.tif", cells(1, 6))
    write_labels(predictions / "b (1).tiff", cells(1))
    write_labels(predictions / "stranger.tif", cells(1))
    (predictions / "notes.txt").write_text("not a prediction")
    evaluation = evaluate_folder(truth, predictions)
    assert [image.stem for image in evaluation.images] == ["a", "b (1)"]
    assert evaluation.missing == ("c",)
    assert evaluation.ignored == 1
    assert not evaluation.complete
    figures = evaluation.to_dict()
    assert (figures["n"], figures["map"], figures["iou"]) == (2, 0.75, 36 / 48)
    assert figures["missing"] == ["c"]
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_labels_folder_of_a_run_is_found(truth: Dataset, predictions: Path) -> None:
    (predictions / "labels").mkdir()
    for stem in ("a", "b (1)", "c"):
        write_labels(predictions / "labels" / f"{stem}.tif", cells(1, 6))
        Image.fromarray(np.zeros((8, 12), dtype=np.uint8)).save(predictions / f"{stem}.png")
    evaluation = evaluate_folder(truth, predictions)
    assert evaluation.complete
    assert evaluation.to_dict()["map"] == 1.0


def test_png_predictions_are_read(truth: Dataset, predictions: Path) -> None:
    Image.fromarray(cells(1, 6)).save(predictions / "a.PNG")
    assert evaluate_folder(truth, predictions).to_dict()["map"] == 1.0


def test_one_bad_image_does_not_stop_the_rest(truth: Dataset, predictions: Path) -> None:
    write_labels(predictions / "a.tif", cells(1, 6)[:, :9])
    (predictions / "b (1).tif").write_bytes(b"damaged")
    write_labels(predictions / "c.tif", cells(1, 6))
    evaluation = evaluate_folder(truth, predictions)
    assert [image.stem for image in evaluation.images] == ["c"]
    assert sorted(evaluation.failed) == ["a", "b (1)"]
    assert "(8, 9)" in evaluation.failed["a"]
    assert "(8, 12)" in evaluation.failed["a"]
    assert not evaluation.complete


def test_all_failed_is_still_an_answer(truth: Dataset, predictions: Path) -> None:
    (predictions / "a.tif").write_bytes(b"damaged")
    evaluation = evaluate_folder(truth, predictions)
    assert evaluation.summary is None
    assert evaluation.to_dict()["n"] == 0
    assert list(evaluation.failed) == ["a"]


def test_two_predictions_for_one_image_are_refused(truth: Dataset, predictions: Path) -> None:
    write_labels(predictions / "a.tif", cells(1, 6))
    Image.fromarray(cells(1)).save(predictions / "a.png")
    assert "a.png and a.tif" in evaluate_folder(truth, predictions).failed["a"]


def test_folders_without_predictions_are_a_wrong_call(truth: Dataset, predictions: Path) -> None:
    with pytest.raises(UsageError, match="no prediction for any of the 3 annotated images"):
        evaluate_folder(truth, predictions)
    with pytest.raises(UsageError, match="cannot be listed"):
        evaluate_folder(truth, predictions / "nowhere")


@pytest.mark.parametrize(
    ("peer", "cells_pred", "expected"),
    [
        ("cellpose", 1470, {"map": 0.313894, "ap50": 0.603207, "iou": 0.359096}),
        ("maskrcnn", 1839, {"map": 0.369810, "ap50": 0.659140, "iou": 0.456110}),
    ],
)
def test_public_peers(data_root: Path, peer: str, cells_pred: int, expected: dict[str, float]) -> None:
    """Competition entries as scored before this package existed: mAP 0.314 and 0.370, AP50 0.603 and 0.659.

    Image by image, average precision, panoptic quality and the counts also agreed with stardist 0.9.1, and
    average precision with cellpose 3.1.1.1, once their thresholds were raised by 1e-6: both take IoU >= t,
    and some cells lie at exactly 0.5 or 0.8.
    """
    evaluation = evaluate_folder(
        open_dataset(data_root / "data" / "sartorius"),
        data_root / "data" / "sartorius" / "peer_predictions" / peer,
    )
    figures = evaluation.to_dict()
    assert (figures["n"], figures["cells_true"], figures["cells_pred"]) == (35, 3679, cells_pred)
    assert evaluation.missing == ("0f08d640930b",)
    assert {name: round(figures[name], 6) for name in expected} == expected
    assert {name: summary.n for name, summary in evaluation.by_type.items()} == {
        "astro": 9,
        "cort": 19,
        "shsy5y": 7,
    }
