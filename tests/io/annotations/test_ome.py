"""OME-TIFF and OME-Zarr label images: what the formats' own tools say of them, and what they hold."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.cells import Cell, Cells
from neurocyte.io.annotations.convert import convert
from neurocyte.io.annotations.source import open_source
from neurocyte.io.annotations.writing import Annotated, Losses, WriterOptions, open_writer
from neurocyte.io.images import read_image
from neurocyte.io.labels import read_labels, write_labels
from neurocyte.io.selection import Selection
from stacks import numbers, write_zarr, write_zarr_04

LABELS = np.zeros((20, 31), np.uint16)
LABELS[2:5, 2:9], LABELS[10:15, 10:20] = 1, 2


@pytest.fixture(autouse=True)
def library() -> None:
    pytest.importorskip("zarr")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Label images of a grey and a coloured picture, the pictures beside them in pictures/."""
    rgb = np.random.default_rng(0).integers(0, 256, (*LABELS.shape, 3)).astype(np.uint8)
    (tmp_path / "pictures").mkdir()
    for stem, picture in (("grey", rgb[..., 0]), ("rgb", rgb)):
        write_labels(tmp_path / "results" / "labels" / f"{stem}.tif", LABELS, 0.5)
        PillowImage.fromarray(picture).save(tmp_path / "pictures" / f"{stem}.png")
    return tmp_path / "results"


def written(results: Path, target: str, **options: bool) -> Path:
    out = results.parent / target
    source = open_source(results, images=results.parent / "pictures")
    assert convert(source, out, target, **options).failed == {}
    return out


def test_ome_tiff_is_valid_and_has_the_pixel_size(results: Path) -> None:
    path = written(results, "ome-tiff") / "labels" / "grey.ome.tif"
    image = read_image(path)
    assert np.array_equal(image.pixels, LABELS)
    assert image.pixel_size_um == 0.5
    ome_types = pytest.importorskip("ome_types")
    with tifffile.TiffFile(path) as tif:
        assert tif.is_ome
        ome = ome_types.from_xml(tif.ome_metadata, validate=False)
    pixels = ome.images[0].pixels
    assert (ome.images[0].name, pixels.size_x, pixels.size_y, pixels.type.value) == ("grey", 31, 20, "uint16")
    assert (pixels.physical_size_x, pixels.physical_size_x_unit.value) == (0.5, "µm")


def test_ome_zarr_is_valid_by_its_schema(results: Path) -> None:
    v04 = pytest.importorskip("yaozarrs").v04
    out = written(results, "ome-zarr")
    for stem, axes in (("grey", "yx"), ("rgb", "cyx")):
        root = out / f"{stem}.ome.zarr"
        image = v04.Image.model_validate(json.loads((root / ".zattrs").read_text()))
        assert "".join(axis.name for axis in image.multiscales[0].axes) == axes
        groups = v04.LabelsGroup.model_validate(json.loads((root / "labels" / ".zattrs").read_text()))
        assert groups.labels == ["cells"]
        label = v04.LabelImage.model_validate(json.loads((root / "labels" / "cells" / ".zattrs").read_text()))
        assert label.image_label.source.image == "../../"
        assert (
            json.loads((root / "labels" / "cells" / "0" / ".zarray").read_text())["dimension_separator"]
            == "/"
        )
        picture, known = read_image(root), read_image(results.parent / "pictures" / f"{stem}.png")
        assert np.array_equal(picture.pixels, known.pixels)
        assert picture.pixel_size_um == 0.5
        assert read_image(root / "labels" / "cells").pixel_size_um == 0.5


