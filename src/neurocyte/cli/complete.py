"""What may follow on a command line; the shells' scripts ask by `neurocyte __complete SHELL WORD...`."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from neurocyte.cli.common import CommandParser
from neurocyte.cli.registry import COMMANDS
from neurocyte.cli.values import Kind, kind_of

_NOTHING = Kind()


@dataclass(frozen=True)
class Choices:
    """What may stand in the place of the last word.

    Args:
        words: each with a line of help, which may be empty.
        paths: "files" (and folders), "folders", or "" for none; the shell finds them.
    """

    words: tuple[tuple[str, str], ...] = ()
    paths: str = ""


def answer(arguments: Sequence[str]) -> int:
    """Print the paths that are possible in the first line, then a word a line as the shell wants it.

    Args:
        arguments: the shell's name and the words after the program's name; the last is being typed.

    Returns:
        The exit status: 0.
    """
    shell, *words = arguments
    if shell == "bash":
        words = _rejoined(words)
    if shell == "pwsh":
        # Its script puts a colon before the last word, which may be empty.
        words = [*words[:-1], words[-1].removeprefix(":")]
    found = choices(words)
    lines = [found.paths or "none", *(_line(shell, word, told) for word, told in found.words)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def choices(words: Sequence[str]) -> Choices:
    """Tell what may stand in the place of the last word.

    Args:
        words: all after the program's name; the last is what is typed of it so far, which may be nothing.

    Returns:
        The words that begin like it; of `--option=value` the values only.
    """
    *before, current = words or [""]
    if not before:
        named = [(command.name, command.help) for command in COMMANDS]
        return Choices(_beginning(current, [*named, ("--help", ""), ("--version", "")]))
    command = next((one for one in COMMANDS if one.name == before[0]), None)
    if command is None:
        return Choices()
    subparsers = CommandParser(prog="neurocyte").add_subparsers()
    command.load().add_parser(subparsers)
    return _after(subparsers.choices[command.name], before[1:], current)


def _after(parser: argparse.ArgumentParser, before: Sequence[str], current: str) -> Choices:
    actions = parser._actions  # noqa: SLF001 (argparse does not list them otherwise)
    options = {text: action for action in actions for text in action.option_strings}
    positional = [action for action in actions if not action.option_strings]
    # The option whose value comes next, and how many positional arguments there were.
    pending: argparse.Action | None = None
    count = 0
    for word in before:
        if word in options:
            pending = options[word] if options[word].nargs != 0 else None
        elif word.startswith("-") and word.partition("=")[0] in options:
            pending = None
        elif pending is not None:
            pending = pending if pending.nargs in ("+", "*") else None
        else:
            count += 1
    option, equals, value = current.partition("=")
    if equals and option in options:
        return _values(kind_of(options[option]), value)
    # The value of --json may be left out, so options are offered there, too.
    if current.startswith("-") and (pending is None or pending.nargs == "?"):
        used = {text for word in before if word in options for text in options[word].option_strings}
        repeated = {text for text in used if isinstance(options[text], argparse._AppendAction)}  # noqa: SLF001
        left = [text for text in options if text not in used - repeated]
        return Choices(_beginning(current, [(text, _told(options[text])) for text in left]))
    if pending is not None:
        return _values(kind_of(pending), current)
    if count < len(positional):
        return _values(kind_of(positional[count]), current)
    many = positional and positional[-1].nargs in ("+", "*")
    return _values(kind_of(positional[-1]) if many else _NOTHING, current)


def _values(kind: Kind, current: str) -> Choices:
    if kind.named:
        # The name is anyone's; of the rest only bash asks by itself.
        return Choices(paths="folders" if kind.folders and "=" in current else "")
    words = list(kind.words)
    if kind.models:
        from neurocyte.models.folder import model_names

        words = [*model_names(), *words]
    paths = "files" if kind.files else "folders" if kind.folders else ""
    return Choices(_beginning(current, [(word, "") for word in words]), paths)


def _beginning(current: str, named: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(one for one in named if one[0].startswith(current))


def _told(action: argparse.Action) -> str:
    """The beginning of an option's help, which is one line in a list of options."""
    text = (action.help or "").partition(";")[0].partition(": ")[0]
    return text.replace("%%", "%").replace("%(default)s", str(action.default))


def _rejoined(words: Sequence[str]) -> list[str]:
    """Undo that bash takes `=` for a word of its own."""
    joined: list[str] = []
    glued = False
    for word in words:
        if joined and (word == "=" or glued):
            joined[-1] += word
        else:
            joined.append(word)
        glued = word == "="
    return joined


def _line(shell: str, word: str, told: str) -> str:
    if shell in ("fish", "pwsh"):
        return f"{word}\t{told}" if told else word
    if shell == "zsh":
        word = word.replace(":", "\\:")
        return f"{word}:{told}" if told else word
    return word
