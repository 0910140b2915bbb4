"""Reading one picture, whatever ordinary file it is in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io._open import is_raster, open_planes
from neurocyte.io._planes import chosen_scene, read_plane
from neurocyte.io._raster import open_raster, raster_shape
from neurocyte.io._tiff import is_tiff
from neurocyte.io.ome_zarr import is_ome_zarr
from neurocyte.io.selection import Selection

IMAGE_SUFFIXES: tuple[str, ...] = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".nd2", ".czi")
"""Suffixes (lower case) that a folder is searched for; the content of a file decides how it is read."""

_ALL = Selection()


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


def read_image(path: str | Path, selection: Selection = _ALL) -> Image:
    """Read a PNG, JPEG, BMP, TIFF, OME-TIFF, ImageJ TIFF, ND2 or CZI file or an OME-Zarr folder.

    Alpha is dropped, a palette becomes RGB, 1-bit becomes 0/255, the EXIF orientation of PNG and JPEG is
    applied (that of a TIFF is not: ImageJ and the scientific readers ignore it too). 8- and 16-bit unsigned
    values and 32-bit floats are kept; every other number type becomes float32. Three channels without names,
    or called red, green and blue, are one RGB picture. Of a pyramid, the full resolution is read.

    Args:
        path: The file. Its content decides the format, not its suffix.
        selection: Which plane of several; only what it needs is read.

    Returns:
        The image; the pixel size comes from the file's metadata, never from a bare dpi value.

    Raises:
        InputError: The file is missing, empty, damaged, too large, not an image, holds NaN or infinity, has
            more than one plane of which none was chosen, or not the one that was; or the library for its
            format is not installed.
    """
    path = Path(path)
    check_file(path)

    def read(path: Path) -> tuple[npt.NDArray[Any], float | None]:
        with open_planes(path) as file:
            return read_plane(path, file, selection)

    pixels, pixel_size = guarded(path, read)
    return Image(as_kept_dtype(pixels, path), pixel_size, path)


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
    if path.is_file() and is_raster(path):
        return guarded(path, raster_shape)
    if path.is_file() and is_tiff(path):
        height, width = read_image(path).pixels.shape[:2]
        return height, width
    return guarded(path, _planes_shape)


def told_pixels(path: str | Path, selection: Selection = _ALL) -> int:
    """Return how many pixels an image has by its header, whether or not they can be read.

    Args:
        path: The file.
        selection: Which plane of several.

    Returns:
        Height times width.

    Raises:
        InputError: The header cannot be read, or the selection is not of this file.
    """
    path = Path(path)
    check_file(path)
    return guarded(path, partial(_told_pixels, selection=selection))


def _told_pixels(path: Path, selection: Selection) -> int:
    if path.is_file() and is_raster(path):
        # Not `raster_shape`: for the orientation, Pillow decodes all of a PNG.
        with open_raster(path) as image:
            return image.width * image.height
    with open_planes(path) as file:
        return prod(chosen_scene(path, file, selection)[1].shape)


def _planes_shape(path: Path) -> tuple[int, int]:
    with open_planes(path) as file:
        return chosen_scene(path, file, _ALL)[1].shape


def image_pixel_size(path: str | Path) -> float | None:
    """Return the pixel size of an image, from its metadata alone.

    Args:
        path: The file.

    Returns:
        The side of a pixel in micrometres; None where the file does not say.

    Raises:
        InputError: As for ``read_image``.
    """
    path = Path(path)
    check_file(path)

    def read(path: Path) -> float | None:
        if path.is_file() and is_raster(path):
            return None
        with open_planes(path) as file:
            return chosen_scene(path, file, _ALL)[1].pixel_size_um

    return guarded(path, read)


def check_file(path: Path) -> None:
    """Raise unless the path is a file with something in it, or an OME-Zarr folder.

    Args:
        path: The file.

    Raises:
        InputError: It is missing, another folder, empty, or may not be read.
    """
    try:
        if path.is_dir():
            if is_ome_zarr(path):
                return
            if path.suffix == ".zarr":
                raise InputError(f"{path} has no OME-Zarr metadata that can be read: copy it again.")
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


def as_kept_dtype(pixels: npt.NDArray[Any], path: Path) -> npt.NDArray[Any]:
    """Return uint8, uint16 or finite float32 pixels in native byte order.

    Args:
        pixels: Of any real type.
        path: The file, for messages.

    Returns:
        The same values; bool as 0 and 255.

    Raises:
        InputError: They are no numbers, or NaN or infinite.
    """
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
