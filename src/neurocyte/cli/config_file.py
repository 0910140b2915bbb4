"""Options from a YAML file, where the command line does not give them."""

import argparse
import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurocyte.cli.values import kind_of, with_home
from neurocyte.errors import UsageError

_LOCAL = ("config", "help")
# Says whose options a file holds; no option of any command.
COMMAND = "command"


def with_config(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> list[str]:
    """Add the options of the file that `--config` names, without those that are typed.

    A switch that the file turns on is undone by `--no-SWITCH`. What is typed of a list takes the place of the
    file's whole list.

    Args:
        parser: the command's parser.
        arguments: as typed.

    Returns:
        All arguments; as typed without `--config`.

    Raises:
        UsageError: the file cannot be read, is no YAML mapping, is of another command, or has a key that is
            no option of the command or a value that the option cannot take.
    """
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    finder.add_argument("--config")
    try:
        path = finder.parse_known_args(list(arguments))[0].config
    except argparse.ArgumentError:
        # '--config' without a file: the command's own parser says so.
        return list(arguments)
    if path is None or {"-h", "--help"} & set(arguments):
        return list(arguments)
    end = arguments.index("--") if "--" in arguments else len(arguments)
    undone = _undone(parser, arguments[:end])
    typed = [text for text in arguments[:end] if text not in undone]
    taken = {*undone.values(), *_given(parser, [*typed, *arguments[end:]])}
    words: list[str] = []
    options: list[str] = []
    for action, value in _settings(parser, path):
        tokens = _tokens(path, action, value)
        if action.dest not in taken:
            (options if action.option_strings else words).extend(tokens)
    return [*words, *typed, *options, *arguments[end:]]


def argument_names(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """List a parser's arguments as a file names them.

    Args:
        parser: a command's.

    Returns:
        By long option without its dashes, or by the name of a positional argument; these come first.
    """
    actions = parser._actions  # noqa: SLF001 (argparse does not list them otherwise)
    words = {action.dest: action for action in actions if not action.option_strings}
    options = {
        text[2:]: action
        for action in actions
        for text in action.option_strings
        if text.startswith("--") and text[2:] not in _LOCAL
    }
    return {**words, **options}


def _settings(parser: argparse.ArgumentParser, path: str) -> list[tuple[argparse.Action, Any]]:
    data = _read(Path(path))
    command = data.pop(COMMAND, None)
    if command is not None and command != parser.prog.rpartition(" ")[2]:
        raise UsageError(f"{path} is of 'neurocyte {command}', not of '{parser.prog}': name another file.")
    known = argument_names(parser)
    settings = []
    for key, value in data.items():
        name = next((one for one in (str(key), str(key).replace("_", "-")) if one in known), None)
        if name is None:
            names = ", ".join(sorted(known))
            raise UsageError(f"{path} has {key!r}, which is no option of {parser.prog}: use {names}.")
        settings.append((known[name], value))
    return settings


def _undone(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> dict[str, str]:
    """The typed `--no-SWITCH` of switches, each with the destination of its switch."""
    known = argument_names(parser)
    found = {text: known.get(text[5:]) for text in arguments if text.startswith("--no-")}
    return {
        text: action.dest
        for text, action in found.items()
        if action is not None and action.nargs == 0 and text[2:] not in known
    }


def _given(parser: argparse.ArgumentParser, arguments: list[str]) -> set[str]:
    """The destinations that typed arguments fill."""
    # A parser that fills in nothing and misses nothing.
    probe = copy.deepcopy(parser)
    for action in probe._actions:  # noqa: SLF001
        action.required, action.default = False, None
        if not action.option_strings:
            action.nargs = "?" if action.nargs is None else "*" if action.nargs == "+" else action.nargs
    found = vars(probe.parse_intermixed_args(arguments))
    return {dest for dest, value in found.items() if value is not None and value != []}


def _read(path: Path) -> dict[Any, Any]:
    import yaml

    try:
        # With or without the mark that Windows' editors put in front.
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise UsageError(f"{path} cannot be read ({exc.strerror or exc}): check --config.") from exc
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        reason = " ".join(str(exc).split())
        raise UsageError(f"{path} is not valid YAML ({reason}): write one 'option: value' a line.") from exc
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise UsageError(f"{path} holds no options: write one 'option: value' a line.")
    return data


def _tokens(path: str, action: argparse.Action, value: Any) -> list[str]:
    """An argument and its value as they would be typed."""
    flag = next((text for text in action.option_strings if text.startswith("--")), "")
    name = flag[2:] or action.dest
    if value is None or (value is False and action.nargs in (0, "?")):
        return []
    if action.nargs == 0:
        if value is not True:
            raise UsageError(f"{path} has {name}: {value!r}, but it is a switch: write true or false.")
        return [flag]
    if value is True and flag and action.nargs == "?":
        return [f"{flag}={action.const}"]
    repeats = isinstance(action, argparse._AppendAction)  # noqa: SLF001 (no other way to tell)
    values = value if isinstance(value, list) and (repeats or action.nargs in ("+", "*")) else [value]
    if any(isinstance(one, bool | list | dict) for one in values):
        raise UsageError(f"{path} has {name}: {value!r}, but it takes one word or number.")
    kind = kind_of(action)
    texts = [with_home(kind, str(one)) for one in values]
    if not flag:
        return texts
    return [flag, *texts] if action.nargs in ("+", "*") else [f"{flag}={text}" for text in texts]
