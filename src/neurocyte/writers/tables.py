"""cells.csv, images.csv and run.json."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurocyte.io.atomic import atomic_path, write_text
from neurocyte.measurement import measure

# Seven digits are more than any measurement holds and keep a pixel's place in the largest slide.
_NUMBERS = "%.7g"


def write_cells(
    path: str | Path,
    tables: Iterable[tuple[str, pd.DataFrame]],
    groups: Mapping[str, Mapping[str, str]] | None = None,
    group_columns: Sequence[str] = (),
) -> None:
    """Write the cells of many images into one CSV file, in one piece or not at all.

    Args:
        path: The file to write.
        tables: For each image its name and its table as `neurocyte.measurement.measure` gives it; where only
            some images have a pixel size, the others' columns in micrometres stay empty.
        groups: For each image a value for each group column.
        group_columns: Names of the columns that follow the image's name.

    Raises:
        UsageError: The file cannot be written.
    """
    named = [table.assign(image=name) for name, table in tables if len(table)]
    cells = pd.concat(named, ignore_index=True) if named else _no_cells().assign(image=[])
    found = groups or {}
    for place, column in enumerate(group_columns):
        values = [found[name][column] for name in cells["image"]]
        cells.insert(place, column, pd.Series(values, index=cells.index, dtype=object))
    _write_csv(path, cells)


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
    table = pd.DataFrame(
        {name: pd.Series([row.get(name) for row in listed], dtype=object) for name in columns}
    )
    _write_csv(path, table.map(_short))


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


def _no_cells() -> pd.DataFrame:
    """The columns of a table without cells."""
    return measure(np.zeros((1, 1), dtype=np.uint16))


def _write_csv(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table, its column "image" first."""
    columns = ["image", *(name for name in table.columns if name != "image")]
    with atomic_path(path) as temporary:
        table.to_csv(
            temporary,
            columns=columns,
            index=False,
            float_format=_NUMBERS,
            lineterminator="\n",
            encoding="utf-8",
        )


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
