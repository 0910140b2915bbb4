"""Which epoch of a run becomes the model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from flowing import maps_of
from neurocyte.io.annotations.sample import Sample
from neurocyte.models.config import FlowConfig, InstanceConfig
from neurocyte.training.choosing import epoch as epoch_module
from neurocyte.training.choosing.epoch import choose_epoch
from neurocyte.training.encoder_weights import LoadReport
from neurocyte.training.fit import FitResult
from neurocyte.training.options import TrainOptions
from neurocyte.training.recipes import PAPER
from touching import LABELS, touching_sample

CELLS = TrainOptions(encoder_weights="none", learn="cells")


class Knows(torch.nn.Module):
    """Gives the maps of two cells that touch; `told` is how well it tells them apart."""

    def __init__(self, told: float) -> None:
        super().__init__()
        labels = LABELS.astype(np.int32)
        apart, merged = maps_of(labels), maps_of((labels > 0).astype(np.int32))
        self.logits = torch.logit(torch.from_numpy(apart if told else merged), eps=1e-6)[None]

    def forward(self, _: torch.Tensor) -> torch.Tensor:
        return self.logits


@pytest.fixture
def touching(tmp_path: Path) -> Sample:
    return touching_sample(tmp_path / "data")


def run_of(out: Path, best: float, last: float) -> FitResult:
    """Write a run of two epochs, the first of which has the better Dice."""
    for name, told in (("best", best), ("last", last)):
        torch.save({"state_dict": {"network.told": torch.tensor(told)}}, out / f"{name}.ckpt")
    rows = [{"epoch": float(i), "val_dice": dice, "val_threshold": 0.5} for i, dice in enumerate((0.8, 0.7))]
    return FitResult(
        rows, out / "best.ckpt", out / "last.ckpt", LoadReport("none"), interrupted=False, part=1
    )


@pytest.mark.parametrize(("best", "last", "epoch"), [(0, 1, 1), (1, 0, 0), (1, 1, 0)])
def test_a_network_of_cells_is_chosen_by_its_cells(
    best: float, last: float, epoch: int, touching: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epoch_module, "trained_network", lambda _, weights: Knows(float(weights["told"])))
    chosen = choose_epoch(run_of(tmp_path, best, last), [touching], [touching], CELLS)
    assert chosen.row["epoch"] == epoch
    assert chosen.weights["told"] == 1
    assert isinstance(chosen.decoding, FlowConfig)


def test_a_network_of_the_foreground_is_chosen_by_its_dice(touching: Sample, tmp_path: Path) -> None:
    options = replace(CELLS, learn="foreground", recipe=PAPER)
    chosen = choose_epoch(run_of(tmp_path, 0, 1), [touching], [touching], options)
    assert (chosen.row["epoch"], float(chosen.weights["told"])) == (0, 0)
    assert isinstance(chosen.decoding, InstanceConfig)
    assert chosen.decoding.threshold == 0.5
