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

from neurocyte.io.annotations.cells import Pixels, check_cover, ramp, unique_ascending

Ring = npt.NDArray[np.int64]
"""Corners (n, 2), x and y; the last is joined to the first."""
Polygon = list[Ring]
"""The outer ring, then the rings of its holes."""

# Pixels; beyond it the arithmetic is no longer exact.
_FARTHEST = 1e15
_ALWAYS_FINE = 1_000_000

# Steps of the four directions, each a right turn from the one before: east, south, west, north.
_STEP = np.array(((1, 0), (0, 1), (-1, 0), (0, -1)), dtype=np.int64)
# The pixel on the right hand of an edge, seen from the corner where the edge begins.
_RIGHT = np.array(((0, 0), (-1, 0), (-1, -1), (0, -1)), dtype=np.int64)


@dataclass(frozen=True)
class _Corners:
    """The corners of all rings, ring after ring: x and y (n, 2), and the direction of the next side."""

    xy: npt.NDArray[np.int64]
    direction: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Traced:
    """A ring that does not touch itself, whether it is an outer one, and a pixel, x and y, at its rim."""

    outline: Ring
    outer: bool
    beside: npt.NDArray[np.int64]


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
    rings_of: dict[int, list[_Traced]] = defaultdict(list)
    rings = _simple_rings(ring, place)
    owners = (place[[members[0] for members in rings]] // area).tolist()
    for number, traced in zip(owners, _outlines(rings, corners), strict=True):
        rings_of[number].append(traced)
    for number, parts in rings_of.items():
        polygons[number] = _assemble(parts, cells[number], shape[1])
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


def _outlines(rings: list[npt.NDArray[np.int64]], corners: _Corners) -> list[_Traced]:
    members = np.concatenate(rings)
    starts, following = _round(np.array([len(one) for one in rings]))
    xy = corners.xy[members]
    after = xy[following]
    # Twice the area, positive where the outline runs clockwise on the screen.
    areas = np.add.reduceat(xy[:, 0] * after[:, 1] - after[:, 0] * xy[:, 1], starts)
    beside = xy[starts] + _RIGHT[corners.direction[members[starts]]]
    outlines = np.split(xy, starts[1:])
    return [_Traced(*one) for one in zip(outlines, (areas > 0).tolist(), beside, strict=True)]


def _round(sizes: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for rings that lie one after the other where each begins, and the index after each corner."""
    ends = np.cumsum(sizes)
    starts = ends - sizes
    following = np.arange(1, sizes.sum() + 1)
    following[ends[sizes > 0] - 1] = starts[sizes > 0]
    return starts, following


def _assemble(rings: list[_Traced], pixels: Pixels, width: int) -> list[Polygon]:
    """Put the holes of one cell into the outer rings they belong to."""
    outer = [ring for ring in rings if ring.outer]
    holes = [ring for ring in rings if not ring.outer]
    if len(outer) == 1:
        return [[outer[0].outline, *(hole.outline for hole in holes)]]
    polygons = [[ring.outline] for ring in outer]
    if holes:
        # The pixel at a hole's rim belongs to the same part of the cell as one at the right outer ring.
        part = _parts(pixels, np.array([ring.beside for ring in (*outer, *holes)]), width).tolist()
        of_part = dict(zip(part, polygons, strict=False))
        for number, hole in zip(part[len(outer) :], holes, strict=True):
            of_part[number].append(hole.outline)
    return polygons


def _parts(pixels: Pixels, beside: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.int64]:
    """Return for some pixels, x and y, the number of the part of the cell (joined by edges) they lie in."""
    y, x = pixels // width, pixels % width
    top, left = y.min(), x.min()
    mask = np.zeros((y.max() - top + 1, x.max() - left + 1), dtype=bool)
    mask[y - top, x - left] = True
    parts: npt.NDArray[np.int64] = components_of(mask)[0][beside[:, 1] - top, beside[:, 0] - left]
    return parts


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

    Raises:
        ValueError: A corner is far outside, the outlines are far longer than the image has pixels, or the
            cells would cover it many times over.
    """
    height, width = shape
    sides = _sides(cells)
    if np.abs(sides.begin).max(initial=0) > _FARTHEST:
        raise ValueError("a corner lies far outside the image")
    (x0, y0), (x1, y1) = sides.begin.T, sides.end.T
    # The rows whose middle an edge crosses; an edge begins inside and ends outside of its rows.
    first = np.clip(np.ceil(np.minimum(y0, y1) - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(np.maximum(y0, y1) - 0.5), 0, height).astype(np.int64)
    count = last - first
    if count.sum() > max(8 * height * width, _ALWAYS_FINE):
        raise ValueError("the outlines are longer than the image has pixels")
    edge = np.repeat(np.arange(count.size), count)
    row = ramp(count) + first[edge]
    slope = (x1 - x0)[edge] / (y1 - y0)[edge]
    crossing = x0[edge] + (row + 0.5 - y0[edge]) * slope
    column = np.clip(np.ceil(crossing - 0.5), 0, width).astype(np.int64)
    # Sorted by polygon, row and column, the crossings open and close runs in turn.
    place = np.sort((sides.polygon[edge] * height + row) * (width + 1) + column)
    begin, length = place[::2], place[1::2] - place[::2]
    check_cover(int(length.sum()), shape)
    line = np.repeat(begin // (width + 1), length)
    inside = line % height * width + ramp(length) + np.repeat(begin % (width + 1), length)
    keys = unique_ascending(sides.cell_of_polygon[line // height] * (height * width) + inside)
    ends = np.searchsorted(keys, np.arange(1, len(cells)) * (height * width))
    return [part % (height * width) for part in np.split(keys, ends)[: len(cells)]]


def count_rounded(cells: Sequence[Sequence[Sequence[npt.NDArray[np.generic]]]]) -> int:
    """Count the outlines that pixels do not hold exactly.

    Args:
        cells: As for ``fill``.

    Returns:
        The number of cells with a corner between pixel edges, or a side that is neither level nor upright.
    """
    sides = _sides(cells)
    oblique = (sides.begin != sides.end).all(axis=1)
    between = (sides.begin != np.round(sides.begin)).any(axis=1)
    return len(set(sides.cell_of_polygon[sides.polygon[oblique | between]].tolist()))


@dataclass(frozen=True)
class _Sides:
    """All sides of all polygons: where they begin and end (n, 2), x and y; whose they are."""

    begin: npt.NDArray[np.float64]
    end: npt.NDArray[np.float64]
    polygon: npt.NDArray[np.int64]
    cell_of_polygon: npt.NDArray[np.int64]


def _sides(cells: Sequence[Sequence[Sequence[npt.NDArray[np.generic]]]]) -> _Sides:
    polygons = [rings for cell in cells for rings in cell]
    rings = [ring for polygon in polygons for ring in polygon]
    sizes = np.array([len(ring) for ring in rings], dtype=np.int64)
    begin = np.concatenate([np.empty((0, 2)), *rings])
    of_ring = np.repeat(np.arange(len(polygons)), [len(polygon) for polygon in polygons])
    of_polygon = np.repeat(np.arange(len(cells)), [len(cell) for cell in cells])
    return _Sides(begin, begin[_round(sizes)[1]], np.repeat(of_ring, sizes), of_polygon)
