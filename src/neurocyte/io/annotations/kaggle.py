"""Kaggle's Sartorius layout: train/ID.png and train.csv, one row a cell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from neurocyte.errors import InputError, UsageError
from neurocyte.io._text import plural
from neurocyte.io.annotations.cells import Cell, Cells, CellsLoader, check_cover, unique_ascending
from neurocyte.io.annotations.paint import painted
from neurocyte.io.annotations.rle import decode_rle
from neurocyte.io.annotations.sample import Annotation, Dataset, Sample
from neurocyte.io.inputs import images_by_stem
from neurocyte.io.stems import portable

_NEEDED = ("id", "annotation", "width", "height")
_OPTIONAL = ("cell_type", "sample_id")


@dataclass
class _Rows:
    """All rows of one image, still encoded."""

    shape: tuple[int, int]
    cell_type: str | None
    group: str | None
    cells: list[tuple[int, str, str | None]] = field(default_factory=list)


def open_kaggle(root: Path) -> Dataset:
    """Open a folder with train.csv and train/.

    A cell is a row; where cells overlap, the last row wins, as in the competition's own label images. The
    group of an image is its ``sample_id``, where that column is filled in.

    Args:
        root: The folder.

    Returns:
        One sample for each image that has rows and a picture; the others are counted in the notes.

    Raises:
        InputError: train.csv cannot be read, or a row contradicts another.
        UsageError: train.csv lacks a column.
    """
    table = root / "train.csv"
    rows = _read_rows(table)
    pictures = images_by_stem(root / "train")
    samples = tuple(
        _sample(stem, pictures[stem], rows[stem], table) for stem in sorted(rows.keys() & pictures.keys())
    )
    return Dataset(root, "kaggle", samples, _notes(rows.keys(), pictures.keys()), (table,))


def annotations_of_table(table: Path) -> dict[str, tuple[str | None, Callable[[], Annotation]]]:
    """Read a table of Kaggle's by itself: annotations whose pictures are somewhere else, or nowhere.

    Args:
        table: A file with the columns of train.csv.

    Returns:
        By the image's name, sorted, the type of its cells where the table says it, and what reads its label
        image (which raises InputError where a row is damaged).

    Raises:
        InputError: The table cannot be read, or a row contradicts another.
        UsageError: It is not there, or lacks a column.
    """
    return {
        stem: (rows.cell_type, partial(painted, _loader(stem, rows, table)))
        for stem, rows in sorted(_read_rows(table).items())
    }


def _sample(stem: str, picture: Path, rows: _Rows, table: Path) -> Sample:
    load = _loader(stem, rows, table)
    return Sample(stem, picture, rows.cell_type, rows.group, partial(painted, load), load, rows.shape)


def _loader(stem: str, rows: _Rows, table: Path) -> CellsLoader:
    # Partials of a module's functions, not closures, so that samples can be sent to worker processes.
    return partial(_load, stem, rows.shape, tuple(rows.cells), table)


def _load(
    stem: str, shape: tuple[int, int], cells: tuple[tuple[int, str, str | None], ...], table: Path
) -> Cells:
    decoded: list[Cell] = []
    claimed = 0
    for row, text, cell_type in cells:
        try:
            decoded.append(Cell(unique_ascending(decode_rle(text, shape)), cell_type))
            claimed += decoded[-1].pixels.size
            check_cover(claimed, shape)
        except ValueError as exc:
            raise InputError(
                f"Image {stem}, row {row} of {table} is damaged, {exc}: correct that row."
            ) from exc
    return Cells(shape, tuple(decoded))


def _notes(annotated: Any, pictured: Any) -> tuple[str, ...]:
    notes = []
    if missing := len(annotated - pictured):
        notes.append(f"{plural(missing, 'annotated image')} without a picture in train/ left out.")
    if bare := len(pictured - annotated):
        notes.append(f"{plural(bare, 'picture')} without a row in train.csv left out.")
    return tuple(notes)


def _read_rows(path: Path) -> dict[str, _Rows]:
    frame = _read_table(path)
    rows: dict[str, _Rows] = {}
    columns = [frame[name].tolist() if name in frame else [""] * len(frame) for name in _NEEDED + _OPTIONAL]
    for number, (stem, text, width, height, cell_type, group) in enumerate(
        zip(*columns, strict=True), start=2
    ):
        try:
            shape = (int(height), int(width))
        except ValueError as exc:
            raise InputError(
                f"Row {number} of {path} has no whole width and height: correct that row."
            ) from exc
        if min(shape) < 1 or not stem:
            raise InputError(f"Row {number} of {path} has no id or an empty size: correct that row.")
        image = rows.setdefault(portable(stem), _Rows(shape, cell_type or None, group or None))
        if image.shape != shape:
            raise InputError(
                f"Row {number} of {path} gives image {stem} another size than the rows above it: correct it."
            )
        if text.strip():
            image.cells.append((number, text, cell_type or None))
    return rows


def _read_table(path: Path) -> pd.DataFrame:
    known = _NEEDED + _OPTIONAL
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, usecols=lambda name: name in known)
    except FileNotFoundError as exc:
        raise UsageError(f"{path} does not exist: a Kaggle folder holds train.csv and train/.") from exc
    except (OSError, ValueError) as exc:
        # pandas' parser errors and UnicodeDecodeError are ValueErrors.
        raise InputError(f"{path} cannot be read as a table ({exc}): copy it again.") from exc
    if missing := [name for name in _NEEDED if name not in frame]:
        raise UsageError(f"{path} has no column {missing[0]}: a Kaggle train.csv needs {', '.join(_NEEDED)}.")
    return frame
