"""Options from a YAML file, put before those of the command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurocyte.errors import UsageError

_LOCAL = ("config", "help")


def with_config(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> list[str]:
    """Put the options of the file that `--config` names before the given ones, so that the latter win.

    Args:
        parser: the command's parser.
        arguments: as typed.

    Returns:
        All arguments; as typed without `--config`.

    Raises:
        UsageError: the file cannot be read, is no YAML mapping, or has a key that is no option of the
            command or a value that the option cannot take.
    """
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    finder.add_argument("--config")
    try:
        path = finder.parse_known_args(list(arguments))[0].config
    except argparse.ArgumentError:
        # '--config' without a file: the command's own parser says so.
        return list(arguments)
    if path is None:
        return list(arguments)
    options = _options(parser)
    tokens: list[str] = []
    for key, value in _read(Path(path)).items():
        name = str(key).replace("_", "-")
        if name not in options:
            known = ", ".join(sorted(options))
            raise UsageError(f"{path} has {key!r}, which is no option of {parser.prog}: use {known}.")
        tokens += _tokens(path, options[name], value)
    return [*tokens, *arguments]


def _options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """The parser's options by their long names without dashes."""
    return {
        text[2:]: action
        for action in parser._actions  # noqa: SLF001 (argparse does not list them otherwise)
        for text in action.option_strings
        if text.startswith("--") and text[2:] not in _LOCAL
    }


def _read(path: Path) -> dict[Any, Any]:
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
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
    """An option and its value as they would be typed."""
    flag = next(text for text in action.option_strings if text.startswith("--"))
    if value is None or (value is False and action.nargs in (0, "?")):
        return []
    if action.nargs == 0:
        if value is not True:
            raise UsageError(f"{path} has {flag[2:]}: {value!r}, but it is a switch: write true or false.")
        return [flag]
    if value is True and action.nargs == "?":
        return [f"{flag}={action.const}"]
    if isinstance(value, list) and action.nargs in ("+", "*"):
        return [flag, *map(str, value)]
    if isinstance(value, bool | list | dict):
        raise UsageError(f"{path} has {flag[2:]}: {value!r}, but it takes one word or number.")
    return [f"{flag}={value}"]
