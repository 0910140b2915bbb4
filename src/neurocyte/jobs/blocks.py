"""The batches of tiles of one large image, handed on in files from who cuts to who finishes."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

from neurocyte.io.atomic import atomic_path
from neurocyte.jobs.folder import OutFolder
from neurocyte.segmentation import Float32, Network


def blocks_folder(folder: OutFolder) -> Path:
    """Give the hidden place where the blocks of all images are, while a run lasts."""
    return folder.records / "blocks"


@dataclass(frozen=True)
class Blocks:
    """A folder of numbered batches: of tiles, and of their maps.

    Everything may be done twice, and at two places at once: the same bytes take their place whole.

    Args:
        folder: of one image.
    """

    folder: Path

    def cut(self, inputs: Iterable[Float32]) -> int:
        """Write down what the network is to get.

        Args:
            inputs: float32 (N, 3, h, w) each.

        Returns:
            Their number.

        Raises:
            UsageError: the folder cannot be written to.
        """
        number = -1
        for number, batch in enumerate(inputs):
            _write(self._tiles(number), batch)
        return number + 1

    def predict(self, network: Network, number: int) -> None:
        """Write the maps of one batch; raises what the network raises, and UsageError."""
        maps = self._maps(number)
        if not maps.exists():
            _write(maps, network(np.load(self._tiles(number), allow_pickle=False)))

    def recall(self, network: Network) -> Network:
        """Give a network that knows the maps of the batches that are predicted.

        Args:
            network: asked for the others, so that a batch that fails says here why.

        Returns:
            To be called with each batch once, in the order in which they were cut.
        """
        numbers = count()

        def known(batch: Float32) -> Float32:
            maps = self._maps(next(numbers))
            return np.load(maps, allow_pickle=False) if maps.exists() else network(batch)

        return known

    def _tiles(self, number: int) -> Path:
        return self.folder / f"{number}.tiles.npy"

    def _maps(self, number: int) -> Path:
        return self.folder / f"{number}.maps.npy"


def _write(path: Path, values: Float32) -> None:
    with atomic_path(path) as temporary:
        np.save(temporary, values, allow_pickle=False)
