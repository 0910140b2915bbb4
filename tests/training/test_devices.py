"""What each of several processes learns from and validates on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from neurocyte.cli import main
from neurocyte.simulate import write_dataset
from neurocyte.training import data, devices
from neurocyte.training.data import EpochSampler
from neurocyte.training.devices import OwnShare


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


def test_folds_on_several_devices_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_dataset(tmp_path / "data", 2, seed=3, kind="cort", shape=(80, 96), cells=4)
    call = ["train", str(tmp_path / "data"), "-o", str(tmp_path / "run"), "--folds", "2", "--devices", "2"]
    assert main(call) == 2
    assert "--folds trains on one device" in capsys.readouterr().err
