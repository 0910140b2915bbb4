"""Writing Labels layers as `neurocyte segment` writes its results."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurocyte.errors import InputError, UsageError
from neurocyte.io.labels import write_labels, write_mask
from neurocyte.jobs.folder import OutFolder
from neurocyte.measurement import summarise
from neurocyte.napari._cells import measure_planes, table_of
from neurocyte.napari._layout import frame_stem, safe_stem
from neurocyte.napari._planes import PLANES, Planes, pixel_size_um
from neurocyte.writers import write_cells, write_images, write_overlay

LayerData = tuple[Any, dict[str, Any], str]


def write_file(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write a Labels layer as a label image, and its cells as a table of the same name.

    Args:
        path: the file, .tif; the table gets .csv.
        data: labels, (H, W).
        meta: of the layer, as napari gives it.

    Returns:
        The files written.

    Raises:
        InputError: the labels are a stack or no label image.
        UsageError: a file cannot be written.
    """
    labels = np.asarray(data)
    if labels.ndim != 2:
        raise InputError(
            f"A label file holds one picture, but the layer has the shape {labels.shape}: save it as a "
            "neurocyte folder of results."
        )
    file, table = Path(path), _measured(labels, meta)
    write_labels(file, labels, _pixel_size(meta))
    write_cells(file.with_suffix(".csv"), [(file.stem, table)])
    return [str(file), str(file.with_suffix(".csv"))]


def write_folder(path: str, layers: Sequence[LayerData]) -> list[str]:
    """Write Labels layers as a folder of results: labels, masks, overlays and tables.

    Args:
        path: the folder; it must be new or empty.
        layers: as napari gives them; images are written as overlays only, where labels were made from them.

    Returns:
        The folder.

    Raises:
        InputError: a layer is no label image.
        UsageError: the folder holds something, or a file cannot be written.
    """
    folder = OutFolder(Path(path))
    if folder.root.exists() and (not folder.root.is_dir() or any(folder.root.iterdir())):
        raise UsageError(f"{path} holds something already: name a new folder, so that results do not mix.")
    tables: list[tuple[str, pd.DataFrame]] = []
    rows = []
    for data, meta, kind in layers:
        if kind != "labels":
            continue
        for stem, labels, table, pixels in _pictures(np.asarray(data), meta, {name for name, _ in tables}):
            write_labels(folder.labels_of(stem), labels, _pixel_size(meta))
            write_mask(folder.mask_of(stem), labels > 0)
            if pixels is not None:
                write_overlay(folder.overlay_of(stem), pixels, labels)
            tables.append((stem, table))
            rows.append({"image": stem, **summarise(labels, table, _pixel_size(meta))})
    write_cells(folder.cells, tables)
    write_images(folder.images, rows)
    return [str(folder.root)]


def _pictures(
    labels: NDArray[Any], meta: dict[str, Any], taken: set[str]
) -> list[tuple[str, NDArray[Any], pd.DataFrame, NDArray[Any] | None]]:
    """The stem, labels, table and pixels (if known) of each picture of a layer."""
    stem = _free(safe_stem(str(meta.get("name", ""))), taken)
    planes, table = _planes(labels, meta), _measured(labels, meta)
    if labels.ndim == 2:
        return [(stem, labels, table, None if planes is None else planes[0])]
    return [
        (
            frame_stem(stem, frame),
            labels[frame],
            table[table["frame"] == frame].drop(columns="frame"),
            None if planes is None else planes[frame],
        )
        for frame in range(len(labels))
    ]


def _measured(labels: NDArray[Any], meta: dict[str, Any]) -> pd.DataFrame:
    """The cells as they are now: the layer's own table may be of before a correction."""
    features = meta.get("features")
    before = None if features is None else table_of(pd.DataFrame(features))
    return measure_planes(labels, _planes(labels, meta), _pixel_size(meta), before)


def _planes(labels: NDArray[Any], meta: dict[str, Any]) -> Planes | None:
    planes = (meta.get("metadata") or {}).get(PLANES)
    return planes if isinstance(planes, Planes) and planes.shape == labels.shape else None


def _pixel_size(meta: dict[str, Any]) -> float | None:
    planes = (meta.get("metadata") or {}).get(PLANES)
    if isinstance(planes, Planes):
        return planes.pixel_size_um
    return pixel_size_um(meta["scale"], meta["units"]) if "units" in meta else None


def _free(stem: str, taken: set[str]) -> str:
    """A stem that no other layer has, frames counted too."""
    names = {name.rpartition("_t")[0] if "_t" in name else name for name in taken} | taken
    candidate, number = stem, 2
    while candidate in names:
        candidate, number = f"{stem}_{number}", number + 1
    return candidate
