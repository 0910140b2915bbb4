import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from neurocyte.errors import UsageError
from neurocyte.export import ExportReport, export_folder, load_network, store_half
from neurocyte.io.annotations.sample import Dataset
from neurocyte.models import load_model
from neurocyte.models.config import ModelConfig
from neurocyte.segmentation import Segmenter
from neurocyte.training.choosing.decoding import decoding_from_cells
from neurocyte.training.cross_validation import cross_validate
from neurocyte.training.results.card import model_card
from neurocyte.training.run import train_model
from tiny_run import TINY


@pytest.fixture(scope="module")
def trained(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "tiny"
    said: list[str] = []
    train_model(data, replace(TINY, name="tiny"), out, say=said.append)
    assert said[-1].startswith("Fewer than 10 training images")
    return out


def test_a_run_becomes_a_model_folder(trained: Path, data: Dataset) -> None:
    names = {path.name for path in trained.iterdir()}
    assert {
        "config.json",
        "model.safetensors",
        "metrics.json",
        "MODEL_CARD.md",
        "history.csv",
        "curves.png",
        "split.json",
        "options.json",
    } <= names
    config = ModelConfig.load(trained)
    assert (config.name, config.data["train"], config.data["val"]) == ("tiny", 4, 2)
    assert config.data["hash"] == data.content_hash()
    split = json.loads((trained / "split.json").read_text())
    assert len(split["train"]) == 4
    assert len(split["val"]) == 2
    assert sorted(split["train"] + split["val"]) == [s.stem for s in data.samples]
    with (trained / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert (trained / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_the_metrics_are_those_of_the_validation_images(trained: Path) -> None:
    metrics = json.loads((trained / "metrics.json").read_text())
    assert metrics["n"] == 2
    assert 0 <= metrics["iou"] <= metrics["dice"] <= 1
    assert metrics["dice"] == pytest.approx(2 * metrics["iou"] / (1 + metrics["iou"]))
    assert "validation images" in metrics["protocol"]


@pytest.fixture(scope="module")
def exported(trained: Path) -> ExportReport:
    """An export takes half a minute of the processor's time: one for all."""
    return export_folder(trained)


def test_export_runs_in_the_core_with_the_same_probabilities(trained: Path, exported: ExportReport) -> None:
    import torch

    assert exported.parity < 1e-4
    assert exported.size_bytes == (trained / "model.onnx").stat().st_size
    model = load_model(trained)
    pixels = np.random.default_rng(0).integers(0, 255, (100, 130), dtype=np.uint8)
    probability = Segmenter(model, "fp32", 1).probabilities(pixels)
    assert probability.shape == (1, 100, 130)
    network, half = load_network(trained, model.config)
    assert not half
    from neurocyte.preprocess import prepare
    from neurocyte.tiling import predict_tiled

    with torch.no_grad():
        expected = predict_tiled(
            prepare(pixels, model.config.input).plane,
            lambda tiles: network(torch.from_numpy(tiles)).sigmoid().numpy(),
            model.config.tile,
        )
    np.testing.assert_allclose(probability, expected, atol=1e-4)


def test_half_precision_weights_halve_the_file(trained: Path, exported: ExportReport) -> None:
    network, _ = load_network(trained, ModelConfig.load(trained))
    half = onnx.load(trained / "model.onnx")
    store_half(half)
    weights = sum(p.numel() for p in network.parameters() if p.numel() >= 1024)
    assert exported.size_bytes - half.ByteSize() == pytest.approx(2 * weights, rel=0.05)


def test_a_damaged_weights_file_is_named(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((trained / "config.json").read_bytes())
    content = bytearray((trained / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "model.safetensors").write_bytes(bytes(content))
    with pytest.raises(UsageError, match="does not have the checksum"):
        export_folder(tmp_path)
    assert not (tmp_path / "model.onnx").exists()


def test_a_second_run_in_the_same_folder_is_refused(trained: Path, data: Dataset) -> None:
    before = (trained / "model.safetensors").read_bytes()
    with pytest.raises(UsageError, match="holds a training run already"):
        train_model(data, TINY, trained)
    with pytest.raises(UsageError, match="began with another seed"):
        train_model(data, replace(TINY, seed=1), trained, resume=True)
    assert (trained / "model.safetensors").read_bytes() == before


def test_cross_validation_scores_each_image_once_and_resumes(data: Dataset, tmp_path: Path) -> None:
    options = replace(TINY, recipe=replace(TINY.recipe, epochs=1, repeats=1))
    said: list[str] = []
    report = cross_validate(data, options, tmp_path, 2, said.append)
    assert sorted(image["stem"] for image in report["images"]) == [s.stem for s in data.samples]
    assert report["n"] == 6
    assert len(report["folds"]) == 2
    assert report["last"]["n"] == 6
    for index in range(2):
        split = json.loads((tmp_path / f"fold-{index}" / "split.json").read_text())
        parts = [set(split[part]) for part in ("train", "val", "test")]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 6
    # With six simulated images and one epoch there may be too few cells to calibrate.
    assert (report["reliability"] is not None) == (tmp_path / "reliability.png").exists()
    assert report["planned_folds"] == 2
    again = cross_validate(data, options, tmp_path, 2, said.append, resume=True)
    assert again == report


def test_the_folds_so_far_are_written_down(data: Dataset, tmp_path: Path) -> None:
    options = replace(TINY, recipe=replace(TINY.recipe, epochs=1, repeats=1))

    def stop_at_the_second(text: str) -> None:
        if text.startswith("Fold 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cross_validate(data, options, tmp_path, 2, stop_at_the_second)
    report = json.loads((tmp_path / "cross_validation.json").read_text())
    assert (report["planned_folds"], len(report["folds"]), report["n"]) == (2, 1, 3)


def test_decoding_lengths_come_from_the_cells(data: Dataset) -> None:
    decoding = decoding_from_cells(data.samples, 0.4)
    areas = np.concatenate([np.bincount(s.read_labels().labels.ravel())[1:] for s in data.samples])
    diameter = np.sqrt(4 * np.median(areas) / np.pi)
    assert decoding.method == "watershed"
    assert decoding.threshold == 0.4
    assert decoding.seed_distance == pytest.approx(max(2.0, diameter / 4), abs=0.05)
    assert decoding.min_area == max(4, int(np.percentile(areas, 1) / 2))


def test_one_cell_an_image_is_kept_whole(make_samples: Callable[..., list], tmp_path: Path) -> None:
    samples = make_samples(tmp_path, 2, (64, 64))
    single = [replace(s, load=lambda s=s: _first_cell(s)) for s in samples]
    assert decoding_from_cells(samples, 0.5).method == "watershed"
    assert decoding_from_cells(single, 0.5).method == "components"


def _first_cell(sample):
    annotation = sample.load()
    return replace(annotation, labels=(annotation.labels == 4).astype(np.uint16), instances=1)


def test_the_card_says_what_a_user_must_know(trained: Path) -> None:
    config = ModelConfig.load(trained)
    metrics = json.loads((trained / "metrics.json").read_text())
    card = model_card(replace(config, license="CC0"), metrics, "Not for nails.")
    assert "Licence of the weights: CC0" in card
    assert "Not for nails." in card
    assert f"| `iou` | {metrics['iou']:.3f} |" in card
    assert "- `map`: Competition mAP" in card
