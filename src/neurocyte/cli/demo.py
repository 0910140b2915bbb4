"""`neurocyte demo`: from nothing to a report in a minute."""

import argparse
from pathlib import Path

from neurocyte import DEFAULT_MODEL
from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_model_option,
    say,
    whole_number,
)


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command's parser."""
    parser = add_command(
        subparsers,
        "demo",
        "Simulate images of neural cells, segment them with the bundled model and write tables and report.",
        "examples:\n  neurocyte demo\n  neurocyte demo -o try -n 10 --model phase-contrast",
    )
    parser.add_argument(
        "-o", "--out", default="neurocyte-demo", metavar="DIR", help="folder to write; default ./%(default)s"
    )
    parser.add_argument(
        "-n",
        "--number",
        type=whole_number(1),
        default=3,
        metavar="N",
        help="images to simulate, from 1; default %(default)s",
    )
    add_model_option(parser, DEFAULT_MODEL)


def run(args: argparse.Namespace) -> int:
    """Simulate, segment, compare with the truth, and say where everything is."""
    from neurocyte.cli.progress import progress
    from neurocyte.io.annotations import open_dataset
    from neurocyte.jobs import JobOptions, run_job
    from neurocyte.metrics.evaluate import evaluate_folder
    from neurocyte.models.folder import find_model
    from neurocyte.simulate import write_dataset

    options = JobOptions(model=find_model(args.model))
    simulated, results = Path(args.out) / "simulated", Path(args.out) / "results"
    say(args, f"Simulating {args.number} images and segmenting them with {args.model}.")
    images = write_dataset(simulated, args.number)
    with progress(args.quiet) as listener:
        # What an earlier demo left is replaced; anything else there is an error.
        again = (results / "run.json").exists()
        result = run_job(images, results, options, overwrite=again, listener=listener)
    scores = evaluate_folder(open_dataset(simulated, "labels"), results).summary
    say(args, result.sentence().partition(";")[0] + ".")
    if scores:
        figures = scores.to_dict()
        say(
            args,
            f"The truth has {figures['cells_true']:,} cells; foreground IoU {figures['iou']:.2f}. "
            "Simulated images show that the way works, not how well it does on yours.",
        )
    for name, path in (
        ("images", simulated / "images"),
        ("overlays", result.folder.overlays),
        ("table", result.folder.cells),
        ("report", result.folder.report),
    ):
        say(args, f"{name + ':':<10}{path.resolve()}")
    return 1 if result.failures else 0
