"""`neurocyte finetune` as it is called; what it learns is tested where it is computed."""

import sys
from pathlib import Path

import pytest

from neurocyte.cli import main
from neurocyte.simulate import write_dataset


def test_what_is_wrong_with_the_folders_is_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before torch is imported, which takes seconds, and without a folder that was begun."""
    monkeypatch.setitem(sys.modules, "neurocyte.training.finetuning.finetune", None)
    write_dataset(tmp_path / "new", 3, seed=1, kind="cort", shape=(32, 32), cells=1)
    call = ["finetune", "phase-contrast", str(tmp_path / "new"), "-o", str(tmp_path / "out")]
    assert main([*call[:2], str(tmp_path / "nowhere"), *call[3:]]) == 2
    assert "nowhere does not exist: check the path." in capsys.readouterr().err
    assert main([*call, "--old", str(tmp_path / "gone")]) == 2
    assert "gone does not exist: check the path." in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
