"""What all commands share, through `main` and through a process of its own."""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from neurocyte import __version__
from neurocyte.cli import main
from neurocyte.cli.common import add_command
from neurocyte.cli.registry import COMMANDS, Command
from neurocyte.errors import InputError

AddCommand = Callable[..., None]


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "neurocyte", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> AddCommand:
    """Let `neurocyte models` do something else, as if it had an extra."""

    def replace(action: Callable[[], int], extra: str | None = None) -> None:
        module = ModuleType("stand_in")
        module.add_parser = lambda subparsers: add_command(subparsers, "models", "A stand-in.")
        module.run = lambda args: action()
        monkeypatch.setattr(Command, "load", lambda self: module)
        monkeypatch.setattr("neurocyte.cli.COMMANDS", (Command("models", "a stand-in", extra),))

    return replace


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert f"\n  {command.name} " in text
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"neurocyte {__version__}\n"


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_has_the_common_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: neurocyte {name} ")
    for option in ("--config FILE", "--quiet", "--debug", "--help"):
        assert option in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fly"], "There is no command 'fly': see 'neurocyte --help'."),
        (["segmnt", "a.png"], "There is no command 'segmnt' (did you mean 'segment'?): see"),
        (["--quiet"], "Unrecognized arguments: --quiet: see 'neurocyte --help'."),
        (["segment"], "required: -o/--out"),
        (["segment", "-o", "out"], "required: IN"),
        (["segment", "a.png", "-o", "out", "--frob"], "Unrecognized arguments: --frob"),
        (["segment", "a.png", "-o", "out", "--over"], "--over (did you mean '--overwrite'?): see"),
        (["segment", "a.png", "-o", "out", "--tyle=3"], "--tyle=3 (did you mean '--tile'?): see"),
        (["segment", "a.png", "-o", "out", "--task", "cels"], "'cels' (did you mean 'cells'?), choose from"),
        (["segment", "a.png", "-o", "out", "--tile", "0"], "--tile: '0' is not a whole number from 1 on"),
        (["segment", "a.png", "-o", "out", "--tile", "x"], "--tile: 'x' is not a whole number from 1 on"),
        (["segment", "a.png", "-o", "out", "--jobs", "-1"], "--jobs: '-1' is not a whole number from 1 on"),
        (["segment", "a.png", "-o", "out", "--pixel-size", "0"], "'0' is not a number above 0"),
        (["segment", "a.png", "-o", "out", "--pixel-size", "nan"], "'nan' is not a number above 0"),
        (["segment", "a.png", "-o", "out", "--min-confidence", "1.5"], "'1.5' is not a number from 0 to 1"),
        (["segment", "a.png", "-o", "out", "--min-confidence", "x"], "'x' is not a number from 0 to 1"),
        (["segment", "a.png", "-o", "out", "--precision", "int3"], "invalid choice: 'int3'"),
        (["segment", "a.png", "-o", "out", "--task", "count"], "invalid choice: 'count'"),
        (
            ["simulate", "-o", "out", "-n", "1", "--size", "5"],
            "'5' is not a height and width such as 520x704",
        ),
    ],
)
def test_a_wrong_call_is_one_sentence(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    caught = capsys.readouterr()
    assert said in caught.err
    assert caught.err.count("\n") == 1
    assert caught.out == ""


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: neurocyte" in capsys.readouterr().out


def failing(error: BaseException) -> Callable[[], int]:
    def action() -> int:
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (InputError("a.png is empty: copy it."), 1, "a.png is empty: copy it.\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (
            ZeroDivisionError("by nought"),
            2,
            "Something unexpected happened (ZeroDivisionError: by nought): run the command again with "
            "--debug for the details, and report them.\n",
        ),
    ],
)
def test_an_error_is_one_sentence_and_a_traceback_on_demand(
    stand_in: AddCommand,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    said: str,
) -> None:
    stand_in(failing(error))
    assert main(["models"]) == status
    assert capsys.readouterr().err == said
    assert main(["models", "--debug"]) == status
    shown = capsys.readouterr().err
    assert ("Traceback" in shown) == (status != 130)


def test_a_missing_extra_is_named_with_its_pip_line(
    stand_in: AddCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")
    stand_in(failing(missing), extra="train")
    assert main(["models"]) == 2
    assert capsys.readouterr().err == 'neurocyte models needs torch: pip install "neurocyte[train]".\n'
    # A module of the package itself, or of a command without an extra, is a fault and said as such.
    stand_in(failing(ModuleNotFoundError("No module", name="neurocyte.lost")), extra="train")
    assert main(["models"]) == 2
    assert "Something unexpected happened (ModuleNotFoundError" in capsys.readouterr().err
    stand_in(failing(missing))
    assert main(["models"]) == 2
    assert "Something unexpected happened (ModuleNotFoundError" in capsys.readouterr().err


def test_the_tiff_library_logs_for_debugging_only() -> None:
    logger = logging.getLogger("tifffile")
    before = logger.level
    try:
        logger.setLevel(logging.WARNING)
        main(["models", "--quiet", "--debug"])
        assert logger.level == logging.WARNING
        main(["models", "--quiet"])
        assert logger.level == logging.CRITICAL
    finally:
        logger.setLevel(before)


def test_help_and_version_import_nothing_heavy() -> None:
    for arguments in (["--help"], ["--version"], ["segment", "--help"]):
        code = (
            f"import sys; from neurocyte.cli import main; assert main({arguments}) == 0; "
            "heavy = {'numpy', 'pandas', 'openvino', 'rich', 'yaml', 'torch'} & set(sys.modules); "
            "assert not heavy, heavy"
        )
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert shown.returncode == 0, shown.stderr


def test_a_reader_that_leaves_early_is_no_error() -> None:
    code = (
        "import subprocess, sys; "
        "p = subprocess.Popen([sys.executable, '-m', 'neurocyte', 'models', '--json'], "
        "stdout=subprocess.PIPE, stderr=subprocess.PIPE); "
        "p.stdout.close(); print(p.stderr.read().decode())"
    )
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert shown.stdout.strip() == ""


def test_the_exit_status_reaches_the_shell(tmp_path: Path) -> None:
    done = run_program("segment", str(tmp_path / "nothing.png"), "-o", str(tmp_path / "out"))
    assert done.returncode == 2
    assert done.stderr == f"{tmp_path / 'nothing.png'} does not exist: check the path.\n"
    assert not (tmp_path / "out").exists()
