"""PNG files written fast: pictures that a run leaves behind by the thousand."""

import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from neurocyte.io.atomic import write_bytes

# PNG's colour types by the number of channels.
_COLOUR = {1: 0, 3: 2}
# Of libdeflate: 3 takes a quarter longer for a hundredth less, 1 a third less for a fifth more.
_LEVEL = 2


def write_png(path: str | Path, pixels: NDArray[np.uint8]) -> None:
    """Write an 8-bit picture as PNG, in one piece or not at all.

    Rows stand as they are, unfiltered, and libdeflate packs them: a fifth of the time that Pillow takes at
    its level 3, and a fifth less bytes for a noisy grey image with some coloured lines.

    Args:
        path: The file to write.
        pixels: (H, W) grey or (H, W, 3) RGB.

    Raises:
        UsageError: The file cannot be written.
    """
    height, width = pixels.shape[:2]
    colour = _COLOUR[pixels[0, :1].size]
    rows = np.zeros((height, 1 + pixels[0].size), dtype=np.uint8)
    # The first byte of a row, 0, says that it is unfiltered.
    rows[:, 1:] = pixels.reshape(height, -1)
    packed = bytes(imagecodecs.deflate_encode(rows.tobytes(), level=_LEVEL))
    write_bytes(path, png_head(width, height, colour) + png_chunk(b"IDAT", packed) + PNG_END)


def png_head(width: int, height: int, colour: int = 0) -> bytes:
    """Give what an 8-bit PNG begins with.

    Args:
        width: Pixels.
        height: Pixels.
        colour: PNG's colour type, 0 for grey, 2 for RGB.

    Returns:
        Signature and header.
    """
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Give a part of a PNG; the packed rows may be several of the name IDAT."""
    checked = name + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


PNG_END = png_chunk(b"IEND", b"")
