"""`neurocyte export`: model.onnx for a trained model folder, or a model as one file to share."""

import argparse
from pathlib import Path

from neurocyte.cli.common import CommandParser, Subparsers, add_command, add_json_option, say, write_json
from neurocyte.errors import UsageError


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "export",
        "Make of a model, by --to:\n"
        "  onnx  model.onnx beside a trained model's weights, after a check that both give the same\n"
        "        probabilities\n"
        "  zip   the model in one file, which 'neurocyte models import' unpacks",
        "examples:\n  neurocyte export runs/first\n  neurocyte export runs/first --to zip -o first.zip",
    )
    parser.add_argument(
        "run", metavar="MODEL", help="a model folder that training wrote; for --to zip also a model's name"
    )
    parser.add_argument("--to", choices=("onnx", "zip"), default="onnx", help="default %(default)s")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.zip", help="the file to write; not for onnx")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE.zip")
    parser.add_argument(
        "--precision",
        choices=("fp32",),
        default="fp32",
        help="arithmetic of the exported network; default %(default)s",
    )
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Export; return the exit status."""
    if args.to == "onnx":
        return _to_onnx(args)
    if args.out is None:
        raise UsageError(f"Name the file to write: neurocyte export {args.run} --to {args.to} -o FILE.zip.")
    if args.out.exists() and not args.overwrite:
        raise UsageError(f"{args.out} exists already; name another file or replace it by --overwrite.")
    return _to_zip(args)


def _to_onnx(args: argparse.Namespace) -> int:
    if args.out is not None or args.overwrite:
        raise UsageError("-o and --overwrite go with --to zip; model.onnx is written into the model folder.")
    from neurocyte.export import export_folder

    report = export_folder(Path(args.run))
    say(
        args,
        f"{report.path}: {report.size_bytes / 1e6:.1f} MB, largest difference to torch {report.parity:.1e}.",
    )
    content = {"path": str(report.path), "size_bytes": report.size_bytes, "parity": report.parity}
    write_json(args.json, content)
    return 0


def _to_zip(args: argparse.Namespace) -> int:
    from neurocyte.models.folder import describe_model, find_model
    from neurocyte.sharing.pack import pack

    folder = find_model(args.run)
    pack(folder, args.out)
    size = args.out.stat().st_size
    say(args, f"{args.out}: {size / 1e6:.1f} MB. Licence: {describe_model(folder).license}")
    write_json(args.json, {"path": str(args.out), "size_bytes": size})
    return 0
