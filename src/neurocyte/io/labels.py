"""Label images and masks on disk."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io._raster import read_raster_values
from neurocyte.io._tiff import is_tiff, read_tiff_values
from neurocyte.io.images import check_file, guarded


def narrow_labels(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Store non-negative whole numbers as uint16, or uint32 where a label exceeds 65,535.

    Args:
        labels: (H, W), bool or integer, 0 to 2**32 - 1.

    Returns:
        The same numbers.
    """
    largest = int(labels.max(initial=0))
    return labels.astype(np.uint16 if largest <= np.iinfo(np.uint16).max else np.uint32, copy=False)


def read_labels(path: str | Path) -> npt.NDArray[Any]:
    """Read a label image.

    Args:
        path: A TIFF, PNG or BMP file of whole numbers; a PNG palette's indices are the labels.

    Returns:
        (H, W) uint16, or uint32 where a label exceeds 65,535; 0 = background.

    Raises:
        InputError: The file cannot be read, is a colour picture, or holds fractions or negative numbers.
    """
    path = Path(path)
    check_file(path)
    labels = guarded(path, read_tiff_values if is_tiff(path) else read_raster_values)
    if labels.ndim != 2:
        raise InputError(f"{path} is a colour picture: a label image holds one whole number a pixel.")
    if labels.dtype.kind not in "bui":
        raise InputError(f"{path} holds {labels.dtype} values: save a label image as 16- or 32-bit integers.")
    if labels.dtype.kind == "i" and labels.min(initial=0) < 0:
        raise InputError(f"{path} holds negative labels: number the cells from 1, 0 is background.")
    if labels.max(initial=0) > np.iinfo(np.uint32).max:
        raise InputError(f"{path} holds labels above 4,294,967,295: number the cells from 1.")
    return narrow_labels(labels)
