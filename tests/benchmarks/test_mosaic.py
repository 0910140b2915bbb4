import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.testing import assert_array_equal
from PIL import Image as PillowImage

from scripts import ROOT, load

pytest.importorskip("onnx")


def test_a_mosaic_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    script = load("benchmarks/mosaic")
    folder = tmp_path / "data" / "sartorius" / "train"
    folder.mkdir(parents=True)
    frames = np.random.default_rng(0).integers(0, 255, (2, 520, 704)).astype(np.uint8)
    for number, frame in enumerate(frames):
        PillowImage.fromarray(frame).save(folder / f"{number}.png")
    # As a script: a process that is started hands its own peak of memory on to what it starts.
    options = ["600", "--network", "thin", "--work", str(tmp_path), "--json", str(tmp_path / "out.json")]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "mosaic.py"), *options],
        env={**os.environ, "NEUROCYTE_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    (run,) = json.loads((tmp_path / "out.json").read_text())
    assert json.loads(done.stdout) == run
    assert 0.1 < run["peak_gb"] < 2
    # The seconds are rounded to a tenth.
    assert run["seconds_a_megapixel"] == pytest.approx(run["seconds"] / 0.36, abs=0.051 / 0.36)
    script.write_tiff(tmp_path / "a.tif", 600, tuple(sorted(folder.iterdir())))
    mosaic = tifffile.imread(tmp_path / "a.tif")
    assert_array_equal(mosaic[:520], frames[0][:, :600])
    # Upside down, so that it meets its neighbour in the same row of pixels.
    assert_array_equal(mosaic[520], frames[31 % 2][-1, :600])
