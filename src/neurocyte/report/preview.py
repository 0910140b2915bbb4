"""What a page shows of one image: small pictures without outlines, and the outlines apart."""

import base64
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from neurocyte.errors import InputError
from neurocyte.io.atomic import write_text
from neurocyte.io.images import read_image
from neurocyte.report.outlines import outlines
from neurocyte.writers.overlay import colours, stretch

# Longest side of the pictures, pixels: one to look into, and one for pages of many images.
LARGE, SMALL = 704, 360
_LARGE_QUALITY, _SMALL_QUALITY = 50, 40
_FORMAT, _VERSION = "neurocyte-preview", 1


@dataclass(frozen=True)
class Preview:
    """One image in a page.

    Args:
        width: of the large picture, pixels.
        height: of the large picture, pixels.
        large: JPEG in base64, or the WebP that an earlier version wrote.
        small: the same, fewer pixels.
        outlines: SVG path data by palette index, see `neurocyte.report.outlines`; empty where they are
            part of the picture.
    """

    width: int
    height: int
    large: str
    small: str
    outlines: dict[int, str]

    @classmethod
    def of(
        cls,
        pixels: NDArray[Any],
        labels: NDArray[np.integer[Any]],
        chosen: NDArray[np.intp] | None = None,
    ) -> "Preview":
        """Make the preview of an image and its cells.

        Args:
            pixels: Image, (H, W) or (H, W, 3) RGB, any real type.
            labels: Label image, integer (H, W), 0 is background and labels are 1..n.
            chosen: What `colours` gives for the labels, where it is known already.

        Returns:
            The preview.
        """
        picture = PillowImage.fromarray(stretch(pixels))
        width, height = _fit(picture.size, LARGE)
        lines = outlines(labels, (height, width), colours(labels) if chosen is None else chosen)
        return cls(width, height, *_pictures(picture), lines)

    @classmethod
    def of_overlay(cls, path: Path) -> "Preview | None":
        """Make do with the overlay, whose outlines are drawn in; None where it cannot be read."""
        try:
            picture = PillowImage.fromarray(read_image(path).pixels)
        except InputError:
            return None
        return cls(*_fit(picture.size, LARGE), *_pictures(picture), {})

    @classmethod
    def load(cls, path: Path) -> "Preview | None":
        """Read what `save` wrote; None for anything else."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if (data["format"], data["format_version"]) != (_FORMAT, _VERSION):
                return None
            paths = {int(colour): str(path) for colour, path in data["outlines"].items()}
            sizes = int(data["width"]), int(data["height"])
            return cls(*sizes, str(data["large"]), str(data["small"]), paths)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def save(self, path: Path) -> None:
        """Write the preview, in one piece or not at all; raises UsageError."""
        data = {"format": _FORMAT, "format_version": _VERSION, **vars(self)}
        write_text(path, json.dumps(data, separators=(",", ":")) + "\n")


def _fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Shrink a width and height of which the longer exceeds `side`."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _pictures(picture: PillowImage.Image) -> tuple[str, str]:
    """The large and the small picture."""
    return _jpeg(picture, LARGE, _LARGE_QUALITY), _jpeg(picture, SMALL, _SMALL_QUALITY)


def _jpeg(picture: PillowImage.Image, side: int, quality: int) -> str:
    resized = picture.resize(_fit(picture.size, side), PillowImage.Resampling.BOX)
    buffer = io.BytesIO()
    # A grey image takes no more bytes than as WebP, which takes forty times as long.
    resized.save(buffer, format="JPEG", quality=quality, subsampling=0)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
