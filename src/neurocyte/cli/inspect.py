"""`neurocyte inspect`: what a model or an architecture is made of."""

import argparse
from typing import Any

from neurocyte.cli.common import (
    CommandParser,
    Subparsers,
    add_command,
    add_json_option,
    stdout_console,
    write_json,
)

EPILOG = """examples:
  neurocyte inspect linknet-ag
  neurocyte inspect unet-ag --encoder resnet-152 --json
  neurocyte inspect runs/first"""


def add_parser(subparsers: "Subparsers[CommandParser]") -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "inspect", "Show the stages, parameters, arithmetic and size of a network.", EPILOG
    )
    parser.add_argument("model", metavar="MODEL|ARCH", help="a model's name or folder, or an architecture")
    parser.add_argument("--encoder", metavar="NAME", help="another encoder, for an architecture")
    parser.add_argument(
        "--taps",
        choices=("expanded", "bottleneck"),
        default="expanded",
        help="for an architecture; default %(default)s",
    )
    parser.add_argument(
        "--gate",
        choices=("narrow", "half"),
        default="narrow",
        help="for an architecture; default %(default)s",
    )
    add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Print the table or the JSON; return the exit status."""
    from neurocyte.networks import ARCHITECTURES, build_network
    from neurocyte.networks.inspection import inspect_network

    if args.model == "ancis":
        return _inspect_ancis(args)
    if args.model in ARCHITECTURES:
        network = build_network(args.model, args.encoder, taps=args.taps, gate=args.gate)
    else:
        from neurocyte.export import network_from_config
        from neurocyte.models.config import ModelConfig
        from neurocyte.models.folder import find_model

        network = network_from_config(ModelConfig.load(find_model(args.model)))
    result = inspect_network(network).to_dict()
    if not write_json(args.json, result) and not args.quiet:
        _show(args.model, result)
    return 0


def _inspect_ancis(args: argparse.Namespace) -> int:
    from neurocyte.networks.ancis import build_ancis
    from neurocyte.networks.inspection import trainable_count

    network = build_ancis()
    counts = {name: trainable_count(getattr(network, name)) for name in ("detector", "segmenter")}
    counts["total"] = sum(counts.values())
    if not write_json(args.json, {"parameters": counts}) and not args.quiet:
        _show_parameters(stdout_console(), counts)
    return 0


def _show(name: str, result: dict[str, Any]) -> None:
    from rich.table import Table

    console = stdout_console()
    stages = Table(title=f"{name}: stages of the encoder at 256 x 256", title_justify="left")
    for header in ("stage", "layer", "input", "channels", "repeats"):
        stages.add_column(header, justify="left" if header == "layer" else "right")
    for number, stage in enumerate(result["stages"], start=1):
        side = stage["input_size"]
        stages.add_row(
            str(number), stage["name"], f"{side} x {side}", str(stage["channels"]), str(stage["repeats"])
        )
    console.print(stages)
    _show_parameters(console, result["parameters"])
    console.print(f"Multiply-accumulates for one 256 x 256 image: {result['macs'] / 1e9:.2f} billion")
    console.print(
        f"Weights in float32, batch-norm statistics included: {result['weights_bytes'] / 1e6:.1f} MB"
    )


def _show_parameters(console: Any, counts: dict[str, int]) -> None:
    from rich.table import Table

    parts = Table(title="trainable parameters", title_justify="left")
    for header in ("part", "parameters"):
        parts.add_column(header, justify="left" if header == "part" else "right")
    for part, count in counts.items():
        parts.add_row(part, f"{count:,}")
    console.print(parts)
