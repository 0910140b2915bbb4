"""Completion: what may follow, and the scripts in the shells themselves."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neurocyte.cli import main
from neurocyte.cli.complete import choices
from neurocyte.cli.registry import COMMANDS

BUNDLED = {
    "brightfield-neuron",
    "neurocyte-fast",
    "phase-contrast",
}


def words(*typed: str) -> list[str]:
    return [word for word, _ in choices(typed).words]


def test_commands_and_options() -> None:
    assert set(words("")) == {*(command.name for command in COMMANDS), "--help", "--version"}
    assert words("seg") == ["segment"]
    assert words("segmnt", "") == []
    assert {"--model", "--tta", "-o", "--help", "--config"} <= set(words("segment", "a.png", "-"))
    assert words("segment", "--ov") == ["--overwrite"]
    # What is typed is not offered again, unless it may be.
    assert words("segment", "--overwrite", "--ov") == []
    assert words("reproduce", "d", "--only", "table1", "--onl") == ["--only"]
    # After an option whose value may be left out.
    assert words("segment", "--json", "--ov") == ["--overwrite"]


def test_values() -> None:
    assert words("segment", "--task", "") == ["cells", "mask"]
    assert words("segment", "--task=m") == ["mask"]
    assert words("convert", "d", "--to", "co") == ["coco"]
    assert words("train", "d", "--arch", "unet-") == [
        "unet-ag",
        "unet-resnet50",
        "unet-ag-slim",
        "unet-fast",
        "unet-plain",
    ]
    assert words("train", "d", "--encoder-weights", "") == ["imagenet", "none"]
    assert words("reproduce", "d", "--only", "gat") == ["gates"]
    assert words("segment", "--tile", "") == []
    assert words("completion", "") == ["bash", "zsh", "fish", "pwsh"]
    assert words("completion", "bash", "") == []


@pytest.mark.parametrize(
    ("typed", "paths"),
    [
        (("segment", ""), "files"),
        (("segment", "a.png", "--tta", ""), "files"),
        (("segment", "a.png", "-o", ""), "folders"),
        (("segment", "a.png", "--out="), "folders"),
        (("segment", "a.png", "--model", ""), "folders"),
        (("segment", "--tile", "3", ""), "files"),
        (("segment", "--tile=3", ""), "files"),
        (("segment", "--tile", ""), ""),
        (("measure", "labels", ""), ""),
        (("benchmark", "instances", ""), "files"),
        (("benchmark", ""), ""),
        (("benchmark", "instances", "d", "--labels", "cellpose=f"), "folders"),
        (("evaluate", "--json", ""), "files"),
    ],
)
def test_paths(typed: tuple[str, ...], paths: str) -> None:
    assert choices(typed).paths == paths


def test_models_the_users_own_included(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").touch()
    monkeypatch.setenv("NEUROCYTE_MODELS", str(tmp_path))
    assert set(words("segment", "--model", "")) == {*BUNDLED, "mine"}
    assert words("inspect", "m") == ["mine"]
    assert set(words("models", "")) == {*BUNDLED, "mine", "import"}


def test_an_answer_in_each_shells_form(capsys: pytest.CaptureFixture[str]) -> None:
    said = "find, count and measure the cells of images"
    for shell, line in (("bash", "segment"), ("zsh", f"segment:{said}"), ("fish", f"segment\t{said}")):
        assert main(["__complete", shell, "seg"]) == 0
        assert capsys.readouterr().out == f"none\n{line}\n"
    # PowerShell's script puts a colon before the word being typed, so that an empty one is not lost.
    for typed_words, line in (((":seg",), f"segment\t{said}"), (("segment", "--task", ":"), "cells\nmask")):
        assert main(["__complete", "pwsh", *typed_words]) == 0
        assert capsys.readouterr().out == f"none\n{line}\n"
    # bash gives the three parts of --task=m one by one.
    assert main(["__complete", "bash", "segment", "--task", "=", "m"]) == 0
    assert capsys.readouterr().out == "none\nmask\n"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `a b.tif`, `c.csv`, `plates/` and the program in the path; gives it."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    if shutil.which("neurocyte") is None:
        pytest.skip("the program is not installed: nothing can complete it")
    folder = tmp_path / "here"
    (folder / "plates").mkdir(parents=True)
    (folder / "a b.tif").touch()
    (folder / "c.csv").touch()
    (tmp_path / "home").mkdir()
    return folder


def installed(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


BASH = """
eval "$(neurocyte completion bash)"
try() {
    COMP_WORDS=(neurocyte "$@") COMP_CWORD=$#
    _neurocyte
    printf '%s|' "${COMPREPLY[@]}"
    echo
}
try segm
try segment --model br
try segment --task = m
try segment --groups =
try segment -o ""
try segment "a b"
try segment --tile ""
complete -p neurocyte
"""


def test_bash(shell: Path) -> None:
    done = subprocess.run(
        [installed("bash"), "--norc", "-c", BASH], cwd=shell, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert [sorted(line.strip("|").split("|")) for line in done.stdout.splitlines()] == [
        ["segment"],
        ["brightfield-neuron"],
        ["mask"],
        ["a b.tif", "c.csv", "plates"],
        ["plates"],
        ["a b.tif"],
        [""],
        ["complete -F _neurocyte neurocyte"],
    ]


def test_fish(shell: Path) -> None:
    asked = (
        "segm",
        "segment --model br",
        "segment --task=m",
        "segment -o ",
        "segment --groups=c",
        "segment c",
    )
    script = "neurocyte completion fish | source\n"
    script += "\n".join(f"complete -C 'neurocyte {line}'; echo ." for line in asked)
    done = subprocess.run(
        [installed("fish"), "--no-config", "-c", script],
        cwd=shell,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    found = [group.split() for group in done.stdout.split("\n.\n")]
    assert found[0][:2] == ["segment", "find,"]
    assert [group[0] for group in found[1:6]] == [
        "brightfield-neuron",
        "--task=mask",
        "plates/",
        "--groups=c.csv",
        "c.csv",
    ]


PWSH = """
neurocyte completion pwsh | Out-String | Invoke-Expression
foreach ($line in 'segm', 'segment --model br', 'segment --task=m', 'segment -o pl', 'segment --tile=3 a') {
    $line = "neurocyte $line"
    (TabExpansion2 $line $line.Length).CompletionMatches[0].CompletionText
}
"""


def test_powershell(shell: Path) -> None:
    done = subprocess.run(
        [installed("pwsh"), "-NoProfile", "-NonInteractive", "-Command", PWSH],
        cwd=shell,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    found = [line.strip("& '").removeprefix("./") for line in done.stdout.splitlines()]
    assert found == ["segment", "brightfield-neuron", "--task=mask", "plates", "a b.tif"]


def test_the_script_for_powershell_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Where PowerShell is not at hand: its brackets close, and it asks as `__complete` expects."""
    assert main(["completion", "pwsh"]) == 0
    script = capsys.readouterr().out
    code = "\n".join(line for line in script.splitlines() if not line.lstrip().startswith("#"))
    # Single-quoted text is PowerShell's literal; the pattern of --option=value holds brackets of its own.
    bare = re.sub(r"'[^']*'", "", code.replace('"\'"', ""))
    open_ones: list[str] = []
    for sign in bare:
        if sign in "([{":
            open_ones.append({"(": ")", "[": "]", "{": "}"}[sign])
        elif sign in ")]}":
            assert open_ones.pop() == sign
    assert open_ones == []
    assert 'neurocyte __complete pwsh @before ":$current" 2>$null' in code
    assert code.startswith("Register-ArgumentCompleter -Native -CommandName neurocyte ")


