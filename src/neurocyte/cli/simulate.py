"""`neurocyte simulate`: images of neural cells with exact ground truth."""

import argparse
import re
from pathlib import Path

from neurocyte.cli.common import CommandParser, Subparsers, add_command, say, whole_number
from neurocyte.errors import UsageError

_SIZE = (520, 704)


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command's parser."""
    parser = add_command(
        subparsers,
        "simulate",
        "Make phase-contrast-like images of neural cells: DIR/images/STEM.png with their exact label images\n"
        "DIR/labels/STEM.tif, which train and evaluate read. Files of the same names are replaced.",
        "examples:\n"
        "  neurocyte simulate -o simulated -n 20 --kind cort\n"
        "  neurocyte simulate -o crowded -n 5 --cells 400 --size 1024x1024 --seed 7\n"
        "  neurocyte simulate -o shapes -n 100 --annotations train.csv",
    )
    parser.add_argument("-o", "--out", required=True, metavar="DIR", help="folder of the images")
    parser.add_argument(
        "-n", "--number", required=True, type=whole_number(1), metavar="N", help="images to make, from 1"
    )
    parser.add_argument(
        "--kind",
        choices=("cort", "astro", "shsy5y", "mixed"),
        help="kind of cells; default: cort, astro and shsy5y in turn, or as --annotations say",
    )
    parser.add_argument(
        "--annotations",
        metavar="FILE|DIR",
        help="cells have the shapes and the arrangement of these: a table like Kaggle's train.csv, with or "
        "without its pictures, or a folder as train takes it; one annotation after the other, then mirrored",
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0),
        default=0,
        metavar="N",
        help="another seed, other images; default %(default)s",
    )
    parser.add_argument(
        "--cells",
        type=whole_number(0),
        metavar="N",
        help="cells an image, 0 to 65535; default: typical of the kind",
    )
    parser.add_argument(
        "--size",
        type=_size,
        metavar="HxW",
        help="height and width in pixels, each at least 32; default 520x704",
    )


def run(args: argparse.Namespace) -> int:
    """Write the images."""
    from neurocyte.io._text import plural
    from neurocyte.simulate import write_dataset
    from neurocyte.simulate.layouts import read_layouts

    layouts = []
    if args.annotations is not None:
        told = [name for name in ("size", "cells") if getattr(args, name) is not None]
        if told or args.kind == "mixed":
            option = f"--{told[0]}" if told else "--kind mixed"
            raise UsageError(
                f"{option} does not go with --annotations, which decide that: leave one of them out."
            )
        layouts = read_layouts(Path(args.annotations), args.kind)
    paths = write_dataset(
        args.out, args.number, args.seed, args.kind, args.size or _SIZE, args.cells, layouts
    )
    say(args, f"{plural(len(paths), 'image')} in {paths[0].parent}, their truth in {args.out}/labels")
    return 0


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]+)x([0-9]+)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a height and width such as 520x704")
    return int(match[1]), int(match[2])
