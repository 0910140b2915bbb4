"""The commands, without what they import."""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType


@dataclass(frozen=True)
class Command:
    """A command of the command line.

    A command's module has `add_parser(subparsers) -> None`, which calls `common.add_command`, and
    `run(args) -> int`, which gives the exit status.

    Args:
        name: what is typed.
        help: one line.
        extra: the optional dependencies it may need: `pip install "neurocyte[EXTRA]"`.
        repeatable: whether a call with `-o` leaves run.yaml beside its results (see `cli.run_file`).
        learns: whether it trains networks, whose memory is better kept (see `neurocyte.allocator`).
    """

    name: str
    help: str
    extra: str | None = None
    repeatable: bool = True
    learns: bool = False

    def load(self) -> ModuleType:
        """Import the command's module."""
        return import_module(f"neurocyte.cli.{self.name}")


# In the order of `neurocyte --help`: what is needed first comes first.
GROUPS = {
    "images to cells": (
        Command("demo", "simulate a few images, segment them and write the report"),
        Command("segment", "find, count and measure the cells of images"),
        Command("measure", "measure the cells of label images"),
    ),
    "annotations and scores": (
        Command("evaluate", "score label images against annotated ones"),
        Command("benchmark", "compare methods on annotated images, or the speed of networks"),
        Command("convert", "write annotations or results in another format"),
        Command("simulate", "make images of neural cells with exact ground truth"),
    ),
    "models": (
        Command("models", "list models, show a card, import a shared model"),
        Command("train", "train a network on annotated images", extra="train", learns=True),
        Command("finetune", "train a model further on a few corrected images", extra="train", learns=True),
        Command("suggest", "rank images by how much annotating them should teach"),
        Command("inspect", "show the parts and the size of a model or an architecture", extra="train"),
        Command("export", "export a trained model for segmenting", extra="train", repeatable=False),
    ),
    "more": (
        Command("serve", "open an app in the browser: segment, correct, download", extra="web"),
        Command("completion", "print the script that completes commands in a shell"),
        Command("reproduce", "rebuild the tables and figures of the paper", extra="train", learns=True),
    ),
}
COMMANDS = tuple(command for group in GROUPS.values() for command in group)
