"""From one annotation format to another, with a count of what is lost on the way."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neurocyte.errors import InputError, UsageError
from neurocyte.io._tiff import is_tiff
from neurocyte.io.annotations.cells import Cells, CellsLoader
from neurocyte.io.annotations.dataset import open_dataset
from neurocyte.io.annotations.folders import MasksAre
from neurocyte.io.annotations.results import are_results, label_images, read_confidences, result_loader
from neurocyte.io.annotations.sample import Dataset
from neurocyte.io.annotations.writing import Annotated, Losses, Writer, WriterOptions, open_writer
from neurocyte.io.atomic import write_bytes, write_text
from neurocyte.io.images import image_shape, read_image
from neurocyte.io.inputs import images_by_stem

RESULTS = "results"
"""The name of label images without pictures, such as the OUT of `neurocyte segment`."""

_RECORD = Path(".neurocyte") / "convert.json"
_RECORD_FORMAT = "neurocyte-conversion"


@dataclass(frozen=True)
class Item:
    """One image to convert; nothing is read before it is asked for.

    Attributes:
        stem: Its name, unique among all.
        picture: The picture, where there is one.
        group: The group it belongs to, where the data say it.
        load: Reads its cells.
        sized_by: The file that may say how large a pixel is.
    """

    stem: str
    picture: Path | None
    group: str | None
    load: CellsLoader
    sized_by: Path | None


@dataclass(frozen=True)
class Source:
    """What is to be converted.

    Attributes:
        root: The path that was given.
        format: A format of ``open_dataset``, or "results".
        items: The images.
        notes: Sentences on what was left out and why.
    """

    root: Path
    format: str
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()


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
        pictured: Whether the pictures were copied, too.
        seconds: How long it took.
    """

    source: Source
    target: str
    out: Path
    images: list[tuple[str, int, Losses]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    pictured: bool = False
    seconds: float = 0.0

    @property
    def cells(self) -> int:
        """The number of cells read, whether they could be held or not."""
        return sum(cells for _, cells, _ in self.images)

    @property
    def bare(self) -> bool:
        """Whether the output lacks pictures that would make it a data set."""
        return self.target != "submission" and not self.pictured

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


def open_source(
    path: str | Path,
    format: str | None = None,  # noqa: A002
    masks_are: MasksAre = "components",
    images: str | Path | None = None,
) -> Source:
    """Find out what is to be converted.

    Args:
        path: A data set as for ``open_dataset``, the OUT of `neurocyte segment`, or label images.
        format: A format of ``open_dataset`` or "results"; None: recognised.
        masks_are: As for ``open_dataset``.
        images: For results, the folder with the pictures under the same names.

    Returns:
        The images, none read yet.

    Raises:
        UsageError: Nothing known is there, or ``images`` is given for a data set.
        InputError: An annotation file is damaged.
    """
    root = Path(path)
    if format == RESULTS or (format is None and are_results(root)):
        return _open_results(root, None if images is None else Path(images))
    if images is not None:
        raise UsageError("--images goes with label images only: a data set has its own.")
    return _of_dataset(open_dataset(root, format, masks_are))


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
    _prepare(path, source, overwrite)
    result = Conversion(source, target, path, notes=list(source.notes))
    copied: list[Path] = []
    folder = path / writer.picture_folder if pictures and writer.picture_folder else None
    try:
        for item in shown(source.items):
            try:
                _convert_one(item, writer, folder, result, copied)
            except InputError as exc:
                result.failed[item.stem] = str(exc)
        if result.images:
            writer.finish()
    finally:
        if path.is_dir():
            _write_record(path, [*writer.files, *copied])
    result.pictured = bool(copied)
    result.seconds = time.perf_counter() - began
    return result


def _convert_one(
    item: Item, writer: Writer, folder: Path | None, result: Conversion, copied: list[Path]
) -> None:
    cells = item.load()
    target = None
    if folder is not None and item.picture is not None:
        # Read before anything is written: an image is there with its annotation or not at all.
        content = _content(item.picture)
        target = folder / f"{item.stem}{item.picture.suffix}"
    name = None if target is None else target.name
    losses = writer.add(Annotated(item.stem, name, item.group, cells, _pixel_size(item.sized_by)))
    if target is not None:
        write_bytes(target, content)
        copied.append(target)
    result.images.append((item.stem, len(cells.cells), losses))
    result.notes += [f"{item.stem}: {note}" for note in cells.notes]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise InputError(f"{path} cannot be read ({exc.strerror}): check the file.") from exc


def _pixel_size(path: Path | None) -> float | None:
    return read_image(path).pixel_size_um if path is not None and is_tiff(path) else None


def _of_dataset(dataset: Dataset) -> Source:
    items = tuple(
        Item(sample.stem, sample.image_path, sample.group, sample.read_cells, sample.image_path)
        for sample in dataset.samples
    )
    return Source(dataset.root, dataset.format, items, dataset.notes)


def _open_results(root: Path, images: Path | None) -> Source:
    if not root.exists():
        raise UsageError(f"{root} does not exist: check the path.")
    found = label_images(root)
    confidences = read_confidences(root)
    pictures = {} if images is None else images_by_stem(images)
    items = []
    for stem, path in found.items():
        load: CellsLoader = result_loader(path, confidences.get(stem, {}))
        picture = pictures.get(stem)
        if images is not None:
            load = _Pictured(load, path, picture, images)
        items.append(Item(stem, picture, None, load, path))
    return Source(root, RESULTS, tuple(items))


@dataclass(frozen=True)
class _Pictured:
    """Reads the cells of a label image and checks that its picture fits."""

    load: CellsLoader
    path: Path
    picture: Path | None
    images: Path

    def __call__(self) -> Cells:
        if self.picture is None:
            raise InputError(
                f"{self.path} has no image of the same name: add {self.path.stem} to {self.images}."
            )
        cells, shape = self.load(), image_shape(self.picture)
        if cells.shape != shape:
            raise InputError(
                f"{self.picture} is {shape[1]} x {shape[0]} pixels but {self.path} {cells.shape[1]} x "
                f"{cells.shape[0]}: give the image that the labels were made from."
            )
        return cells


def _prepare(out: Path, source: Source, overwrite: bool) -> None:
    """Refuse an output that is there, or remove what an earlier conversion wrote."""
    inputs = {source.root.resolve(), *(item.picture.resolve() for item in source.items if item.picture)}
    if any(one == out.resolve() or out.resolve() in one.parents for one in inputs) and out.exists():
        raise UsageError(f"{out} holds what is to be converted: choose another -o.")
    if out.is_file():
        if not overwrite:
            raise UsageError(f"{out} is there: choose another -o, or replace it with --overwrite.")
        return
    if not out.is_dir() or not any(out.iterdir()):
        return
    earlier = _read_record(out)
    if earlier is None:
        raise UsageError(f"{out} holds files that no conversion wrote: choose another -o.")
    if not overwrite:
        raise UsageError(f"{out} is there: choose another -o, or replace it with --overwrite.")
    for path in earlier:
        with suppress(OSError):
            path.unlink()


def _read_record(out: Path) -> list[Path] | None:
    """Return the files that an earlier conversion wrote; None where there was none."""
    try:
        record = json.loads((out / _RECORD).read_bytes())
        if record["format"] != _RECORD_FORMAT:
            return None
        paths = [out / str(name) for name in record["files"]]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return [path for path in paths if path.resolve().is_relative_to(out.resolve())]


def _write_record(out: Path, files: Sequence[Path]) -> None:
    names = sorted(path.relative_to(out).as_posix() for path in files)
    record = {"format": _RECORD_FORMAT, "files": names}
    write_text(out / _RECORD, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
