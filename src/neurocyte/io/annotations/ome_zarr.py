"""OME-Zarr folders that hold a picture and its cells, as a label image in labels/."""

from functools import partial
from pathlib import Path
from typing import Any

from neurocyte.errors import InputError, UsageError
from neurocyte.io._text import plural
from neurocyte.io.annotations.cells import Cell, Cells, finite, pixels_by_label
from neurocyte.io.annotations.paint import painted
from neurocyte.io.annotations.sample import Dataset, Sample
from neurocyte.io.inputs import images_in
from neurocyte.io.labels import read_labels
from neurocyte.io.ome_zarr import inside, is_ome_zarr, ome_metadata

CELLS = "cells"
"""The label image that is read where there are several, and the one that is written."""
TYPE, CONFIDENCE = "cell_type", "confidence"
"""Names of a label's properties."""


def has_cells(folder: Path) -> bool:
    """Tell an OME-Zarr picture with label images, or a folder of such.

    Args:
        folder: A path that need not exist.

    Returns:
        True if ``open_ome_zarr`` finds something there.
    """
    return folder.is_dir() and any(_names(one) for one in _pictures(folder))


def open_ome_zarr(root: Path) -> Dataset:
    """Open OME-Zarr folders with label images: that called cells, or the only one.

    Args:
        root: A folder of OME-Zarr folders, or one of them.

    Returns:
        One sample for each that has a label image.

    Raises:
        UsageError: The folder cannot be listed, or two of its folders share a stem.
    """
    found: dict[str, Path] = {}
    pictures = _pictures(root)
    for path in pictures:
        stem = path.name.removesuffix(".zarr").removesuffix(".ome")
        if found.setdefault(stem, path) != path:
            raise UsageError(f"{root} holds two OME-Zarr folders called {stem}: keep one.")
    labelled = {stem: path for stem, path in sorted(found.items()) if _names(path)}
    notes = []
    if bare := len(found) - len(labelled):
        notes.append(f"{plural(bare, 'OME-Zarr folder')} without a label image left out.")
    samples = []
    for stem, path in labelled.items():
        load = partial(read_cells, path)
        samples.append(Sample(stem, path, None, None, partial(painted, load), load))
    sources = tuple(path / "labels" for path in labelled.values())
    return Dataset(root, "ome-zarr", tuple(samples), tuple(notes), sources)


def read_cells(path: Path) -> Cells:
    """Read the cells of one picture.

    Args:
        path: The OME-Zarr folder.

    Returns:
        The cells by their labels, with types and confidences where the label image has these properties.

    Raises:
        InputError: It cannot be read, has several label images of which none is called cells, or is a stack.
    """
    names = _names(path)
    if CELLS not in names and len(names) != 1:
        raise InputError(f"{path} has label images {', '.join(names)}: call the one to be used {CELLS}.")
    folder = inside(path / "labels", CELLS if CELLS in names else names[0])
    labels = read_labels(folder)
    known = _properties(folder)
    height, width = labels.shape
    return Cells(
        (height, width),
        tuple(
            Cell(pixels, known.get(n, {}).get(TYPE), known.get(n, {}).get(CONFIDENCE))
            for n, pixels in pixels_by_label(labels).items()
        ),
    )


def _pictures(root: Path) -> list[Path]:
    return [root] if is_ome_zarr(root) else [one for one in images_in(root) if is_ome_zarr(one)]


def _names(path: Path) -> list[str]:
    names = ome_metadata(path / "labels").get("labels", [])
    return [str(name) for name in names] if isinstance(names, list) else []


def _properties(folder: Path) -> dict[int, dict[str, Any]]:
    """Return what is known of each label; a value of another type than ours is none of ours."""
    described = ome_metadata(folder).get("image-label")
    listed = described.get("properties") if isinstance(described, dict) else None
    found = {}
    for one in listed if isinstance(listed, list) else ():
        number = one.get("label-value") if isinstance(one, dict) else None
        if not isinstance(number, int):
            raise InputError(f"{folder} has properties of no label: write its image-label metadata again.")
        kind, score = one.get(TYPE), finite(one.get(CONFIDENCE))
        kept: dict[str, Any] = {TYPE: kind} if isinstance(kind, str) else {}
        found[number] = kept if score is None else {**kept, CONFIDENCE: score}
    return found
