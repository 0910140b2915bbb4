"""Whole training runs of a tiny network on six synthetic images."""

import dataclasses
import pickle
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Sample
from neurocyte.networks import build_network
from neurocyte.training.checkpoints import load_checkpoint
from neurocyte.training.fit import FitResult, fit
from neurocyte.training.history import COLUMNS, read_history
from neurocyte.training.options import TrainOptions
from neurocyte.training.recipes import DEFAULT, PAPER, Recipe

TINY_DEFAULT = dataclasses.replace(DEFAULT, size=(32, 32), batch_size=4, epochs=4, repeats=2)
TINY_PAPER = dataclasses.replace(PAPER, size=(48, 64), batch_size=2, epochs=4)
# test_efficientnet has 0.1 M parameters and lies in timm.
TINY = TrainOptions(encoder="test_efficientnet", encoder_weights="none", precision="fp32", name="tiny")


def options(recipe: Recipe, **changes: Any) -> TrainOptions:
    return dataclasses.replace(TINY, recipe=recipe, **changes)


class Interrupt(Callback):
    """Press Ctrl-C in a given epoch, before or after its first update."""

    def __init__(self, epoch: int, *, in_batch: bool = False) -> None:
        self.epoch, self.in_batch = epoch, in_batch

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.current_epoch == self.epoch and not self.in_batch:
            raise KeyboardInterrupt

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        if trainer.current_epoch == self.epoch and self.in_batch:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def samples(
    tmp_path_factory: pytest.TempPathFactory, make_samples: Callable[..., list[Sample]]
) -> list[Sample]:
    return make_samples(tmp_path_factory.mktemp("images"), 6, (60, 72))


