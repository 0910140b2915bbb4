"""STEM.ome.zarr: the picture with its cells in labels/cells (NGFF 0.4; 0.5 where the picture is)."""

import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.errors import MissingExtraError
from neurocyte.io.annotations.cells import Cell
from neurocyte.io.annotations.ome_zarr import CELLS, CONFIDENCE, TYPE
from neurocyte.io.annotations.paint import paint
from neurocyte.io.annotations.writing.base import Annotated, Losses, common_losses
from neurocyte.io.atomic_folder import atomic_folder
from neurocyte.io.images import read_image
from neurocyte.io.ome_zarr import ome_metadata

# What most programs read; 0.5 is written into a picture that is of it.
_VERSION = "0.4"
_CHUNK = 1024
_COLOURS = (("red", "FF0000"), ("green", "00FF00"), ("blue", "0000FF"))
Metadata = dict[str, Any]


class OmeZarrWriter:
    """Writes an OME-Zarr folder an image; without its picture the folder is the label image alone.

    A picture that is an OME-Zarr folder is copied with all its planes, and the cells are added.

    Args:
        out: The folder of the OME-Zarr folders.

    Raises:
        MissingExtraError: zarr is not installed.
    """

    picture_folder = None

    def __init__(self, out: Path) -> None:
        self.files: list[Path] = []
        self._out, self._zarr = out, _zarr()

    def add(self, image: Annotated) -> Losses:
        """Write the folder; type and confidence of a cell become properties of its label."""
        annotation = paint(image.cells.shape, (cell.pixels for cell in image.seen))
        path = self._out / f"{image.stem}.ome.zarr"
        with atomic_folder(path) as temporary:
            version, group = _VERSION, temporary
            if image.source is not None:
                version = self._write_picture(temporary, image)
                group = temporary / "labels" / CELLS
                self._list_cells(group.parent, version)
            label: Metadata = {
                "version": version,
                "properties": _properties(image.seen, annotation.labels.size),
            }
            if image.source is not None:
                label["source"] = {"image": "../../"}
            # A list of none is not allowed.
            kept = {name: value for name, value in label.items() if value}
            self._write_image(group, annotation.labels, image, version, {"image-label": kept})
        self.files.append(path)
        lost = Losses(overlap_pixels=annotation.lost_pixels, vanished_cells=annotation.dropped)
        return common_losses(image, types=True, scores=True) + lost

    def finish(self) -> None:
        """Do nothing: each image has a folder of its own."""

    def _write_picture(self, folder: Path, image: Annotated) -> str:
        """Write or copy the picture; returns the version of the format."""
        # For the type checker; `add` has asked.
        assert image.source is not None  # noqa: S101  # nosec B101
        if image.source.is_dir():
            shutil.copytree(image.source, folder)
            return "0.5" if (folder / "zarr.json").is_file() else _VERSION
        pixels = read_image(image.source).pixels
        more: Metadata = {}
        if pixels.ndim == 3:
            pixels = np.moveaxis(pixels, -1, 0)
            more = {"omero": {"channels": [_channel(*one, pixels.dtype) for one in _COLOURS]}}
        self._write_image(folder, pixels, image, _VERSION, more)
        return _VERSION

    def _list_cells(self, folder: Path, version: str) -> None:
        """Write the group of the label images; those that a copied picture has stay."""
        known = [str(name) for name in ome_metadata(folder).get("labels", ())]
        self._write_group(folder, version, {"labels": [*known, *({CELLS} - set(known))]})

    def _write_image(
        self, folder: Path, pixels: npt.NDArray[Any], image: Annotated, version: str, more: Metadata
    ) -> None:
        size = image.pixel_size_um
        unit = {} if size is None else {"unit": "micrometer"}
        axes: list[Metadata] = [{"name": "c", "type": "channel"}] if pixels.ndim == 3 else []
        axes += [{"name": name, "type": "space", **unit} for name in "yx"]
        scale = [1.0] * (pixels.ndim - 2) + [size or 1.0] * 2
        dataset = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": scale}]}
        multiscale = {"name": image.stem, "axes": axes, "datasets": [dataset]}
        if version == _VERSION:
            multiscale["version"] = version
        self._write_group(folder, version, {"multiscales": [multiscale], **more})
        self._zarr.create_array(
            folder / "0",
            data=pixels,
            chunks=(1,) * (pixels.ndim - 2) + tuple(min(side, _CHUNK) for side in pixels.shape[-2:]),
            zarr_format=_zarr_format(version),
            chunk_key_encoding={"name": "default" if version == "0.5" else "v2", "separator": "/"},
        )

    def _write_group(self, folder: Path, version: str, metadata: Metadata) -> None:
        # Not mode "w": that empties the folder of the picture's own label images.
        group = self._zarr.open_group(folder, mode="a", zarr_format=_zarr_format(version))
        group.attrs.update({"ome": {"version": version, **metadata}} if version == "0.5" else metadata)


def _zarr() -> ModuleType:
    try:
        import zarr
    except ModuleNotFoundError as exc:
        raise MissingExtraError('OME-Zarr needs zarr: pip install "neurocyte[formats]".') from exc
    return zarr


def _zarr_format(version: str) -> int:
    return 3 if version == "0.5" else 2


def _channel(name: str, colour: str, dtype: np.dtype[Any]) -> Metadata:
    top = float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0
    window = {"min": 0.0, "max": top, "start": 0.0, "end": top}
    return {"label": name, "color": colour, "active": True, "window": window}


def _properties(cells: tuple[Cell, ...], size: int) -> list[Metadata]:
    """List what is known of each cell, by its label: those that vanished under others have none."""
    last = np.zeros(size, dtype=np.uint32)
    for number, cell in enumerate(cells, start=1):
        last[cell.pixels] = number
    left = (cells[number - 1] for number in np.unique(last[last > 0]).tolist())
    found = []
    for label, cell in enumerate(left, start=1):
        known = {TYPE: cell.cell_type, CONFIDENCE: cell.score}
        kept = {name: value for name, value in known.items() if value is not None}
        if kept:
            found.append({"label-value": label, **kept})
    return found
