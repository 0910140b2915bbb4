"""Components that go on in the next window."""

import numpy as np
import numpy.typing as npt

from neurocyte.instances.lines import Lines
from neurocyte.large.boxes import Box
from neurocyte.large.pieces import Keys, Pieces


class Seams:
    """Remembers what stands at the lower and right ends of the windows before; they come row by row.

    Args:
        width: of the image, pixels.
    """

    def __init__(self, width: int) -> None:
        # A pixel more at each end: neighbours are also those aslant. No piece has the key -1.
        self._above, self._below = np.full((2, width + 2), -1, dtype=np.int64)
        self._left = np.full(0, -1, dtype=np.int64)

    def lines(self, pieces: Pieces, core: Box) -> Lines:
        """Find what the pieces of a window touch of those before.

        Args:
            pieces: of the window.
            core: its middle, in the image.

        Returns:
            Lines without value.
        """
        keys = np.concatenate([[-1], pieces.keys])
        labels = pieces.labels
        height, width = labels.shape
        if core.left == 0:
            self._above, self._below = self._below, np.full_like(self._below, -1)
            self._left = np.full(height + 2, -1, dtype=np.int64)
        sides = (
            (keys[labels[0]], self._above[core.left : core.left + width + 2]),
            (keys[labels[:, 0]], self._left),
        )
        found = [_pairs(here, there) for here, there in sides]
        self._below[core.left + 1 : core.right + 1] = keys[labels[-1]]
        self._left = np.pad(keys[labels[:, -1]], 1, constant_values=-1)
        pairs = np.unique(np.concatenate(found), axis=0)
        ones = np.ones(len(pairs), dtype=np.int64)
        return Lines(pairs[:, 0], pairs[:, 1], np.zeros(len(pairs)), ones)


def _pairs(here: Keys, there: Keys) -> npt.NDArray[np.int64]:
    """Lower and higher keys of neighbours: of a row of pixels, and of the next, one longer at each end."""
    rows = [np.stack([here, there[shift : shift + len(here)]], axis=1) for shift in range(3)]
    pairs = np.concatenate(rows)
    pairs = pairs[(pairs >= 0).all(axis=1)]
    return np.sort(pairs, axis=1)
