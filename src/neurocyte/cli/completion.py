"""`neurocyte completion`: the script that lets a shell complete commands, options and values."""

import argparse
import sys
from pathlib import Path

from neurocyte.cli.common import CommandParser, Subparsers, add_command

SHELLS = ("bash", "zsh", "fish", "pwsh")
_SCRIPTS = Path(__file__).parent / "shells"


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command's parser."""
    parser = add_command(
        subparsers,
        "completion",
        "Print the script that lets a shell complete commands, options, their values, names of models and\n"
        "paths. For every new shell, add one line to its start-up file:\n"
        '  bash  ~/.bashrc                   eval "$(neurocyte completion bash)"\n'
        '  zsh   ~/.zshrc, after compinit    eval "$(neurocyte completion zsh)"\n'
        "  fish  ~/.config/fish/config.fish  neurocyte completion fish | source\n"
        "  pwsh  $PROFILE (PowerShell)       neurocyte completion pwsh | Out-String | Invoke-Expression",
        "examples:\n  neurocyte completion bash\n  neurocyte completion fish",
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    sys.stdout.write((_SCRIPTS / f"neurocyte.{args.shell}").read_text(encoding="utf-8"))
    return 0
