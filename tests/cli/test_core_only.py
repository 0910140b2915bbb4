"""The core needs none of the training libraries."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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


def test_segment_measure_and_evaluate_without_them(
    make_model: Callable[..., Path], squares: Callable[..., Path], tmp_path: Path
) -> None:
    script = tmp_path / "core.py"
    # A script and not -c, so that worker processes run it, too.
    script.write_text(PROGRAM)

    def core(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, script, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

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
