"""What the three kinds of neural culture look like, in numbers."""

from dataclasses import dataclass
from typing import Literal, get_args

from neurocyte.errors import UsageError

Kind = Literal["cort", "astro", "shsy5y"]
KindOrMixed = Literal["cort", "astro", "shsy5y", "mixed"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Range = tuple[float, float]


@dataclass(frozen=True)
class Look:
    """One kind of culture; lengths in pixels, optical thickness in arbitrary units, densities per megapixel.

    Attributes:
        cells: Typical number of cells (median, spread of its logarithm).
        area: Cell area (median, spread of its logarithm).
        tips: Fewest and most corners of a spread cell.
        reach: Distance of a corner from the centre over the radius of the cell's waist.
        squeeze: Breadth of a spread cell over its length, before its corners are drawn (least, most).
        bend: Largest bow of a cell, as a fraction of its length.
        rounded: Fraction of cells that have rounded up: small discs with a bright halo.
        clumping: Fraction of cells placed against a neighbour.
        thickness: Optical thickness of a spread cell.
        grain: Relative strength of the organelles in a cell.
        neurites: Fewest and most neurites that leave a cell.
        neurite_length: Length of a neurite (shortest, longest).
        neurite_thickness: Optical thickness of a neurite (thinnest, thickest).
        axons: Neurites that come from outside the picture.
        dots: Small round debris.
        clumps: Granular clumps of debris.
    """

    cells: Range
    area: Range
    tips: tuple[int, int]
    reach: Range
    squeeze: Range
    bend: float
    rounded: float
    clumping: float
    thickness: Range
    grain: float
    neurites: tuple[int, int]
    neurite_length: Range
    neurite_thickness: Range
    axons: float
    dots: float
    clumps: float


# Counts and areas are those of the annotated cells of the Sartorius data; the rest was set by eye.
LOOKS: dict[Kind, Look] = {
    "cort": Look(
        cells=(85.0, 0.38),
        area=(206.0, 0.46),
        tips=(3, 6),
        reach=(1.0, 1.55),
        squeeze=(0.55, 1.0),
        bend=0.08,
        rounded=0.12,
        clumping=0.25,
        thickness=(0.9, 1.6),
        grain=0.6,
        neurites=(6, 14),
        neurite_length=(25.0, 230.0),
        neurite_thickness=(0.2, 0.8),
        axons=800.0,
        dots=420.0,
        clumps=22.0,
    ),
    "astro": Look(
        cells=(170.0, 0.6),
        area=(860.0, 0.8),
        tips=(2, 4),
        reach=(1.5, 8.0),
        squeeze=(0.3, 0.95),
        bend=0.45,
        rounded=0.15,
        clumping=0.45,
        thickness=(0.2, 0.7),
        grain=0.6,
        neurites=(0, 1),
        neurite_length=(10.0, 60.0),
        neurite_thickness=(0.1, 0.3),
        axons=4.0,
        dots=60.0,
        clumps=60.0,
    ),
    "shsy5y": Look(
        cells=(830.0, 0.45),
        area=(222.0, 0.56),
        tips=(2, 4),
        reach=(1.4, 4.0),
        squeeze=(0.5, 1.0),
        bend=0.12,
        rounded=0.06,
        clumping=0.55,
        thickness=(0.3, 1.1),
        grain=0.4,
        neurites=(1, 3),
        neurite_length=(15.0, 90.0),
        neurite_thickness=(0.12, 0.55),
        axons=60.0,
        dots=40.0,
        clumps=90.0,
    ),
}


def kinds_of(kind: str) -> tuple[Kind, ...]:
    """The kinds of cell in a culture.

    Args:
        kind: ``cort``, ``astro``, ``shsy5y`` or ``mixed`` (all three).

    Returns:
        One kind or three.

    Raises:
        UsageError: There is no such kind.
    """
    if kind == "mixed":
        return KINDS
    for known in KINDS:
        if kind == known:
            return (known,)
    raise UsageError(f"There is no kind of cell {kind!r}: choose from {', '.join(KINDS)} or mixed.")
