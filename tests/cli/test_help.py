"""What every command's help promises, whatever commands there are."""

import argparse
import re

import pytest

from cli_parsers import examples, parser_of
from neurocyte.cli.registry import COMMANDS, Command

every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


@every_command
def test_the_help_has_examples_that_parse(command: Command) -> None:
    assert (parser_of(command).epilog or "").startswith("examples:\n  neurocyte "), (
        f"{command.name} needs an epilog: 'examples:' and two or three lines '  neurocyte {command.name} ...'"
    )
    calls = examples(command)
    assert 2 <= len(calls) <= 4, f"{command.name} has {len(calls)} examples: two or three are right"
    for call in calls:
        assert call[0] == command.name
        parser_of(command).parse_intermixed_args(call[1:])


@every_command
def test_every_option_is_explained_with_its_default(command: Command) -> None:
    for action in parser_of(command)._actions:
        name = "/".join(action.option_strings) or action.dest
        assert action.help, f"{command.name} {name} has no help"
        told = action.help % {"default": action.default}
        # A mandatory one has none; a switch is off and a list empty.
        if action.option_strings and action.default not in (None, False, [], argparse.SUPPRESS):
            assert re.search(r"\bdefault\b", told), f"{command.name} {name} does not tell its default: {told}"


@every_command
def test_every_value_has_a_metavar_that_tells_its_kind(command: Command) -> None:
    for action in parser_of(command)._actions:
        if action.nargs != 0:
            told = action.metavar or action.choices
            assert told, f"{command.name} {action.dest} needs a metavar such as FILE, DIR, NAME or N"
