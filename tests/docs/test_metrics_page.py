"""docs/METRICS.md describes every figure and every column that the program writes, and no other."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurocyte.cli import main
from neurocyte.io.labels import write_labels
from neurocyte.metrics.definitions import DEFINITIONS

PAGE = Path(__file__).parents[2] / "docs" / "METRICS.md"


def described(heading: str) -> set[str]:
    """The first cells, in backticks, of the tables below a heading of the second level."""
    section = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (text,) = [part for part in section if part.startswith(heading)]
    return set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE))


@pytest.fixture
def run(make_model: Callable[..., Path], squares: Callable[..., Path], tmp_path: Path) -> Path:
    """What `segment` and `evaluate` write for an image of two cells and a pixel size, the truth being one."""
    image = squares("a.png", 2)
    labels = np.zeros((20, 60), np.uint16)
    labels[2:6, 2:6] = 1
    truth = tmp_path / "truth"
    for name in ("images", "labels"):
        (truth / name).mkdir(parents=True)
    (truth / "images" / "a.png").write_bytes(image.read_bytes())
    write_labels(truth / "labels" / "a.tif", labels)
    out = tmp_path / "out"
    options = ["--model", str(make_model()), "--pixel-size", "0.5", "--quiet"]
    assert main(["segment", str(image), "-o", str(out), *options]) == 0
    scores = ["--json", str(out / "scores.json"), "--quiet"]
    assert main(["evaluate", "--truth", str(truth), "--pred", str(out), *scores]) == 0
    return out


def test_the_page_has_every_key_and_column_and_no_other(run: Path) -> None:
    scores = json.loads((run / "scores.json").read_text())
    assert described("Scores") == {*scores, *scores["images"][0]}
    assert described("A row a cell") == set(pd.read_csv(run / "cells.csv"))
    assert described("A row an image") == set(pd.read_csv(run / "images.csv"))


def test_the_json_defines_every_figure_that_the_page_has() -> None:
    beside = {
        "images",
        "missing",
        "failed",
        "ignored",
        "notes",
        "definitions",
        "stem",
        "cell_type",
        "sq",
        "rq",
    }
    assert described("Scores") - beside == set(DEFINITIONS) - {"empty"}
