"""What is put aside on disk while a large image is worked on; it goes with the process, however that ends."""

import os
import shutil
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.errors import InputError, UsageError
from neurocyte.preprocess import Float32

_GB = 1e9


class Scratch:
    """A file without a name.

    Args:
        folder: on whose disk it is to be.

    Raises:
        UsageError: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Unbuffered: it is read through its number, past any buffer.
            self.file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        except OSError as exc:
            raise _refused(folder, exc) from exc

    def write(self, at: int, data: bytes | memoryview) -> None:
        """Write at a place; raises UsageError where the disk is full."""
        try:
            self.file.seek(at)
            left = memoryview(data).cast("B")
            while left:
                left = left[self.file.write(left) :]
        except OSError as exc:
            raise _refused(self.folder, exc) from exc

    def read_into(self, at: int, target: memoryview) -> None:
        """Read as many bytes from a place as the target takes."""
        self.file.seek(at)
        left = target.cast("B")
        while read := self.file.readinto(left):
            left = left[read:]
        if left:
            raise EOFError(f"{len(left)} bytes that were never put aside were asked for")

    def close(self) -> None:
        """Remove it."""
        self.file.close()


class RowRing:
    """The latest rows of maps of any height.

    Args:
        folder: on whose disk they are to be.
        channels: of the maps.
        width: of a row, pixels.
        rows: that are kept.
    """

    def __init__(self, folder: Path, channels: int, width: int, rows: int) -> None:
        self._scratch, self._shape = Scratch(folder), (rows, channels, width)

    def put(self, first: int, maps: Float32) -> None:
        """Keep rows, float32 (K, n, W), in place of those before them."""
        kept, channels, width = self._shape
        for row, values in enumerate(np.moveaxis(maps, 1, 0), start=first):
            place = row % kept * channels * width * 4
            self._scratch.write(place, np.ascontiguousarray(values).data)

    def read(self, rows: slice, columns: slice) -> Float32:
        """Give a part of what is kept, float32 (K, rows, columns)."""
        kept, channels, width = self._shape
        part = np.empty((channels, rows.stop - rows.start, columns.stop - columns.start), dtype=np.float32)
        # Not mapped into memory: the system then maps around each piece, five times as much as is read.
        for row in range(rows.start, rows.stop):
            for channel in range(channels):
                place = (row % kept * channels + channel) * width + columns.start
                self._scratch.read_into(place * 4, part[channel, row - rows.start].data)
        return part

    def close(self) -> None:
        """Remove them."""
        self._scratch.close()


class BlockStore:
    """Blocks of numbers, compressed.

    Args:
        folder: on whose disk they are to be.
    """

    def __init__(self, folder: Path) -> None:
        self._scratch = Scratch(folder)
        self._places: list[tuple[int, int, tuple[int, ...]]] = []
        self._end = 0

    def add(self, block: NDArray[Any]) -> None:
        """Keep a block, as uint32."""
        data = zlib.compress(np.ascontiguousarray(block, dtype=np.uint32).data, 1)
        self._scratch.write(self._end, data)
        self._places.append((self._end, len(data), block.shape))
        self._end += len(data)

    def __getitem__(self, number: int) -> NDArray[np.uint32]:
        start, size, shape = self._places[number]
        data = bytearray(size)
        self._scratch.read_into(start, memoryview(data))
        return np.frombuffer(zlib.decompress(data), np.uint32).reshape(shape)

    def close(self) -> None:
        """Remove them."""
        self._scratch.close()


def check_space(path: Path, folder: Path, needed: int) -> None:
    """Refuse an image whose scratch files the disk does not hold.

    Args:
        path: the image, for the message.
        folder: on whose disk they would be.
        needed: bytes.

    Raises:
        InputError: less is free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InputError(
            f"{path} needs {needed / _GB:.1f} GB of disk, for results and on the way to them, but where "
            f"{folder.resolve()} is there are {free / _GB:.1f} GB: free some, or choose another -o."
        )


def _refused(folder: Path, exc: OSError) -> UsageError:
    reason = exc.strerror or os.strerror(exc.errno or 0)
    return UsageError(f"{folder} cannot be written to ({reason}): check the permissions and the space.")
