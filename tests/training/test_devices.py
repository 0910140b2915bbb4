"""Training by several processes against training by one."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from neurocyte.cli import main
from neurocyte.simulate import write_dataset
from neurocyte.training import data, devices
from neurocyte.training.data import EpochSampler
from neurocyte.training.devices import OwnShare
from neurocyte.training.history import read_history

# Of the loss, relative: the order of additions differs. Measured: 1e-7 to 2e-5.
TOLERANCE = 1e-4
TINY = ["--encoder", "test_efficientnet.r160_in1k", "--encoder-weights", "none", "--precision", "fp32"]
SHORT = ["--epochs", "3", "--repeats", "2", "--crop", "64x64", "--learning-rate", "0.01", "--no-export"]
DEVICES = ["--devices", "2", "--strategy", "ddp"]


def of_each(make: Callable[[], list], processes: int, monkeypatch: pytest.MonkeyPatch) -> list[list]:
    found = []
    for number in range(processes):
        for module in (data, devices):
            monkeypatch.setattr(module, "place", lambda number=number: (number, processes))
        found.append(make())
    return found


def test_a_step_of_all_processes_is_a_step_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = list(EpochSampler(7, 3, 0))
    assert len(alone) == 21
    shares = of_each(lambda: list(EpochSampler(7, 3, 0)), 2, monkeypatch)
    assert [len(share) for share in shares] == [10, 10]
    for step in range(5):
        first, second = (share[2 * step : 2 * step + 2] for share in shares)
        assert sorted(first + second) == sorted(alone[4 * step : 4 * step + 4])


def test_each_validation_image_is_seen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(OwnShare(3)) == [0, 1, 2]
    assert of_each(lambda: list(OwnShare(3)), 2, monkeypatch) == [[0, 2], [1]]
    assert of_each(lambda: list(OwnShare(1)), 2, monkeypatch) == [[0], [0]]


def test_two_processes_have_the_loss_of_one(tmp_path: Path) -> None:
    write_dataset(tmp_path / "data", 5, seed=3, kind="cort", shape=(80, 96), cells=4)
    call = ["train", str(tmp_path / "data"), *TINY, *SHORT, "--freeze-norm", "--quiet"]
    both = subprocess.run(
        [sys.executable, "-m", "neurocyte", *call, *DEVICES, "-o", tmp_path / "two", "--batch", "2"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (both.returncode, both.stderr) == (0, "")
    assert main([*call, "-o", str(tmp_path / "one"), "--batch", "4"]) == 0
    one, two = (read_history(tmp_path / name / "history.csv") for name in ("one", "two"))
    assert [row["updates"] for row in one] == [row["updates"] for row in two] == [2, 4, 6]
    for name in ("train_loss", "val_loss"):
        assert [row[name] for row in two] == pytest.approx([row[name] for row in one], rel=TOLERANCE)
    assert one[-1]["train_loss"] != pytest.approx(one[0]["train_loss"], rel=10 * TOLERANCE)
    assert (tmp_path / "two" / "config.json").is_file()


def test_folds_on_several_devices_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_dataset(tmp_path / "data", 2, seed=3, kind="cort", shape=(80, 96), cells=4)
    call = ["train", str(tmp_path / "data"), "-o", str(tmp_path / "run"), "--folds", "2", "--devices", "2"]
    assert main(call) == 2
    assert "--folds trains on one device" in capsys.readouterr().err
