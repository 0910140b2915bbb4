"""`neurocyte models`: list the models that ship with neurocyte."""

import argparse
from typing import TYPE_CHECKING

from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_json_option,
    say,
    stdout_console,
    write_json,
)

if TYPE_CHECKING:
    from neurocyte.models import ModelInfo


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command's parser."""
    parser = add_command(
        subparsers, "models", "List the models that ship with neurocyte: figures, size and terms of each."
    )
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Print the list."""
    from neurocyte.models import list_models

    found = list_models()
    if write_json(args.json, [model.to_dict() for model in found]) or args.quiet:
        return 0
    if not found:
        say(args, "No model ships with this installation.")
    for model in found:
        _show(model)
    return 0


def _show(model: "ModelInfo") -> None:
    console = stdout_console()
    network = model.architecture + (f" with {model.encoder}" if model.encoder else "")
    figures = ", ".join(f"{name} {_figure(value)}" for name, value in model.figures.items())
    console.print(model.name, style="bold", markup=False)
    for text in (
        model.description,
        f"{network}, for {model.task}, {model.size_bytes / 1e6:.1f} MB",
        figures,
        f"licence: {model.license}",
    ):
        if text:
            console.print(f"  {text}", markup=False, soft_wrap=True)


def _figure(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"
