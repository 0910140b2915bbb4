"""`neurocyte benchmark speed`: how fast networks run here, and how near to the machine's limit."""

import argparse
import json
import shlex
from pathlib import Path
from typing import Any

from neurocyte.cli.common import say, say_error, whole_number, write_json

ROUNDS, QUICK_ROUNDS = 30, 3
_SMALL: dict[str, Any] = {"side": 64, "image": (96, 128), "areas": ((96, 128),), "product": 256}


def add_speed_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that only `speed` has."""
    group = parser.add_argument_group("speed")
    group.add_argument(
        "--network",
        metavar="NAME",
        action="append",
        help="only this network of the table (may be given several times); default: all that are installed",
    )
    group.add_argument(
        "--rounds", type=whole_number(1), metavar="N", help=f"timed runs of each on a tile; default {ROUNDS}"
    )
    group.add_argument(
        "--image-rounds",
        type=whole_number(1),
        metavar="N",
        help="on a whole image; default: a third of the rounds",
    )
    group.add_argument(
        "--clock",
        choices=("wall", "processor"),
        help="what is counted: time by the clock, the default, or the processor's own, for a busy machine "
        "(with --threads 1)",
    )
    group.add_argument(
        "--int8",
        action="store_true",
        help="quantise the networks with random weights, too, and time them (needs neurocyte[quantize])",
    )
    group.add_argument(
        "--quick", action="store_true", help=f"tiny images and {QUICK_ROUNDS} rounds: to see that it works"
    )


def run_speed(args: argparse.Namespace) -> int:
    """Measure, write and print."""
    from neurocyte import __version__
    from neurocyte.benchmark.speed.document import document
    from neurocyte.benchmark.speed.measure import measure
    from neurocyte.benchmark.speed.plots import write_plots
    from neurocyte.benchmark.speed.settings import Settings
    from neurocyte.benchmark.turns import default_threads
    from neurocyte.io.atomic import write_text

    rounds = args.rounds or (QUICK_ROUNDS if args.quick else ROUNDS)
    settings = Settings(
        out=args.out,
        threads=args.threads or default_threads(),
        rounds=rounds,
        image_rounds=args.image_rounds or max(1, rounds // 3),
        clock=args.clock or "wall",
        networks=None if args.network is None else tuple(args.network),
        models=tuple(args.model),
        int8=args.int8,
        **(_SMALL if args.quick else {}),
    )
    result = {
        "version": __version__,
        "command": _command(args),
        **measure(settings, lambda text: None if args.quiet else say_error(text)),
    }
    try:
        plots = write_plots(args.out, result)
    except ModuleNotFoundError as exc:
        plots = []
        say_error(f'No plots: {exc.name} is not installed: pip install "neurocyte[train]".')
    text = document(result, plots)
    write_text(args.out / "speed.json", json.dumps(result, indent=2, allow_nan=False) + "\n")
    write_text(args.out / "SPEED.md", text)
    if not write_json(args.json, result):
        say(args, text)
    return 0


def _command(args: argparse.Namespace) -> str:
    """The call, with folders by their last name: where they lie is this machine's."""
    parts = ["neurocyte", "benchmark", "speed", "-o", args.out.name]
    for name in args.network or ():
        parts += ["--network", name]
    for model in args.model:
        parts += ["--model", Path(model).name]
    for option in ("threads", "rounds", "image_rounds", "clock"):
        value = getattr(args, option)
        if value is not None:
            parts += [f"--{option.replace('_', '-')}", str(value)]
    flags = [f"--{name}" for name in ("int8", "quick") if getattr(args, name)]
    return shlex.join([*parts, *flags])
