"""Learning on from all images once the validation images have chosen."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Dataset
from neurocyte.models.config import ModelConfig
from neurocyte.training.checkpoints import load_checkpoint
from neurocyte.training.options import TrainOptions
from neurocyte.training.recipes import DEFAULT
from neurocyte.training.run import train_model
from neurocyte.training.run_files import Split

TINY = TrainOptions(
    encoder="test_efficientnet.r160_in1k",
    encoder_weights="none",
    val_fraction=0.34,
    precision="fp32",
    name="tiny",
    recipe=replace(DEFAULT, size=(64, 64), epochs=1, repeats=2, batch_size=2),
)
REFIT = replace(TINY, refit=2)


@pytest.fixture(scope="module")
def refitted(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "tiny"
    said: list[str] = []
    train_model(data, REFIT, out, say=said.append)
    assert "Learning on from all 6 images, epochs: 2." in said
    return out


def test_the_model_is_the_network_that_learned_on(refitted: Path) -> None:
    shipped = load_file(refitted / "model.safetensors")
    first = load_checkpoint(refitted / "checkpoints" / "last.ckpt")
    last = load_checkpoint(refitted / "refit" / "checkpoints" / "last.ckpt")
    assert all(torch.equal(shipped[name], last[name]) for name in last)
    assert not all(torch.equal(shipped[name], first[name]) for name in first)
    with (refitted / "refit" / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    # Six images, twice each, in batches of two: the validation images are among them.
    assert [row["updates"] for row in rows] == ["6", "12"]


def test_the_figures_are_of_the_network_before(refitted: Path, data: Dataset, tmp_path: Path) -> None:
    train_model(data, TINY, tmp_path)
    metrics, plain = (json.loads((out / "metrics.json").read_text()) for out in (refitted, tmp_path))
    assert metrics["iou"] == plain["iou"]
    assert metrics["threshold"] == plain["threshold"]
    assert metrics["protocol"].endswith("for 2 more epochs, from these images too; the figures are of the "
                                        "network before.")  # fmt: skip
    assert ModelConfig.load(refitted).data["refit"] == 2
    assert "then 2 epochs from all of them" in (refitted / "MODEL_CARD.md").read_text()
    assert "refit" not in ModelConfig.load(tmp_path).data


def test_a_finished_run_learns_on_when_it_is_resumed(refitted: Path, data: Dataset, tmp_path: Path) -> None:
    train_model(data, TINY, tmp_path)
    options = json.loads((tmp_path / "options.json").read_text())
    # A run of before there was such an option.
    del options["refit"]
    (tmp_path / "options.json").write_text(json.dumps(options))
    train_model(data, REFIT, tmp_path, resume=True)
    assert (tmp_path / "model.safetensors").read_bytes() == (refitted / "model.safetensors").read_bytes()
    with pytest.raises(UsageError, match="began with another recipe"):
        train_model(data, replace(TINY, refit=3), tmp_path, resume=True)


def test_images_that_judge_are_not_learned_from(data: Dataset, tmp_path: Path) -> None:
    split = Split(data.samples[:3], data.samples[3:4], data.samples[4:])
    train_model(data, REFIT, tmp_path, split=split)
    with (tmp_path / "refit" / "history.csv").open() as file:
        assert [row["updates"] for row in csv.DictReader(file)] == ["4", "8"]
