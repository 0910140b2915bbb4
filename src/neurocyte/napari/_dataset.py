"""Corrected labels as a data set on disk: images/ and labels/, as `neurocyte train` reads it."""

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from neurocyte.errors import InputError
from neurocyte.io.annotations import open_dataset
from neurocyte.io.atomic import atomic_path
from neurocyte.io.images import read_image
from neurocyte.io.labels import write_labels
from neurocyte.napari._layout import frame_stem, safe_stem
from neurocyte.napari._planes import Planes


def add_to_dataset(
    folder: Path, name: str, planes: Planes, labels: NDArray[Any], frame: int | None = None
) -> list[str]:
    """Write pictures and their corrected labels into a data set.

    A picture that is there already keeps its stem, and its labels are replaced; another picture of the same
    name gets a number.

    Args:
        folder: gets images/STEM.tif and labels/STEM.tif.
        name: of the image layer.
        planes: the pictures.
        labels: (H, W) or (T, H, W).
        frame: the only frame of a stack to write, None for all.

    Returns:
        The stems written.

    Raises:
        InputError: the labels do not fit the pictures.
        UsageError: a file cannot be written.
    """
    if planes.shape != labels.shape:
        raise InputError(
            f"Labels of shape {labels.shape} do not fit an image of shape {planes.shape}: choose the image "
            "that the labels were made from."
        )
    if not planes.stack:
        return [_add(folder, safe_stem(name), planes[0], labels)]
    frames = range(len(planes)) if frame is None else (frame,)
    return [_add(folder, frame_stem(safe_stem(name), t), planes[t], np.asarray(labels[t])) for t in frames]


def divide_if_single(folder: Path) -> Path:
    """Make one picture enough to train on.

    Args:
        folder: with images/ and labels/.

    Returns:
        The same folder; where it holds a single picture, one below it with the picture's four quarters: most
        of them teach, the others judge.

    Raises:
        UsageError: there is no picture.
        InputError: the picture cannot be read.
    """
    samples = open_dataset(folder, "labels").samples
    if len(samples) != 1:
        return folder
    pixels, labels = samples[0].read_image().pixels, samples[0].read_labels().labels
    quarters = folder / "quarters"
    middle = [side // 2 for side in labels.shape]
    for number, (rows, columns) in enumerate(
        (rows, columns)
        for rows in (slice(None, middle[0]), slice(middle[0], None))
        for columns in (slice(None, middle[1]), slice(middle[1], None))
    ):
        _write(quarters, f"quarter{number}", pixels[rows, columns], labels[rows, columns])
    return quarters


def _add(folder: Path, stem: str, pixels: NDArray[Any], labels: NDArray[Any]) -> str:
    candidate, number = stem, 2
    while (path := _image(folder, candidate)).exists() and not _holds(path, pixels):
        candidate, number = f"{stem}_{number}", number + 1
    _write(folder, candidate, pixels, labels)
    return candidate


def _write(folder: Path, stem: str, pixels: NDArray[Any], labels: NDArray[Any]) -> None:
    # The labels first: a picture is never there without them.
    write_labels(folder / "labels" / f"{stem}.tif", labels)
    photometric = "rgb" if pixels.ndim == 3 else "minisblack"
    with atomic_path(_image(folder, stem)) as temporary:
        tifffile.imwrite(
            temporary, _storable(pixels), photometric=photometric, compression="zlib", metadata=None
        )


def _image(folder: Path, stem: str) -> Path:
    return folder / "images" / f"{stem}.tif"


def _storable(pixels: NDArray[Any]) -> NDArray[Any]:
    """The pixels in a type that `read_image` gives back unchanged."""
    if pixels.dtype == np.bool_:
        return np.where(pixels, np.uint8(255), np.uint8(0))
    return pixels if pixels.dtype in (np.uint8, np.uint16) else pixels.astype(np.float32)


def _holds(path: Path, pixels: NDArray[Any]) -> bool:
    stored = _storable(pixels)
    # Alpha is not read.
    return np.array_equal(read_image(path).pixels, stored[..., :3] if stored.ndim == 3 else stored)
