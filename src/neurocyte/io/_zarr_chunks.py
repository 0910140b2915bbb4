"""Whether the chunks of a zarr array are whole, and not too many."""

from itertools import product
from math import prod
from pathlib import Path
from struct import unpack_from
from typing import Any

from neurocyte.errors import InputError

# Of Blosc's header: where the length of the compressed data stands.
_HEADER, _LENGTH_AT = 16, 12
# A plane of 100,000 x 100,000 pixels in chunks of 256 x 256 has 153,000. zarr asks for each, whether it is
# there or not.
_MOST_CHUNKS = 300_000


def check_chunks(folder: Path, array: Any, at: tuple[slice | int, ...]) -> None:
    """Refuse cut Blosc chunks, and chunks without end.

    Blosc's decoder reads on behind a cut chunk, and gives what happens to lie there. The other codecs notice
    themselves.

    Args:
        folder: The array.
        array: The same, open.
        at: The part that will be read; slices are full ones.

    Raises:
        InputError: A chunk is cut, or there are more than `_MOST_CHUNKS`.
    """
    ranges = [
        range(-(-size // chunk)) if isinstance(where, slice) else (where // chunk,)
        for where, size, chunk in zip(at, array.shape, array.chunks, strict=True)
    ]
    number = prod(map(len, ranges))
    if number > _MOST_CHUNKS:
        raise InputError(
            f"{folder} is a plane of {number:,} chunks, more than {_MOST_CHUNKS:,}: save it with larger ones."
        )
    if array.shards is not None or not any(
        "blosc" in type(one).__name__.lower() for one in array.compressors
    ):
        return
    for numbers in product(*ranges):
        path = folder / array.metadata.encode_chunk_key(numbers)
        if path.is_file() and _is_cut(path):
            raise InputError(f"{path} is cut: copy the OME-Zarr folder again.")


def _is_cut(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(_HEADER)
    return len(header) < _HEADER or path.stat().st_size < unpack_from("<I", header, _LENGTH_AT)[0]
