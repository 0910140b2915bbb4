"""Broken and strange picture files, each made from a small sound one; the same bytes every time."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from neurocyte.errors import InputError

PIXELS = np.arange(12 * 10, dtype=np.uint8).reshape(12, 10)
"""What a sound file of the corpus holds."""

File = tuple[str, bytes, Any]
"""Name, content, and the pixels that must come out; None where only an error or any picture will do."""


def pictures() -> Iterator[File]:
    """Give every file."""
    yield from _cut()
    yield from _damaged()
    yield from _bombs()
    yield from _strange()


def _saved(kind: str, pixels: Any = PIXELS, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def _tiff(pixels: Any = PIXELS, **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **{"metadata": None, "software": None, "datetime": None, **options})
    return file.getvalue()


def _sound() -> dict[str, bytes]:
    return {
        "png": _saved("PNG"),
        "jpg": _saved("JPEG"),
        "bmp": _saved("BMP"),
        "tif": _tiff(),
        "big.tif": _tiff(bigtiff=True),
        "deflate.tif": _tiff(compression="zlib"),
        "ome.tif": _tiff(np.stack([PIXELS, PIXELS]), ome=True, metadata={"axes": "CYX"}),
        "imagej.tif": _tiff(np.stack([PIXELS, PIXELS]), imagej=True, metadata={"axes": "CYX"}),
    }


def _cut() -> Iterator[File]:
    for kind, content in _sound().items():
        for part in range(1, 9):
            yield f"cut-{part}of9.{kind}", content[: len(content) * part // 9], None


def _damaged() -> Iterator[File]:
    """Bytes overwritten, the first ones and then throughout: magic, headers, directories, pixels."""
    for kind, content in _sound().items():
        places = [0, 2, 4, 7, *range(8, len(content) - 4, max(1, len(content) // 10))]
        for place in places:
            yield f"ff-at-{place}.{kind}", content[:place] + b"\xff" * 4 + content[place + 4 :], None


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = _chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + data + _chunk(b"IEND", b"")


def _directory(order: str, tags: list[tuple[int, int, int, int]], follow: int) -> bytes:
    """Return a TIFF of one directory: (tag, type, count, value) each, and where the next one is."""
    magic = b"II*\0" if order == "<" else b"MM\0*"
    entries = b"".join(
        struct.pack(order + "HHI", *tag[:3])
        + struct.pack(order + ("HH" if tag[1] == 3 else "I"), *_value(tag))
        for tag in tags
    )
    return magic + struct.pack(order + "IH", 8, len(tags)) + entries + struct.pack(order + "I", follow)


def _value(tag: tuple[int, int, int, int]) -> tuple[int, ...]:
    return (tag[3], 0) if tag[1] == 3 else (tag[3],)


def _sized(width: int, height: int, follow: int = 0, place: int = 8) -> bytes:
    count = width * height
    tags = [
        *((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)),
        *((273, 4, 1, place), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, min(count, 2**32 - 1))),
    ]
    return _directory("<", tags, follow)


def _bombs() -> Iterator[File]:
    yield "sides.png", _png(2**31 - 1, 2**31 - 1, b"\0"), None
    yield "wide.png", _png(200_000, 200_000, bytes(100)), None
    yield "no-width.png", _png(0, 5, b"\0" * 5), None
    yield "no-height.png", _png(5, 0, b""), None
    yield "more-than-told.png", _png(2, 2, bytes(50_000_000)), None
    yield "sides.tif", _sized(2**32 - 1, 2**32 - 1), None
    yield "wide.tif", _sized(200_000, 200_000), None
    yield "no-width.tif", _sized(0, 10), None
    yield "no-height.tif", _sized(10, 0), None
    yield "past-the-end.tif", _sized(10, 10, place=10_000), None
    yield "cycle.tif", _sized(4, 4, follow=8), None
    end = len(_sized(4, 4))
    yield "cycle-of-the-second.tif", _sized(4, 4, follow=end) + struct.pack("<HI", 0, end), None
    yield "no-directory.tif", b"II*\0\0\0\0\0", None
    yield "no-tags.tif", _directory("<", [], 0), None
    yield "one-tag.tif", _directory(">", [(256, 4, 1, 10)], 0), None
    yield "zip.png", b"PK\x03\x04" + bytes(100), None
    yield "text.png", b"not a picture at all", None


def _strange() -> Iterator[File]:
    grey16 = PIXELS.astype(np.uint16) * 257
    yield "plain.png", _saved("PNG"), PIXELS
    yield "plain.bmp", _saved("BMP"), PIXELS
    yield "16-bit.png", _saved("PNG", grey16), grey16
    for order in "<>":
        for big in (False, True):
            name = f"{'big' if order == '>' else 'little'}-endian-{'bigtiff' if big else 'tiff'}.tif"
            yield name, _tiff(grey16, byteorder=order, bigtiff=big), grey16
    for height, width in ((1, 1), (1, 65_535), (65_535, 1)):
        strip = np.full((height, width), 7, np.uint8)
        yield f"{height}x{width}.png", _saved("PNG", strip), strip
        yield f"{height}x{width}.tif", _tiff(strip), strip
    for value in (0, 255):
        constant = np.full((9, 9), value, np.uint8)
        yield f"all-{value}.png", _saved("PNG", constant), constant
    floats = PIXELS.astype(np.float32) / 7
    yield "floats.tif", _tiff(floats), floats
    for bad in (np.nan, np.inf, -np.inf):
        spoilt = floats.copy()
        spoilt[3, 4] = bad
        yield f"{bad}.tif", _tiff(spoilt), InputError
    yield "complex.tif", _tiff(floats.astype(np.complex64)), InputError
    bits = PIXELS > 60
    yield "1-bit.png", _saved("PNG", bits), np.where(bits, 255, 0).astype(np.uint8)
    yield "1-bit.tif", _tiff(bits), np.where(bits, 255, 0).astype(np.uint8)
    cmyk = np.stack([PIXELS] * 4, axis=-1)
    yield "cmyk.tif", _tiff(cmyk, photometric="separated"), InputError
    yield "ome-that-lies.tif", _tiff(description=_LIE), None
    yield "ome-entities.tif", _tiff(description=_LAUGHS), InputError


_LIE = (
    '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
    '<Pixels ID="P:0" DimensionOrder="XYCZT" Type="uint16" SizeX="90000" SizeY="90000" SizeC="9" SizeZ="9" '
    'SizeT="9"><TiffData/></Pixels></Image></OME>'
)
_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {new} "{("&" + old + ";") * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><OME>&i;</OME>"
)
