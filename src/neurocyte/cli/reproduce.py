"""`neurocyte reproduce`: the paper's tables and figures, from data to document."""

import argparse
import dataclasses
import os
from pathlib import Path
from typing import Any

from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_data_options,
    say,
    whole_number,
)
from neurocyte.errors import UsageError

# As paper.parts has them, which needs torch.
PARTS = (
    "table1",
    "table2",
    "figures1-5",
    "algorithm1",
    "table3",
    "table4",
    "figure6",
    "figure7",
    "attention",
    "gates",
    "leakage",
)
EPILOG = """examples:
  neurocyte reproduce sartorius -o reproduction
  neurocyte reproduce sartorius -o reproduction --only table3
  neurocyte reproduce sartorius -o try --quick

DATA is the Kaggle folder (train/ + train.csv) or any other set of annotated images. Called again with the
same folder it goes on where it was: finished networks and tables are kept."""


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "reproduce", "Rebuild every table and figure of Abbas & Abdulmunim 2023.", EPILOG
    )
    parser.add_argument("data", metavar="DATA", type=Path, help="annotated images")
    parser.add_argument("-o", "--out", metavar="DIR", type=Path, required=True, help="output folder")
    add_data_options(parser)
    parser.add_argument(
        "--only",
        choices=PARTS,
        metavar="PART",
        action="append",
        help="make this part only (may be given several times): " + ", ".join(PARTS),
    )
    parser.add_argument(
        "--networks",
        metavar="NAME",
        action="append",
        help="train these rows of Table 4 only (may be given several times); the others count as not run yet",
    )
    parser.add_argument(
        "--folds", metavar="K", type=whole_number(2), help="of the cross-validation, from 2; default 5"
    )
    parser.add_argument(
        "--seeds",
        metavar="N",
        type=whole_number(1),
        help="trainings a fold of the networks that are compared with and without gates, from 1; the others "
        "have one; default 1",
    )
    parser.add_argument(
        "--encoder-weights",
        metavar="imagenet|FILE|none",
        help="imagenet (timm downloads them), none, or a safetensors file; default: the file in "
        "$NEUROCYTE_DATA/weights where there is one, else imagenet",
    )
    parser.add_argument(
        "--jobs",
        type=whole_number(1),
        default=1,
        metavar="N",
        help="networks trained side by side; default %(default)s",
    )
    parser.add_argument(
        "--no-training",
        action="store_true",
        help="make tables and figures of the networks that are trained, and train none",
    )
    parser.add_argument("--quick", action="store_true", help="everything with tiny settings, in minutes")
    parser.add_argument(
        "--overwrite", action="store_true", help="make tables and figures again; networks are kept"
    )


def run(args: argparse.Namespace) -> int:
    """Make what is not there yet, then the document; return the exit status."""
    from neurocyte.io.annotations import open_dataset
    from neurocyte.paper.context import Context
    from neurocyte.paper.document import write_document
    from neurocyte.paper.parts import find_parts, make, read
    from neurocyte.paper.runs.plan import planned
    from neurocyte.paper.runs.pool import Source, train_all

    parts = find_parts(args.only)
    data = open_dataset(args.data, args.format, args.masks_are)
    for note in data.notes:
        say(args, note)

    def tell(text: str) -> None:
        say(args, text)

    context = Context(data, args.out, _settings(args), tell, args.jobs)
    rows = _rows(args.networks, context)
    tell(f"{len(context.samples)} annotated images ({data.format}) of {args.data}.")
    if not args.no_training and any(part.networks for part in parts):
        runs = [run for run in planned(context) if run.row.key in rows]
        train_all(runs, context, Source(args.data, args.format, args.masks_are))
    for part in parts:
        # What depends on the networks is made again: more of them may be trained by now.
        if args.overwrite or part.networks or read(part, context) is None:
            make(part, context)
    text, page = write_document(context)
    tell(f"The document: {page} (and {text}).")
    return 0


def _settings(args: argparse.Namespace) -> Any:
    from neurocyte.paper.settings import Settings, quick_settings

    settings = quick_settings() if args.quick else Settings(encoder_weights=_default_weights())
    changes: dict[str, Any] = {"folds": args.folds, "encoder_weights": args.encoder_weights}
    if args.seeds is not None:
        changes["seeds"] = tuple(range(args.seeds))
    return dataclasses.replace(settings, **{k: v for k, v in changes.items() if v is not None})


def _default_weights() -> str:
    root = os.environ.get("NEUROCYTE_DATA")
    file = Path(root) / "weights" / "tf_efficientnet_b0_imagenet.safetensors" if root else None
    return str(file) if file is not None and file.is_file() else "imagenet"


def _rows(names: list[str] | None, context: Any) -> set[str]:
    known = [row.key for row in context.settings.rows]
    for name in names or ():
        if name not in known:
            raise UsageError(f"No network of Table 4 is named {name!r}; choose from {', '.join(known)}.")
    return set(names or known)
