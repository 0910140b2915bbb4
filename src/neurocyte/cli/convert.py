"""`neurocyte convert`: annotations from one format to another, with a count of what is lost."""

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_data_options,
    add_json_option,
    say,
    say_error,
    shows_progress,
    write_json,
)
from neurocyte.errors import UsageError

if TYPE_CHECKING:
    from neurocyte.io.annotations.convert import Conversion
    from neurocyte.io.annotations.source import Item
    from neurocyte.io.annotations.writing import Losses

_TARGETS = ("labels", "masks", "coco", "kaggle", "submission", "rois", "geojson", "ome-tiff", "ome-zarr")


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command's parser."""
    parser = add_command(
        subparsers,
        "convert",
        "Write annotations in another format, and say what that format cannot hold. OUT gets the pictures,\n"
        "too, and is a data set that train and evaluate open (a submission is one table only):\n"
        "  labels      images/ + labels/STEM.tif, a number a cell\n"
        "  masks       images/ + masks/STEM.png, 0 and 255, the union of the cells\n"
        "  coco        images/ + annotations.json\n"
        "  kaggle      train/ + train.csv\n"
        "  submission  submission.csv of the Sartorius competition (OUT may also be FILE.csv)\n"
        "  rois        images/ + rois/STEM.zip for ImageJ (needs neurocyte[formats])\n"
        "  geojson     images/ + geojson/STEM.geojson for QuPath\n"
        "  ome-tiff    images/ + labels/STEM.ome.tif\n"
        "  ome-zarr    STEM.ome.zarr, the picture with labels/cells in it (needs neurocyte[formats])",
        "examples:\n"
        "  neurocyte convert annotated -o for_qupath --to geojson\n"
        "  neurocyte convert results --images plate1 -o for_imagej --to rois\n"
        "  neurocyte convert results -o submission.csv --to submission",
    )
    parser.add_argument(
        "input",
        metavar="IN",
        help="annotated images as for train, the OUT of 'neurocyte segment', or label images",
    )
    parser.add_argument("-o", "--out", required=True, metavar="OUT", help="folder to write; must be new")
    parser.add_argument("--to", required=True, choices=_TARGETS, metavar="FORMAT", help="one of those above")
    add_data_options(parser, "--from", more=("results",))
    parser.add_argument(
        "--images", metavar="DIR", help="of label images without pictures: the pictures of the same names"
    )
    parser.add_argument("--no-images", action="store_true", help="write the annotations only")
    parser.add_argument(
        "--polygons",
        action="store_true",
        help="coco as polygons, which lose holes, instead of run lengths, which lose nothing",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace what an earlier conversion wrote to OUT"
    )
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Convert and say what was lost; 1 where an image failed."""
    from neurocyte.io.annotations.convert import convert
    from neurocyte.io.annotations.source import RESULTS, open_source
    from neurocyte.io.annotations.writing import WriterOptions

    if args.polygons and args.to != "coco":
        raise UsageError(f"--polygons goes with --to coco, not {args.to}.")
    if args.images and args.no_images:
        raise UsageError("--images and --no-images contradict each other: leave one out.")
    source = open_source(args.input, args.format, args.masks_are, args.images)
    options = WriterOptions(args.masks_are, args.polygons, source.format == RESULTS)
    result = convert(
        source, args.out, args.to, options, not args.no_images, args.overwrite, _Progress(args.quiet)
    )
    for sentence in result.failed.values():
        say_error(sentence)
    write_json(args.json, result.to_dict())
    for line in _lines(result):
        say(args, line)
    if source.format == RESULTS and args.to != "submission" and not (args.images or args.no_images):
        say(args, "Without its pictures OUT is no data set for train and evaluate: name them with --images.")
    return 1 if result.failed else 0


class _Progress:
    """Shows on a terminal how far it is."""

    def __init__(self, quiet: bool) -> None:
        self._shown = shows_progress(quiet)

    def __call__(self, items: "Sequence[Item]") -> "Iterable[Item]":
        if not self._shown:
            return items
        from rich.console import Console
        from rich.progress import track

        return track(items, "converting", console=Console(stderr=True), transient=True)


def _lines(result: "Conversion") -> list[str]:
    from neurocyte.io._text import plural

    failed = f", {plural(len(result.failed), 'image')} failed" if result.failed else ""
    counts = f"{plural(result.cells, 'cell')} of {plural(len(result.images), 'image')}"
    lines = [f"{counts} from {result.source.format} to {result.target}{failed}; see {result.out}"]
    if result.images:
        lost = _said(result.lost)
        lines += [f"Lost: {'; '.join(lost)}." if lost else "Nothing was lost."]
    return [*lines, *result.notes]


def _said(lost: "Losses") -> list[str]:
    from neurocyte.io._text import plural

    cells, pixels = "cell", "pixel"
    filled = plural(lost.filled_pixels, pixels)
    sentences = (
        (lost.overlap_pixels, pixels, "of overlaps, which the last cell keeps"),
        (lost.vanished_cells, cells, "without a pixel"),
        (lost.filled_holes, "hole", f"filled ({filled})"),
        (lost.merged_cells, cells, "no longer told from one they touch"),
        (lost.split_cells, cells, "in several parts, each now a cell"),
        (lost.rounded_outlines, "outline", "between pixel edges, now whole pixels"),
        (lost.untyped_cells, "cell type", "not kept"),
        (lost.unscored_cells, "confidence", "not kept"),
        (lost.ungrouped_images, "image group", "(sample_id) not kept"),
    )
    return [f"{plural(count, noun)} {rest}" for count, noun, rest in sentences if count]
