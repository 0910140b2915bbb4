"""From the pieces of all windows to cells: joined as the pieces of one image are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from neurocyte.instances.flows import PARTED
from neurocyte.instances.labels import FloatArray
from neurocyte.instances.lines import Lines, join_fragments
from neurocyte.instances.watershed import join_shallow
from neurocyte.large.pieces import Floats, Keys, Pieces, is_connected
from neurocyte.models.config import Decoding, FlowConfig, Task


@dataclass(frozen=True)
class Cells:
    """The cells of a large image, in the raster order of their first pixel.

    Args:
        keys: int64 (m,), of all pieces, rising.
        owner: uint32 (m,), of each the number of its cell from 1; 0 where it is dropped.
        area: int64 (n,), pixels of each cell.
        box: int64 (n, 4), its first row and column, last row and column plus 1.
        mean: float32 (n,), of the foreground probability over it.
        variance: float32 (n,), likewise.
        flow: float64 (n, 4), sums of `neurocyte.instances.flows.flow_marks`; 0 where none were followed.
    """

    keys: Keys
    owner: npt.NDArray[np.uint32]
    area: Keys
    box: Keys
    mean: FloatArray
    variance: FloatArray
    flow: Floats

    def kept(self, keep: npt.NDArray[np.bool_]) -> "Cells":
        """Drop the others and number the rest anew, in the same order."""
        numbers = np.zeros(len(keep) + 1, dtype=np.uint32)
        numbers[1:][keep] = np.arange(1, keep.sum() + 1)
        return Cells(
            self.keys,
            numbers[self.owner],
            self.area[keep],
            self.box[keep],
            self.mean[keep],
            self.variance[keep],
            self.flow[keep],
        )


class Joiner:
    """Collects the pieces of all windows.

    Args:
        settings: as for `neurocyte.instances.decode`.
        task: likewise.
    """

    def __init__(self, settings: Decoding, task: Task) -> None:
        self._settings, self._task = settings, task
        self._pieces: list[Pieces] = []
        self._lines: list[Lines] = []

    def add(self, pieces: Pieces, seam: Lines | None = None) -> None:
        """Take the pieces of one window, and what they touch of those of others."""
        # Not a part of theirs, however empty: it would keep all of it, four bytes a pixel of the image.
        nothing = np.zeros((0, 0), dtype=np.uint32)
        self._pieces.append(Pieces(**{**vars(pieces), "labels": nothing}))
        self._lines.append(pieces.lines)
        if seam is not None:
            self._lines.append(seam)

    def join(self) -> Cells:
        """Join the pieces, drop the small cells, and number the others."""
        parts = {
            name: self._together(name)
            for name in ("keys", "area", "first", "box", "total", "squares", "flow")
        }
        low, high, value, pairs = (
            np.concatenate([getattr(lines, name) for lines in self._lines] or [np.zeros(0, np.int64)])
            for name in ("low", "high", "value", "pairs")
        )
        # A line may name a piece that no window has in its middle; it is one of no pixels.
        keys = np.unique(np.concatenate([parts["keys"], low, high]))
        at = np.searchsorted(keys, parts["keys"])
        summit = np.zeros(len(keys), dtype=np.float32)
        np.maximum.at(summit, at, self._together("summit"))
        low, high = np.searchsorted(keys, low), np.searchsorted(keys, high)
        roots = self._roots(summit, Lines(low, high, value, pairs))
        return _number(keys, roots, roots[at], parts, self._settings.min_area)

    def _together(self, name: str) -> npt.NDArray[np.generic]:
        return np.concatenate([getattr(pieces, name) for pieces in self._pieces])

    def _roots(self, summit: FloatArray, lines: Lines) -> npt.NDArray[np.intp]:
        """For each piece the one that stands for its cell."""
        count = len(summit)
        if is_connected(self._settings, self._task):
            return _components(count, lines)
        index, merged = _merged(count, lines)
        if isinstance(self._settings, FlowConfig):
            totals = np.bincount(index, lines.value, len(merged)).astype(np.float64)
            lengths = np.bincount(index, lines.pairs, len(merged)).astype(np.int64)
            return _joined_by_parts(count, Lines(merged // count, merged % count, totals, lengths))
        heights = np.zeros(len(merged), dtype=np.float32)
        np.maximum.at(heights, index, lines.value.astype(np.float32))
        order = np.argsort(-heights, kind="stable")
        ordered = merged[order]
        return join_shallow(
            summit, (ordered // count).tolist(), (ordered % count).tolist(), heights[order].tolist()
        )


def _merged(count: int, lines: Lines) -> tuple[npt.NDArray[np.intp], Keys]:
    """Take the lines between two pieces as one: the number of that for each, and low * count + high of it."""
    unique, index = np.unique(lines.low * count + lines.high, return_inverse=True)
    return index, unique


def _components(count: int, lines: Lines) -> npt.NDArray[np.intp]:
    ones = np.ones(len(lines.low), dtype=np.int8)
    _, groups = connected_components(
        coo_array((ones, (lines.low, lines.high)), shape=(count, count)), directed=False
    )
    found: npt.NDArray[np.intp] = groups.astype(np.intp)
    return found


# Pieces that are joined at once, unless more hang together: each takes half a kilobyte meanwhile.
_AT_ONCE = 100_000


def _joined_by_parts(count: int, lines: Lines) -> npt.NDArray[np.intp]:
    """Join what hangs together, a part of it after the other."""
    roots = np.arange(count)
    groups = _components(count, lines)
    # Parts of whole groups: the number of pieces in the groups before, in steps.
    sizes = np.bincount(groups, minlength=1)
    part_of = ((np.cumsum(sizes) - sizes) // _AT_ONCE)[groups] if count else groups
    for part in np.unique(part_of):
        members = np.flatnonzero(part_of == part)
        mine = part_of[lines.low] == part
        low, high = (np.searchsorted(members, side[mine]) for side in (lines.low, lines.high))
        own = Lines(low, high, lines.value[mine], lines.pairs[mine])
        roots[members] = members[join_fragments(len(members), own, PARTED)]
    return roots


def _number(
    keys: Keys,
    roots: npt.NDArray[np.intp],
    cell_of: npt.NDArray[np.intp],
    parts: dict[str, npt.NDArray[np.generic]],
    least: int,
) -> Cells:
    """Sum up the parts of each cell and number the cells as `neurocyte.instances.clean_labels` does.

    Cells of fewer pixels than `least` are dropped.
    """
    count = len(keys)
    area = np.bincount(cell_of, parts["area"], count).astype(np.int64)
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, cell_of, parts["first"])
    box = np.tile(np.array([np.iinfo(np.int64).max] * 2 + [0, 0]), (count, 1))
    np.minimum.at(box[:, :2], cell_of, parts["box"][:, :2])
    np.maximum.at(box[:, 2:], cell_of, parts["box"][:, 2:])
    kept = np.flatnonzero(area >= max(least, 1))
    kept = kept[np.argsort(first[kept])]
    number = np.zeros(count, dtype=np.uint32)
    number[kept] = np.arange(1, len(kept) + 1)
    area, box = area[kept], box[kept]
    mean, squares = (
        (np.bincount(cell_of, parts[name], count)[kept] / area).astype(np.float32)
        for name in ("total", "squares")
    )
    flow = np.stack(
        [np.bincount(cell_of, sums, count)[kept].astype(np.float64) for sums in parts["flow"].T], axis=1
    )
    return Cells(keys, number[roots], area, box, mean, squares - np.square(mean), flow)
