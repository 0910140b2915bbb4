"""`neurocyte export`: the networks that segmenting runs, or a model as one file to share."""

import argparse
from pathlib import Path

from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_data_options,
    add_json_option,
    say,
    write_json,
)
from neurocyte.errors import MissingExtraError, UsageError

_TARGETS = ("onnx", "zip", "bioimageio")
# Who made the models that ship with the package.
_OURS = "The neurocyte developers"


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "export",
        "Make of a model, by --to:\n"
        "  onnx  model.onnx beside a trained model's weights, after a check that both give the same\n"
        "        probabilities; with --precision int8, model.int8.onnx from model.onnx, and precision.json\n"
        "        on what that costs\n"
        "  zip   the model in one file, which 'neurocyte models import' unpacks\n"
        "  bioimageio  a model package of bioimage.io, tested by bioimageio.core; 'models import' takes it,\n"
        "        too (needs neurocyte[bioimageio])",
        "examples:\n"
        "  neurocyte export runs/first\n"
        "  neurocyte export runs/first --precision int8 --calibrate images --evaluate annotated\n"
        "  neurocyte export runs/first --to zip -o first.zip\n"
        "  neurocyte export runs/first --to bioimageio -o first.zip --author 'A. Name'",
    )
    parser.add_argument(
        "run", metavar="MODEL", help="a model folder that training wrote; to share it, also a model's name"
    )
    parser.add_argument("--to", choices=_TARGETS, default="onnx", help="default %(default)s")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.zip", help="the file to write; not for onnx")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE.zip")
    parser.add_argument(
        "--author",
        action="append",
        metavar="NAME",
        help="for bioimageio: who made the model; again for each more. Needed unless it ships with neurocyte",
    )
    parser.add_argument(
        "--license",
        metavar="ID",
        help="for bioimageio: licence of the weights as an identifier of SPDX, such as CC-BY-4.0; default: "
        "the model's own, as a file where it is no such identifier",
    )
    parser.add_argument(
        "--precision",
        choices=("fp32", "int8"),
        default="fp32",
        help="arithmetic of the exported network; default %(default)s. int8 needs neurocyte[quantize]",
    )
    parser.add_argument(
        "--calibrate",
        nargs="+",
        metavar="IN",
        help="for int8: images such as the model will see, files, folders or patterns; the ranges of numbers "
        "are measured on them",
    )
    parser.add_argument(
        "--evaluate",
        metavar="DATA",
        help="for int8: other images, annotated, to judge it by; default: every fourth image of --calibrate, "
        "against fp32 alone, and then 'auto' does not use it",
    )
    add_data_options(parser)
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Export; return the exit status."""
    if args.to != "bioimageio" and (args.author or args.license):
        raise UsageError("--author and --license go with --to bioimageio.")
    if args.precision == "int8":
        return _to_int8(args)
    if args.calibrate or args.evaluate or args.format:
        raise UsageError("--calibrate, --evaluate and --format go with --precision int8.")
    if args.to == "onnx":
        return _to_onnx(args)
    if args.out is None:
        raise UsageError(f"Name the file to write: neurocyte export {args.run} --to {args.to} -o FILE.zip.")
    if args.out.exists() and not args.overwrite:
        raise UsageError(f"{args.out} exists already; name another file or replace it by --overwrite.")
    return _to_zip(args) if args.to == "zip" else _to_bioimageio(args)


def _to_onnx(args: argparse.Namespace) -> int:
    if args.out is not None or args.overwrite:
        raise UsageError(
            "-o and --overwrite go with --to zip or bioimageio; model.onnx is written into the model folder."
        )
    from neurocyte.export import export_folder

    report = export_folder(Path(args.run))
    say(
        args,
        f"{report.path}: {report.size_bytes / 1e6:.1f} MB, largest difference to torch {report.parity:.1e}.",
    )
    content = {"path": str(report.path), "size_bytes": report.size_bytes, "parity": report.parity}
    write_json(args.json, content)
    return 0


def _to_int8(args: argparse.Namespace) -> int:
    if args.to != "onnx" or args.out is not None or args.overwrite:
        raise UsageError(
            "--precision int8 writes into the model folder, without --to, -o or --overwrite; --to zip packs "
            "what is there."
        )
    if not args.calibrate:
        raise UsageError("int8 needs images to calibrate on: name some by --calibrate.")
    try:
        from neurocyte.quantization.export import export_int8
        from neurocyte.quantization.report import summary
    except ModuleNotFoundError as exc:
        if (exc.name or "").startswith("neurocyte"):
            raise
        raise MissingExtraError(f'int8 needs {exc.name}: pip install "neurocyte[quantize]".') from exc
    from neurocyte.io.annotations import open_dataset

    data = open_dataset(args.evaluate, args.format, args.masks_are) if args.evaluate else None
    parity = export_int8(args.run, args.calibrate, data)
    say(args, summary(parity))
    write_json(args.json, parity.to_dict())
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


def _to_bioimageio(args: argparse.Namespace) -> int:
    from neurocyte.models.folder import describe_model, find_model

    folder = find_model(args.run)
    bundled = describe_model(folder).source == "bundled"
    if bundled and args.license:
        raise UsageError(f"{args.run} ships under a licence of its own; leave --license out.")
    if not (bundled or args.author):
        raise UsageError("bioimage.io asks who made the model: name them by --author, once for each.")
    try:
        import onnxruntime  # noqa: F401 (bioimageio.core runs the package with it)

        from neurocyte.sharing.bioimageio import write_package
    except ModuleNotFoundError as exc:
        if (exc.name or "").startswith("neurocyte"):
            raise
        raise MissingExtraError(
            f'bioimage.io packages need {exc.name}: pip install "neurocyte[bioimageio]".'
        ) from exc
    package = write_package(folder, args.out, args.author or [_OURS], args.license)
    say(
        args,
        f"{package.path}: {package.size_bytes / 1e6:.1f} MB, passed bioimageio.core's test. "
        f"Licence: {package.license}",
    )
    write_json(args.json, {"path": str(package.path), "size_bytes": package.size_bytes})
    return 0
