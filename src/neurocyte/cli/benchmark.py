"""`neurocyte benchmark`: compare methods on annotated images, or the speed of networks on this machine."""

import argparse
import json
import shlex
from pathlib import Path

from neurocyte.cli.benchmark_speed import add_speed_options, run_speed
from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_data_options,
    add_json_option,
    say,
    say_error,
    whole_number,
    write_json,
)
from neurocyte.errors import UsageError

EPILOG = """examples:
  neurocyte benchmark instances annotated -o comparison --run runs/cells --labels cellpose=cellpose_out
  neurocyte benchmark instances annotated -o comparison --model phase-contrast --json comparison.json
  neurocyte benchmark speed -o speed
  neurocyte benchmark speed -o speed --network linknet-ag --network cellpose3 --model runs/cells --threads 4

instances: the first method named is the one the others are compared with. DIR gets INSTANCES.md,
instances.json and pictures of the first method's best, median and worst image (true outlines left, found ones
right).
speed: our networks (needs neurocyte[train]), the bundled models, and those of segmentation_models_pytorch,
Cellpose 3 and DeepSea where they are installed. DIR gets SPEED.md, speed.json, plots, and exports/, networks
in ONNX that the next run does not export again."""
# What only one of the two takes, by the name of the argument.
_OF_INSTANCES = ("data", "run", "labels", "labels_note", "tta", "no_classical", "format")
_OF_SPEED = ("network", "rounds", "image_rounds", "clock", "quick")


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "benchmark",
        "instances: score several methods on the same annotated images.\n"
        "speed: time networks on this machine and compare them with what it can do.",
        EPILOG,
    )
    parser.add_argument(
        "what", choices=("instances", "speed"), help="separated cells, or the networks' speed"
    )
    parser.add_argument("data", metavar="DATA", nargs="?", help="annotated images, for instances")
    parser.add_argument("-o", "--out", metavar="DIR", type=Path, required=True, help="output folder")
    parser.add_argument(
        "--run",
        metavar="RUN",
        action="append",
        default=[],
        type=Path,
        help="a cross-validation of 'neurocyte train --folds': each image by the network that has not seen "
        "it (may be given several times)",
    )
    parser.add_argument(
        "--model",
        metavar="NAME|DIR",
        action="append",
        default=[],
        help="instances: one model for all images; speed: a model besides the bundled ones (may be given "
        "several times)",
    )
    parser.add_argument(
        "--labels",
        metavar="NAME=DIR",
        action="append",
        default=[],
        help="label images that another program wrote (may be given several times)",
    )
    parser.add_argument(
        "--labels-note",
        metavar="NAME=TEXT",
        action="append",
        default=[],
        help="a sentence about the label images of that name, such as what they were trained on",
    )
    parser.add_argument(
        "--tta",
        action="store_true",
        help="add a row for each --run and --model with predictions averaged over flips, four times the work",
    )
    parser.add_argument(
        "--no-classical", action="store_true", help="leave out the row of Otsu's threshold and a watershed"
    )
    parser.add_argument(
        "--threads",
        type=whole_number(1),
        metavar="N",
        help="of the processor, for the networks; default: all for instances, 2 for speed",
    )
    add_speed_options(parser)
    add_data_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Compare or time, write and print."""
    speed = args.what == "speed"
    for name in _OF_INSTANCES if speed else _OF_SPEED:
        if getattr(args, name):
            option = "DATA" if name == "data" else f"--{name.replace('_', '-')}"
            raise UsageError(f"'benchmark {args.what}' takes no {option}: see 'neurocyte benchmark --help'.")
    if speed and args.masks_are != "components":
        raise UsageError("'benchmark speed' takes no --masks-are: see 'neurocyte benchmark --help'.")
    if speed:
        return run_speed(args)
    if args.data is None:
        raise UsageError("'benchmark instances' needs DATA, the annotated images.")
    return _run_instances(args)


def _run_instances(args: argparse.Namespace) -> int:
    from neurocyte import __version__
    from neurocyte.benchmark import entrants
    from neurocyte.benchmark.document import document
    from neurocyte.benchmark.instances import compare, to_dict
    from neurocyte.benchmark.pictures import write_pictures
    from neurocyte.io.annotations import open_dataset
    from neurocyte.io.atomic import write_text

    data = open_dataset(args.data, args.format, args.masks_are)
    notes = dict(_named(text, "--labels-note") for text in args.labels_note)
    maps = dict(_named(text, "--labels") for text in args.labels)
    if unknown := sorted(notes.keys() - maps.keys()):
        raise UsageError(f"--labels-note names {unknown[0]}, which --labels does not: give both one NAME.")
    flips = (False, True) if args.tta else (False,)
    methods = [
        *(entrants.cross_validated(run, args.threads, tta=tta) for run in args.run for tta in flips),
        *(entrants.one_model(model, args.threads, tta=tta) for model in args.model for tta in flips),
        *(
            entrants.label_maps(name, Path(folder), notes.get(name, f"Label images of {Path(folder).name}/."))
            for name, folder in maps.items()
        ),
        *([] if args.no_classical else [entrants.classical()]),
    ]
    if not methods:
        raise UsageError("There is nothing to compare: name a --run, --model or --labels.")
    entrants.names_are_unique(methods)
    outcomes = compare(data.samples, methods, lambda text: None if args.quiet else say_error(text))
    result = {
        "version": __version__,
        "command": _command(args),
        "data": {
            "name": data.root.name,
            "hash": data.content_hash(),
            "images": len(data.samples),
            "cells": sum(s.read_labels().instances for s in data.samples),
        },
        **to_dict(outcomes),
        "pictures": write_pictures(args.out / "pictures", outcomes[0], data.samples),
    }
    text = document(result)
    write_text(args.out / "instances.json", json.dumps(result, indent=2, allow_nan=False) + "\n")
    write_text(args.out / "INSTANCES.md", text)
    if not write_json(args.json, result):
        say(args, text)
    for one in outcomes:
        if len(one.scores) < len(data.samples):
            say_error(
                f"{one.entrant.name} has label images for {len(one.scores)} of {len(data.samples)} images."
            )
    return 0


def _named(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise UsageError(f"{option} {text!r} is not NAME=VALUE: write it like cellpose=folder.")
    return name, value


def _command(args: argparse.Namespace) -> str:
    """The call, with folders by their last name: where they lie is this machine's."""
    parts = ["neurocyte", "benchmark", args.what, Path(args.data).name]
    for path in args.run:
        parts += ["--run", path.name]
    for model in args.model:
        parts += ["--model", Path(model).name]
    for text in args.labels:
        name, folder = _named(text, "--labels")
        parts += ["--labels", f"{name}={Path(folder).name}"]
    for name in ("tta", "no_classical"):
        parts += [f"--{name.replace('_', '-')}"] if getattr(args, name) else []
    return shlex.join(parts)
