"""The label image of a large image, in parts."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from neurocyte.io.grid import gather
from neurocyte.large.boxes import CORE
from neurocyte.large.joining import Cells
from neurocyte.large.pieces import Keys
from neurocyte.large.scratch import BlockStore

LabelPart = npt.NDArray[np.uint32]


class LargeLabels:
    """Labels 1..n, 0 is background.

    Args:
        shape: (H, W).
        store: the pieces of each window, numbered from 1.
        keys: of these, by window.
        cells: whose pieces they are.
    """

    def __init__(self, shape: tuple[int, int], store: BlockStore, keys: list[Keys], cells: Cells) -> None:
        self.shape = shape
        self._store, self._across = store, -(-shape[1] // CORE)
        self._numbers = [
            np.concatenate([[np.uint32(0)], cells.owner[np.searchsorted(cells.keys, own)]]) for own in keys
        ]

    def bands(self) -> Iterator[tuple[int, LabelPart]]:
        """Give the first row and the labels, uint32 (h, W), of `CORE` rows at a time."""
        for down in range(-(-self.shape[0] // CORE)):
            blocks = [self._block(down * self._across + right) for right in range(self._across)]
            yield down * CORE, np.concatenate(blocks, axis=1)

    def read(self, rows: slice, columns: slice) -> LabelPart:
        """Give a part, uint32 (rows, columns)."""
        part = np.zeros((rows.stop - rows.start, columns.stop - columns.start), dtype=np.uint32)
        gather(part, rows, columns, (CORE, CORE), lambda i, j: self._block(i * self._across + j))
        return part

    def reduced(self, factor: int) -> LabelPart:
        """Give the label of the middle of each square of pixels."""
        found = []
        columns = np.minimum(np.arange(0, self.shape[1], factor) + factor // 2, self.shape[1] - 1)
        rows = np.minimum(np.arange(0, self.shape[0], factor) + factor // 2, self.shape[0] - 1)
        for first, band in self.bands():
            mine = rows[(rows >= first) & (rows < first + len(band))] - first
            found.append(band[mine[:, None], columns])
        return np.concatenate(found)

    def _block(self, number: int) -> LabelPart:
        block: LabelPart = self._numbers[number][self._store[number]]
        return block
