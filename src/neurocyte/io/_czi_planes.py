"""Planes of Zeiss' CZI files, through pylibCZIrw; the tiles of a mosaic are put together."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io._extra import czi
from neurocyte.io._planes import Layout
from neurocyte.io._units import in_micrometres, square

_MAGIC = b"ZISRAWFILE"
# The types of values by their names, and whether they are colours (stored blue first).
_TYPES = {
    "Gray8": ("u1", 1),
    "Gray16": ("u2", 1),
    "Gray32Float": ("f4", 1),
    "Bgr24": ("u1", 3),
    "Bgr48": ("u2", 3),
    "Bgr96Float": ("f4", 3),
}


def is_czi(head: bytes) -> bool:
    """Tell a CZI file by its first bytes.

    Args:
        head: At least 10 of them.

    Returns:
        True for a CZI file.
    """
    return head.startswith(_MAGIC)


@contextmanager
def open_czi(path: Path) -> Iterator["CziPlanes"]:
    """Open a CZI file.

    Args:
        path: The file.

    Yields:
        Its planes.

    Raises:
        InputError: It has axes that are not handled, or pylibCZIrw is not installed.
    """
    with czi(path).open_czi(str(path)) as file:
        yield CziPlanes(path, file)


class CziPlanes:
    """The planes of an open CZI file; see `neurocyte.io._planes.PlaneFile`.

    Args:
        path: The file, for messages.
        file: The same, open.

    Raises:
        InputError: It has axes that are not handled.
    """

    scene_kind = "scene"
    # Where a plane has no tile, it is black.
    gaps = True

    def __init__(self, path: Path, file: Any) -> None:
        self._path, self._file = path, file
        self._sizes = {name: end - start for name, (start, end) in file.total_bounding_box.items()}
        if odd := [name for name, n in self._sizes.items() if name not in "TCZYX" and n > 1]:
            raise InputError(f"{path} has an axis {odd[0]}: export one of its parts as a file of its own.")
        # Pyramid levels can stick out a little.
        self._scenes = dict(sorted(file.scenes_bounding_rectangle_no_pyramid.items()))
        self.scenes = ("",) * max(1, len(self._scenes))

    def layout(self, scene: int) -> Layout:
        """Tell what planes a scene has."""
        kind, samples = self._type(0)
        area = self._area(scene)
        information = _information(self._file.metadata)
        channels = self._sizes["C"]
        names = _names(information)
        return Layout(
            shape=(int(area.h), int(area.w)),
            dtype=np.dtype(kind),
            samples=samples,
            channels=channels,
            names=names if len(names) == channels and all(names) else (),
            depth=self._sizes["Z"],
            times=self._sizes["T"],
            pixel_size_um=_pixel_size(information),
        )

    def plane(self, scene: int, time: int, channel: int, z: int) -> npt.NDArray[Any]:
        """Read one plane."""
        _, samples = self._type(channel)
        number = list(self._scenes)[scene] if self._scenes else None
        place = {"T": time, "C": channel, "Z": z}
        values = np.array(self._file.read(roi=self._area(scene), plane=place, scene=number))
        return values[..., ::-1] if samples == 3 else values[..., 0]

    def _area(self, scene: int) -> Any:
        if self._scenes:
            return list(self._scenes.values())[scene]
        return self._file.total_bounding_rectangle_no_pyramid

    def _type(self, channel: int) -> tuple[str, int]:
        name = self._file.get_channel_pixel_type(channel)
        if name not in _TYPES:
            raise InputError(f"{self._path} holds {name} values: export it as 8-bit, 16-bit or float.")
        return _TYPES[name]


def _information(metadata: Any) -> dict[str, Any]:
    """Return the element Metadata of the file's XML."""
    return _element(_element(metadata, "ImageDocument"), "Metadata")


def _element(parent: Any, name: str) -> dict[str, Any]:
    child = parent.get(name) if isinstance(parent, dict) else None
    return child if isinstance(child, dict) else {}


def _children(parent: Any, group: str, name: str) -> list[dict[str, Any]]:
    """Return the elements of one name: the parser gives a lone one without a list."""
    found = _element(parent, group).get(name, [])
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def _names(metadata: dict[str, Any]) -> tuple[str, ...]:
    image = _element(_element(metadata, "Information"), "Image")
    described = _children(_element(image, "Dimensions"), "Channels", "Channel")
    if not all("@Name" in one for one in described):
        described = _children(_element(metadata, "DisplaySetting"), "Channels", "Channel")
    return tuple(str(one.get("@Name", "")) for one in described)


def _pixel_size(metadata: dict[str, Any]) -> float | None:
    sides: dict[str, float | None] = {}
    for distance in _children(_element(metadata, "Scaling"), "Items", "Distance"):
        try:
            metres = float(distance["Value"])
        except (KeyError, TypeError, ValueError):
            continue
        sides[str(distance.get("@Id"))] = in_micrometres(metres, "m")
    return square(sides.get("X"), sides.get("Y"))
