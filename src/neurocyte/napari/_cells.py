"""Labelled cells of one picture or a stack, and their table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurocyte import measure
from neurocyte.errors import InputError
from neurocyte.io.labels import narrow_labels
from neurocyte.models.config import Task
from neurocyte.napari._planes import Planes
from neurocyte.segmentation import Segmenter

# A cell that kept these has not been corrected.
_UNCHANGED = ("label", "area_px", "centroid_y", "centroid_x")


@dataclass(frozen=True, eq=False)
class Cells:
    """What was found.

    Args:
        labels: uint16 or uint32, (H, W) or (T, H, W), 0 = background. Numbers go on from frame to frame, so
            that a label names one cell.
        table: a row a cell (see neurocyte.measurement); of a stack with the column "frame", from 0.
    """

    labels: NDArray[Any]
    table: pd.DataFrame


def segment_planes(
    planes: Planes,
    segmenter: Segmenter,
    task: Task | None = None,
    min_confidence: float | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Cells:
    """Find the cells of each picture; the same as `neurocyte.segment` one by one.

    Args:
        planes: the pictures.
        segmenter: a loaded model.
        task: "cells" or "mask"; None for what the model was trained for.
        min_confidence: cells below it are dropped, 0 to 1; None for the model's own limit.
        progress: told the share done, rising to 1; what it raises ends the work.

    Returns:
        The cells.

    Raises:
        InputError: a picture cannot be used.
        UsageError: a setting is out of its range.
    """
    labels: list[NDArray[Any]] = []
    tables: list[pd.DataFrame] = []
    count = 0

    def tell(share: float) -> None:
        progress((len(tables) + share) / len(planes))

    for index in range(len(planes)):
        found = segmenter.segment(
            planes[index],
            planes.pixel_size_um,
            task,
            min_confidence,
            tell,
        )
        numbers = found.labels.astype(np.uint32)
        labels.append(narrow_labels(np.where(numbers > 0, numbers + count, 0)))
        tables.append(found.table.assign(label=found.table["label"] + count))
        count += len(found.table)
    return Cells(np.stack(labels) if planes.stack else labels[0], _joined(tables, planes.stack))


def measure_planes(
    labels: NDArray[Any],
    planes: Planes | None,
    pixel_size_um: float | None,
    before: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Measure labels, such as corrected ones.

    Args:
        labels: (H, W) or (T, H, W), 0 = background.
        planes: the pictures they belong to, for the intensities, or None.
        pixel_size_um: side of a pixel in micrometres, None if unknown.
        before: the table of before the correction: cells that are as they were keep their confidence.

    Returns:
        A row a cell, as in `Cells`.

    Raises:
        InputError: the labels are no label images or do not fit the pictures.
    """
    if labels.ndim not in (2, 3):
        raise InputError(f"Labels with {labels.ndim} axes cannot be measured: give (H, W) or (T, H, W).")
    if planes is not None and planes.shape != labels.shape:
        raise InputError(
            f"Labels of shape {labels.shape} do not fit an image of shape {planes.shape}: choose the image "
            "that the labels were made from."
        )
    frames = labels if labels.ndim == 3 else labels[None]
    tables = [
        measure(np.asarray(frame), None if planes is None else planes[index], pixel_size_um=pixel_size_um)
        for index, frame in enumerate(frames)
    ]
    return _with_confidences(_joined(tables, labels.ndim == 3), before)


def features_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table as a Labels layer wants it: napari finds the row of a label by the column "index"."""
    features = table.reset_index(drop=True)
    features.insert(0, "index", features["label"])
    return features


def table_of(features: pd.DataFrame) -> pd.DataFrame | None:
    """Return the table that a layer's features hold, None where they are not ours."""
    if not {*_UNCHANGED, "confidence"} <= set(features.columns):
        return None
    return features.drop(columns="index", errors="ignore")


def _joined(tables: list[pd.DataFrame], stack: bool) -> pd.DataFrame:
    if not stack:
        return tables[0]
    # Frames without cells would turn whole numbers into objects, or warn.
    full = [(frame, table) for frame, table in enumerate(tables) if len(table)]
    parts = [table.assign(frame=frame) for frame, table in full] or [tables[0].assign(frame=0)]
    joined = pd.concat(parts, ignore_index=True)
    joined.insert(0, "frame", joined.pop("frame"))
    return joined


def _with_confidences(table: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    keys = [name for name in ("frame", *_UNCHANGED) if name in table]
    if before is None or not {*keys, "confidence"} <= set(before.columns):
        return table
    known = before[[*keys, "confidence"]].drop_duplicates(keys)
    merged = table.drop(columns="confidence").merge(known, how="left", on=keys)
    return merged[list(table.columns)]
