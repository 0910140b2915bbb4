import dataclasses
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from neurocyte.models.config import TileConfig
from neurocyte.networks import build_network
from neurocyte.training.module import DEFAULT_THRESHOLD, THRESHOLDS, SegmentationModule
from neurocyte.training.precision import has_fast_bf16, lightning_precision
from neurocyte.training.recipes import DEFAULT, PAPER, RECIPES, Recipe


class FirstChannel(nn.Module):
    """A network that returns the first channel as its logits."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1, 1))

    def forward(self, image: Tensor) -> Tensor:
        return image[:, :1] * self.scale


@pytest.fixture(autouse=True)
def as_lightning_validates() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.fixture
def logged() -> dict[str, Any]:
    return {}


def module(recipe: Recipe = DEFAULT, logged: dict[str, Any] | None = None) -> SegmentationModule:
    made = SegmentationModule(FirstChannel(), recipe, TileConfig(64, 16, 32), steps=10)
    alone = SimpleNamespace(reduce=lambda table, reduce_op: table)
    made._trainer = SimpleNamespace(precision="32-true", strategy=alone, world_size=1)
    if logged is not None:
        made.log = lambda name, value, **_: logged.setdefault(name, []).append(value)
        made.log_dict = lambda values, **_: logged.update(values)
    return made


def plane(probability: np.ndarray) -> np.ndarray:
    logits = np.log(probability / (1 - probability)).astype(np.float32)
    return np.stack([logits] * 3)


def test_validation_pools_pixels_and_chooses_the_threshold(logged: dict[str, Any]) -> None:
    made = module(logged=logged)
    made.on_validation_epoch_start()
    first = np.full((32, 32), 0.1)
    first[:10] = 0.33  # 320 pixels, all true: found at thresholds up to 0.30
    second = np.full((32, 32), 0.1)
    second[:5] = 0.9  # 160 pixels, all true
    second[5:6] = 0.58  # 32 pixels, all false: left out from 0.60 on
    truths = [np.arange(32)[:, None].repeat(32, 1) < n for n in (10, 5)]
    for index, (probability, truth) in enumerate(zip((first, second), truths, strict=True)):
        made.validation_step({"plane": plane(probability), "truth": truth}, index)
    made.on_validation_epoch_end()
    # At 0.5: tp 160, fp 32, fn 320.
    assert logged["val_iou"] == pytest.approx(160 / 512)
    assert logged["val_dice"] == pytest.approx(320 / 672)
    # At 0.2 to 0.3: tp 480, fp 32; of equal thresholds the one nearest to 0.5.
    assert logged["val_threshold"] == 0.3
    assert logged["val_iou_at_threshold"] == pytest.approx(480 / 512)
    assert len(logged["val_loss"]) == 2
    wanted = made.loss(
        torch.logit(torch.from_numpy(first)).float()[None, None],
        torch.from_numpy(truths[0]).float()[None, None],
    )
    torch.testing.assert_close(logged["val_loss"][0], wanted, rtol=1e-4, atol=1e-6)


def test_counts_start_anew_each_epoch(logged: dict[str, Any]) -> None:
    made = module(logged=logged)
    truth = np.ones((32, 32), bool)
    for probability, dice in ((0.1, 0.0), (0.9, 1.0)):
        made.on_validation_epoch_start()
        made.validation_step({"plane": plane(np.full((32, 32), probability)), "truth": truth}, 0)
        made.on_validation_epoch_end()
        assert logged["val_dice"] == dice


def test_validation_scores_at_the_images_own_size(logged: dict[str, Any]) -> None:
    made = module(logged=logged)
    made.on_validation_epoch_start()
    made.validation_step({"plane": plane(np.full((16, 20), 0.9)), "truth": np.ones((32, 40), bool)}, 0)
    assert made._counts[DEFAULT_THRESHOLD].tp == 32 * 40


def test_large_images_are_tiled(logged: dict[str, Any]) -> None:
    made = module(logged=logged)
    made.on_validation_epoch_start()
    probability = np.random.default_rng(0).uniform(0.05, 0.95, (150, 100))
    made.validation_step({"plane": plane(probability), "truth": probability > DEFAULT_THRESHOLD}, 0)
    counts = made._counts[DEFAULT_THRESHOLD]
    assert (counts.fp, counts.fn) == (0, 0)
    assert counts.tp == (probability > DEFAULT_THRESHOLD).sum()


def test_the_training_step_is_the_loss(logged: dict[str, Any]) -> None:
    made = module(logged=logged)
    image, target = torch.randn(2, 3, 8, 8), (torch.rand(2, 1, 8, 8) > 0.5).float()
    loss = made.training_step((image, target), 0)
    torch.testing.assert_close(loss, made.loss(image[:, :1], target))
    assert logged["train_loss"] == [loss]


def test_thresholds() -> None:
    assert THRESHOLDS[0] == 0.2
    assert THRESHOLDS[-1] == 0.8
    assert DEFAULT_THRESHOLD in THRESHOLDS
    assert np.diff(THRESHOLDS) == pytest.approx([0.05] * 12)


def test_the_papers_optimizer() -> None:
    made = module(PAPER).configure_optimizers()
    (group,) = made["optimizer"].param_groups
    assert type(made["optimizer"]) is torch.optim.Adam
    assert (group["lr"], group["weight_decay"]) == (1e-3, 0)
    plateau = made["lr_scheduler"]["scheduler"]
    assert (plateau.factor, plateau.patience, plateau.mode) == (0.5, 2, "min")
    assert made["lr_scheduler"]["monitor"] == "val_loss"


def test_biases_and_norms_are_not_decayed() -> None:
    network = build_network("linknet-ag", "test_efficientnet")
    made = SegmentationModule(network, DEFAULT, TileConfig(), steps=100).configure_optimizers()
    decayed, free = made["optimizer"].param_groups
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.01, 0.0)
    assert {p.ndim for p in decayed["params"]} == {4}
    assert {p.ndim for p in free["params"]} == {1}
    assert len(decayed["params"]) + len(free["params"]) == len(list(network.parameters()))
    # A 25th of the peak at the start.
    assert decayed["lr"] == pytest.approx(2e-3 / 25)


@pytest.mark.parametrize("steps", [1, 2, 9, 10, 11, 20, 500])
def test_the_cycle_fits_any_number_of_steps(steps: int) -> None:
    made = SegmentationModule(FirstChannel(), DEFAULT, TileConfig(), steps).configure_optimizers()
    optimizer, scheduler = made["optimizer"], made["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(steps):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    assert rates[-1] == pytest.approx(2e-3 / 25e4)
    assert max(rates) <= 2e-3
    if steps == 500:
        assert rates[0] == pytest.approx(2e-3 / 25)
        # The peak at a tenth: step 49, counted from 0.
        assert (rates.index(max(rates)), max(rates)) == (49, pytest.approx(2e-3))


def test_the_papers_recipe_is_the_papers() -> None:
    printed = {
        "size": (256, 256),
        "fixed_size": True,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "schedule": "plateau",
        "early_stopping": 3,
        "augment": "paper",
    }
    ours = {"alpha": 0.5, "beta": 0.5, "batch_size": 8, "epochs": 100, "intensity": "dtype"}
    recipe = dataclasses.asdict(PAPER)
    assert {name: recipe[name] for name in printed | ours} == printed | ours
    assert RECIPES == {"default": DEFAULT, "paper": PAPER}


@pytest.mark.parametrize(
    ("capabilities", "cuda", "fast"),
    [
        ({"avx512_bf16": True}, None, True),
        ({"amx_bf16": True}, None, True),
        ({"avx512_f": True}, None, False),
        ({"avx512_bf16": True}, False, False),
        ({}, True, True),
    ],
)
def test_precision_follows_the_machine(
    capabilities: dict[str, bool], cuda: bool | None, fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda is not None)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: cuda)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert has_fast_bf16() is fast
    assert lightning_precision("auto") == ("bf16-mixed" if fast else "32-true")
    assert lightning_precision("bf16") == "bf16-mixed"
    assert lightning_precision("fp32") == "32-true"
