"""The core needs none of the training libraries."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BLOCKED = ("torch", "torchvision", "timm", "lightning", "matplotlib", "onnx", "onnxruntime", "safetensors")
PROGRAM = f"""
import sys
for name in {BLOCKED}:
    sys.modules[name] = None
import neurocyte
from neurocyte.cli import main
if __name__ == "__main__":
    sys.exit(main())
"""


@pytest.fixture
def core(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run neurocyte where none of the training libraries can be imported."""
    script = tmp_path / "core.py"
    # A script and not -c, so that worker processes run it, too.
    script.write_text(PROGRAM)

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, script, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_segment_measure_and_evaluate_without_them(
    make_model: Callable[..., Path],
    squares: Callable[..., Path],
    core: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    squares("a.png", 3)
    squares("b.png", 2)
    done = core("segment", tmp_path / "in", "-o", out, "--model", make_model(), "--jobs", "2")
    assert (done.returncode, done.stdout) == (0, f"5 cells in 2 images; see {out / 'report.html'}\n"), done
    done = core("measure", out, "--images", tmp_path / "in", "-o", tmp_path / "cells.csv")
    assert (done.returncode, done.stderr) == (0, ""), done
    truth = tmp_path / "truth"
    (tmp_path / "in").rename(tmp_path / "images")
    truth.mkdir()
    (tmp_path / "images").rename(truth / "images")
    (out / "masks").rename(truth / "masks")
    done = core("evaluate", "--truth", truth, "--pred", out)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert "mAP" in done.stdout


def test_a_command_that_needs_them_says_how_to_get_them(
    core: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = core("inspect", "linknet-ag")
    assert done.returncode == 2
    assert done.stderr == 'neurocyte inspect needs torch: pip install "neurocyte[train]".\n'
