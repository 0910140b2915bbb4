"""What goes wrong in a training: a loss that is no number, too little memory, a disk that is full."""

import dataclasses
import os
import re
import signal
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Sample
from neurocyte.training.checkpoints import WholeFiles, load_checkpoint
from neurocyte.training.fit import fit
from neurocyte.training.memory import out_of_memory, smaller_part
from neurocyte.training.options import TrainOptions
from neurocyte.training.recipes import DEFAULT

RECIPE = dataclasses.replace(DEFAULT, size=(64, 64), batch_size=4, epochs=3, repeats=2)
OPTIONS = TrainOptions(
    encoder="test_efficientnet", encoder_weights="none", precision="fp32", name="tiny", recipe=RECIPE
)


@pytest.fixture(scope="module")
def samples(
    tmp_path_factory: pytest.TempPathFactory, make_samples: Callable[..., list[Sample]]
) -> list[Sample]:
    return make_samples(tmp_path_factory.mktemp("images"), 6, (60, 72))


class Spoil(Callback):
    """Put a NaN into the weights, as a gradient that overflows does."""

    def __init__(self, epoch: int, batch: int) -> None:
        self.epoch, self.batch = epoch, batch

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        if (trainer.current_epoch, batch_idx) == (self.epoch, self.batch):
            with torch.no_grad():
                next(pl_module.network.parameters()).fill_(float("nan"))


class Exhaust(Callback):
    """Say that memory ran out, as torch does, while more than so many crops are learned at once."""

    def __init__(self, most: int, epoch: int = 0) -> None:
        self.most, self.epoch = most, epoch

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        if len(batch[0]) > self.most and trainer.current_epoch >= self.epoch:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory"
            )


def test_a_loss_that_is_no_number_names_the_batch_and_keeps_the_last_good_epoch(
    samples: list[Sample], tmp_path: Path
) -> None:
    fit(samples[:4], samples[4:], OPTIONS, tmp_path / "good", callbacks=[])
    drawn: list[Any] = []

    class Note(Callback):
        def on_train_batch_start(
            self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
        ) -> None:
            if (trainer.current_epoch, batch_idx) == (2, 1):
                drawn.append(batch[0])

    with pytest.raises(UsageError, match=r"The loss became nan in epoch 2, batch 1 \(crops of ") as caught:
        fit(samples[:4], samples[4:], OPTIONS, tmp_path / "bad", callbacks=[Note(), Spoil(2, 1)])
    last = tmp_path / "bad" / "checkpoints" / "last.ckpt"
    assert f"{last} holds the last good epoch" in str(caught.value)
    assert torch.load(last, weights_only=True)["epoch"] == 1
    assert all(bool(torch.isfinite(t).all()) for t in load_checkpoint(last).values())
    # The names are those of the crops that were in the batch, no more and no fewer.
    from neurocyte.training.data import EpochSampler, TrainingCrops

    crops = TrainingCrops(samples[:4], OPTIONS.input_config(), RECIPE.augment, RECIPE.size, OPTIONS.seed)
    sampler = EpochSampler(4, RECIPE.repeats, OPTIONS.seed)
    sampler.set_epoch(2)
    keys = [key for key in sampler if any(torch.equal(crops[key][0], image) for image in drawn[0])]
    assert len(keys) == 4
    named = str(caught.value).split("crops of ")[1].split(")")[0].split(", ")
    assert named == sorted({samples[index % 4].stem for _, index in keys})


def test_two_trainings_in_one_folder(samples: list[Sample], tmp_path: Path) -> None:
    class Second(Callback):
        def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
            fit(samples[:4], samples[4:], OPTIONS, tmp_path)

    with pytest.raises(UsageError, match=r"is in use by another training: wait for its end"):
        fit(samples[:4], samples[4:], OPTIONS, tmp_path, callbacks=[Second()])


