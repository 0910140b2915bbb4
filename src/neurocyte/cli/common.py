"""What all commands share: parser, options, number types, output."""

import argparse
import json
import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from neurocyte.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

STDOUT = "-"
# Where the output is no terminal; wide enough that no table is folded.
_PLAIN_WIDTH = 120


class CommandParser(argparse.ArgumentParser):
    """A parser that reports a wrong call as UsageError, one sentence, and knows no abbreviations.

    Scripts depend on option names: an abbreviation that works today is ambiguous after the next release.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        text = message[:1].upper() + message[1:]
        raise UsageError(f"{text}: see '{self.prog} --help'.")


Subparsers = argparse._SubParsersAction  # noqa: SLF001 (argparse has no public name for it)


def add_command(
    subparsers: "Subparsers[CommandParser]", name: str, description: str, epilog: str | None = None
) -> CommandParser:
    """Add a command's parser with the options that every command has.

    Args:
        subparsers: as given to the command's `add_parser`.
        name: the command.
        description: what it does, shown by `--help`.
        epilog: shown below the options, such as an example.

    Returns:
        The parser, for the command's own arguments.
    """
    parser = subparsers.add_parser(
        name, description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    group = parser.add_argument_group("common options")
    group.add_argument(
        "--config",
        metavar="FILE",
        help="YAML file with options by their long names; the command line wins",
    )
    group.add_argument("--quiet", action="store_true", help="print errors only")
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def add_data_options(
    parser: argparse.ArgumentParser, option: str = "--format", more: tuple[str, ...] = ()
) -> None:
    """Add the options that say how DATA, a set of annotated images, is to be read.

    Args:
        parser: the command's.
        option: the name of that for the format; its value is always `format`.
        more: formats that this command knows besides those of a data set.
    """
    formats = ("kaggle", "masks", "labels", "coco", "rois", "geojson", *more)
    parser.add_argument(
        *dict.fromkeys((option, "--format")),
        dest="format",
        choices=formats,
        metavar="FORMAT",
        help=f"{', '.join(formats)}; default: recognised",
    )
    parser.add_argument(
        "--masks-are",
        choices=("one", "components"),
        default="components",
        help="whether a mask of masks/ is one cell or each of its components is; default %(default)s",
    )


def add_model_option(parser: argparse.ArgumentParser, default: str) -> None:
    """Add `--model NAME|DIR`."""
    parser.add_argument(
        "--model",
        default=default,
        metavar="NAME|DIR",
        help="a bundled model (see 'neurocyte models') or a model folder; default %(default)s",
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add `--json [FILE]`; `write_json` takes its value."""
    parser.add_argument(
        "--json",
        nargs="?",
        const=STDOUT,
        metavar="FILE",
        help="write JSON to FILE, without FILE to stdout instead of text",
    )


def write_json(target: str | None, data: Any) -> bool:
    """Write what `--json` asks for.

    Args:
        target: the option's value.
        data: plain JSON values.

    Returns:
        Whether stdout is taken by it, so that nothing else may be printed there.

    Raises:
        UsageError: the file cannot be written.
    """
    if target is None:
        return False
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if target == STDOUT:
        sys.stdout.write(text)
        return True
    from neurocyte.io.atomic import write_text

    write_text(target, text)
    return False


def say(args: argparse.Namespace, text: str) -> None:
    """Print a line to stdout unless `--quiet`, or JSON goes there."""
    if not args.quiet and getattr(args, "json", None) != STDOUT:
        sys.stdout.write(text + "\n")


def say_error(text: str) -> None:
    """Print a line to stderr."""
    sys.stderr.write(text + "\n")


def stdout_console() -> "Console":
    """Give a console for tables; plain text of a fixed width where stdout is no terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PLAIN_WIDTH)


def whole_number(least: int) -> Callable[[str], int]:
    """Give an argument type for whole numbers from `least` on."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")
        return value

    return parse


def positive_number(text: str) -> float:
    """Read a number above 0, an argument type."""
    value = _number(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def fraction(text: str) -> float:
    """Read a number from 0 to 1, an argument type."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
