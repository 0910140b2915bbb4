from argparse import ArgumentParser
from pathlib import Path

import pytest

from neurocyte.cli.common import CommandParser, add_command, add_json_option
from neurocyte.cli.config_file import with_config
from neurocyte.errors import UsageError


@pytest.fixture
def parser() -> ArgumentParser:
    parser = add_command(CommandParser(prog="neurocyte").add_subparsers(), "segment", "Segment.")
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("-o", "--out", required=True)
    parser.add_argument("--pixel-size", type=float)
    parser.add_argument("--tile", type=int)
    parser.add_argument("--tta", action="store_true")
    parser.add_argument("--stains", nargs="+")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--groups", metavar="FILE")
    add_json_option(parser)
    return parser


def parse(parser: ArgumentParser, path: Path, text: str, *arguments: str):
    path.write_text(text, encoding="utf-8")
    return parser.parse_intermixed_args(with_config(parser, [*arguments, "--config", str(path)]))


def test_options_come_from_the_file_and_the_command_line_wins(parser: ArgumentParser, tmp_path: Path) -> None:
    text = "out: results\npixel_size: 0.5\ntile: 256\ntta: true\nquiet: false\nstains: [a, b]\njson: true\n"
    args = parse(parser, tmp_path / "c.yml", text, "a.png", "--tile", "128", "b.png")
    assert (args.inputs, args.out, args.pixel_size, args.tile) == (["a.png", "b.png"], "results", 0.5, 128)
    assert (args.tta, args.quiet, args.stains, args.json) == (True, False, ["a", "b"], "-")


def test_dashes_and_empty_values_and_json_files(parser: ArgumentParser, tmp_path: Path) -> None:
    args = parse(parser, tmp_path / "c.yml", "pixel-size: 2\ntile:\njson: run.json\n", "a.png", "-o", "out")
    assert (args.pixel_size, args.tile, args.json) == (2.0, None, "run.json")
    assert parse(parser, tmp_path / "c.yml", "json: false\n", "a.png", "-o", "out").json is None
    assert parse(parser, tmp_path / "c.yml", "# nothing\n", "a.png", "-o", "out").tile is None


def test_a_list_after_positional_arguments_does_not_swallow_them(
    parser: ArgumentParser, tmp_path: Path
) -> None:
    args = parse(parser, tmp_path / "c.yml", "stains: [a, b]\nout: results\n", "a.png")
    assert (args.inputs, args.stains, args.out) == (["a.png"], ["a", "b"], "results")
    args = parser.parse_intermixed_args(
        with_config(parser, ["--config", str(tmp_path / "c.yml"), "--", "a.png"])
    )
    assert (args.inputs, args.stains) == (["a.png"], ["a", "b"])


def test_what_is_typed_takes_the_place_of_a_whole_list(parser: ArgumentParser, tmp_path: Path) -> None:
    text = "inputs: [a.png, b c.png]\nout: results\nonly: [x, y]\nstains: s\n"
    args = parse(parser, tmp_path / "c.yml", text)
    assert (args.inputs, args.only, args.stains) == (["a.png", "b c.png"], ["x", "y"], ["s"])
    args = parse(parser, tmp_path / "c.yml", text, "d.png", "--only", "z", "--stains", "t", "-o", "other")
    assert (args.inputs, args.only, args.stains, args.out) == (["d.png"], ["z"], ["t"], "other")
    assert parse(parser, tmp_path / "c.yml", "inputs: a.png\nout: results\nonly: x").inputs == ["a.png"]


def test_a_switch_of_the_file_is_undone(parser: ArgumentParser, tmp_path: Path) -> None:
    text = "inputs: a.png\nout: results\ntta: true\n"
    assert parse(parser, tmp_path / "c.yml", text, "--no-tta").tta is False
    assert parse(parser, tmp_path / "c.yml", text).tta is True
    with pytest.raises(UsageError, match="Unrecognized arguments: --no-tile"):
        parse(parser, tmp_path / "c.yml", text, "--no-tile")
    with pytest.raises(UsageError, match="Unrecognized arguments: --no-tta"):
        parser.parse_intermixed_args(with_config(parser, ["a.png", "-o", "out", "--no-tta"]))


def test_the_home_folder_and_windows_marks(
    parser: ArgumentParser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    args = parse(parser, tmp_path / "c.yml", "\ufeffout: é\ngroups: ~/groups.csv\nonly: ['~']\n", "a.png")
    assert (args.out, args.groups, args.only) == ("é", str(tmp_path / "groups.csv"), ["~"])


def test_help_is_shown_whatever_the_file_holds(parser: ArgumentParser) -> None:
    assert with_config(parser, ["--config", "nowhere.yml", "--help"]) == ["--config", "nowhere.yml", "--help"]


def test_without_a_file_nothing_changes(parser: ArgumentParser) -> None:
    assert with_config(parser, ["a.png", "-o", "out"]) == ["a.png", "-o", "out"]
    assert with_config(parser, ["a.png", "--config"]) == ["a.png", "--config"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "tile_size: 3",
            "has 'tile_size', which is no option of neurocyte segment: use debug, groups, inputs",
        ),
        ("config: other.yml", "has 'config', which is no option"),
        ("command: train", "is of 'neurocyte train', not of 'neurocyte segment': name another file"),
        ("only: [[a]]", r"has only: \[\['a'\]\], but it takes one word or number"),
        ("tta: 3", "has tta: 3, but it is a switch: write true or false"),
        ("tile: true", "has tile: True, but it takes one word or number"),
        ("tile: [1, 2]", r"has tile: \[1, 2\], but it takes one word or number"),
        ("tile: twelve", "--tile: invalid int value: 'twelve'"),
        ("- tile", "holds no options: write one 'option: value' a line"),
        ("tile: [", "is not valid YAML"),
        ("tile: !!python/object/apply:os.getcwd []", "is not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_used(parser: ArgumentParser, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        parse(parser, tmp_path / "c.yml", text, "a.png", "-o", "out")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(parser: ArgumentParser, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"c\.yml cannot be read \(No such file or directory\)"):
        with_config(parser, ["--config", str(tmp_path / "c.yml")])
