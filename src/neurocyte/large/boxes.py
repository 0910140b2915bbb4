"""Rectangles of an image."""

from collections.abc import Iterator
from dataclasses import dataclass

# Windows that cells are cut out in: their middles tile the image, their rims overlap.
CORE, HALO = 1024, 256


@dataclass(frozen=True)
class Box:
    """Rows top to bottom - 1, columns left to right - 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def rows(self) -> slice:
        """The rows."""
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        """The columns."""
        return slice(self.left, self.right)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    def grown(self, by: int, shape: tuple[int, int]) -> "Box":
        """Give it with so many pixels more on each side, as far as the image goes."""
        return Box(
            max(0, self.top - by),
            max(0, self.left - by),
            min(shape[0], self.bottom + by),
            min(shape[1], self.right + by),
        )

    def within(self, other: "Box") -> tuple[slice, slice]:
        """Give its rows and columns counted from the corner of a larger one."""
        top, left = self.top - other.top, self.left - other.left
        return slice(top, top + self.shape[0]), slice(left, left + self.shape[1])


def boxes(shape: tuple[int, int], side: int) -> Iterator[Box]:
    """Tile an image, row by row.

    Args:
        shape: (H, W).
        side: of the boxes, but at the lower and the right end, where they may be smaller.

    Yields:
        The boxes.
    """
    for top in range(0, shape[0], side):
        for left in range(0, shape[1], side):
            yield Box(top, left, min(top + side, shape[0]), min(left + side, shape[1]))
