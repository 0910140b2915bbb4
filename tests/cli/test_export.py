import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from neurocyte.cli import main
from neurocyte.sharing.pack import pack

MakeModel = Callable[..., Path]
Captured = pytest.CaptureFixture[str]


def test_to_zip(make_model: MakeModel, tmp_path: Path, capsys: Captured) -> None:
    model, out = make_model(), tmp_path / "new/a.zip"
    pack(model, tmp_path / "b.zip")
    assert main(["export", str(model), "--to", "zip", "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}: 0.0 MB. Licence: MIT\n"
    assert out.read_bytes() == (tmp_path / "b.zip").read_bytes()
    out.write_bytes(b"older")
    assert main(["export", str(model), "--to", "zip", "-o", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert out.read_bytes() == b"older"
    assert main(["export", str(model), "--to", "zip", "-o", str(out), "--overwrite", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == {"path": str(out), "size_bytes": out.stat().st_size}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "zip"], "Name the file to write: neurocyte export tiny --to zip -o FILE.zip."),
        (["-o", "a.zip"], "-o and --overwrite go with --to zip"),
        (["--overwrite"], "-o and --overwrite go with --to zip"),
        (["--author", "A. Name"], "--author and --license go with --to bioimageio."),
        (["--to", "zip", "-o", "a.zip", "--license", "MIT"], "go with --to bioimageio."),
    ],
)
def test_wrong_calls(arguments: list[str], said: str, capsys: Captured) -> None:
    assert main(["export", "tiny", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_bundled_model_keeps_its_licence(tmp_path: Path, capsys: Captured) -> None:
    call = ["export", "phase-contrast", "--to", "bioimageio", "-o", str(tmp_path / "a.zip")]
    assert main([*call, "--license", "MIT"]) == 2
    assert "ships under a licence of its own" in capsys.readouterr().err


def test_the_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    call = ["export", "phase-contrast", "--to", "bioimageio", "-o", str(tmp_path / "a.zip")]
    assert main(call) == 2
    assert capsys.readouterr().err == (
        'bioimage.io packages need onnxruntime: pip install "neurocyte[bioimageio]".\n'
    )
