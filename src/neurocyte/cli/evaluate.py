"""`neurocyte evaluate`: score label images against annotated ones."""

import argparse
from typing import TYPE_CHECKING

from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_data_options,
    add_json_option,
    say_error,
    stdout_console,
    write_json,
)

if TYPE_CHECKING:
    from rich.table import Table

    from neurocyte.metrics.evaluate import Evaluation
    from neurocyte.metrics.summary import Summary

# The rows of the table: the key of `evaluate --json`, and its name there.
_ROWS = (
    ("n", "images"),
    ("cells_true", "true cells"),
    ("cells_pred", "predicted cells"),
    ("iou", "IoU, pooled"),
    ("iou_image", "IoU, mean of images"),
    ("dice", "Dice, pooled"),
    ("dice_image", "Dice, mean of images"),
    ("precision", "precision, pooled"),
    ("recall", "recall, pooled"),
    ("boundary_f1", "boundary F1, 2 px"),
    ("cldice", "clDice, centre lines"),
    ("map", "mAP, IoU 0.50 to 0.95"),
    ("ap50", "AP, IoU 0.50"),
    ("ap75", "AP, IoU 0.75"),
    ("pq", "PQ"),
    ("aji", "AJI"),
    ("count_error", "count error, cells an image"),
    ("count_error_relative", "count error, of true cells"),
    ("splits", "split cells"),
    ("merges", "merged cells"),
)


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command's parser."""
    parser = add_command(
        subparsers,
        "evaluate",
        "Score predicted label images against annotated images, matched by name. A match means IoU above\n"
        "the threshold, strictly; an empty prediction of an empty truth scores 1. The intervals are from a\n"
        "bootstrap over images.",
        "examples:\n"
        "  neurocyte evaluate --truth annotated --pred results\n"
        "  neurocyte evaluate --truth annotations.json --format coco --pred results --json scores.json",
    )
    parser.add_argument(
        "--truth",
        required=True,
        metavar="DATA",
        help="annotated images: a Kaggle folder, images/ + masks/, images/ + labels/, or a COCO json",
    )
    parser.add_argument(
        "--pred",
        required=True,
        metavar="DIR",
        help="the OUT of 'neurocyte segment' or a folder of label images",
    )
    add_data_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Score and print; 1 where an annotated image was not scored."""
    from neurocyte.io._text import plural
    from neurocyte.io.annotations import open_dataset
    from neurocyte.metrics.evaluate import evaluate_folder

    truth = open_dataset(args.truth, args.format, args.masks_are)
    result = evaluate_folder(truth, args.pred)
    if not write_json(args.json, result.to_dict()) and not args.quiet:
        _show(result)
    for sentence in result.failed.values():
        say_error(sentence)
    if result.missing:
        named = ", ".join(result.missing[:5]) + (", ..." if len(result.missing) > 5 else "")
        missing = plural(len(result.missing), "annotated image")
        say_error(
            f"{missing} not scored for want of a prediction ({named}): segment the rest into {args.pred}."
        )
    return 0 if result.complete else 1


def _show(result: "Evaluation") -> None:
    console = stdout_console()
    if result.summary:
        console.print(_table(result.summary, result.by_type))
    for note in result.notes:
        console.print(note, markup=False)


def _table(summary: "Summary", by_type: dict[str, "Summary"]) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("", box=SIMPLE_HEAD)
    for name in ("all", "95 % interval", *by_type):
        table.add_column(name, justify="right")
    figures = summary.to_dict()
    columns = [one.to_dict() for one in by_type.values()]
    for key, name in _ROWS:
        table.add_row(
            name,
            _figure(figures[key]),
            _interval(figures["intervals"].get(key)),
            *(_figure(one[key]) for one in columns),
        )
    return table


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _interval(ends: list[float] | None) -> str:
    return f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else ""