def test_what_a_killed_training_left_is_removed(samples: list[Sample], tmp_path: Path) -> None:
    recipe = dataclasses.replace(RECIPE, epochs=1)
    options = dataclasses.replace(OPTIONS, recipe=recipe)
    fit(samples[:4], samples[4:], options, tmp_path)
    before = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    for orphan in (
        tmp_path / f".{uuid.uuid4().hex}.csv",
        tmp_path / "checkpoints" / f".{uuid.uuid4().hex}.ckpt",
    ):
        orphan.write_bytes(b"half")
    fit(samples[:4], samples[4:], options, tmp_path, resume=True)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == before


def test_without_a_finished_epoch_nothing_is_said_to_be_kept(samples: list[Sample], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no epoch was over, so nothing is kept"):
        fit(samples[:4], samples[4:], OPTIONS, tmp_path, callbacks=[Spoil(0, 0)])


def test_out_of_memory_learns_in_smaller_parts_with_the_same_updates(
    samples: list[Sample], tmp_path: Path
) -> None:
    whole = fit(samples[:4], samples[4:], OPTIONS, tmp_path / "whole")
    said: list[str] = []
    parts = fit(
        samples[:4],
        samples[4:],
        OPTIONS,
        tmp_path / "parts",
        callbacks=[Exhaust(1, epoch=1)],
        say=said.append,
    )
    assert said[1::2] == [
        "Out of memory: going on with 2 of the 4 crops of an update at a time.",
        "Out of memory: going on with 1 of the 4 crops of an update at a time.",
    ]
    assert said[2] == "Encoder weights from the last checkpoint."
    assert (whole.part, parts.part) == (4, 1)
    assert [row["updates"] for row in parts.history] == [row["updates"] for row in whole.history]
    assert [row["learning_rate"] for row in parts.history] == [row["learning_rate"] for row in whole.history]


def test_a_crop_that_does_not_fit_is_said(samples: list[Sample], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="A single crop does not fit into memory: give a smaller --crop"):
        fit(samples[:4], samples[4:], OPTIONS, tmp_path, callbacks=[Exhaust(0)])


def test_other_errors_pass_through(samples: list[Sample], tmp_path: Path) -> None:
    class Break(Callback):
        def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
            raise RuntimeError("another reason")

    with pytest.raises(RuntimeError, match="another reason"):
        fit(samples[:4], samples[4:], OPTIONS, tmp_path, callbacks=[Break()])


@pytest.mark.parametrize(
    ("batch", "sizes"), [(8, [4, 2, 1, None]), (6, [3, 1, None]), (5, [1, None]), (1, [None])]
)
def test_parts_divide_the_batch(batch: int, sizes: list[int | None]) -> None:
    part = batch
    for size in sizes:
        found = smaller_part(batch, part)
        assert found == size
        part = found or part


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space as Linux does")
def test_memory_that_really_runs_out(tmp_path: Path) -> None:
    """A process that may not have more memory: torch's own error, not one that is made up."""
    program = textwrap.dedent(
        """
        import resource, sys, torch
        from neurocyte.training.memory import out_of_memory
        torch.zeros(1)
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, resource.RLIM_INFINITY))
        convolution = torch.nn.Conv2d(3, 64, 3).requires_grad_(True)
        try:
            convolution(torch.zeros(64, 3, 512, 512))
        except Exception as exc:
            sys.exit(0 if out_of_memory(exc) else repr(exc))
        sys.exit("it fits")
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr


def test_other_errors_are_no_lack_of_memory() -> None:
    assert not out_of_memory(RuntimeError("shapes cannot be multiplied"))
    assert not out_of_memory(ValueError("can't allocate memory"))
    assert out_of_memory(MemoryError())


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as Unix does")
def test_a_full_disk_keeps_the_older_checkpoint(tmp_path: Path) -> None:
    """A process whose files may not grow past 100 kB meets what a full disk gives."""
    import resource

    path = tmp_path / "last.ckpt"
    WholeFiles().save_checkpoint({"epoch": 1}, path)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Unheeded, the signal would end the process before the write can fail.
    heeded = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(UsageError, match=f"{re.escape(str(path))} cannot be written"):
            WholeFiles().save_checkpoint({"w": torch.zeros(10**6)}, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, heeded)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
