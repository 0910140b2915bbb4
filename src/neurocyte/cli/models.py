"""`neurocyte models`: list the models at hand, show one's card, import one from a colleague."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from neurocyte.cli.common import (
    STDOUT,
    CommandParser,
    Subparsers,
    add_command,
    add_json_option,
    say,
    stdout_console,
    write_json,
)
from neurocyte.errors import UsageError

if TYPE_CHECKING:
    from neurocyte.models import ModelInfo

IMPORT = "import"
_SOURCES = {"bundled": "", "user": " (yours)", "folder": ""}


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command's parser."""
    parser = add_command(
        subparsers,
        "models",
        "List the models at hand: figures, size and terms of each. With MODEL, show that one and its card.\n"
        "With 'import FILE', unpack a model that someone shared; --model NAME then finds it.",
        "examples:\n"
        "  neurocyte models\n"
        "  neurocyte models phase-contrast\n"
        "  neurocyte models import from_a_colleague.zip --name theirs",
    )
    parser.add_argument(
        "what",
        nargs="*",
        metavar="MODEL | import FILE",
        help="a model's name, folder or zip file; or 'import' and a zip file or model folder",
    )
    parser.add_argument("--name", metavar="NAME", help="with import: what --model is to find it by")
    parser.add_argument(
        "--overwrite", action="store_true", help="with import: replace the model of that name"
    )
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """List, show or import."""
    if args.what[:1] == [IMPORT]:
        return _import(args)
    if args.name or args.overwrite:
        raise UsageError("--name and --overwrite go with 'neurocyte models import FILE'.")
    if len(args.what) > 1:
        raise UsageError("Name one model: see 'neurocyte models --help'.")
    return _describe(args, args.what[0]) if args.what else _list(args)


def _import(args: argparse.Namespace) -> int:
    from neurocyte.models.folder import read_card
    from neurocyte.sharing.importing import import_model

    if len(args.what) != 2:
        raise UsageError("'neurocyte models import' takes one zip file or model folder.")
    info = import_model(Path(args.what[1]), args.name, overwrite=args.overwrite)
    _tell(args, info, read_card(info.path))
    say(args, f"Imported as {info.name} into {info.path.parent}; use it by --model {info.name}.")
    return 0


def _describe(args: argparse.Namespace, model: str) -> int:
    from neurocyte.models.folder import describe_model, find_model, read_card
    from neurocyte.sharing.importing import look_into

    if Path(model).is_file():
        _tell(args, *look_into(Path(model)))
    else:
        folder = find_model(model)
        _tell(args, describe_model(folder), read_card(folder))
    return 0


def _list(args: argparse.Namespace) -> int:
    from neurocyte.models import list_models

    found = list_models()
    if write_json(args.json, [model.to_dict() for model in found]) or args.quiet:
        return 0
    if not found:
        say(args, "No model ships with this installation.")
    for model in found:
        _show(model)
    return 0


def _tell(args: argparse.Namespace, info: "ModelInfo", card: str) -> None:
    write_json(args.json, info.to_dict())
    if args.quiet or args.json == STDOUT:
        return
    _show(info)
    if card:
        from rich.markdown import Markdown

        console = stdout_console()
        console.print()
        console.print(Markdown(_printable(card), hyperlinks=False))


def _show(model: "ModelInfo") -> None:
    console = stdout_console()
    network = model.architecture + (f" with {model.encoder}" if model.encoder else "")
    figures = ", ".join(f"{name} {_figure(value)}" for name, value in model.figures.items())
    console.print(model.name + _SOURCES[model.source], style="bold", markup=False)
    for text in (
        model.description,
        f"{network}, for {model.task}, {model.size_bytes / 1e6:.1f} MB",
        figures,
        f"licence: {model.license}",
    ):
        if text:
            console.print(f"  {_printable(text)}", markup=False, soft_wrap=True)


def _printable(text: str) -> str:
    """Leave out control characters: a card from someone else must not drive the terminal."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")


def _figure(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"
