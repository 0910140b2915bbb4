import json
from collections.abc import Callable
from pathlib import Path

import pytest

from neurocyte.cli import main
from neurocyte.models import folder as models_folder

MakeModel = Callable[..., Path]
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def bundled(make_model: MakeModel, monkeypatch: pytest.MonkeyPatch) -> Path:
    model = make_model("phase", license="CC BY-NC 4.0")
    (model / "metrics.json").write_text(json.dumps({"n": 7, "iou": 0.70444, "map": 0.3}))
    monkeypatch.setattr(models_folder, "BUNDLED", model.parent)
    return model


def test_the_list(bundled: Path, capsys: Captured) -> None:
    assert main(["models"]) == 0
    size = sum(path.stat().st_size for path in bundled.iterdir()) / 1e6
    assert capsys.readouterr().out == (
        "phase\n"
        "  A threshold on grey.\n"
        f"  threshold, for cells, {size:.1f} MB\n"
        "  n 7, iou 0.704, map 0.300\n"
        "  licence: CC BY-NC 4.0\n"
    )
    assert main(["models", "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_json(bundled: Path, capsys: Captured) -> None:
    assert main(["models", "--json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)
    assert model["name"] == "phase"
    assert model["license"] == "CC BY-NC 4.0"
    assert model["figures"] == {"n": 7, "iou": 0.70444, "map": 0.3}


def test_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(models_folder, "BUNDLED", tmp_path)
    assert main(["models"]) == 0
    assert capsys.readouterr().out == "No model ships with this installation.\n"
    assert main(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