def test_zsh(shell: Path) -> None:
    """At a prompt of its own, as its completion works nowhere else."""
    call = [installed("zsh"), "-f", "-i"]
    terminal, end = pty.openpty()
    program = subprocess.Popen(
        call,
        cwd=shell,
        env={**os.environ, "TERM": "dumb"},
        start_new_session=True,
        stdin=end,
        stdout=end,
        stderr=end,
    )
    os.close(end)
    try:
        begin = "autoload -U compinit; compinit -u -D; eval \"$(neurocyte completion zsh)\"; echo re''ady\n"
        typed(terminal, begin)
        assert "ready" in read_until(terminal, "ready")
        for text, expected in (
            ("neurocyte segm\t", "neurocyte segment "),
            ("neurocyte segment --model br\t", "--model brightfield-neuron"),
            ("neurocyte segment --task=m\t", "--task=mask"),
            ("neurocyte segment -o pl\t", "-o plates/"),
            ("neurocyte segment a\t", "segment a\\ b.tif"),
        ):
            typed(terminal, text)
            assert expected in read_until(terminal, expected), text
            typed(terminal, "\x15\n")
    finally:
        # Its end of file, for the shell.
        os.close(terminal)
        program.wait(timeout=30)


def typed(terminal: int, text: str) -> None:
    os.write(terminal, text.encode())


def read_until(terminal: int, text: str, seconds: float = 30) -> str:
    seen = ""
    until = time.monotonic() + seconds
    while text not in seen and time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            # Without the bell that rings where several are possible.
            seen += os.read(terminal, 4096).decode(errors="replace").replace("\a", "")
    return seen
