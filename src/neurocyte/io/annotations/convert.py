"""From one annotation format to another, with a count of what is lost on the way."""

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neurocyte.errors import InputError
from neurocyte.io.annotations.output import prepare, write_record
from neurocyte.io.annotations.source import Item, Source
from neurocyte.io.annotations.writing import Annotated, Losses, Writer, WriterOptions, open_writer
from neurocyte.io.atomic import write_bytes
from neurocyte.io.atomic_folder import atomic_folder
from neurocyte.io.images import image_pixel_size


@dataclass
class Conversion:
    """What a conversion came to.

    Attributes:
        source: What was converted.
        target: The format written.
        out: Where it is.
        images: For each image written its name, its number of cells, and what was lost of them.
        failed: Stems of the images that were not written, and the sentence that says why.
        notes: Sentences on what was left out and why.
        seconds: How long it took.
    """

    source: Source
    target: str
    out: Path
    images: list[tuple[str, int, Losses]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def cells(self) -> int:
        """The number of cells read, whether they could be held or not."""
        return sum(cells for _, cells, _ in self.images)

    @property
    def lost(self) -> Losses:
        """What was lost in all images."""
        return sum((losses for _, _, losses in self.images), start=Losses())

    def to_dict(self) -> dict[str, Any]:
        """Give everything, ready for JSON."""
        return {
            "from": self.source.format,
            "to": self.target,
            "out": str(self.out),
            "n": len(self.images),
            "cells": self.cells,
            "lost": self.lost.to_dict(),
            "images": [
                {"image": stem, "cells": cells, "lost": losses.to_dict()}
                for stem, cells, losses in self.images
            ],
            "failed": self.failed,
            "notes": self.notes,
            "seconds": round(self.seconds, 3),
        }


def convert(
    source: Source,
    out: str | Path,
    target: str,
    options: WriterOptions | None = None,
    pictures: bool = True,
    overwrite: bool = False,
    shown: Callable[[Sequence[Item]], Iterable[Item]] = iter,
) -> Conversion:
    """Write annotations in another format.

    Cells keep their order; label images number them from 1. An image that cannot be used is reported in the
    result, and the rest goes on. With pictures, the output is a data set that ``open_dataset`` opens.

    Args:
        source: What to convert.
        out: The folder to write; for "submission" it may be a file that ends in .csv.
        target: The format, one of ``writing.TARGETS``.
        options: What the writer may be asked for.
        pictures: Whether to copy the pictures.
        overwrite: Whether to replace what an earlier conversion wrote to ``out``; its files are removed.
        shown: Called with the images; gives them again, one by one, and may show how far it is.

    Returns:
        What was written, lost, and not written.

    Raises:
        UsageError: ``out`` is there already, holds what is to be converted, or cannot be written.
        MissingExtraError: The format needs a library that is not installed.
    """
    began = time.perf_counter()
    path = Path(out)
    writer = open_writer(target, path, options or WriterOptions())
    pictured = [item.picture for item in source.items if item.picture]
    prepare(path, [source.root, *pictured], overwrite)
    result = Conversion(source, target, path, notes=list(source.notes))
    copied: list[Path] = []
    try:
        for item in shown(source.items):
            try:
                _convert_one(item, writer, pictures, result, copied)
            except InputError as exc:
                result.failed[item.stem] = str(exc)
        if result.images:
            writer.finish()
    finally:
        if path.is_dir():
            write_record(path, [*writer.files, *copied])
    result.seconds = time.perf_counter() - began
    return result


def _convert_one(item: Item, writer: Writer, pictures: bool, result: Conversion, copied: list[Path]) -> None:
    cells = item.load()
    picture = item.picture if pictures else None
    target, content = None, b""
    if writer.picture_folder is not None and picture is not None:
        # Read before anything is written: an image is there with its annotation or not at all.
        content = b"" if picture.is_dir() else _content(picture)
        target = result.out / writer.picture_folder / f"{item.stem}{picture.suffix}"
    name = None if target is None else target.name
    losses = writer.add(Annotated(item.stem, name, item.group, cells, _pixel_size(item.sized_by), picture))
    if target is not None and picture is not None:
        _copy(picture, content, target)
        copied.append(target)
    result.images.append((item.stem, len(cells.cells), losses))
    result.notes += [f"{item.stem}: {note}" for note in cells.notes]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise InputError(f"{path} cannot be read ({exc.strerror}): check the file.") from exc


def _copy(picture: Path, content: bytes, target: Path) -> None:
    if not picture.is_dir():
        write_bytes(target, content)
        return
    with atomic_folder(target) as temporary:
        shutil.copytree(picture, temporary)


def _pixel_size(path: Path | None) -> float | None:
    return None if path is None else image_pixel_size(path)
