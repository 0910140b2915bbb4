"""Planes of OME-Zarr images (NGFF 0.2 to 0.5) at full resolution, through zarr."""

from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.errors import InputError
from neurocyte.io._extra import zarr
from neurocyte.io._planes import Layout
from neurocyte.io._tiff_windows import MOST_BYTES, Windows
from neurocyte.io._units import in_micrometres, square
from neurocyte.io._zarr_chunks import check_chunks
from neurocyte.io.ome_zarr import Metadata, inside, ome_metadata, ome_zarr_scenes

# Of the versions before 0.3, which did not name them.
_AXES = "tczyx"


class OmeZarrPlanes:
    """The planes of an OME-Zarr folder; see `neurocyte.io._planes.PlaneFile`.

    Args:
        path: The folder: an image, a plate or a collection.
        may_be_blank: Whether a plane without a stored chunk is good, as that of a label image without cells.

    Raises:
        InputError: It holds no image, or zarr is not installed.
    """

    def __init__(self, path: Path, may_be_blank: bool = False) -> None:
        # A chunk that is not there stands for the fill value.
        self.gaps = not may_be_blank
        self._zarr = zarr(path)
        self._path, found = path, ome_zarr_scenes(path)
        if not found:
            raise InputError(
                f"{path} is an OME-Zarr folder without an image: copy it again with all it holds."
            )
        self.scenes = tuple(name for name, _ in found)
        self.scene_kind = "field" if self.scenes[0] else "image"
        self._groups = tuple(group for _, group in found)

    def layout(self, scene: int) -> Layout:
        """Tell what planes an image has."""
        image, axes, array = self._open(scene)
        sizes = dict(zip(axes, array.shape, strict=True))
        if odd := [name for name, n in sizes.items() if name not in _AXES and n > 1]:
            raise InputError(
                f"{self._groups[scene]} has an axis {odd[0]}: save one of its parts as an image."
            )
        return Layout(
            shape=(int(sizes["y"]), int(sizes["x"])),
            dtype=np.dtype(array.dtype),
            channels=int(sizes.get("c", 1)),
            names=_names(ome_metadata(self._groups[scene]), int(sizes.get("c", 1))),
            depth=int(sizes.get("z", 1)),
            times=int(sizes.get("t", 1)),
            pixel_size_um=_pixel_size(image, axes),
        )

    def plane(self, scene: int, time: int, channel: int, z: int) -> npt.NDArray[Any]:
        """Read one plane: only the chunks it lies in are decoded."""
        read = self._reader(scene, time, channel, z)
        return read(slice(None), slice(None))

    def windows(self, scene: int, time: int, channel: int, z: int, planes: int = 1) -> Windows | None:  # noqa: ARG002
        """Give a reader of parts of a plane; None where its chunks are too large to gain by that."""
        array = self._open(scene)[2]
        if prod(array.chunks) * array.dtype.itemsize > MOST_BYTES:
            return None
        return self._reader(scene, time, channel, z)

    def _reader(self, scene: int, time: int, channel: int, z: int) -> Windows:
        image, axes, array = self._open(scene)
        index = {"t": time, "c": channel, "z": z}
        whole = tuple(slice(None) if name in "yx" else index.get(name, 0) for name in axes)
        check_chunks(inside(self._groups[scene], image["datasets"][0]["path"]), array, whole)
        upright = axes.index("y") < axes.index("x")

        def read(rows: slice, columns: slice) -> npt.NDArray[Any]:
            at = tuple({"y": rows, "x": columns}.get(name, index.get(name, 0)) for name in axes)
            values = np.asarray(array[at])
            return values if upright else values.T

        return read

    def _open(self, scene: int) -> tuple[Metadata, list[str], Any]:
        """Return the metadata of an image, its axes, and its array of full resolution."""
        group = self._groups[scene]
        multiscales = ome_metadata(group).get("multiscales")
        if not multiscales:
            raise InputError(
                f"{group} is missing or no OME-Zarr image: copy the folder again with all it holds."
            )
        image = multiscales[0]
        array = self._zarr.open_array(inside(group, image["datasets"][0]["path"]), mode="r")
        axes = [str(one["name"] if isinstance(one, dict) else one) for one in image.get("axes", _AXES)]
        if len(axes) != array.ndim or not {"x", "y"} <= set(axes):
            raise InputError(
                f"{group} names axes {''.join(axes)} for {array.ndim} dimensions: export it again."
            )
        return image, axes, array


def _names(metadata: Metadata, count: int) -> tuple[str, ...]:
    channels = metadata.get("omero", {}).get("channels", [])
    names = tuple(str(channel.get("label", "")) for channel in channels)
    return names if len(names) == count and all(names) else ()


def _pixel_size(image: Metadata, axes: list[str]) -> float | None:
    """The scale of the full resolution, which may be given for it, for all, or in two factors."""
    scale = np.ones(len(axes))
    given = [*image["datasets"][0].get("coordinateTransformations", ())]
    given += image.get("coordinateTransformations", ())
    factors = [one["scale"] for one in given if one.get("type") == "scale" and "scale" in one]
    if not factors:
        return None
    for factor in factors:
        scale = scale * np.asarray(factor, dtype=float)
    units = [one.get("unit") if isinstance(one, dict) else None for one in image.get("axes", _AXES)]
    x, y = (in_micrometres(float(scale[axes.index(name)]), units[axes.index(name)]) for name in ("x", "y"))
    return square(x, y)
