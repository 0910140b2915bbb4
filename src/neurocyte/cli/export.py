"""`neurocyte export`: model.onnx for a trained model folder."""

import argparse
from pathlib import Path

from neurocyte.cli.common import CommandParser, Subparsers, add_command, add_json_option, say, write_json


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "export",
        "Write model.onnx beside a trained model's weights and check that both give the same probabilities.",
        "example:\n  neurocyte export runs/first",
    )
    parser.add_argument("run", metavar="RUN", type=Path, help="a model folder that training wrote")
    parser.add_argument(
        "--precision", choices=("fp32",), default="fp32", help="arithmetic of the exported network"
    )
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Export; return the exit status."""
    from neurocyte.export import export_folder

    report = export_folder(args.run)
    say(
        args,
        f"{report.path}: {report.size_bytes / 1e6:.1f} MB, largest difference to torch {report.parity:.1e}.",
    )
    content = {"path": str(report.path), "size_bytes": report.size_bytes, "parity": report.parity}
    write_json(args.json, content)
    return 0
