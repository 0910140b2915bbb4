"""The options that choose a plane of a file with several."""

import argparse


def add_plane_options(parser: argparse.ArgumentParser) -> None:
    """Add `--channel NAME|INDEX` and `--z-projection HOW|INDEX`."""
    parser.add_argument(
        "--channel",
        metavar="NAME|INDEX",
        help="of files with several channels, the one with the cells; numbers count from 0",
    )
    parser.add_argument(
        "--z-projection",
        type=_projection,
        metavar="HOW|INDEX",
        help="of z stacks: max, min or mean of the planes, focus (the sharpest one), middle, or a plane's "
        "number from 0",
    )


def _projection(text: str) -> str | int:
    """Read the option; raises ArgumentTypeError."""
    from neurocyte.io.selection import PROJECTIONS

    if text.isascii() and text.isdigit():
        return int(text)
    if text not in PROJECTIONS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(PROJECTIONS)} and no number from 0")
    return text
