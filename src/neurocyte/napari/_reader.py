"""Reading what `neurocyte segment` and this plugin write."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurocyte import measure
from neurocyte.errors import InputError
from neurocyte.io.images import read_image
from neurocyte.io.inputs import images_by_stem
from neurocyte.io.labels import read_labels
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.records import Done, load_records
from neurocyte.napari._cells import features_of, table_of
from neurocyte.napari._layout import grouped

LayerData = tuple[Any, dict[str, Any], str]
# Of the columns of a table of cells, those in micrometres too.
_TYPES = measure(np.zeros((1, 1), np.uint16), pixel_size_um=1.0).dtypes.to_dict()


def get_reader(path: str | list[str]) -> Callable[[str | list[str]], list[LayerData]] | None:
    """Tell whether a path can be read.

    Args:
        path: a file, a folder, or the files of a stack, which are not for us.

    Returns:
        The function that reads it; None if it is neither a label image nor a folder of results.
    """
    if not isinstance(path, str):
        return None
    place = Path(path)
    if place.is_dir():
        return _read_folder if (place / "labels").is_dir() else None
    return _read_file if place.suffix.lower() in (".tif", ".tiff") else None


def _read_file(path: str | list[str]) -> list[LayerData]:
    """The labels of one file, with its cells from the table beside it or that of the folder of results."""
    file = Path(str(path))
    tables = (file.with_suffix(".csv"), OutFolder(file.parent.parent).cells)
    table = next((read for place in tables if place.is_file() and (read := _cells(place)) is not None), None)
    return [_labels_layer(file.stem, read_labels(file), [_rows(table, file.stem)], _pixel_size(file))]


def _read_folder(path: str | list[str]) -> list[LayerData]:
    """All labels of a folder of results, below each the image it was made from, where that is still there."""
    folder = OutFolder(Path(str(path)))
    files = images_by_stem(folder.root / "labels")
    table = _cells(folder.cells) if folder.cells.is_file() else None
    records = load_records(folder)
    layers: list[LayerData] = []
    for name, stems in grouped(files).items():
        labels = [read_labels(files[stem]) for stem in stems]
        rows = [_rows(table, stem) for stem in stems]
        size = _pixel_size(files[stems[0]])
        if len({one.shape for one in labels}) == 1 and [name] != stems:
            layers.append(_labels_layer(name, np.stack(labels), rows, size))
            continue
        for stem, one, row in zip(stems, labels, rows, strict=True):
            layers += _image_layers(stem, records.get(stem), one.shape, size)
            layers.append(_labels_layer(stem, one, [row], size))
    return layers


def _labels_layer(
    name: str, labels: NDArray[Any], rows: list[pd.DataFrame | None], pixel_size_um: float | None
) -> LayerData:
    """A layer of labels; the rows are those of its picture or of each frame."""
    meta: dict[str, Any] = {"name": f"{name} cells", **_scale(pixel_size_um, labels.ndim)}
    known = [row.assign(frame=frame) for frame, row in enumerate(rows) if row is not None]
    if known:
        table = pd.concat(known, ignore_index=True)
        frames = table.pop("frame")
        if labels.ndim == 3:
            table.insert(0, "frame", frames)
        meta["features"] = features_of(table)
    return labels, meta, "labels"


def _image_layers(
    stem: str, record: Done | None, shape: tuple[int, ...], pixel_size_um: float | None
) -> list[LayerData]:
    """The image a result was made from, if the file is as it was."""
    if record is None or not record.source.is_unchanged_at(Path(record.source.path)):
        return []
    try:
        pixels = read_image(record.source.path, record.selection).pixels
    except InputError:
        return []
    if pixels.shape[:2] != shape:
        return []
    return [(pixels, {"name": stem, "rgb": pixels.ndim == 3, **_scale(pixel_size_um, 2)}, "image")]


def _scale(pixel_size_um: float | None, axes: int) -> dict[str, Any]:
    if pixel_size_um is None:
        return {}
    frames = axes - 2
    return {"scale": (1.0,) * frames + (pixel_size_um,) * 2, "units": ("pixel",) * frames + ("um",) * 2}


def _pixel_size(file: Path) -> float | None:
    return read_image(file).pixel_size_um


def _cells(path: Path) -> pd.DataFrame | None:
    """A table of cells, None if it is something else."""
    try:
        # An image may be called NA.
        table = pd.read_csv(path, dtype={"image": str}, keep_default_na=False, na_values=[""])
        # A column of whole numbers in the file may be one of lengths.
        types = {name: kind for name, kind in _TYPES.items() if name in table}
        table = table.astype(types)
    except (OSError, ValueError) as exc:
        raise InputError(f"{path} cannot be read as a table ({exc}): write it again.") from exc
    return table if "image" in table and table_of(table) is not None else None


def _rows(table: pd.DataFrame | None, stem: str) -> pd.DataFrame | None:
    if table is None:
        return None
    return table[table["image"] == stem].drop(columns="image").reset_index(drop=True)
