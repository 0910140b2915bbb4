"""Colours, bars and letters on terminals, in pipes, and under other locales."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from neurocyte.cli.common import shows_progress

# Colours of the foreground and background, but not bold or underlined.
COLOUR = re.compile(r"\x1b\[(?:[\d;]*;)?(?:3|4|9|10)\d[\d;]*m")
CARD = ("models", "phase-contrast")


def environment(**changes: str) -> dict[str, str]:
    clean = {
        "NO_COLOR",
        "FORCE_COLOR",
        "TERM",
        "COLORTERM",
        "PYTHONIOENCODING",
        "PYTHONUTF8",
        "TTY_COMPATIBLE",
    }
    kept = {key: value for key, value in os.environ.items() if key not in clean}
    return {**kept, "TERM": "xterm-256color", **changes}


def piped(*arguments: str | Path, **changes: str) -> subprocess.CompletedProcess[bytes]:
    call = [sys.executable, "-m", "neurocyte", *arguments]
    return subprocess.run(call, capture_output=True, check=False, env=environment(**changes))


def on_terminal(*arguments: str | Path, **changes: str) -> str:
    """What a terminal gets on stdout and stderr."""
    terminal, end = pty.openpty()
    call = [sys.executable, "-m", "neurocyte", *arguments]
    ends = {"stdin": end, "stdout": end, "stderr": end}
    with subprocess.Popen(call, env=environment(**changes), **ends) as program:
        os.close(end)
        seen = b""
        while True:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # How Linux tells that the other end is closed.
                part = b""
            if not part:
                break
            seen += part
    os.close(terminal)
    assert program.returncode == 0
    return seen.decode()


def test_colours_are_for_terminals_that_want_them() -> None:
    assert COLOUR.search(on_terminal(*CARD))
    assert not COLOUR.search(on_terminal(*CARD, NO_COLOR="1"))
    assert "\x1b" not in on_terminal(*CARD, TERM="dumb")
    plain = piped(*CARD)
    assert b"\x1b" not in plain.stdout + plain.stderr
    forced = piped(*CARD, FORCE_COLOR="1").stdout.decode()
    assert COLOUR.search(forced)
    # The same text, no narrower for the colours.
    assert re.sub(r"\x1b\[[\d;]*m", "", forced).split() == plain.stdout.decode().split()
    assert max(map(len, re.sub(r"\x1b\[[\d;]*m", "", forced).splitlines())) > 80


def test_a_bar_on_a_terminal_and_lines_in_a_pipe(
    make_model: Callable[..., Path], squares: Callable[..., Path], tmp_path: Path
) -> None:
    call = ("segment", squares("a.png", 2), "--model", make_model(), "--overwrite", "-o", tmp_path / "out")
    shown = on_terminal(*call)
    assert "segmenting" in shown
    assert "\x1b[" in shown
    assert "1/1 a: 2 cells" not in shown
    shown = piped(*call, FORCE_COLOR="1")
    assert shown.stderr == b"1/1 a: 2 cells\n"
    assert b"\x1b" not in shown.stdout


@pytest.mark.parametrize(
    ("terminal", "term", "quiet", "shown"),
    [
        (True, "xterm", False, True),
        (True, "xterm", True, False),
        (True, "dumb", False, False),
        (False, "xterm", False, False),
    ],
)
def test_what_can_show_a_bar(
    terminal: bool, term: str, quiet: bool, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    monkeypatch.setenv("TERM", term)
    assert shows_progress(quiet) is shown


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_pipes_get_utf8_whatever_the_locale(tmp_path: Path) -> None:
    config = tmp_path / "c.yml"
    config.write_text("out: x\nnumber: 1\nkind: größe\n", encoding="utf-8")
    done = piped("simulate", "--config", config, **ASCII)
    assert "invalid choice: 'größe'".encode() in done.stderr


def test_results_are_utf8_whatever_the_locale(
    make_model: Callable[..., Path], squares: Callable[..., Path], tmp_path: Path
) -> None:
    squares("a.png", 2)
    groups = tmp_path / "groups.csv"
    groups.write_text("image,behandlung\na,µ-größe\n", encoding="utf-8")
    out = tmp_path / "out"
    call = ("segment", tmp_path / "in", "--model", make_model(), "-o", out, "--groups", groups)
    done = piped(*call, "--json", **ASCII)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("utf-8"))["totals"]["cells"] == 2
    assert "a,µ-größe," in (out / "cells.csv").read_text(encoding="utf-8")
    assert "µ-größe" in (out / "report.html").read_text(encoding="utf-8")
