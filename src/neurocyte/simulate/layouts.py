"""Where annotations have their cells: real shapes in their real arrangement."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from skimage.measure import regionprops

from neurocyte.errors import UsageError
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.kaggle import annotations_of_table
from neurocyte.io.annotations.sample import Annotation
from neurocyte.simulate.cells import LARGEST_ROUNDED, SMALLEST, Cell, Dish, thickness_of
from neurocyte.simulate.kinds import KINDS, LOOKS, Kind

# A neuron of no more than this eccentricity and no less solidity may have rounded up: every second has.
_ROUND, _SOLID, _SHARE = 0.6, 0.94, 0.5
# Corners, from which neurites leave, lie at least so many radii out.
_OUT, _MOST_CORNERS = 1.3, 3


@dataclass(frozen=True)
class Layout:
    """An annotated image as far as its cells go.

    Attributes:
        stem: Its name.
        kind: Of its cells.
        load: Reads its label image.
    """

    stem: str
    kind: Kind
    load: Callable[[], Annotation]


def read_layouts(path: Path, kind: Kind | None = None) -> list[Layout]:
    """Find the annotations in a table of Kaggle's or in a folder of annotated images.

    Args:
        path: A table with the columns of Kaggle's train.csv, whose pictures need not be there, or a folder as
            `neurocyte train` takes it.
        kind: Of all cells; None: as the annotations say.

    Returns:
        The annotations that hold a cell or could, in the order of their names.

    Raises:
        InputError: They cannot be read.
        UsageError: There are none, or one of them does not say which of the three kinds its cells are.
    """
    if path.is_dir():
        found = {sample.stem: (sample.cell_type, sample.load) for sample in open_dataset(path).samples}
    else:
        found = annotations_of_table(path)
    if not found:
        raise UsageError(f"{path} holds no annotation: name one that does.")
    return [Layout(stem, kind or _kind(path, stem, said), load) for stem, (said, load) in found.items()]


def _kind(path: Path, stem: str, said: str | None) -> Kind:
    for known in KINDS:
        if said == known:
            return known
    what = f"is of the kind {said!r}" if said else "does not say its kind"
    raise UsageError(f"{stem} in {path} {what}: say how its cells look by --kind {', '.join(KINDS)}.")


def settle(rng: np.random.Generator, dish: Dish, labels: npt.NDArray[np.integer[Any]], kind: Kind) -> None:
    """Put the cells of a label image into the frame of an empty dish.

    Args:
        rng: Source of chance.
        dish: The dish, changed in place.
        labels: Label image of the frame's size, 0 is background; cells of less than 30 pixels are left out.
        kind: Of the cells.
    """
    inside = dish.labels[dish.frame]
    corner = np.array([side.start for side in dish.frame], dtype=np.float64)
    for region in regionprops(labels):
        if region.area < SMALLEST:
            continue
        inside[tuple(region.coords.T)] = len(dish.cells) + 1
        dish.cells.append(_cell(rng, region, corner, kind))


def _cell(rng: np.random.Generator, region: Any, corner: npt.NDArray[np.float64], kind: Kind) -> Cell:
    small = region.area < LARGEST_ROUNDED
    compact = region.eccentricity < _ROUND and region.solidity > _SOLID
    rounded = bool(kind != "astro" and small and compact and rng.random() < _SHARE)
    thickness = thickness_of(rng, LOOKS[kind], rounded)
    centre, radius = np.array(region.centroid), float(np.sqrt(region.area / np.pi))
    away = np.hypot(*(region.coords - centre).T)
    far = region.coords[away > _OUT * radius].astype(np.float64)
    count = min(len(far), int(rng.integers(1, _MOST_CORNERS + 1)))
    corners = far[rng.choice(len(far), count, replace=False)] if count else np.empty((0, 2))
    return Cell(kind, centre + corner, corners + corner, radius, thickness, rounded)
