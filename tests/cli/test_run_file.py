"""run.yaml: written by every command that has an OUT, and read back as the same call."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli_parsers import examples, parser_of
from neurocyte.cli import main
from neurocyte.cli.config_file import with_config
from neurocyte.cli.registry import COMMANDS, Command
from neurocyte.cli.run_file import RunFile
from neurocyte.simulate import write_dataset

LEAVING = [
    command
    for command in COMMANDS
    if command.repeatable and "--out" in parser_of(command)._option_string_actions
]


def test_all_commands_with_results_leave_one() -> None:
    names = {command.name for command in LEAVING}
    assert {"segment", "measure", "convert", "simulate", "demo", "train", "reproduce", "benchmark"} <= names
    assert "export" not in names


@pytest.mark.parametrize("command", LEAVING, ids=lambda command: command.name)
def test_every_example_reads_back_as_the_same_call(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for call in examples(command):
        parser = parser_of(command)
        args = parser.parse_intermixed_args(call[1:])
        if getattr(args, "out", None) is None:
            continue
        # The results: a file where the example names one, else a folder.
        out = Path(args.out)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.touch() if out.suffix else out.mkdir(exist_ok=True)
        RunFile(parser, args, command.name).write()
        written = out.with_suffix(".run.yaml") if out.suffix else out / "run.yaml"
        again = parser.parse_intermixed_args(with_config(parser, ["--config", str(written)]))
        left = {"config", "quiet", "debug", "overwrite", "resume"}
        for dest in vars(args).keys() - left:
            assert full(getattr(again, dest)) == full(getattr(args, dest)), dest
        before = written.read_bytes()
        RunFile(parser, again, command.name).write()
        assert written.read_bytes() == before


def full(value: Any) -> Any:
    """Paths and words alike, as paths from here."""
    if isinstance(value, list):
        return [full(one) for one in value]
    if isinstance(value, str | Path):
        name, equals, path = str(value).rpartition("=")
        return name + equals + os.path.abspath(path)  # noqa: PTH100 (as what is tested)
    return value


def test_it_holds_all_options_but_those_of_the_call(
    make_model: Callable[..., Path],
    squares: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    squares("a.png", 2)
    make_model("tiny")
    monkeypatch.chdir(tmp_path)
    call = [
        "segment",
        "in/*.png",
        "-o",
        "out",
        "--model",
        "tiny",
        "--tta",
        "--overwrite",
        "--quiet",
        "--json",
    ]
    assert main(call) == 0
    text = (tmp_path / "out" / "run.yaml").read_text()
    assert "The same again: neurocyte segment --config run.yaml" in text
    data = yaml.safe_load(text)
    assert list(data)[:3] == ["command", "inputs", "out"]
    assert data["inputs"] == [str(tmp_path / "in" / "*.png")]
    assert data["out"] == str(tmp_path / "out")
    assert data["model"] == str(tmp_path / "tiny")
    assert (data["tta"], data["jobs"], data["task"], data["json"]) == (True, None, None, True)
    assert not {"overwrite", "quiet", "debug", "config", "help"} & data.keys()


def test_a_rerun_from_elsewhere_changes_nothing(
    make_model: Callable[..., Path],
    squares: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    squares("a.png", 2)
    squares("é b.png", 1)
    make_model("tiny")
    monkeypatch.chdir(tmp_path)
    assert main(["segment", "in", "-o", "out", "--model", "tiny", "--precision", "fp32"]) == 0
    first = contents(tmp_path / "out")
    monkeypatch.chdir("/")
    capsys.readouterr()
    assert main(["segment", "--config", str(tmp_path / "out" / "run.yaml")]) == 0
    assert capsys.readouterr().err == "2 images done before\n"
    assert contents(tmp_path / "out") == first
    # What is typed wins; the file that was read stays as it was.
    other = tmp_path / "other"
    assert main(["segment", "--config", str(tmp_path / "out" / "run.yaml"), "-o", str(other), "--tta"]) == 0
    assert yaml.safe_load((other / "run.yaml").read_text())["tta"] is True
    again = ["segment", "--config", str(other / "run.yaml"), "--no-tta", "-o", str(tmp_path / "third")]
    assert main(again) == 0
    assert contents(tmp_path / "third").keys() == first.keys()
    assert (tmp_path / "third" / "cells.csv").read_bytes() == first["cells.csv"]
    assert contents(tmp_path / "out") == first


def contents(folder: Path) -> dict[str, bytes]:
    """All files but the two that hold dates."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("run.json", "report.html")
    }


def test_measure_convert_and_simulate_leave_theirs_beside(tmp_path: Path, capsys: Any) -> None:
    data = tmp_path / "data"
    assert main(["simulate", "-o", str(data), "-n", "1", "--size", "64x96", "--cells", "2", "--quiet"]) == 0
    picture = next((data / "images").iterdir())
    before = picture.read_bytes()
    picture.unlink()
    assert main(["simulate", "--config", str(data / "run.yaml"), "--quiet"]) == 0
    assert picture.read_bytes() == before
    cells = tmp_path / "cells.csv"
    assert main(["measure", str(data), "-o", str(cells), "--quiet"]) == 0
    before = cells.read_bytes()
    cells.unlink()
    assert main(["measure", "--config", str(tmp_path / "cells.run.yaml"), "--quiet"]) == 0
    assert cells.read_bytes() == before
    coco = tmp_path / "coco"
    assert main(["convert", str(data), "-o", str(coco), "--to", "coco", "--quiet"]) == 0
    before = (coco / "annotations.json").read_bytes()
    again = ["convert", "--config", str(coco / "run.yaml"), "--quiet"]
    assert main(again) == 2
    assert "or replace it with --overwrite" in capsys.readouterr().err
    assert main([*again, "--overwrite"]) == 0
    assert (coco / "annotations.json").read_bytes() == before
    assert (coco / "run.yaml").is_file()


def test_a_refused_call_leaves_the_file_of_the_run_before(tmp_path: Path, capsys: Any) -> None:
    write_dataset(tmp_path / "data", 1, shape=(64, 64), cells=1)
    out = tmp_path / "out"
    assert main(["convert", str(tmp_path / "data"), "-o", str(out), "--to", "masks", "--quiet"]) == 0
    before = (out / "run.yaml").read_bytes()
    assert main(["convert", str(tmp_path / "data"), "-o", str(out), "--to", "coco"]) == 2
    assert (out / "run.yaml").read_bytes() == before


def test_an_interrupted_run_leaves_one_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def interrupted(*_: Any) -> None:
        (tmp_path / "out").mkdir(exist_ok=True)
        raise KeyboardInterrupt

    monkeypatch.setattr("neurocyte.simulate.write_dataset", interrupted)
    assert main(["simulate", "-o", str(tmp_path / "out"), "-n", "1"]) == 130
    assert yaml.safe_load((tmp_path / "out" / "run.yaml").read_text())["number"] == 1
    assert main(["simulate", "-o", str(tmp_path / "out"), "-n", "2"]) == 130
    assert yaml.safe_load((tmp_path / "out" / "run.yaml").read_text())["number"] == 1
    shutil.rmtree(tmp_path / "out")
