"""Cells to outlines along the edges of their pixels, and outlines back to the pixels inside them, exactly.

Coordinates are x to the right and y down in pixels; (0, 0) is the top left corner of the first pixel, so a
pixel's corners are whole numbers. GeoJSON of QuPath and the area selections of ImageJ count the same way.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import label as components_of

from neurocyte.io.annotations.cells import Pixels, ramp

Ring = npt.NDArray[np.int64]
"""Corners (n, 2), x and y; the last is joined to the first."""
Polygon = list[Ring]
"""The outer ring, then the rings of its holes."""

# Steps of the four directions, each a right turn from the one before: east, south, west, north.
_STEP = np.array(((1, 0), (0, 1), (-1, 0), (0, -1)), dtype=np.int64)
# The pixel on the right hand of an edge, seen from the corner where the edge begins.
_RIGHT = np.array(((0, 0), (-1, 0), (-1, -1), (0, -1)), dtype=np.int64)


@dataclass(frozen=True)
class _Corners:
    """The corners of all rings, ring after ring: x and y (n, 2), and the direction of the next side."""

    xy: npt.NDArray[np.int64]
    direction: npt.NDArray[np.int64]


def trace(cells: Sequence[Pixels], shape: tuple[int, int]) -> list[list[Polygon]]:
    """Trace cells along the edges of their pixels.

    Pixels that touch at a corner only belong to different polygons. No ring touches itself; rings of one cell
    share single points at most, so the polygons are valid in the sense of OGC simple features.

    Args:
        cells: For each cell the flat row-major indices of its pixels, ascending, each once.
        shape: (H, W) of the image.

    Returns:
        For each cell its polygons: outer rings run clockwise as seen on the screen, holes the other way.
    """
    polygons: list[list[Polygon]] = [[] for _ in cells]
    sizes = np.array([len(one) for one in cells], dtype=np.int64)
    if sizes.sum() == 0:
        return polygons
    owner = np.repeat(np.arange(len(cells)), sizes)
    start, direction = _edges(owner, np.concatenate(list(cells)), shape)
    stride = shape[1] + 2
    area = (shape[0] + 2) * stride
    order, first = _walk(_successors(start, direction, stride))
    heading, ring_sizes = direction[order], np.diff([*first, len(order)])
    before = np.arange(-1, len(order) - 1)
    before[first] = np.array(first) + ring_sizes - 1
    turns = heading != heading[before]
    ring = np.repeat(np.arange(len(first)), ring_sizes)[turns]
    place = start[order][turns]
    corners = _Corners(np.stack((place % area % stride, place % area // stride), axis=1), heading[turns])
    rings_of: dict[int, list[npt.NDArray[np.int64]]] = defaultdict(list)
    for members in _simple_rings(ring, place):
        rings_of[int(place[members[0]] // area)].append(members)
    for number, rings in rings_of.items():
        polygons[number] = _assemble(rings, corners, cells[number], shape[1])
    return polygons


def _edges(
    owner: npt.NDArray[np.int64], flat: Pixels, shape: tuple[int, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the key where each edge between a cell and what is not that cell begins, and its direction.

    The cell is on the right hand. A key is (cell, y, x) as one number; each cell has a plane of its own, with
    a border, so that cells which overlap or touch do not meet.
    """
    height, width = shape
    stride = width + 2
    key = (owner * (height + 2) + flat // width + 1) * stride + flat % width + 1
    starts, directions = [], []
    # A pixel's key less one row and one column is the key of its own top left corner.
    corner = key - stride - 1
    for direction, (neighbour, begin) in enumerate(
        ((-stride, 0), (1, 1), (stride, stride + 1), (-1, stride))
    ):
        place = np.searchsorted(key, key + neighbour)
        bare = key[np.minimum(place, key.size - 1)] != key + neighbour
        starts.append(corner[bare] + begin)
        directions.append(np.full(int(bare.sum()), direction, dtype=np.int64))
    return np.concatenate(starts), np.concatenate(directions)


def _successors(
    start: npt.NDArray[np.int64], direction: npt.NDArray[np.int64], stride: int
) -> npt.NDArray[np.int64]:
    """Return for each edge the one that goes on from its end, turning right where there is a choice."""
    known = start * 4 + direction
    by_key = np.argsort(known)
    known = known[by_key]
    end = start + np.array((1, stride, -1, -stride))[direction]
    following = np.full(start.size, -1, dtype=np.int64)
    # The last found wins: where two pixels meet at a corner, turning right stays at the same pixel.
    for turn in (3, 0, 1):
        wanted = end * 4 + (direction + turn) % 4
        place = np.minimum(np.searchsorted(known, wanted), known.size - 1)
        found = known[place] == wanted
        following[found] = by_key[place[found]]
    return following


def _walk(following: npt.NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Return all edges in the order of their rings, and where in that order each ring begins."""
    after = following.tolist()
    seen = bytearray(len(after))
    order: list[int] = []
    first: list[int] = []
    for begin in range(len(after)):
        if seen[begin]:
            continue
        first.append(len(order))
        edge = begin
        while not seen[edge]:
            seen[edge] = 1
            order.append(edge)
            edge = after[edge]
    return order, first


def _simple_rings(ring: npt.NDArray[np.int64], place: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Return the indices of each ring's corners; a ring that touches itself is cut there into several."""
    by_place = np.lexsort((place, ring))
    same = (np.diff(ring[by_place]) == 0) & (np.diff(place[by_place]) == 0)
    touching = set(ring[by_place][1:][same].tolist())
    parts = np.split(np.arange(ring.size), np.flatnonzero(np.diff(ring)) + 1)
    simple: list[npt.NDArray[np.int64]] = []
    for number, members in enumerate(parts):
        simple += _cut(members, place) if number in touching else [members]
    return simple


def _cut(members: npt.NDArray[np.int64], place: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    loops: list[npt.NDArray[np.int64]] = []
    path: list[int] = []
    position: dict[int, int] = {}
    for member in members.tolist():
        here = int(place[member])
        if here in position:
            begin = position[here]
            loops.append(np.array(path[begin:]))
            for passed in path[begin:]:
                del position[int(place[passed])]
            del path[begin:]
        position[here] = len(path)
        path.append(member)
    return [*loops, np.array(path)]


def _assemble(
    rings: list[npt.NDArray[np.int64]], corners: _Corners, pixels: Pixels, width: int
) -> list[Polygon]:
    """Put the holes of one cell into the outer rings they belong to."""
    outlines = [corners.xy[members] for members in rings]
    outer = [index for index, outline in enumerate(outlines) if _signed_area(outline) > 0]
    polygons = {index: [outlines[index]] for index in outer}
    holes = [index for index in range(len(rings)) if index not in polygons]
    if holes and len(outer) == 1:
        polygons[outer[0]] += [outlines[index] for index in holes]
    elif holes:
        # The pixel at a hole's rim belongs to the same part of the cell as one at the right outer ring.
        firsts = np.array([members[0] for members in rings])
        beside = corners.xy[firsts] + _RIGHT[corners.direction[firsts]]
        part = _parts(pixels, beside, width)
        of_part = {int(part[index]): index for index in outer}
        for index in holes:
            polygons[of_part[int(part[index])]].append(outlines[index])
    return list(polygons.values())


def _parts(pixels: Pixels, beside: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.int64]:
    """Return for some pixels, x and y, the number of the part of the cell (joined by edges) they lie in."""
    y, x = pixels // width, pixels % width
    top, left = y.min(), x.min()
    mask = np.zeros((y.max() - top + 1, x.max() - left + 1), dtype=bool)
    mask[y - top, x - left] = True
    parts: npt.NDArray[np.int64] = components_of(mask)[0][beside[:, 1] - top, beside[:, 0] - left]
    return parts


def _signed_area(outline: Ring) -> int:
    """Return twice the area, positive where the outline runs clockwise on the screen."""
    x, y = outline[:, 0], outline[:, 1]
    return int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def fill(
    cells: Sequence[Sequence[Sequence[npt.NDArray[np.generic]]]], shape: tuple[int, int]
) -> list[Pixels]:
    """Find the pixels whose centre lies inside the polygons of each cell; the inverse of ``trace``.

    Within a polygon a point is inside where it is inside an odd number of rings; the polygons of a cell are
    united. A centre on an outline is inside if the polygon lies to the right of it or, on a level outline,
    below. What lies outside the image is cut off.

    Args:
        cells: For each cell its polygons, each a sequence of rings (n, 2), x and y, finite numbers.
        shape: (H, W) of the image.

    Returns:
        For each cell the flat row-major indices of its pixels, ascending, each once.
    """
    height, width = shape
    edges, polygon_sizes = _polygon_edges(cells)
    x0, y0, x1, y1, polygon = edges
    # The rows whose middle an edge crosses; an edge begins inside and ends outside of its rows.
    first = np.clip(np.ceil(np.minimum(y0, y1) - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(np.maximum(y0, y1) - 0.5), 0, height).astype(np.int64)
    count = last - first
    edge = np.repeat(np.arange(count.size), count)
    row = ramp(count) + first[edge]
    slope = (x1 - x0)[edge] / (y1 - y0)[edge]
    crossing = x0[edge] + (row + 0.5 - y0[edge]) * slope
    column = np.clip(np.ceil(crossing - 0.5), 0, width).astype(np.int64)
    # Sorted by polygon, row and column, the crossings open and close runs in turn.
    place = np.sort((polygon[edge].astype(np.int64) * height + row) * (width + 1) + column)
    begin, length = place[::2], place[1::2] - place[::2]
    line = np.repeat(begin // (width + 1), length)
    inside = line % height * width + ramp(length) + np.repeat(begin % (width + 1), length)
    owner = np.repeat(np.arange(len(cells)), polygon_sizes)[line // height] if line.size else line
    keys = np.unique(owner * (height * width) + inside)
    ends = np.searchsorted(keys, np.arange(1, len(cells) + 1) * (height * width))
    return [part % (height * width) for part in np.split(keys, ends)[: len(cells)]]


def on_pixel_edges(polygons: Sequence[Sequence[npt.NDArray[np.generic]]]) -> bool:
    """Tell whether an outline runs along the edges of pixels only, so that pixels hold it exactly.

    Args:
        polygons: The polygons of a cell, each a sequence of rings (n, 2), x and y.

    Returns:
        True if every corner is whole and every side level or upright.
    """
    for ring in (ring for rings in polygons for ring in rings):
        values = np.asarray(ring, dtype=np.float64)
        sides = np.roll(values, -1, axis=0) - values
        if (values != np.round(values)).any() or (sides != 0).all(axis=1).any():
            return False
    return True


def _polygon_edges(
    cells: Sequence[Sequence[Sequence[npt.NDArray[np.generic]]]],
) -> tuple[npt.NDArray[np.float64], list[int]]:
    """Return x0, y0, x1, y1 and the number of the polygon for all sides, (5, n), and each cell's polygons."""
    sides = [np.empty((5, 0))]
    number = 0
    for polygons in cells:
        for rings in polygons:
            for ring in rings:
                points = np.asarray(ring, dtype=np.float64).T
                ends = np.roll(points, -1, axis=1)
                sides.append(np.concatenate((points, ends, np.full((1, points.shape[1]), number))))
            number += 1
    return np.concatenate(sides, axis=1), [len(polygons) for polygons in cells]
