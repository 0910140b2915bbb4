"""How large a picture may be before it is refused as a decompression bomb."""

from math import prod
from pathlib import Path

from neurocyte.errors import InputError

MAX_PIXELS = 1_000_000_000
MAX_BYTES = 2 * 1024**3


def check_size(path: Path, shape: tuple[int, ...], itemsize: int = 1, channels: int = 1) -> None:
    """Refuse a picture that would fill the memory.

    Args:
        path: The file, for the message.
        shape: All its dimensions.
        itemsize: Bytes of one value.
        channels: How many of the values in ``shape`` make one pixel.

    Raises:
        InputError: More than 1e9 pixels or 2 GiB of values.
    """
    values = prod(shape)
    if values // channels > MAX_PIXELS or values * itemsize > MAX_BYTES:
        size = " x ".join(str(n) for n in shape)
        raise InputError(f"{path} is too large ({size} values, the limit is 1e9 pixels or 2 GiB): crop it.")