@pytest.fixture(scope="module")
def uninterrupted(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> dict[str, FitResult]:
    out = tmp_path_factory.mktemp("uninterrupted")
    return {r.name: run(samples, r, out / r.name) for r in (TINY_DEFAULT, TINY_PAPER)}


def run(samples: list[Sample], recipe: Recipe, out: Path, **changes: Any) -> FitResult:
    keywords = {k: changes.pop(k) for k in ("resume", "callbacks", "say") if k in changes}
    return fit(samples[:4], samples[4:], options(recipe, **changes), out, **keywords)


def checkpoint(path: Path) -> dict[str, Any]:
    return torch.load(path, weights_only=True)  # type: ignore[no-any-return]


def assert_same(got: Any, wanted: Any, where: str = "") -> None:
    """Compare nested containers; tensors bit for bit."""
    assert type(got) is type(wanted), where
    if isinstance(wanted, dict):
        assert list(got) == list(wanted), where
        for key in wanted:
            assert_same(got[key], wanted[key], f"{where}/{key}")
    elif isinstance(wanted, (list, tuple)):
        assert len(got) == len(wanted), where
        for index, (a, b) in enumerate(zip(got, wanted, strict=True)):
            assert_same(a, b, f"{where}/{index}")
    elif isinstance(wanted, torch.Tensor):
        assert torch.equal(got, wanted), where
    else:
        assert got == wanted, where


def assert_same_state(got: Path, wanted: Path) -> None:
    a, b = checkpoint(got), checkpoint(wanted)
    for part in ("state_dict", "optimizer_states", "lr_schedulers", "global_step", "epoch"):
        assert_same(a[part], b[part], part)
    for part in ("current_model_state", "averaging_state"):
        assert_same(a.get(part), b.get(part), part)


def without_time(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


@pytest.mark.parametrize("recipe", [TINY_DEFAULT, TINY_PAPER], ids=lambda r: r.name)
class TestBothRecipes:
    def test_one_seed_gives_the_same_weights_with_and_without_workers(
        self, recipe: Recipe, samples: list[Sample], uninterrupted: dict[str, FitResult], tmp_path: Path
    ) -> None:
        again = run(samples, recipe, tmp_path, workers=1)
        assert_same_state(again.last, uninterrupted[recipe.name].last)
        assert_same_state(again.best, uninterrupted[recipe.name].best)
        assert without_time(again.history) == without_time(uninterrupted[recipe.name].history)

    @pytest.mark.parametrize("in_batch", [False, True])
    def test_a_resumed_run_reaches_the_uninterrupted_ones_weights(
        self,
        recipe: Recipe,
        in_batch: bool,
        samples: list[Sample],
        uninterrupted: dict[str, FitResult],
        tmp_path: Path,
    ) -> None:
        first = run(samples, recipe, tmp_path, callbacks=[Interrupt(2, in_batch=in_batch)])
        assert first.interrupted
        assert [row["epoch"] for row in first.history] == [0, 1]
        second = run(samples, recipe, tmp_path, resume=True)
        wanted = uninterrupted[recipe.name]
        assert not second.interrupted
        assert_same_state(second.last, wanted.last)
        assert_same_state(second.best, wanted.best)
        assert without_time(second.history) == without_time(wanted.history)
        assert [row["epoch"] for row in read_history(tmp_path / "history.csv")] == [0, 1, 2, 3]

    def test_another_seed_gives_other_weights(
        self, recipe: Recipe, samples: list[Sample], uninterrupted: dict[str, FitResult], tmp_path: Path
    ) -> None:
        other = run(samples, dataclasses.replace(recipe, epochs=1), tmp_path, seed=1)
        a, b = load_checkpoint(other.last), load_checkpoint(uninterrupted[recipe.name].last)
        assert not torch.equal(a["head.weight"], b["head.weight"])

    def test_an_interrupted_run_can_be_used(
        self, recipe: Recipe, samples: list[Sample], tmp_path: Path
    ) -> None:
        before = signal.getsignal(signal.SIGINT)
        result = run(samples, recipe, tmp_path, callbacks=[Interrupt(1)])
        assert result.interrupted
        assert (result.best, result.last) == (
            tmp_path / "checkpoints" / "best.ckpt",
            tmp_path / "checkpoints" / "last.ckpt",
        )
        network = build_network("linknet-ag", "test_efficientnet")
        for path in (result.best, result.last):
            network.load_state_dict(load_checkpoint(path))
        # What follows training (export, figures) can be interrupted too.
        assert signal.getsignal(signal.SIGINT) is before


def test_the_history_has_every_column(uninterrupted: dict[str, FitResult], samples: list[Sample]) -> None:
    result = uninterrupted["default"]
    rows = read_history(result.last.parent.parent / "history.csv")
    assert [tuple(row) for row in rows] == [COLUMNS] * 4
    # Four images twice, four crops a batch: two updates an epoch.
    assert [row["updates"] for row in rows] == [2, 4, 6, 8]
    assert all(abs(a[k] - b[k]) < 1e-7 for a, b in zip(rows, result.history, strict=True) for k in COLUMNS)


def test_the_rate_follows_one_cycle(uninterrupted: dict[str, FitResult]) -> None:
    scheduler = checkpoint(uninterrupted["default"].last)["lr_schedulers"][0]
    assert (scheduler["total_steps"], scheduler["last_epoch"]) == (8, 8)
    rates = [row["learning_rate"] for row in uninterrupted["default"].history]
    # Cosine from the peak of 2e-3 at step -0.2 (a tenth of 8, less one) to 2e-3 / 25e4 at step 7.
    low = 2e-3 / 25e4
    wanted = [low + (2e-3 - low) * (1 + np.cos(np.pi * (step + 0.2) / 7.2)) / 2 for step in (2, 4, 6)]
    assert rates[:3] == pytest.approx(wanted, rel=1e-6)


def test_the_best_row_is_the_best_checkpoint(uninterrupted: dict[str, FitResult]) -> None:
    for result in uninterrupted.values():
        assert result.best_row["val_dice"] == max(row["val_dice"] for row in result.history)
        assert checkpoint(result.best)["epoch"] == result.best_row["epoch"]
        assert checkpoint(result.last)["epoch"] == 3


def test_checkpoints_hold_the_averaged_weights(uninterrupted: dict[str, FitResult]) -> None:
    state = checkpoint(uninterrupted["default"].last)
    name = "network.head.weight"
    assert not torch.equal(state["state_dict"][name], state["current_model_state"][name])
    loaded = load_checkpoint(uninterrupted["default"].last)
    assert torch.equal(loaded["head.weight"], state["state_dict"][name])
    assert state["averaging_state"]["n_averaged"] == 8
    assert set(loaded) == set(build_network("linknet-ag", "test_efficientnet").state_dict())


class Plateau(Callback):
    """Let every validation from the second on be worse than the first."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        metrics = trainer._logger_connector._callback_metrics
        metrics["val_loss"] = torch.tensor(1.0 + (trainer.current_epoch > 0))


def test_the_papers_plateau_and_early_stopping(samples: list[Sample], tmp_path: Path) -> None:
    """Patience 3 for the rate (it falls after the third bad epoch) and 3 for the stop."""
    recipe = dataclasses.replace(TINY_PAPER, epochs=9, early_stopping=5)
    plateau = Plateau()
    result = run(samples, recipe, tmp_path / "rate", callbacks=[plateau])
    # Epochs 1, 2 and 3 are bad: the third exceeds the patience of 2.
    assert plateau.rates == [1e-3, 1e-3, 1e-3, 1e-3, 5e-4, 5e-4]
    assert len(result.history) == 6
    assert not result.interrupted
    stopped = run(
        samples, dataclasses.replace(TINY_PAPER, epochs=9), tmp_path / "stop", callbacks=[Plateau()]
    )
    # The first, and three that are not better.
    assert [row["epoch"] for row in stopped.history] == [0, 1, 2, 3]


def test_bf16_trains_and_two_runs_agree(samples: list[Sample], tmp_path: Path) -> None:
    recipe = dataclasses.replace(TINY_DEFAULT, epochs=1)
    first, second = (run(samples, recipe, tmp_path / name, precision="bf16") for name in "ab")
    assert_same_state(first.last, second.last)
    assert all(np.isfinite(value) for value in first.history[0].values())


def test_weights_are_loaded_recalibrated_and_reported(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(5)
    encoder = build_network("linknet-ag", "test_efficientnet").encoder
    tensors = {n.removeprefix("net."): t.clone() for n, t in encoder.state_dict().items()}
    save_file(tensors, tmp_path / "w.safetensors")
    starts: list[dict[str, torch.Tensor]] = []

    class Start(Callback):
        def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
            starts.append({n: t.clone() for n, t in pl_module.network.encoder.state_dict().items()})

    said: list[str] = []
    recipe = dataclasses.replace(TINY_DEFAULT, epochs=1)
    result = run(
        samples,
        recipe,
        tmp_path / "run",
        encoder_weights=str(tmp_path / "w.safetensors"),
        callbacks=[Start()],
        say=said.append,
    )
    count = sum(not name.endswith("num_batches_tracked") for name in tensors)
    assert said == [f"Encoder weights from w.safetensors: {count} tensors loaded."]
    assert (result.weights.missing, result.weights.unused, result.weights.misfit) == ((), (), ())
    (start,) = starts
    assert torch.equal(start["net.conv_stem.weight"], tensors["conv_stem.weight"])
    # A fresh network has mean 0 and variance 1; the training images have others.
    assert not torch.equal(start["net.bn1.running_mean"], tensors["bn1.running_mean"])


def test_a_random_start_is_said(samples: list[Sample], tmp_path: Path) -> None:
    said: list[str] = []
    recipe = dataclasses.replace(TINY_DEFAULT, epochs=1)
    begun = run(samples, recipe, tmp_path, say=said.append)
    resumed = run(samples, recipe, tmp_path, say=said.append, resume=True)
    assert said == [
        "Encoder weights from nowhere (random start).",
        "Encoder weights from the last checkpoint.",
    ]
    # What is written of the run is how it began.
    assert resumed.weights == begun.weights
    (tmp_path / "start.json").unlink()
    older = run(samples, recipe, tmp_path, resume=True)
    assert older.weights.sentence() == "Encoder weights from the last checkpoint."


def test_a_finished_run_resumes_to_itself(samples: list[Sample], tmp_path: Path) -> None:
    recipe = dataclasses.replace(TINY_DEFAULT, epochs=1)
    first = run(samples, recipe, tmp_path)
    state = checkpoint(first.last)["state_dict"]
    again = run(samples, recipe, tmp_path, resume=True)
    assert again.history == first.history
    assert_same(checkpoint(again.last)["state_dict"], state)


def test_nothing_to_resume(samples: list[Sample], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no checkpoint at .*last\.ckpt to resume from"):
        run(samples, TINY_DEFAULT, tmp_path, resume=True)


def test_a_checkpoint_that_would_run_code_is_not_loaded(samples: list[Sample], tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> tuple[Any, tuple[Path]]:
            return Path.touch, (tmp_path / "ran",)

    last = tmp_path / "checkpoints" / "last.ckpt"
    last.parent.mkdir()
    for write in (torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))):
        write({"state_dict": Payload()}, last)
        with pytest.raises(UsageError, match=r"last\.ckpt is damaged or holds more than weights"):
            run(samples, TINY_DEFAULT, tmp_path, resume=True)
        assert not (tmp_path / "ran").exists()
    pickle.loads(last.read_bytes())
    assert (tmp_path / "ran").exists()  # The payload is a real one.


def test_an_interruption_before_the_first_epoch_is_over_is_said(
    samples: list[Sample], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="stopped before its first epoch was over"):
        run(samples, TINY_DEFAULT, tmp_path, callbacks=[Interrupt(0, in_batch=True)])


def test_other_exits_pass_through(samples: list[Sample], tmp_path: Path) -> None:
    class Leave(Callback):
        def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
            raise SystemExit(7)

    with pytest.raises(SystemExit) as caught:
        run(samples, TINY_DEFAULT, tmp_path, callbacks=[Leave()])
    assert caught.value.code == 7


def test_training_learns(samples: list[Sample], tmp_path: Path) -> None:
    """The disks are brighter than the ground: a few updates must find them."""
    recipe = dataclasses.replace(TINY_DEFAULT, epochs=8, repeats=6, ema=0.9, learning_rate=1e-2)
    result = run(samples, recipe, tmp_path)
    assert result.best_row["val_dice"] > 0.7
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"]


def test_a_run_that_stopped_early_resumes_to_itself(samples: list[Sample], tmp_path: Path) -> None:
    # So large a rate ruins the network at once: the validation loss never gets better.
    recipe = dataclasses.replace(TINY_PAPER, learning_rate=10.0, early_stopping=1, epochs=9)
    first = run(samples, recipe, tmp_path)
    assert len(first.history) < 9
    state = checkpoint(first.last)["state_dict"]
    again = run(samples, recipe, tmp_path, resume=True)
    assert again.history == first.history
    assert_same(checkpoint(again.last)["state_dict"], state)
