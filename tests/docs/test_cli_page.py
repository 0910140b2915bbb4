"""docs/CLI.md's synopsis has every command with every option, and no option that a command has not."""

import re
from pathlib import Path

import pytest

from cli_parsers import parser_of
from doc_blocks import blocks_of
from neurocyte.cli.registry import COMMANDS, Command

PAGE = Path(__file__).parents[2] / "docs" / "CLI.md"
COMMON = {"--config", "--quiet", "--debug", "--help"}


def synopses() -> dict[str, str]:
    """The synopsis of each command; those of its forms are joined."""
    text = blocks_of(PAGE)[0].content
    found: dict[str, str] = {}
    for one in re.split(r"^neurocyte ", text, flags=re.MULTILINE)[1:]:
        name, _, rest = one.partition(" ")
        found[name] = found.get(name, "") + rest
    return found


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_synopsis_is_the_commands(command: Command) -> None:
    has = {name for action in parser_of(command)._actions for name in action.option_strings}
    shown = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", synopses()[command.name]))
    assert shown <= has
    # An option with a short name may be shown by it.
    long = {
        action.option_strings[-1] for action in parser_of(command)._actions if len(action.option_strings) == 1
    }
    assert long - COMMON <= shown
