"""cells.csv, images.csv and run.json."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from neurocyte.io.atomic import atomic_path, write_text
from neurocyte.measurement import column_names

# Imported late: see neurocyte.measurement.
if TYPE_CHECKING:
    import pandas as pd

# Seven digits are more than any measurement holds and keep a pixel's place in the largest slide.
_NUMBERS = "%.7g"
# Rows of cells that are put together before they are written.
_BATCH_ROWS = 5000


def write_cells(
    path: str | Path,
    tables: Iterable[tuple[str, pd.DataFrame]],
    groups: Mapping[str, Mapping[str, str]] | None = None,
    group_columns: Sequence[str] = (),
    columns: Sequence[str] | None = None,
) -> None:
    """Write the cells of many images into one CSV file, in one piece or not at all.

    With the columns given, no more than two batches of tables are held in memory.

    Args:
        path: The file to write.
        tables: For each image its name and its table as `neurocyte.measurement.measure` gives it; where only
            some images have a pixel size, the others' columns in micrometres stay empty.
        groups: For each image a value for each group column.
        group_columns: Names of the columns that follow the image's name.
        columns: Of all tables together; None for those of the tables, which are all looked at first.

    Raises:
        UsageError: The file cannot be written.
    """
    import pandas as pd

    if columns is None:
        tables = [(name, table) for name, table in tables if len(table)]
        columns = list(dict.fromkeys(str(column) for _, table in tables for column in table))
    columns = [*group_columns, *(columns or column_names(in_micrometres=False))]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        _append(stream, pd.DataFrame(columns=["image", *columns]), header=True)
        for batch in _batches(tables):
            named = [table.assign(image=name, **(groups or {}).get(name, {})) for name, table in batch]
            cells = pd.concat(named, ignore_index=True).reindex(columns=["image", *columns])
            _append(stream, cells, header=False)


def _batches(tables: Iterable[tuple[str, pd.DataFrame]]) -> Iterator[list[tuple[str, pd.DataFrame]]]:
    """Put small tables together, as writing one has a cost of its own."""
    batch: list[tuple[str, pd.DataFrame]] = []
    rows = 0
    for name, table in tables:
        if len(table):
            batch.append((name, table))
            rows += len(table)
        if rows >= _BATCH_ROWS:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def write_images(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a CSV file with a row an image, in one piece or not at all.

    Args:
        path: The file to write.
        rows: For each image its name as "image" and whatever is known of it, such as the keys of
            `neurocyte.measurement.summarise`; None and absent keys give empty fields.

    Raises:
        UsageError: The file cannot be written.
    """
    listed = [dict(row) for row in rows]
    columns = list(dict.fromkeys(key for row in listed for key in row)) or ["image"]
    # As objects, so that whole numbers stay whole beside empty fields.
    import pandas as pd

    table = pd.DataFrame(
        {name: pd.Series([row.get(name) for row in listed], dtype=object) for name in columns}
    )
    ordered = ["image", *(name for name in columns if name != "image")]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        _append(stream, table.map(_short)[ordered], header=True)


def write_run(path: str | Path, run: Mapping[str, Any]) -> None:
    """Write the record of a run as JSON, in one piece or not at all.

    Args:
        path: The file to write.
        run: What is known of the run; NumPy numbers, arrays and paths become JSON's own types, numbers JSON
            cannot hold (NaN, infinity) become null.

    Raises:
        UsageError: The file cannot be written.
    """
    text = json.dumps(_plain(run), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def _append(stream: TextIO, table: pd.DataFrame, *, header: bool) -> None:
    table.to_csv(stream, header=header, index=False, float_format=_NUMBERS, lineterminator="\n")


def _short(value: Any) -> Any:
    """A float as the text the CSV shows; pandas formats floats only in columns of floats."""
    return _NUMBERS % value if isinstance(value, float) and math.isfinite(value) else value


def _plain(value: Any) -> Any:
    """The value in JSON's own types."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)
