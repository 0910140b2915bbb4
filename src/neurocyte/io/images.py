"""Reading one picture, whatever ordinary file it is in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io._raster import raster_shape, read_raster
from neurocyte.io._tiff import is_tiff, read_tiff

IMAGE_SUFFIXES: tuple[str, ...] = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
"""Suffixes (lower case) that a folder is searched for; the content of a file decides how it is read."""


_T = TypeVar("_T")


@dataclass(frozen=True)
class Image:
    """One picture as it was stored.

    Attributes:
        pixels: (H, W) grey or (H, W, 3) RGB; uint8, uint16 or float32 (finite).
        pixel_size_um: Side of a pixel in micrometres; None where the file does not say.
        path: The file it came from, if any.
    """

    pixels: npt.NDArray[Any]
    pixel_size_um: float | None = None
    path: Path | None = None


def read_image(path: str | Path) -> Image:
    """Read a PNG, JPEG, BMP, TIFF, OME-TIFF or ImageJ TIFF file.

    Alpha is dropped, a palette becomes RGB, 1-bit becomes 0/255, the EXIF orientation of PNG and JPEG is
    applied (that of a TIFF is not: ImageJ and the scientific readers ignore it too). 8- and 16-bit unsigned
    values and 32-bit floats are kept; every other number type becomes float32.

    Args:
        path: The file. Its content decides the format, not its suffix.

    Returns:
        The image; the pixel size comes from OME or ImageJ metadata, never from a bare dpi value.

    Raises:
        InputError: The file is missing, empty, damaged, too large, not an image, holds NaN or infinity, or
            has more than one plane or another number of channels than 1, 3 or 4.
    """
    path = Path(path)
    check_file(path)
    pixels, pixel_size = guarded(path, read_tiff if is_tiff(path) else read_raster)
    return Image(_as_kept_dtype(pixels, path), pixel_size, path)


def image_shape(path: str | Path) -> tuple[int, int]:
    """Return (H, W) of an image as ``read_image`` would give it, from the header where that is possible.

    Args:
        path: The file.

    Returns:
        Height and width in pixels.

    Raises:
        InputError: As for ``read_image``.
    """
    path = Path(path)
    check_file(path)
    if is_tiff(path):
        height, width = read_image(path).pixels.shape[:2]
        return height, width
    return guarded(path, raster_shape)


def check_file(path: Path) -> None:
    """Raise unless the path is a file with something in it.

    Args:
        path: The file.

    Raises:
        InputError: It is missing, a folder, empty, or may not be read.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder, not an image: name the files in it.")
        if path.stat().st_size == 0:
            raise InputError(f"{path} is empty: copy the file again.")
        with path.open("rb"):
            pass
    except FileNotFoundError as exc:
        raise InputError(f"{path} does not exist: check the path.") from exc
    except OSError as exc:
        raise InputError(f"{path} cannot be opened ({exc.strerror or exc}): check the permissions.") from exc


def guarded(path: Path, read: Callable[[Path], _T]) -> _T:
    """Run a reader; whatever a decoder throws at damaged bytes becomes one InputError.

    Args:
        path: The file.
        read: Called with the path.

    Returns:
        What ``read`` returns.

    Raises:
        InputError: ``read`` failed.
    """
    try:
        return read(path)
    except InputError:
        raise
    except Exception as exc:
        # Decoders fed with arbitrary bytes raise almost anything (struct.error, IndexError, SyntaxError ...).
        # Only these speak of the data; the text of, say, a TypeError would puzzle.
        told = str(exc) if isinstance(exc, OSError | ValueError | RuntimeError | MemoryError) else ""
        reason = " ".join(told.replace(str(path), "the file").split())[:120] or "its data are damaged"
        raise InputError(f"{path} cannot be read as an image ({reason}): save or copy it again.") from exc


def _as_kept_dtype(pixels: npt.NDArray[Any], path: Path) -> npt.NDArray[Any]:
    """Return uint8, uint16 or finite float32 pixels in native byte order."""
    if pixels.dtype.kind not in "buif":
        raise InputError(f"{path} holds {pixels.dtype} values: save it as 8-bit, 16-bit or float.")
    if pixels.dtype == np.bool_:
        return np.where(pixels, np.uint8(255), np.uint8(0))
    if pixels.dtype.kind == "u" and pixels.dtype.itemsize <= 2:
        return np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("="))
    with np.errstate(over="ignore"):
        kept = np.ascontiguousarray(pixels, dtype=np.float32)
    if not np.isfinite(kept).all():
        raise InputError(f"{path} holds NaN or infinite values: replace them with numbers.")
    return kept
