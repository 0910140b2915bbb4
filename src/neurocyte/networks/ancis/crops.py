"""Cutting cells out of feature maps, many of unlike size in one padded tensor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import grid_sample, pad

# A crop that spans less than this along an axis is not used.
MIN_SPAN = 3
# Crops of like size share a tensor of at most so many image pixels.
GROUP_PIXELS = 1 << 16
_SIZE_STEP = 8


@dataclass(frozen=True)
class Window:
    """Rows top to bottom and columns left to right of a map, the last exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.right - self.left

    def cut(self, x: Tensor, more: int = 0) -> Tensor:
        """Return the window of (..., H, W), with `more` rows and columns at its end."""
        return x[..., self.top : self.bottom + more, self.left : self.right + more]


@dataclass(frozen=True)
class Cell:
    """One box: index of its image, index among that image's boxes, and a window for each level used."""

    image: int
    index: int
    windows: tuple[Window, ...]


def windows(
    boxes: Tensor, shape: tuple[int, int], maps: Sequence[tuple[int, int]]
) -> list[tuple[Window, ...]]:
    """Find each box on each map, from the largest map on, until it spans less than `MIN_SPAN` pixels.

    Args:
        boxes: (n, 4), corners in pixels of the image.
        shape: (H, W) of the image.
        maps: (H, W) of each map, falling.

    Returns:
        For each box as many windows as maps are used, perhaps none.
    """
    share = boxes.detach().double().cpu() / torch.tensor([*shape, *shape])
    levels = []
    for height, width in maps:
        # Like the authors': both ends rounded, the last included.
        edges = (share * torch.tensor([height, width, height, width])).round().long()
        first = edges[:, :2].clamp(min=0)
        last = torch.minimum(edges[:, 2:], torch.tensor([height - 1, width - 1])) + 1
        levels.append(torch.cat([first, last], dim=1).tolist())
    found = []
    for box in zip(*levels, strict=True):
        used: list[Window] = []
        for edges in box:
            window = Window(*edges)
            if min(window.height, window.width) < MIN_SPAN:
                break
            used.append(window)
        found.append(tuple(used))
    return found


def groups(cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    """Divide cells into groups of the same levels and about the same size.

    Args:
        cells: each with at least one window.

    Yields:
        Cells whose crops share a tensor; all cells appear once.
    """
    buckets: dict[tuple[int, int, int], list[Cell]] = {}
    for cell in cells:
        outer = cell.windows[0]
        key = (len(cell.windows), -(-outer.height // _SIZE_STEP), -(-outer.width // _SIZE_STEP))
        buckets.setdefault(key, []).append(cell)
    for (_, rows, columns), members in sorted(buckets.items()):
        count = max(1, GROUP_PIXELS // (rows * columns * _SIZE_STEP**2))
        for start in range(0, len(members), count):
            yield members[start : start + count]


@dataclass(frozen=True)
class Crops:
    """Crops of one level.

    Attributes:
        pixels: (n, C, H, W), each crop in the upper left corner, zeros around.
        sizes: (n, 2) height and width of each crop.
    """

    pixels: Tensor
    sizes: Tensor

    @property
    def inside(self) -> Tensor:
        """(n, 1, H, W), 1 inside of the crops and 0 around."""
        rows, columns = (torch.arange(side, device=self.pixels.device) for side in self.pixels.shape[-2:])
        y = rows < self.sizes[:, :1]
        x = columns < self.sizes[:, 1:]
        return (y[:, None, :, None] & x[:, None, None, :]).to(self.pixels.dtype)


def crop(features: Tensor, group: Sequence[Cell], level: int, more: int = 0) -> Crops:
    """Cut a group out of one level's maps.

    Args:
        features: (N, C, H, W).
        group: cells with that level.
        level: index of their windows.
        more: rows and columns taken beyond each window's end (the maps have them).

    Returns:
        The crops; `sizes` are the windows' own.
    """
    chosen = [cell.windows[level] for cell in group]
    height, width = max(w.height for w in chosen), max(w.width for w in chosen)
    pixels = torch.stack(
        [
            pad(w.cut(features[cell.image], more), (0, width - w.width, 0, height - w.height))
            for cell, w in zip(group, chosen, strict=True)
        ]
    )
    sizes = torch.tensor([(w.height, w.width) for w in chosen], device=features.device)
    return Crops(pixels, sizes)


def enlarge(pixels: Tensor, sizes: Tensor, target: Crops) -> Tensor:
    """Resize each crop bilinearly to its target's size, corner pixels onto corner pixels.

    Args:
        pixels: (n, C, h, w), crops in the upper left corners.
        sizes: (n, 2) of these crops.
        target: crops of the wanted sizes.

    Returns:
        (n, C, H, W) of the target's padded size; what lies around the crops is arbitrary but finite.
    """
    grid = []
    for axis in (1, 0):
        length, padded = pixels.shape[2 + axis], target.pixels.shape[2 + axis]
        steps = (sizes[:, axis] - 1).float() / (target.sizes[:, axis] - 1).float()
        place = torch.arange(padded, device=pixels.device) * steps[:, None]
        place = torch.minimum(place, (sizes[:, axis : axis + 1] - 1).float())
        grid.append(2 * place / (length - 1) - 1)
    columns, rows = grid
    shape = (len(pixels), rows.shape[1], columns.shape[1])
    both = torch.stack([columns[:, None].expand(shape), rows[:, :, None].expand(shape)], dim=-1)
    return grid_sample(
        pixels, both.to(pixels.dtype), mode="bilinear", padding_mode="border", align_corners=True
    )
