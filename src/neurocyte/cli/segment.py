"""`neurocyte segment`: find, count and measure the cells of images."""

import argparse

from neurocyte import DEFAULT_MODEL
from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_json_option,
    add_model_option,
    fraction,
    positive_number,
    say,
    whole_number,
    write_json,
)
from neurocyte.cli.planes import add_plane_options
from neurocyte.errors import UsageError


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command's parser."""
    parser = add_command(
        subparsers,
        "segment",
        "Find the cells of images. OUT gets labels/, masks/ and overlays/ with a file an image, cells.csv\n"
        "with a row a cell, images.csv with a row an image, report.html and run.json. What OUT holds of the\n"
        "same model and settings is not done again.",
        "examples:\n"
        "  neurocyte segment plate1 -o results\n"
        "  neurocyte segment 'plate1/*.tif' -o results --pixel-size 0.65 --min-confidence 0.5 --jobs 4\n"
        "  neurocyte segment plate2 -o results2 --config results/run.yaml",
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="IN",
        help="image files, OME-Zarr or other folders, or quoted patterns",
    )
    parser.add_argument("-o", "--out", required=True, metavar="OUT", help="folder of the results")
    add_model_option(parser, DEFAULT_MODEL)
    parser.add_argument(
        "--task",
        choices=("cells", "mask"),
        help="separate the cells, or label the parts of their union; default: as the model was trained",
    )
    parser.add_argument(
        "--tile", type=whole_number(1), metavar="N", help="largest tile side in pixels; smaller saves memory"
    )
    parser.add_argument("--tta", action="store_true", help="average over flips: four times the time")
    parser.add_argument(
        "--pixel-size", type=positive_number, metavar="UM", help="in micrometres; default: as the file says"
    )
    add_plane_options(parser)
    parser.add_argument(
        "--min-confidence",
        type=fraction,
        metavar="P",
        help="drop cells below P, 0 to 1; default: the model's own limit, which may spare large cells",
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "fp32", "bf16", "int8"),
        default="auto",
        help="arithmetic of the network; default %(default)s: int8 where the model has it, judged as close "
        "to fp32, and the processor is faster in it; else bf16 where the processor has it; else fp32",
    )
    parser.add_argument(
        "--jobs",
        type=whole_number(1),
        metavar="N",
        help="worker processes, each with a model of its own; default: 1 for fewer than 8 images, else one a "
        "processor, at most 4",
    )
    parser.add_argument(
        "--cluster",
        metavar="local:N|ADDRESS",
        help="in place of --jobs: N Dask workers here, or those of a scheduler such as tcp://host:8786 "
        "(needs neurocyte[cluster])",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="do all images anew and replace what OUT holds of them"
    )
    parser.add_argument(
        "--groups",
        metavar="FILE|REGEX",
        help="groups of the images for tables and report: a CSV file with the columns image and, say, well "
        r"and time, or a pattern on the images' names such as '(?P<well>[A-H]\d+)_(?P<time>\d+)'",
    )
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Run the job; 1 where an image failed."""
    from neurocyte.cli.progress import progress
    from neurocyte.jobs import JobOptions, run_job

    if args.cluster is not None and args.jobs is not None:
        raise UsageError("--cluster and --jobs both say who works: leave one out.")
    options = JobOptions(
        model=args.model,
        task=args.task,
        tile_size=args.tile,
        tta=args.tta,
        pixel_size_um=args.pixel_size,
        min_confidence=args.min_confidence,
        precision=args.precision,
        channel=args.channel,
        z_projection=args.z_projection,
    )
    with progress(args.quiet) as listener:
        result = run_job(
            args.inputs, args.out, options, args.jobs, args.overwrite, listener, args.groups, args.cluster
        )
    write_json(args.json, result.run)
    for note in (result.run["groups"] or {}).get("notes", ()):
        say(args, note)
    say(args, result.sentence())
    return 1 if result.failures else 0
