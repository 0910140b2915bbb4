"""Sound files of every kind, and what reads them: where mutation begins."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from corpus.annotations import _geojson, _kaggle, _ome, _rois, _whole, picture
from corpus.pictures import _sound
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.results import read_confidences
from neurocyte.io.images import image_pixel_size, image_shape, read_image
from neurocyte.io.inputs import collect_inputs
from neurocyte.io.labels import read_labels
from neurocyte.io.parts import expand_parts
from neurocyte.models.config import ModelConfig
from neurocyte.models.onnx_file import has_external_data
from neurocyte.sharing.unpack import unpack


@dataclass(frozen=True)
class Seed:
    """A sound thing on disk of which one file is mutated.

    Args:
        name: of the kind.
        make: makes it in an empty folder.
        file: the file that is mutated, from that folder.
        read: reads it all, given the folder.
    """

    name: str
    make: Callable[[Path], None]
    file: str
    read: Callable[[Path], None]


def seeds() -> Iterator[Seed]:
    """Give all."""
    for kind, content in _sound().items():
        yield Seed(kind, _writes("a." + kind, content), "a." + kind, _read_picture("a." + kind))
    for name, make in _first(_kaggle()):
        yield Seed(f"kaggle {name}", make, "train.csv", _read_dataset)
    for kind, content in _coco_contents():
        yield Seed(f"coco {kind}", _coco(content), "c.json", _read_dataset)
    for name, make in _first(_geojson()):
        yield Seed(f"geojson {name}", make, "geojson/a.geojson", _read_dataset)
    for name, make in _first(_rois(), 2):
        yield Seed(f"rois {name}", make, f"rois/a.{'roi' if name == 'single' else 'zip'}", _read_dataset)
    zarr = "a.ome.zarr"
    for file in (
        *(".zattrs", "0/.zarray", "0/0/0", "labels/.zattrs", "labels/cells/.zattrs"),
        *("labels/cells/0/.zarray", "labels/cells/0/0/0"),
    ):
        yield Seed(f"zarr {file}", _ome(), f"{zarr}/{file}", _read_zarr)
    yield Seed("cells.csv", _results, "cells.csv", _read_results)
    yield Seed("config", _model, "model/config.json", lambda folder: _load_config(folder / "model"))
    yield Seed("onnx", _model, "model/model.onnx", _read_onnx)
    yield Seed("zip", _zipped, "model.zip", _unpack)


def _writes(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


def _first(cases: Iterator[Any], count: int = 1) -> list[tuple[str, Callable[[Path], None]]]:
    return [(name, make) for _, (name, make, _) in zip(range(count), cases, strict=False)]


def _coco_contents() -> Iterator[tuple[str, Any]]:
    whole = _whole()
    yield "polygons", whole
    for kind, counts in (("runs", [1, 2, 117]), ("string", "12e3")):
        cell = {**whole["annotations"][0], "segmentation": {"size": [12, 10], "counts": counts}, "score": 0.5}
        yield kind, {**whole, "annotations": [cell, cell]}


def _coco(content: Any) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        picture(folder / "a.png")
        (folder / "c.json").write_text(json.dumps(content))

    return make


def _results(folder: Path) -> None:
    (folder / "labels").mkdir()
    tifffile.imwrite(folder / "labels" / "a.tif", np.eye(8, dtype=np.uint16))
    text = io.StringIO()
    csv.writer(text).writerows([("image", "label", "confidence"), ("a", 1, 0.5), ("a", 2, "")])
    (folder / "cells.csv").write_text(text.getvalue())


def _model(folder: Path) -> None:
    from conftest import TINY_CONFIG, onnx_of_convolution

    (folder / "model").mkdir()
    try:
        import onnx
    except ModuleNotFoundError:
        data = b"\x08\x08"
    else:
        data = onnx_of_convolution(onnx, np.ones((1, 3, 1, 1), np.float32), np.zeros(1, np.float32))
    (folder / "model" / "model.onnx").write_bytes(data)
    (folder / "model" / "config.json").write_text(json.dumps(TINY_CONFIG))


def _zipped(folder: Path) -> None:
    import zipfile

    _model(folder)
    with zipfile.ZipFile(folder / "model.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((folder / "model").iterdir()):
            archive.write(path, path.name)


def _read_picture(name: str) -> Callable[[Path], None]:
    def read(folder: Path) -> None:
        path = folder / name
        for one in expand_parts(collect_inputs([path])):
            _each(lambda one=one: read_image(one.path, one.part))
        _each(lambda: image_shape(path), lambda: image_pixel_size(path), lambda: read_labels(path))
        _each(lambda: read_image(path))

    return read


def _each(*calls: Callable[[], object]) -> None:
    """Call all, whatever those before refuse."""
    from neurocyte.errors import NeurocyteError

    for call in calls:
        try:
            call()
        except NeurocyteError:
            continue


def _read_dataset(folder: Path) -> None:
    for sample in open_dataset(folder).samples:
        _each(sample.read_labels, sample.read_cells)


def _read_zarr(folder: Path) -> None:
    _read_picture("a.ome.zarr")(folder)
    _read_dataset(folder)


def _read_results(folder: Path) -> None:
    read_confidences(folder)


def _load_config(folder: Path) -> None:
    ModelConfig.load(folder)


def _read_onnx(folder: Path) -> None:
    try:
        has_external_data((folder / "model" / "model.onnx").read_bytes())
    except ValueError:
        return


def _unpack(folder: Path) -> None:
    (folder / "out").mkdir()
    unpack(folder / "model.zip", folder / "out")
