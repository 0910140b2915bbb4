"""Whether the chunks of a zarr array are whole."""

from itertools import product
from pathlib import Path
from struct import unpack_from
from typing import Any

from neurocyte.errors import InputError

# Of Blosc's header: where the length of the compressed data stands.
_HEADER, _LENGTH_AT = 16, 12


def check_chunks(folder: Path, array: Any, at: tuple[slice | int, ...]) -> None:
    """Refuse cut Blosc chunks: its decoder reads on behind them, and gives what happens to lie there.

    The other codecs notice themselves.

    Args:
        folder: The array.
        array: The same, open.
        at: The part that will be read; slices are full ones.

    Raises:
        InputError: A chunk is cut.
    """
    if array.shards is not None or not any(
        "blosc" in type(one).__name__.lower() for one in array.compressors
    ):
        return
    ranges = [
        range(-(-size // chunk)) if isinstance(where, slice) else (where // chunk,)
        for where, size, chunk in zip(at, array.shape, array.chunks, strict=True)
    ]
    for numbers in product(*ranges):
        path = folder / array.metadata.encode_chunk_key(numbers)
        if path.is_file() and _is_cut(path):
            raise InputError(f"{path} is cut: copy the OME-Zarr folder again.")


def _is_cut(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(_HEADER)
    return len(header) < _HEADER or path.stat().st_size < unpack_from("<I", header, _LENGTH_AT)[0]
