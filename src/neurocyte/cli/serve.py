"""`neurocyte serve`: the app in the browser and its API."""

import argparse
import contextlib
import sys
import webbrowser

from neurocyte import DEFAULT_MODEL
from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_model_option,
    say,
    say_error,
    whole_number,
)

_MOST_PORT = 65_535


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command's parser."""
    parser = add_command(
        subparsers,
        "serve",
        "Serve an app for the browser: drop images, see and correct their cells, download them, keep them\n"
        "for training. DIR holds images and results, which are there again after a restart; DIR/training is\n"
        "a data set for 'neurocyte train'. There are no accounts: whoever reaches the address may use it.",
        "examples:\n"
        "  neurocyte serve --open\n"
        "  neurocyte serve --port 8080 --dir images_of_the_lab --model runs/first",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="to listen on; default %(default)s: only this machine",
    )
    parser.add_argument(
        "--port",
        type=whole_number(0),
        default=8000,
        metavar="N",
        help="0 (any free one) to 65535; default %(default)s",
    )
    parser.add_argument(
        "--dir", default="neurocyte-web", metavar="DIR", help="folder of the server; default ./%(default)s"
    )
    add_model_option(parser, DEFAULT_MODEL)
    parser.add_argument(
        "--max-upload-mb",
        type=whole_number(1),
        default=64,
        metavar="N",
        help="largest image file in MiB; default %(default)s",
    )
    parser.add_argument(
        "--max-jobs",
        type=whole_number(1),
        default=200,
        metavar="N",
        help="images kept at once, more are refused; default %(default)s",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further host name that requests may be for, such as a proxy's; can be repeated",
    )
    parser.add_argument("--open", action="store_true", help="open the browser")


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted, which is how it ends: 0."""
    from pathlib import Path

    from neurocyte import load_model
    from neurocyte.errors import UsageError
    from neurocyte.web.limits import MEBIBYTE, Limits
    from neurocyte.web.server import address_of, bind, is_local, serve

    if args.port > _MOST_PORT:
        raise UsageError(f"There is no port {args.port}: give 0 to {_MOST_PORT}.")
    limits = Limits(upload_bytes=args.max_upload_mb * MEBIBYTE, jobs=args.max_jobs)
    listener = bind(args.host, args.port)
    address = address_of(listener)

    def ready() -> None:
        say(args, f"neurocyte is at {address} and keeps its images in {args.dir}; Ctrl+C ends it")
        sys.stdout.flush()
        if not is_local(listener):
            say_error(
                "Whoever reaches this port may see, change and delete everything: there are no accounts."
            )
        if args.open and not webbrowser.open(address):
            say_error(f"No browser could be opened: go to {address}")

    with listener:
        with contextlib.suppress(KeyboardInterrupt):
            serve(listener, Path(args.dir), load_model(args.model), limits, args.allow_host, ready)
        # Ctrl-C may also end the server's loop without an exception.
        say(args, "Stopped; unfinished images are done at the next start.")
    return 0
