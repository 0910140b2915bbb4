"""Training by several processes against training by one."""

import subprocess
import sys
from pathlib import Path

import pytest

from neurocyte.cli import main
from neurocyte.simulate import write_dataset
from neurocyte.training.history import read_history

# Of the loss, relative: the order of additions differs. Measured: 1e-7 to 2e-5.
TOLERANCE = 1e-4
TINY = ["--encoder", "test_efficientnet.r160_in1k", "--encoder-weights", "none", "--precision", "fp32"]
SHORT = ["--epochs", "3", "--repeats", "2", "--crop", "64x64", "--learning-rate", "0.01", "--no-export"]
DEVICES = ["--devices", "2", "--strategy", "ddp"]


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
