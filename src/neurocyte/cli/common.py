"""What all commands share: parser, options, number types, output."""

import argparse
import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from neurocyte.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

STDOUT = "-"
# Where the output is no terminal; wide enough that no table is folded.
_PLAIN_WIDTH = 120
_COMMON = "common options"
# What TERM says of a terminal that cannot move its cursor.
_DUMB = ("dumb", "unknown")


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

    def format_help(self) -> str:
        """Give the help, what all commands share at its end."""
        self._action_groups.sort(key=lambda group: group.title == _COMMON)
        return super().format_help()

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; an option that is not there is named with the nearest that is."""
        return self._all_known(*self.parse_known_args(args, namespace))

    def parse_intermixed_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse with positional arguments anywhere among the options; else as `parse_args`."""
        return self._all_known(*self.parse_known_intermixed_args(args, namespace))

    def _all_known(self, parsed: argparse.Namespace, unknown: list[str]) -> argparse.Namespace:
        if unknown:
            option = next((text for text in unknown if text.startswith("--")), "").partition("=")[0]
            near = meant(option, self._option_string_actions)
            self.error(f"unrecognized arguments: {' '.join(unknown)}{near}")
        return parsed

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            choices = [str(one) for one in action.choices]
            raise argparse.ArgumentError(
                action,
                f"invalid choice: {value!r}{meant(str(value), choices)}, choose from {', '.join(choices)}",
            )


def meant(text: str, known: Iterable[str]) -> str:
    """Guess what was meant by a word that is not known.

    Args:
        text: the word as typed.
        known: the words there are.

    Returns:
        Such as " (did you mean 'segment'?)"; nothing where no word is near.
    """
    # Imported where it is needed: only after a mistake.
    from difflib import get_close_matches

    near = get_close_matches(text, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


Subparsers = argparse._SubParsersAction  # noqa: SLF001 (argparse has no public name for it)


def add_command(
    subparsers: "Subparsers[CommandParser]", name: str, description: str, epilog: str | None = None
) -> CommandParser:
    """Add a command's parser with the options that every command has.

    Args:
        subparsers: as given to the command's `add_parser`.
        name: the command.
        description: what it does, shown by `--help`.
        epilog: shown below the options: "examples:" and two or three calls that work.

    Returns:
        The parser, for the command's own arguments.
    """
    parser = subparsers.add_parser(
        name, description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    group = parser.add_argument_group(_COMMON)
    group.add_argument(
        "--config",
        metavar="FILE",
        help="YAML file with options by their long names, such as the run.yaml that every run leaves; what "
        "is typed wins, --no-SWITCH undoes a switch of the file",
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
    formats = ("kaggle", "masks", "labels", "coco", "rois", "geojson", "ome-zarr", *more)
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

    # By the stream itself: FORCE_COLOR makes rich take a pipe for a terminal, 80 columns wide.
    return Console(highlight=False, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)


def shows_progress(quiet: bool) -> bool:
    """Tell whether a moving bar can be shown: stderr is a terminal that can move its cursor."""
    return not quiet and sys.stderr.isatty() and os.environ.get("TERM", "").lower() not in _DUMB


def streams_in_utf8() -> None:
    """Let files and pipes get UTF-8 with plain line ends on every system, and no letter stop a terminal.

    Only for the process's own streams: Windows gives pipes a code page that lacks most letters.
    """
    for stream in (sys.stdout, sys.stderr):
        # Not so where something else stands in for it, and none at all without a console on Windows.
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty() or "PYTHONIOENCODING" in os.environ:
                stream.reconfigure(errors="backslashreplace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


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
