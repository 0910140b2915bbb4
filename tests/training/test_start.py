"""A training that begins with the weights of another."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from neurocyte.errors import ModelError, UsageError
from neurocyte.export import load_network
from neurocyte.io.annotations.sample import Dataset
from neurocyte.models.config import ModelConfig
from neurocyte.training import run
from neurocyte.training.checkpoints import load_checkpoint
from neurocyte.training.run import train_model
from tiny_run import TINY

ONCE = replace(TINY, name="tiny", recipe=replace(TINY.recipe, epochs=1, repeats=1))


@pytest.fixture(scope="module")
def parent(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "parent"
    train_model(data, ONCE, out)
    return out


def test_it_begins_with_all_weights_and_says_whose(parent: Path, data: Dataset, tmp_path: Path) -> None:
    # Too slow to move anything: what comes out is what went in.
    still = replace(ONCE, seed=1, start=str(parent), recipe=replace(ONCE.recipe, learning_rate=1e-12))
    said: list[str] = []
    result = train_model(data, replace(still, refit=1), tmp_path / "child", say=said.append)
    assert said[0] == "Encoder weights from the model parent."
    before = load_network(parent, ModelConfig.load(parent))[0].state_dict()
    after = load_checkpoint(result.fit.last)
    moved = [n for n in before if not torch.allclose(before[n].float(), after[n].float(), atol=1e-6)]
    assert {name.rpartition(".")[2] for name in moved} <= {
        "running_mean",
        "running_var",
        "num_batches_tracked",
    }
    assert json.loads((tmp_path / "child" / "metrics.json").read_text())["encoder_weights"] == said[0]
    # What is learned afterwards goes on from this network, not from that of the parent.
    assert (
        json.loads((tmp_path / "child" / "refit" / "start.json").read_text())["source"] == "a trained model"
    )


def test_another_network_or_none_is_refused_before_anything_is_written(
    parent: Path, data: Dataset, tmp_path: Path
) -> None:
    out = tmp_path / "child"
    with pytest.raises(
        UsageError, match=r"The network of .*parent is another than the one to be trained: give"
    ):
        train_model(data, replace(ONCE, arch="linknet", start=str(parent)), out)
    with pytest.raises(ModelError, match="There is no model 'nobody'"):
        train_model(data, replace(ONCE, start="nobody"), out)
    assert not out.exists()


def test_a_run_that_goes_on_does_not_need_its_parent_any_more(
    parent: Path, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, options = tmp_path / "child", replace(ONCE, start=str(parent))
    train_model(data, options, out)
    asked: list[Callable[..., object]] = []
    monkeypatch.setattr(run, "weights_of", asked.append)
    train_model(data, options, out, resume=True)
    assert asked == []
