"""What `neurocyte segment` leaves behind, or any folder of label images, as cells with their confidences."""

from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations.cells import Cell, Cells, pixels_by_label
from neurocyte.io.images import IMAGE_SUFFIXES
from neurocyte.io.inputs import images_by_stem
from neurocyte.io.labels import read_labels
from neurocyte.io.stems import stem_of

_NEEDED = ("image", "label", "confidence")
Confidences = dict[int, float]


def are_results(path: Path) -> bool:
    """Tell label images without pictures from a data set.

    Args:
        path: A file or folder.

    Returns:
        True for an image file, a folder with labels/ but without images/, and a folder called labels.
    """
    if path.is_file():
        return path.suffix.lower() in IMAGE_SUFFIXES
    if (path / "images").is_dir() or (path / "train.csv").is_file():
        return False
    return (path / "labels").is_dir() or (path.name == "labels" and path.is_dir())


def label_images(path: Path) -> dict[str, Path]:
    """Find label images.

    Args:
        path: A label image, a folder of them, or a folder with such a folder called labels.

    Returns:
        Path by stem.

    Raises:
        UsageError: There is none, or two share a stem.
    """
    if path.is_file():
        return {stem_of(path): path}
    folder = path / "labels" if (path / "labels").is_dir() else path
    found = images_by_stem(folder)
    if not found:
        raise UsageError(f"{folder} holds no label image: name a folder with TIFF or PNG files.")
    return found


def read_confidences(path: Path) -> dict[str, Confidences]:
    """Read the confidences of the cells from the cells.csv of `neurocyte segment`.

    Args:
        path: The folder of the results, its labels/, or anything else, which has none.

    Returns:
        By image, by label.

    Raises:
        InputError: The table is there but cannot be read.
    """
    root = path.parent if path.is_file() or path.name == "labels" else path
    table = (root.parent if root.name == "labels" else root) / "cells.csv"
    if not table.is_file():
        return {}
    try:
        frame = pd.read_csv(table, dtype={"image": str}, usecols=list(_NEEDED), keep_default_na=False)
        frame["confidence"] = pd.to_numeric(frame["confidence"])
        frame = frame.astype({"label": np.int64}).dropna(subset="confidence")
    except (OSError, ValueError) as exc:
        # pandas' parser errors and UnicodeDecodeError are ValueErrors.
        reason = " ".join(str(exc).split())[:120]
        raise InputError(
            f"{table} cannot be read as a table of cells ({reason}): remove or mend it."
        ) from exc
    found: dict[str, Confidences] = {}
    columns = (frame[name].tolist() for name in _NEEDED)
    for image, label, confidence in zip(*columns, strict=True):
        found.setdefault(image, {})[label] = float(confidence)
    return found


def result_loader(path: Path, confidences: Confidences) -> partial[Cells]:
    """Give what reads the cells of one label image.

    Args:
        path: The label image.
        confidences: By label; cells that are not in it have none.

    Returns:
        The loader; it raises InputError where the label image cannot be used.
    """
    return partial(_load, path, confidences)


def _load(path: Path, confidences: Confidences) -> Cells:
    labels: npt.NDArray[np.integer] = read_labels(path)
    height, width = labels.shape
    cells = (Cell(pixels, score=confidences.get(label)) for label, pixels in pixels_by_label(labels).items())
    return Cells((height, width), tuple(cells))
