"""The scripts that profile a whole job and many images run on small ones."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from scripts import load


@pytest.fixture
def image(tmp_path: Path) -> Path:
    pixels = np.zeros((130, 130), np.uint8)
    pixels[10:30, 10:30] = 255
    PillowImage.fromarray(pixels).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_a_stage_counts_without_the_stages_it_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_job = load("benchmarks/whole_job")
    clock = iter([0.0, 1.0, 4.0, 6.0])
    monkeypatch.setattr(whole_job.time, "process_time", lambda: next(clock))
    watch = whole_job.Stopwatch()
    inner = watch.measure("inner", lambda: None)
    watch.measure("outer", inner)()
    assert watch.seconds == {"inner": 3.0, "outer": 3.0}


def test_a_profile_has_every_stage(
    image: Path, make_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_job = load("benchmarks/whole_job")
    for _, owner, attribute in whole_job.STAGES:
        # What the script puts in their place is taken back with the test.
        monkeypatch.setattr(owner, attribute, vars(owner)[attribute])
    out = tmp_path / "profile.json"
    arguments = ["whole_job", str(image), "--model", str(make_model()), "--rounds", "1", "--json", str(out)]
    monkeypatch.setattr(sys, "argv", arguments)
    whole_job.main()
    result = json.loads(out.read_text())
    stages = {name for name, *_ in whole_job.STAGES} - {"confidence"}
    assert set(result["seconds"]) == {*stages, "the rest"}
    assert result["cells"] == {"a": 1}


def test_the_folder_of_many_is_done_before_it_is_timed(
    image: Path, make_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    many = load("benchmarks/many_images")
    monkeypatch.setattr(many, "DONE", 2)
    monkeypatch.setattr(many, "JOBS", 1)
    out = tmp_path / "many.json"
    arguments = ["many_images", str(image), "--number", "5", "--model", str(make_model()), "--json", str(out)]
    monkeypatch.setattr(sys, "argv", arguments)
    many.main()
    result = json.loads(out.read_text())
    assert (result["images"], result["skipped"]) == (5, 5)
    assert result["peak with all, MB"] >= result["peak with the first 2, MB"]
