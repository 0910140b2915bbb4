"""A network of cells from training to labels."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from flowing import maps_of
from neurocyte.errors import UsageError
from neurocyte.export import export_folder, load_network
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Dataset
from neurocyte.models.config import FLOW_OUTPUTS, FlowConfig, InputConfig, ModelConfig, TileConfig
from neurocyte.models.folder import load_model
from neurocyte.runtime import Runtime
from neurocyte.segmentation import Segmenter
from neurocyte.simulate import write_dataset
from neurocyte.training.choosing.decoding import decoding_from_cells
from neurocyte.training.choosing.tuning import tune
from neurocyte.training.options import TrainOptions
from neurocyte.training.recipes import DEFAULT, PAPER
from neurocyte.training.run import train_model
from neurocyte.training.scoring import torch_predictor
from touching import LABELS, touching_sample

TINY = TrainOptions(
    arch="linknet-ag",
    encoder="test_efficientnet.r160_in1k",
    encoder_weights="none",
    learn="cells",
    val_fraction=0.34,
    precision="fp32",
    name="tiny",
    recipe=replace(DEFAULT, size=(64, 64), epochs=1, repeats=2, batch_size=2),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("simulated")
    write_dataset(folder, 4, seed=1, kind="cort", shape=(96, 128), cells=5)
    return open_dataset(folder)


class Given(torch.nn.Module):
    """Gives the same maps, whatever the image shows."""

    def __init__(self, maps: np.ndarray) -> None:
        super().__init__()
        count, height, width = maps.shape
        self.logits = torch.full((1, count, -(-height // 32) * 32, -(-width // 32) * 32), -20.0)
        self.logits[0, :, :height, :width] = torch.logit(torch.from_numpy(maps), eps=1e-6)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.logits[:, :, : image.shape[2], : image.shape[3]]


def test_a_run_becomes_a_model_with_all_maps(data: Dataset, tmp_path: Path) -> None:
    train_model(data, TINY, tmp_path)
    config = ModelConfig.load(tmp_path)
    assert config.outputs == FLOW_OUTPUTS
    assert config.architecture.out_channels == 3
    assert isinstance(config.instances, FlowConfig)
    train = json.loads((tmp_path / "split.json").read_text())["train"]
    learned = [sample for sample in data.samples if sample.stem in train]
    assert config.instances.min_area == decoding_from_cells(learned, 0.5).min_area
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["threshold"] == config.instances.threshold
    network, _ = load_network(tmp_path, config)
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 64, 64)).shape == (1, 3, 64, 64)


def test_the_threshold_is_tuned_on_the_samples(tmp_path: Path) -> None:
    sample = touching_sample(tmp_path)
    maps = maps_of(LABELS)
    maps[0] *= 0.35
    tuned = tune(Given(maps), [sample], InputConfig(), TileConfig(), FlowConfig(min_area=5))
    assert tuned.score == 1
    assert tuned.settings == FlowConfig(min_area=5, threshold=0.3)


def test_a_zoomed_run_segments_as_it_was_judged(data: Dataset, tmp_path: Path) -> None:
    options = replace(TINY, zoom=2)
    train_model(data, options, tmp_path)
    config = ModelConfig.load(tmp_path)
    assert config.architecture.zoom == 2
    assert (config.tile.size, config.tile.overlap, config.tile.multiple) == (384, 48, 16)
    # A direction has no length in pixels.
    assert isinstance(config.instances, FlowConfig)
    assert config.instances.reach == FlowConfig().reach
    network, _ = load_network(tmp_path, config)
    export_folder(tmp_path)
    runtime = Runtime(load_model(tmp_path), "fp32", threads=1)
    tiles = np.random.default_rng(0).normal(size=(2, 3, 48, 80)).astype(np.float32)
    maps = torch_predictor(network)(tiles)
    assert maps.shape == (2, 3, 48, 80)
    np.testing.assert_allclose(runtime.predict(tiles), maps, atol=1e-3)
    segmenter = Segmenter(load_model(tmp_path), "fp32", threads=1, tta=True)
    # A tile of 384 is one of 768 inside: no more of them at once.
    assert segmenter.batch_size == 1
    pixels = np.random.default_rng(1).integers(0, 255, (120, 500), dtype=np.uint8)
    assert segmenter.segment(pixels).labels.shape == (120, 500)


@pytest.mark.parametrize(
    ("changes", "remedy"), [({"task": "mask"}, "--task cells"), ({"recipe": PAPER}, "--recipe default")]
)
def test_cells_are_not_learned_where_they_are_of_no_use(changes: dict[str, Any], remedy: str) -> None:
    with pytest.raises(UsageError, match=f"give {remedy} or --learn foreground"):
        replace(TINY, **changes)


def test_images_are_enlarged_before_a_zooming_network_while_it_learns() -> None:
    learning = replace(TINY, zoom=2, scale=0.5).while_learning()
    assert (learning.zoom, learning.scale) == (1, 1.0)
    # Known before the training, not when its model is written.
    with pytest.raises(UsageError, match="cannot be enlarged 3 times by the network; use --zoom 1, 2 or 4"):
        replace(TINY, zoom=3)
    with pytest.raises(UsageError, match="leave --zoom away"):
        replace(TINY, learn="foreground", recipe=PAPER, zoom=2)
