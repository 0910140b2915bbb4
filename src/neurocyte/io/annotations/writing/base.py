"""What all writers share: what they are given and what they answer."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol, Self

from neurocyte.io.annotations.cells import Cell, Cells


@dataclass(frozen=True)
class Annotated:
    """One image to be written.

    Attributes:
        stem: Its name, unique among all.
        picture: File name of its picture in the output; None where none is written.
        group: The group it belongs to, where the data say it.
        cells: Its cells, as they were read.
        pixel_size_um: Side of a pixel in micrometres, where known.
        source: The picture itself, for a format that holds both in one; None where none is to be written.
    """

    stem: str
    picture: str | None
    group: str | None
    cells: Cells
    pixel_size_um: float | None = None
    source: Path | None = None

    @property
    def seen(self) -> tuple[Cell, ...]:
        """The cells that have a pixel: no format is given the others."""
        return tuple(cell for cell in self.cells.cells if cell.pixels.size)


@dataclass(frozen=True)
class Losses:
    """How much of the cells a format could not hold; all zero if nothing was lost.

    Attributes:
        overlap_pixels: Pixels that several cells claimed and only the last of them kept.
        vanished_cells: Cells that have no pixel left, or had none.
        filled_holes: Holes that are now filled.
        filled_pixels: Pixels of these holes.
        merged_cells: Cells that can no longer be told from one they touch.
        split_cells: Cells in several parts, each of which now is a cell.
        rounded_outlines: Cells whose outline ran between pixel edges and is now made of whole pixels.
        untyped_cells: Cells whose type is not kept.
        unscored_cells: Cells whose confidence is not kept.
        ungrouped_images: Images whose group is not kept.
    """

    overlap_pixels: int = 0
    vanished_cells: int = 0
    filled_holes: int = 0
    filled_pixels: int = 0
    merged_cells: int = 0
    split_cells: int = 0
    rounded_outlines: int = 0
    untyped_cells: int = 0
    unscored_cells: int = 0
    ungrouped_images: int = 0

    def __add__(self, other: Self) -> "Losses":
        return Losses(
            **{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)}
        )

    def to_dict(self) -> dict[str, int]:
        """Give the counts by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


class Writer(Protocol):
    """Writes one format: `add` for each image, then `finish`."""

    files: list[Path]
    """The files written so far."""

    @property
    def picture_folder(self) -> str | None:
        """Folder of the pictures inside the output; None for a format without pictures."""

    def add(self, image: Annotated) -> Losses:
        """Take the cells of one image.

        Args:
            image: Its cells and names.

        Returns:
            What the format cannot hold of them.

        Raises:
            InputError: The format cannot hold the image at all.
            UsageError: A file cannot be written.
        """

    def finish(self) -> None:
        """Write what is written once for all images.

        Raises:
            UsageError: A file cannot be written.
        """


def common_losses(image: Annotated, types: bool, scores: bool, groups: bool = False) -> Losses:
    """Count what does not depend on the shapes.

    Args:
        image: As given to the writer.
        types: Whether the format holds each cell's type.
        scores: Whether the format holds each cell's confidence.
        groups: Whether the format holds an image's group.

    Returns:
        The counts of cells without a pixel, of rounded outlines, and of what is not held.
    """
    cells = image.cells.cells
    return Losses(
        vanished_cells=len(cells) - len(image.seen),
        rounded_outlines=image.cells.rounded,
        untyped_cells=0 if types else sum(cell.cell_type is not None for cell in cells),
        unscored_cells=0 if scores else sum(cell.score is not None for cell in cells),
        ungrouped_images=int(not groups and image.group is not None),
    )
