"""The parsers of the commands and the example calls of their help."""

import shlex

from neurocyte.cli.common import CommandParser
from neurocyte.cli.registry import Command


def parser_of(command: Command) -> CommandParser:
    """Give a command's parser."""
    subparsers = CommandParser(prog="neurocyte").add_subparsers()
    command.load().add_parser(subparsers)
    return subparsers.choices[command.name]


def examples(command: Command) -> list[list[str]]:
    """Give the arguments of each example call."""
    lines = (parser_of(command).epilog or "").splitlines()
    calls = [line.strip() for line in lines if line.startswith("  neurocyte ")]
    return [shlex.split(call)[1:] for call in calls]
