"""`neurocyte finetune`: a model goes on learning from a few corrected images."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_data_options,
    add_json_option,
    positive_number,
    say,
    whole_number,
    write_json,
)

EPILOG = """examples:
  neurocyte finetune phase-contrast corrected -o runs/ours
  neurocyte finetune runs/first corrected -o runs/second --old annotated --epochs 20
  neurocyte finetune phase-contrast corrected -o runs/both --rehearse first_images --old other_images

DATA is any set of annotated images, at least three: what 'neurocyte serve' saves as training data, say. A
quarter of them is held out and tells before from after. --rehearse keeps what the model knows, --old tells
what it forgot all the same."""


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "finetune",
        "Train a model further on a few corrected images.",
        EPILOG,
    )
    parser.add_argument("model", metavar="MODEL", help="a bundled model (see 'neurocyte models') or a folder")
    parser.add_argument("data", metavar="DATA", type=Path, help="annotated images, at least three")
    parser.add_argument(
        "-o", "--out", metavar="RUN", type=Path, required=True, help="folder of the new model; must be new"
    )
    parser.add_argument(
        "--old",
        metavar="DATA",
        type=Path,
        help="annotated images of the kind the model knows, which it has not learned from: they tell what "
        "it forgets",
    )
    parser.add_argument(
        "--rehearse",
        metavar="DATA",
        type=Path,
        help="images of the kind the model knows, others than those of --old: half of the crops are theirs, "
        "so that less is forgotten; annotated, or a folder of images, of which the model's own answers are "
        "learned",
    )
    parser.add_argument(
        "--epochs", type=whole_number(1), default=10, metavar="N", help="from 1; default %(default)s"
    )
    parser.add_argument(
        "--learning-rate", type=positive_number, metavar="R", help="peak, above 0; default 0.0003"
    )
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N", help="default %(default)s")
    parser.add_argument("--name", metavar="NAME", help="of the model; default: RUN's name")
    parser.add_argument(
        "--no-export", action="store_true", help="leave model.onnx to a later 'neurocyte export'"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on from RUN's last checkpoint; give the same options again"
    )
    add_data_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Fine-tune, report before and after, export; return the exit status."""
    from neurocyte.cli.common import shows_progress
    from neurocyte.io.annotations import open_dataset

    # What may be wrong with the folders is said before torch is loaded.
    data = open_dataset(args.data, args.format, args.masks_are)
    old = open_dataset(args.old) if args.old else None

    from neurocyte.training.finetuning.finetune import finetune
    from neurocyte.training.finetuning.parent import open_parent
    from neurocyte.training.finetuning.rehearsal import open_rehearsal
    from neurocyte.training.recipes import FINETUNE

    changes = {"epochs": args.epochs, "learning_rate": args.learning_rate}
    recipe = dataclasses.replace(FINETUNE, **{k: v for k, v in changes.items() if v is not None})
    parent = open_parent(args.model, recipe, args.seed, args.name or args.out.resolve().name)
    rehearse = open_rehearsal(args.rehearse, parent) if args.rehearse else None

    def tell(text: str) -> None:
        say(args, text)

    progress = shows_progress(args.quiet)
    report = finetune(
        parent, data, args.out, old=old, rehearse=rehearse, resume=args.resume, progress=progress, say=tell
    )
    tell(_line(f"{len(report['held_out'])} held-out images of {args.data}", report["new"]))
    if report["old"]:
        tell(_line(f"{report['old']['before']['n']} images of {args.old}", report["old"]))
    else:
        tell("What was forgotten is not known: give --old annotated images of the kind the model knew.")
    if not args.rehearse:
        tell("Nothing kept it from forgetting: give --rehearse images of that kind, annotated or not.")
    tell(f"Share of the new weights: {report['share']:g}; threshold {report['threshold']:g}.")
    if report["interrupted"]:
        tell(f"Ctrl-C ended it after {report['epochs']} of {args.epochs} epochs.")
    if not args.no_export:
        from neurocyte.export import export_folder

        tell("Exporting to ONNX.")
        export_folder(args.out)
        tell(f"The model is ready: neurocyte segment IMAGES -o OUT --model {args.out}")
    write_json(args.json, report)
    return 130 if report["interrupted"] else 0


def _line(what: str, pair: dict[str, Any]) -> str:
    before, after = pair["before"], pair["after"]
    return (
        f"{what}: IoU {before['iou']:.3f} before, {after['iou']:.3f} after; mAP {before['map']:.3f} before, "
        f"{after['map']:.3f} after; count error {before['count_error']:.1f} before, "
        f"{after['count_error']:.1f} after."
    )
