from collections.abc import Callable
from pathlib import Path

import pytest

from neurocyte import DEFAULT_MODEL
from neurocyte.cli import main
from neurocyte.models.folder import bundled_names

Captured = pytest.CaptureFixture[str]


def check(out: Path, text: str, count: int) -> None:
    """Every place that the demo names is there, and holds what it says."""
    places = dict(line.split(":", 1) for line in text.splitlines()[-4:])
    paths = {name: Path(place.strip()) for name, place in places.items()}
    assert paths == {
        "images": out / "simulated" / "images",
        "overlays": out / "results" / "overlays",
        "table": out / "results" / "cells.csv",
        "report": out / "results" / "report.html",
    }
    assert len(list(paths["overlays"].iterdir())) == len(list(paths["images"].iterdir())) == count
    assert paths["table"].is_file()
    assert paths["report"].is_file()


def test_with_a_network_of_its_own(make_model: Callable[..., Path], tmp_path: Path, capsys: Captured) -> None:
    model, out = make_model(), tmp_path / "demo"
    arguments = ["demo", "-o", str(out), "-n", "2", "--model", str(model)]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    check(out, text, 2)
    assert "The truth has " in text
    # Again, quietly, with another model: the former results are replaced.
    arguments[-1] = str(make_model("other", bias=(-5.0,)))
    assert main([*arguments, "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_a_folder_of_others_is_left_unharmed(
    make_model: Callable[..., Path], tmp_path: Path, capsys: Captured
) -> None:
    mine = tmp_path / "demo" / "results" / "cells.csv"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    assert main(["demo", "-o", str(tmp_path / "demo"), "-n", "1", "--model", str(make_model())]) == 2
    assert "is there but not from an earlier run" in capsys.readouterr().err
    assert mine.read_text() == "mine"


def test_a_missing_model_is_named_before_anything_is_made(tmp_path: Path, capsys: Captured) -> None:
    assert main(["demo", "-o", str(tmp_path / "demo"), "--model", "nothing"]) == 2
    assert capsys.readouterr().err.startswith("There is no model 'nothing'")
    assert not (tmp_path / "demo").exists()


def test_with_the_bundled_model(tmp_path: Path, capsys: Captured) -> None:
    if DEFAULT_MODEL not in bundled_names():
        pytest.skip(f"the model {DEFAULT_MODEL} is not bundled in this checkout")
    out = tmp_path / "demo"
    assert main(["demo", "-o", str(out)]) == 0
    check(out, capsys.readouterr().out, 3)
    with (out / "results" / "cells.csv").open() as stream:
        # Three simulated dishes hold hundreds of cells: a model that finds next to none is broken.
        assert len(stream.readlines()) > 50
