import json
from collections.abc import Callable
from pathlib import Path

import pytest

from neurocyte.cli import main
from neurocyte.models import folder as models_folder
from neurocyte.sharing.pack import pack

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
    assert model["source"] == "bundled"


def test_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(models_folder, "BUNDLED", tmp_path)
    assert main(["models"]) == 0
    assert capsys.readouterr().out == "No model ships with this installation.\n"
    assert main(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.fixture
def packed(make_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEUROCYTE_MODELS", str(tmp_path / "user-models"))
    model = make_model("shared", license="CC BY-NC 4.0")
    (model / "MODEL_CARD.md").write_text("# A card\n\n- *one* point\x1b[2J\n")
    pack(model, tmp_path / "shared.zip")
    return tmp_path / "shared.zip"


def test_import_shows_the_card_and_the_list_has_it(packed: Path, tmp_path: Path, capsys: Captured) -> None:
    home = tmp_path / "user-models"
    assert main(["models", "import", str(packed), "--name", "theirs"]) == 0
    out = capsys.readouterr().out
    lines = [line.strip() for line in out.splitlines() if line.strip()]
    assert lines[0] == "theirs (yours)"
    assert "licence: CC BY-NC 4.0" in lines
    assert "A card" in lines
    assert "• one point[2J" in lines
    assert "\x1b" not in out
    assert lines[-1] == f"Imported as theirs into {home}; use it by --model theirs."
    assert main(["models", "--json"]) == 0
    assert [m["source"] for m in json.loads(capsys.readouterr().out) if m["name"] == "theirs"] == ["user"]
    assert main(["models", "import", str(packed), "--name", "theirs"]) == 2
    assert capsys.readouterr().err == (
        f"There is a model theirs already in {home}; choose another name by --name, or replace it by "
        "--overwrite.\n"
    )
    assert main(["models", "import", str(packed), "--name", "theirs", "--overwrite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == str(home / "theirs")


def test_the_card_of_one_model(packed: Path, tmp_path: Path, capsys: Captured) -> None:
    for model in (packed, tmp_path / "shared"):
        assert main(["models", str(model)]) == 0
        out = capsys.readouterr().out
        assert out.startswith("shared\n")
        assert "A card" in out
    assert main(["models", str(packed), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == str(packed)
    assert not (tmp_path / "user-models").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import"], "takes one zip file or model folder"),
        (["import", "a", "b"], "takes one zip file or model folder"),
        (["a", "b"], "Name one model"),
        (["a", "--name", "b"], "go with 'neurocyte models import FILE'"),
        (["nothing-of-this-name"], "There is no model 'nothing-of-this-name'"),
    ],
)
def test_wrong_calls(arguments: list[str], said: str, capsys: Captured) -> None:
    assert main(["models", *arguments]) == 2
    assert said in capsys.readouterr().err
