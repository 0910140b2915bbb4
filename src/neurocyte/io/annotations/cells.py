"""The cells of one image before they are painted: each with all its pixels, overlaps included."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.int64]

_MOST_COVERS, _ALWAYS_FINE = 20, 1_000_000


@dataclass(frozen=True)
class Cell:
    """One annotated cell.

    Attributes:
        pixels: Flat row-major indices (n,) of its pixels, ascending, each once; may be empty.
        cell_type: Its type, where the annotation says it.
        score: Its confidence, where the annotation says it.
    """

    pixels: Pixels
    cell_type: str | None = None
    score: float | None = None


@dataclass(frozen=True)
class Cells:
    """All cells of one image, in the order in which they are drawn.

    Attributes:
        shape: (H, W) of the image.
        cells: The cells; they may overlap.
        rounded: Cells whose outline ran between the edges of pixels and became whole pixels.
        notes: Sentences on what was left out and why.
    """

    shape: tuple[int, int]
    cells: tuple[Cell, ...]
    rounded: int = 0
    notes: tuple[str, ...] = ()


CellsLoader = Callable[[], Cells]


def pixels_by_label(labels: npt.NDArray[np.generic]) -> dict[int, Pixels]:
    """Take a label image apart.

    Args:
        labels: (H, W), non-negative whole numbers; 0 = background.

    Returns:
        By label, ascending, the flat row-major indices of its pixels, ascending.
    """
    flat = labels.ravel()
    inside = np.flatnonzero(flat)
    order = inside[np.argsort(flat[inside], kind="stable")]
    present, starts = np.unique(flat[order], return_index=True)
    parts = np.split(order.astype(np.int64, copy=False), starts[1:]) if present.size else []
    return dict(zip(present.tolist(), parts, strict=True))


def check_cover(claimed: int, shape: tuple[int, int]) -> None:
    """Refuse cells that would fill the memory: a short text may claim a whole image many thousand times.

    Args:
        claimed: Pixels of all cells so far, those that several claim counted several times.
        shape: (H, W) of the image.

    Raises:
        ValueError: They would cover the image more than 20 times.
    """
    if claimed > max(_MOST_COVERS * shape[0] * shape[1], _ALWAYS_FINE):
        raise ValueError(f"the cells would cover the image more than {_MOST_COVERS} times over")


def finite(value: object) -> float | None:
    """Give a number read from JSON as one that can be computed with.

    Args:
        value: Anything.

    Returns:
        The number; None for what is none (true and false are not), is infinite or too large.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if np.isfinite(number) else None


def ramp(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Count up to each length in turn.

    Args:
        lengths: (n,), not negative.

    Returns:
        0, 1, ..., length - 1 for each length, one after the other.
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if ends.size else 0
    counted: npt.NDArray[np.int64] = np.arange(total) - np.repeat(ends - lengths, lengths)
    return counted


def unique_ascending(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Sort and drop what is there twice; faster than `np.unique` for the pixels of a cell.

    Args:
        numbers: (n,).

    Returns:
        The numbers, ascending, each once.
    """
    ordered = np.sort(numbers)
    first = np.ones(ordered.size, dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]
