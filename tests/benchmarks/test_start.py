"""The script that times the start of the command."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from scripts import load


def test_starts_end_where_the_network_would_run(
    tmp_path: Path, make_model: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    image = tmp_path / "a.png"
    PillowImage.fromarray(np.zeros((64, 64), np.uint8)).save(image)
    out = tmp_path / "start.json"
    arguments = [str(image), "--model", str(make_model()), "--rounds", "1", "--json", str(out)]
    result = load("benchmarks/start").main(arguments)
    assert json.loads(out.read_text()) == result
    for way in ("kept", "anew"):
        assert 0.1 < result[way]["wall"]["median"] < 60
        assert result[way]["processor"]["least"] > 0.1
    assert capsys.readouterr().out.startswith("kept: ")


def test_a_start_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="returned non-zero exit status"):
        load("benchmarks/start").start(tmp_path / "nothing.png", "neurocyte-fast", tmp_path, None)
