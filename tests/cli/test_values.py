from argparse import ArgumentParser
from pathlib import Path

import pytest

from neurocyte.cli.values import Kind, absolute, kind_of


def kind(metavar: str, **options: object) -> Kind:
    return kind_of(ArgumentParser().add_argument("--it", metavar=metavar, **options))


@pytest.mark.parametrize(
    ("metavar", "expected"),
    [
        ("N", Kind()),
        ("NAME", Kind()),
        ("DIR", Kind(folders=True, pure=True)),
        ("FILE.zip", Kind(files=True, pure=True)),
        ("FILE|REGEX", Kind(files=True)),
        ("NAME|DIR", Kind(models=True, folders=True)),
        ("MODEL | import FILE", Kind(words=("import",), models=True, files=True)),
        ("imagenet|FILE|none", Kind(words=("imagenet", "none"), files=True)),
        ("NAME=DIR", Kind(folders=True, pure=True, named=True)),
        ("NAME=TEXT", Kind(named=True)),
    ],
)
def test_a_metavar_tells_the_kind(metavar: str, expected: Kind) -> None:
    assert kind(metavar) == expected


def test_choices_and_switches() -> None:
    assert kind("FORMAT", choices=(1, "b")) == Kind(words=("1", "b"))
    assert kind_of(ArgumentParser().add_argument("--it", action="store_true")) == Kind()


def test_paths_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "plate [1]"
    (here / "sub").mkdir(parents=True)
    monkeypatch.chdir(here)
    (here / "Img [2].png").touch()
    (here / "none").touch()
    assert absolute(kind("DIR"), "new/../out") == str(here / "out")
    assert absolute(kind("IN"), "/abs/a.png") == "/abs/a.png"
    assert absolute(kind("IN"), "Img [2].png") == str(here / "Img [2].png")
    # A pattern still is one, what is no pattern in it still is none.
    assert absolute(kind("IN"), "*.png") == f"{tmp_path}/plate [[]1]/*.png"
    assert absolute(kind("IN"), "/abs/*.png") == "/abs/*.png"
    assert absolute(kind("NAME=DIR"), "cellpose=sub") == f"cellpose={here / 'sub'}"
    assert absolute(kind("FILE|REGEX"), "(?P<well>.)") == "(?P<well>.)"
    assert absolute(kind("FILE|REGEX"), "none") == str(here / "none")
    assert absolute(kind("imagenet|FILE|none"), "none") == "none"
    assert absolute(kind("NAME=TEXT"), "sub") == "sub"


def test_a_models_name_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "phase-contrast").mkdir()
    assert absolute(kind("NAME|DIR"), "phase-contrast") == "phase-contrast"
    (tmp_path / "phase-contrast" / "config.json").touch()
    assert absolute(kind("NAME|DIR"), "phase-contrast") == str(tmp_path / "phase-contrast")
