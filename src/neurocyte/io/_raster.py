"""PNG, JPEG and BMP through Pillow (16-bit colour PNG through imagecodecs, which keeps the depth)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from neurocyte.errors import InputError
from neurocyte.io._limits import check_size
from neurocyte.io._planes import Layout

_FORMATS = ("PNG", "JPEG", "BMP")
_ORIENTATION_TAG = 0x0112
_ORIENT: dict[int, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]] = {
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}
_open_lock = threading.Lock()


@contextmanager
def open_raster(path: Path) -> Iterator[PillowImage.Image]:
    """Open a PNG, JPEG or BMP file and check its size; nothing is decoded yet.

    Args:
        path: The file.

    Yields:
        The lazy Pillow image.

    Raises:
        InputError: The file is too large, animated, or of another kind.
    """
    # Pillow's own limit is a process-wide warning; ours is one sentence, so theirs is off for the header.
    with _open_lock:
        pillow_limit = PillowImage.MAX_IMAGE_PIXELS
        PillowImage.MAX_IMAGE_PIXELS = None
        try:
            image = PillowImage.open(path, formats=_FORMATS)
        except UnidentifiedImageError as exc:
            raise InputError(f"{path} is not a PNG, JPEG, BMP or TIFF image: convert it to one.") from exc
        finally:
            PillowImage.MAX_IMAGE_PIXELS = pillow_limit
    with image:
        bands = len(image.getbands())
        check_size(path, (image.height, image.width, bands), channels=bands)
        if image.format == "PNG" and getattr(image, "n_frames", 1) > 1:
            raise InputError(f"{path} is an animated PNG: save the frame to be used as an image of its own.")
        yield image


def raster_shape(path: Path) -> tuple[int, int]:
    """Return (H, W) after the EXIF orientation, from the header.

    Args:
        path: A PNG, JPEG or BMP file.

    Returns:
        Height and width in pixels.
    """
    with open_raster(path) as image:
        turned = image.getexif().get(_ORIENTATION_TAG) in (5, 6, 7, 8)
        return (image.width, image.height) if turned else (image.height, image.width)


def read_raster(path: Path) -> npt.NDArray[Any]:
    """Decode a PNG, JPEG or BMP file; these formats do not state a pixel size that can be trusted.

    Args:
        path: The file.

    Returns:
        Pixels (H, W) or (H, W, 3), bool, uint8, uint16 or float32, turned upright.
    """
    with open_raster(path) as image:
        orientation = image.getexif().get(_ORIENTATION_TAG)
        pixels = _decode_deep_png(path) if _is_deep_png(path, image) else _decode(image)
    turn = _ORIENT.get(orientation) if isinstance(orientation, int) else None
    return pixels if turn is None else turn(pixels)


class RasterPlanes:
    """The one picture of a decoded file; see `neurocyte.io._planes.PlaneFile`.

    Args:
        pixels: (H, W) or (H, W, 3).
    """

    scene_kind = "picture"
    scenes: tuple[str, ...] = ("",)
    gaps = False

    def __init__(self, pixels: npt.NDArray[Any]) -> None:
        self._pixels = pixels

    def layout(self, scene: int) -> Layout:  # noqa: ARG002 (there is only one)
        """Tell that there is one plane."""
        height, width = self._pixels.shape[:2]
        return Layout((height, width), self._pixels.dtype, 3 if self._pixels.ndim == 3 else 1)

    def plane(self, scene: int, time: int, channel: int, z: int) -> npt.NDArray[Any]:  # noqa: ARG002
        """Give it."""
        return self._pixels


def _decode(image: PillowImage.Image) -> npt.NDArray[Any]:
    if image.mode in ("1", "L"):
        return np.asarray(image)
    if image.mode == "LA":
        return np.asarray(image)[..., 0]
    if image.mode == "P":
        # Straight to RGB, Pillow warns about palettes with transparency.
        image = image.convert("RGBA")
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _is_deep_png(path: Path, image: PillowImage.Image) -> bool:
    """Tell a 16-bit PNG: Pillow would cut its colours down to 8 bits."""
    if image.format != "PNG":
        return False
    with path.open("rb") as file:
        return file.read(25)[24:25] == b"\x10"


def _decode_deep_png(path: Path) -> npt.NDArray[Any]:
    pixels: npt.NDArray[Any] = imagecodecs.png_decode(path.read_bytes())
    if pixels.ndim == 2:
        return pixels
    return pixels[..., 0] if pixels.shape[2] <= 2 else pixels[..., :3]


def read_raster_values(path: Path) -> npt.NDArray[Any]:
    """Return the stored values of a PNG or BMP, a palette's indices included: for label images.

    Args:
        path: The file.

    Returns:
        (H, W), or (H, W, 3) where the file has colours.
    """
    with open_raster(path) as image:
        if image.mode == "P":
            return np.asarray(image)
    return read_raster(path)
