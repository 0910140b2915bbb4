"""`neurocyte suggest`: rank images by how much annotating them should teach."""

import argparse
from typing import Any

from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_json_option,
    add_model_option,
    say_error,
    stdout_console,
    whole_number,
    write_json,
)
from neurocyte.cli.planes import add_plane_options
from neurocyte.errors import InputError, UsageError

EPILOG = """examples:
  neurocyte suggest images -n 5
  neurocyte suggest images --model runs/ours --json suggestions.json

Annotate the first ones ('neurocyte serve', napari), then 'neurocyte finetune'."""


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "suggest",
        "Rank images by how much annotating them should teach: those that the model is least sure of first,\n"
        "of images that look alike one. The expected error is 1 - IoU by the model's own probabilities.",
        EPILOG,
    )
    parser.add_argument("inputs", nargs="+", metavar="IN", help="image files, folders or patterns")
    add_model_option(parser, "phase-contrast")
    parser.add_argument(
        "-n", "--number", type=whole_number(1), metavar="N", help="show so many, from 1; default all"
    )
    parser.add_argument("--threads", type=whole_number(1), metavar="N", help="of the runtime; default: all")
    add_plane_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Look at every image and print the ranking; 1 where an image failed."""
    from neurocyte.io.inputs import collect_inputs
    from neurocyte.io.parts import expand_parts
    from neurocyte.io.selection import Selection
    from neurocyte.models import load_model
    from neurocyte.quality import Reference
    from neurocyte.segmentation import Segmenter
    from neurocyte.suggest import rank
    from neurocyte.suggest.candidates import look_at

    files = expand_parts(collect_inputs(args.inputs))
    segmenter = Segmenter(load_model(args.model), threads=args.threads)
    reference = Reference.load(segmenter.model)
    candidates, failed = [], 0
    for file in files:
        chosen = Selection(args.channel, args.z_projection, file.part.time, file.part.scene)
        try:
            candidates.append(look_at(file, chosen, segmenter, reference))
        except InputError as exc:
            say_error(str(exc))
            failed += 1
    if not candidates:
        raise UsageError("None of the images can be read: see the lines above.")
    rows = [one.to_dict() for one in rank(candidates)[: args.number]]
    if not write_json(args.json, {"model": args.model, "images": len(candidates), "suggestions": rows}):
        _show(rows, quiet=args.quiet)
    return 1 if failed else 0


def _show(rows: list[dict[str, Any]], *, quiet: bool) -> None:
    if quiet:
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("", "image", box=SIMPLE_HEAD)
    for name in ("score", "expected error", "novelty", "unlikeness", "cells"):
        table.add_column(name, justify="right")
    for number, row in enumerate(rows, start=1):
        unlike = "-" if row["unlikeness"] is None else f"{row['unlikeness']:.2f}"
        table.add_row(
            str(number),
            row["image"],
            f"{row['score']:.3f}",
            f"{row['expected_error']:.3f}",
            f"{row['novelty']:.2f}",
            unlike,
            str(row["cells"]),
        )
    stdout_console().print(table)
