"""A trained model goes on learning from a few images."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from neurocyte.errors import InputError, ModelError, UsageError
from neurocyte.export import load_network
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Dataset
from neurocyte.models.config import CONFIG_NAME, InstanceConfig, ModelConfig
from neurocyte.models.folder import Model
from neurocyte.networks import build_network
from neurocyte.quality.reference import Reference
from neurocyte.simulate import write_dataset
from neurocyte.training.checkpoints import CHECKPOINTS, load_checkpoint
from neurocyte.training.finetuning.finetune import finetune, mix
from neurocyte.training.finetuning.parent import Parent, open_parent
from neurocyte.training.finetuning.rehearsal import open_rehearsal
from neurocyte.training.network import trained_network
from neurocyte.training.options import TrainOptions
from neurocyte.training.recipes import DEFAULT, FINETUNE
from neurocyte.training.results.folder import model_config, write_model_folder

RECIPE = replace(FINETUNE, size=(64, 64), epochs=1, repeats=2, batch_size=2)


def content(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.is_file()}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("corrected")
    write_dataset(folder, 3, seed=1, kind="cort", shape=(96, 128), cells=5)
    return open_dataset(folder)


@pytest.fixture(scope="module")
def model(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with random weights."""
    folder = tmp_path_factory.mktemp("models") / "parent"
    folder.mkdir()
    torch.manual_seed(123)
    options = TrainOptions(
        encoder="test_efficientnet.r160_in1k", name="parent", license="CC0", recipe=DEFAULT
    )
    network = build_network(options.arch, options.encoder)
    # Statistics that a new network does not have.
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 1.5)
    weights = network.state_dict()
    config = model_config(options, InstanceConfig(threshold=0.4), data, data.samples, [], {})
    write_model_folder(folder, config, weights, {"n": 0})
    return folder


@pytest.fixture(scope="module")
def parent(model: Path) -> Parent:
    return open_parent(model, RECIPE, name="child")


@pytest.fixture(scope="module")
def model_before(model: Path) -> dict[str, str]:
    return content(model)


