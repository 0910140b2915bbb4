"""The command line; nothing heavy is imported before a command needs it."""

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence

from neurocyte.allocator import keep_freed_memory
from neurocyte.cli.common import CommandParser, meant, say_error, streams_in_utf8
from neurocyte.cli.config_file import with_config
from neurocyte.cli.registry import COMMANDS, GROUPS, Command
from neurocyte.cli.run_file import RunFile
from neurocyte.errors import InputError, MissingExtraError, NeurocyteError, UsageError

EXIT_FAILED = 1
EXIT_WRONG = 2
EXIT_INTERRUPTED = 130
# How the scripts of `neurocyte completion` ask what may follow.
_COMPLETE = "__complete"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments after the program's name; None for those of the process.

    Returns:
        The exit status: 0 all done, 1 some inputs failed, 2 the call was wrong, 130 interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if argv is None:
        streams_in_utf8()
        command = _named(arguments)
        keep_freed_memory(of_any_size=command is not None and command.learns)
    debug = "--debug" in arguments
    try:
        return _run(arguments, debug)
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 0
    except KeyboardInterrupt:
        say_error("Interrupted.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has left; without this Python complains once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except NeurocyteError as exc:
        _trace(debug)
        say_error(str(exc))
        return EXIT_FAILED if isinstance(exc, InputError) else EXIT_WRONG
    except Exception as exc:  # noqa: BLE001 (a user gets one sentence, whatever happens)
        _trace(debug)
        say_error(f"Something unexpected happened ({type(exc).__name__}: {exc}): {_remedy(debug)}.")
        return EXIT_WRONG


def _named(arguments: list[str]) -> Command | None:
    return next((one for one in COMMANDS if arguments[:1] == [one.name]), None)


def _run(arguments: list[str], debug: bool) -> int:
    command = _named(arguments)
    if not debug:
        # It logs each oddity of a damaged file, which is then said in one sentence anyway.
        logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    if arguments[:1] == [_COMPLETE]:
        from neurocyte.cli.complete import answer

        return answer(arguments[1:])
    if command is None:
        return _top(arguments)
    try:
        module = command.load()
        subparsers = CommandParser(prog="neurocyte").add_subparsers()
        module.add_parser(subparsers)
        parser: CommandParser = subparsers.choices[command.name]
        args = parser.parse_intermixed_args(with_config(parser, arguments[1:]))
        run_file = _run_file(command, parser, args)
        try:
            status: int = module.run(args)
        except KeyboardInterrupt:
            if run_file:
                # That of an earlier run stays: who knows how far this one came.
                run_file.write(replace=False)
            raise
        if run_file:
            run_file.write()
    except ModuleNotFoundError as exc:
        missing = (exc.name or "").partition(".")[0]
        if command.extra is None or missing == "neurocyte":
            raise
        raise MissingExtraError(
            f'neurocyte {command.name} needs {missing}: pip install "neurocyte[{command.extra}]".'
        ) from exc
    return status


def _run_file(command: Command, parser: CommandParser, args: argparse.Namespace) -> RunFile | None:
    # Before the run: paths are named from where it starts.
    if not command.repeatable or getattr(args, "out", None) is None:
        return None
    return RunFile(parser, args, command.name)


def _top(arguments: list[str]) -> int:
    # Every option of a command is accepted only after the command.
    parser = CommandParser(
        prog="neurocyte",
        usage="neurocyte [-h] [--version] COMMAND ...",
        description="Microscope images of neural cells to masks, counted cells and measurements.",
        epilog=_commands(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    if not arguments:
        parser.print_help()
        return EXIT_WRONG
    if not arguments[0].startswith("-"):
        raise UsageError(
            f"There is no command {arguments[0]!r}{meant(arguments[0], [one.name for one in COMMANDS])}: "
            "see 'neurocyte --help'."
        )
    args: argparse.Namespace = parser.parse_args(arguments)
    if args.version:
        from neurocyte import __version__

        sys.stdout.write(f"neurocyte {__version__}\n")
        return 0
    raise UsageError("No command was given first: see 'neurocyte --help'.")


def _commands() -> str:
    """The commands by group, for the help."""
    width = max(len(command.name) for command in COMMANDS)
    lines = []
    for title, group in GROUPS.items():
        lines += [f"{title}:", *(f"  {command.name:<{width}}  {command.help}" for command in group), ""]
    lines += [
        "examples:",
        "  neurocyte demo",
        "  neurocyte segment my_images -o results",
        "  neurocyte segment --help",
        "",
        "'neurocyte COMMAND --help' tells a command's options and has examples.",
    ]
    return "\n".join(lines)


def _trace(debug: bool) -> None:
    if debug:
        traceback.print_exc()


def _remedy(debug: bool) -> str:
    if debug:
        return "report it with the lines above"
    return "run the command again with --debug for the details, and report them"
