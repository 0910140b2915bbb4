import json
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
    ],
)
def test_wrong_calls(arguments: list[str], said: str, capsys: Captured) -> None:
    assert main(["export", "tiny", *arguments]) == 2
    assert said in capsys.readouterr().err