def test_types_and_confidences_are_properties_and_hidden_cells_shift_none(tmp_path: Path) -> None:
    shown = Cell(np.array([0, 1]), "neuron", 0.5)
    hidden = Cell(np.array([4]), "astro", 0.25)
    above = Cell(np.array([4, 5]), None, 1.0)
    writer = open_writer("ome-zarr", tmp_path, WriterOptions())
    PillowImage.new("L", (3, 2)).save(tmp_path / "a.png")
    lost = writer.add(
        Annotated("a", None, None, Cells((2, 3), (hidden, shown, above)), None, tmp_path / "a.png")
    )
    assert lost == Losses(overlap_pixels=1, vanished_cells=1)
    attributes = json.loads((tmp_path / "a.ome.zarr" / "labels" / "cells" / ".zattrs").read_text())
    assert attributes["image-label"]["properties"] == [
        {"label-value": 1, "cell_type": "neuron", "confidence": 0.5},
        {"label-value": 2, "confidence": 1.0},
    ]
    back = open_dataset(tmp_path).samples[0].read_cells().cells
    assert [(cell.cell_type, cell.score) for cell in back] == [("neuron", 0.5), (None, 1.0)]


@pytest.mark.parametrize("write", [write_zarr, write_zarr_04])
def test_a_picture_that_is_ome_zarr_keeps_its_planes_and_gains_the_cells(tmp_path: Path, write) -> None:
    values = numbers(1, 2, 2)
    picture = write(tmp_path / "pictures", values)
    write_labels(tmp_path / "labels" / f"{picture.stem}.tif", LABELS)
    source = open_source(tmp_path / "labels", images=tmp_path / "pictures")
    result = convert(source, tmp_path / "out", "ome-zarr")
    assert (result.failed, result.lost) == ({}, Losses())
    written = tmp_path / "out" / f"{picture.stem}.ome.zarr"
    assert np.array_equal(read_image(written, Selection("Phase", 1)).pixels, values[0, 1, 1])
    sample = open_dataset(tmp_path / "out").samples[0]
    assert sample.stem == picture.stem
    assert np.array_equal(sample.read_labels().labels, LABELS)
    if write is write_zarr:
        v05 = pytest.importorskip("yaozarrs").v05
        attributes = json.loads((written / "labels" / "cells" / "zarr.json").read_text())["attributes"]
        assert v05.LabelImage.model_validate(attributes["ome"]).image_label.source.image == "../../"
    # Other formats copy such a picture as it is.
    convert(source, tmp_path / "labelled", "labels")
    assert np.array_equal(open_dataset(tmp_path / "labelled").samples[0].read_labels().labels, LABELS)
    convert(source, tmp_path / "labelled", "labels", overwrite=True)


def test_without_pictures_the_folder_is_the_label_image(results: Path) -> None:
    out = written(results, "ome-zarr", pictures=False)
    assert np.array_equal(read_labels(out / "grey.ome.zarr"), LABELS)
    assert [item.stem for item in open_source(out, "results").items] == ["grey.ome", "rgb.ome"]
    empty = results.parent / "empty"
    write_labels(empty / "labels" / "a.tif", LABELS * 0)
    convert(open_source(empty), empty / "out", "ome-zarr")
    assert not read_labels(empty / "out" / "a.ome.zarr").any()


def test_an_output_is_replaced_whole(results: Path) -> None:
    out = written(results, "ome-zarr")
    (results / "labels" / "rgb.tif").unlink()
    source = open_source(results, images=results.parent / "pictures")
    convert(source, out, "ome-zarr", overwrite=True)
    assert sorted(path.name for path in out.iterdir()) == [".neurocyte", "grey.ome.zarr"]


def test_several_label_images(results: Path) -> None:
    folder = written(results, "ome-zarr") / "grey.ome.zarr"
    labels = folder / "labels"
    (labels / "cells").rename(labels / "nuclei")
    (labels / ".zattrs").write_text('{"labels": ["nuclei"]}')
    assert np.array_equal(open_dataset(folder).samples[0].read_labels().labels, LABELS)
    (labels / ".zattrs").write_text('{"labels": ["nuclei", "bodies"]}')
    with pytest.raises(InputError, match="has label images nuclei, bodies: call the one to be used cells"):
        open_dataset(folder).samples[0].read_labels()
    (labels / ".zattrs").unlink()
    assert open_dataset(folder.parent).notes == ("1 OME-Zarr folder without a label image left out.",)
    alone = results.parent / "alone"
    alone.mkdir()
    folder.rename(alone / folder.name)
    with pytest.raises(UsageError, match="holds images without annotations"):
        open_source(alone)