@pytest.fixture(scope="module")
def child(
    model_before: dict[str, str],
    parent: Parent,
    data: Dataset,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    out = tmp_path_factory.mktemp("runs") / "child"
    finetune(parent, data, out, old=data)
    return out


def test_before_is_the_parent_and_after_the_child(
    child: Path, parent: Parent, data: Dataset, model: Path
) -> None:
    report = json.loads((child / "finetune.json").read_text())
    assert (len(report["train"]), len(report["held_out"])) == (2, 1)
    assert set(report["train"]) | set(report["held_out"]) == {s.stem for s in data.samples}
    assert list(report["shares"]) == ["0.0", "0.25", "0.5", "0.75", "1.0"]
    assert report["shares_rehearsed"] is None
    assert report["old"]["before"]["n"] == 3
    config = ModelConfig.load(child)
    decoding = replace(parent.config.instances, threshold=report["threshold"])
    assert (config.name, config.license, config.instances) == ("child", "CC0", decoding)
    assert config.input == parent.config.input
    assert config.data["parent"]["name"] == "parent"
    found = load_network(child, config)[0].state_dict()
    network, _ = load_network(model, parent.config)
    same = all(torch.equal(found[n], t) for n, t in network.state_dict().items())
    assert same == (report["share"] == 0)


def test_batch_norm_keeps_its_statistics(child: Path, parent: Parent) -> None:
    found = load_checkpoint(child / CHECKPOINTS / "last.ckpt")
    statistics = [n for n in found if n.endswith(("running_mean", "running_var"))]
    assert statistics
    for name in statistics:
        torch.testing.assert_close(found[name], parent.weights[name], rtol=0, atol=1e-6)


def test_training_starts_from_the_parent(parent: Parent, data: Dataset, tmp_path: Path) -> None:
    """With steps of next to nothing the trained network is the parent."""
    timid = replace(parent, options=replace(parent.options, recipe=replace(RECIPE, learning_rate=1e-9)))
    report = finetune(timid, data, tmp_path)
    assert (report["epochs"], report["interrupted"]) == (1, False)
    trained = load_checkpoint(tmp_path / CHECKPOINTS / "last.ckpt")
    assert set(trained) == set(parent.weights)
    for name, tensor in parent.weights.items():
        torch.testing.assert_close(trained[name], tensor, rtol=0, atol=1e-6)


def test_an_old_image_that_cannot_be_read_is_found_before_the_training(
    parent: Parent, data: Dataset, tmp_path: Path
) -> None:
    write_dataset(tmp_path / "old", 1, seed=2, kind="cort", shape=(96, 128), cells=5)
    old = open_dataset(tmp_path / "old")
    next((tmp_path / "old" / "images").iterdir()).write_bytes(b"no picture")
    with pytest.raises(InputError, match="is not a PNG"):
        finetune(parent, data, tmp_path / "out", old=old)
    assert not (tmp_path / "out").exists()


def test_old_images_are_rehearsed_and_named(parent: Parent, data: Dataset, tmp_path: Path) -> None:
    write_dataset(tmp_path / "known", 2, seed=2, kind="cort", shape=(96, 128), cells=5)
    known = open_dataset(tmp_path / "known")
    report = finetune(parent, data, tmp_path / "out", rehearse=known)
    assert report["rehearsed"] == [sample.stem for sample in known.samples]
    # 2 images, 2 crops of each, as many old ones, in batches of 2.
    assert np.genfromtxt(tmp_path / "out" / "history.csv", delimiter=",", names=True)["updates"] == 4
    config = ModelConfig.load(tmp_path / "out")
    assert config.data["rehearsed"] == {"name": "known", "hash": known.content_hash(), "images": 2}
    assert "so as not to forget, 2 images of known" in (tmp_path / "out" / "MODEL_CARD.md").read_text()


def test_ten_images_learned_from_tell_what_is_usual(parent: Parent, data: Dataset, tmp_path: Path) -> None:
    """Images without annotation are rehearsed as the parent sees them, and count as learned from."""
    write_dataset(tmp_path / "known", 8, seed=2, kind="cort", shape=(96, 128), cells=5)
    known = open_rehearsal(tmp_path / "known" / "images", parent)
    report = finetune(parent, data, tmp_path / "out", rehearse=known)
    assert list(report["shares_rehearsed"]) == list(report["shares"])
    config = ModelConfig.load(tmp_path / "out")
    reference = Reference.load(Model(config, tmp_path / "out", b""))
    assert reference is not None
    assert reference.images == 2 + 8


def test_an_interrupted_run_goes_on_with_the_same_images(
    parent: Parent, data: Dataset, child: Path, tmp_path: Path
) -> None:
    """As it was when it was killed after its last epoch: no model yet, but a checkpoint."""
    before = content(child)
    (child / CONFIG_NAME).unlink()
    with pytest.raises(UsageError, match="go on with it by --resume"):
        finetune(parent, data, child)
    write_dataset(tmp_path, 3, seed=5, kind="astro", shape=(96, 128), cells=5)
    with pytest.raises(UsageError, match="began with other images"):
        finetune(parent, open_dataset(tmp_path), child, resume=True)
    faster = replace(parent, options=replace(parent.options, recipe=replace(RECIPE, learning_rate=1e-2)))
    with pytest.raises(UsageError, match="began with another recipe"):
        finetune(faster, data, child, resume=True)
    finetune(parent, data, child, old=data, resume=True)
    assert content(child) == before


def test_no_image_is_rehearsed_and_judges(parent: Parent, data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="would be learned from and judge, too"):
        finetune(parent, data, tmp_path / "out", rehearse=data)
    assert not (tmp_path / "out").exists()


def test_the_parents_folder_stays_as_it_was(
    parent: Parent, model: Path, model_before: dict[str, str], data: Dataset, child: Path
) -> None:
    assert content(model) == model_before
    with pytest.raises(UsageError, match="holds a model already"):
        finetune(parent, data, child)


def test_mixtures_run_from_the_old_weights_to_the_new() -> None:
    old = {"a": torch.tensor([1.0, 2.0]), "count": torch.tensor(3)}
    new = {"a": torch.tensor([3.0, 2.0]), "count": torch.tensor(9)}
    assert mix(old, new, 0.25)["a"].tolist() == [1.5, 2.0]
    assert mix(old, new, 0.0)["a"].tolist() == [1.0, 2.0]
    assert mix(old, new, 1.0)["count"].item() == 3


def test_training_moves_towards_the_new_images(parent: Parent, data: Dataset, tmp_path: Path) -> None:
    """With a bold learning rate the loss of the trained images falls: the weights are really learned."""
    bold = replace(
        parent, options=replace(parent.options, recipe=replace(RECIPE, epochs=3, learning_rate=3e-3))
    )
    finetune(bold, data, tmp_path)
    losses = np.genfromtxt(tmp_path / "history.csv", delimiter=",", names=True)["train_loss"]
    assert losses[-1] < losses[0]


def test_too_few_images_and_models_that_cannot_learn(
    parent: Parent, data: Dataset, make_model, tmp_path
) -> None:
    two = replace(data, samples=data.samples[:2])
    with pytest.raises(UsageError, match="correct at least 3"):
        finetune(parent, two, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read"):
        open_parent(make_model())
    with pytest.raises(ModelError, match="There is no model 'nobody'"):
        open_parent("nobody")


def test_the_options_are_those_of_the_parent(parent: Parent) -> None:
    network = trained_network(parent.options, parent.weights)
    assert sum(p.numel() for p in network.parameters()) == sum(
        t.numel() for n, t in parent.weights.items() if "running" not in n and "num_batches" not in n
    )
