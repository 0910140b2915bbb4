"""Time points and scenes as images of their own."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from nd2_file import write_nd2
from neurocyte.io.images import read_image
from neurocyte.io.inputs import InputFile, collect_inputs, images_by_stem
from neurocyte.io.parts import expand_parts
from neurocyte.io.selection import Selection
from stacks import WRITERS, numbers, write_zarr


def parts(*paths: Path) -> dict[str, Selection]:
    return {file.stem: file.part for file in expand_parts(collect_inputs(paths))}


@pytest.mark.parametrize("kind", WRITERS)
def test_each_time_point_is_an_image(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path, numbers())
    stem = path.stem
    assert parts(path) == {f"{stem}_t000": Selection(time=0), f"{stem}_t001": Selection(time=1)}


def test_each_picture_of_a_tiff_is_an_image(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as tif:
        tif.write(np.ones((6, 8), np.uint8), metadata=None)
        tif.write(np.ones((5, 7), np.uint8), metadata=None)
    assert parts(tmp_path / "a.tif") == {"a_s000": Selection(scene=0), "a_s001": Selection(scene=1)}
    assert read_image(tmp_path / "a.tif", Selection(scene=1)).pixels.shape == (5, 7)


def test_positions_of_nd2_before_its_time_points(tmp_path: Path) -> None:
    pytest.importorskip("nd2")
    frames = numbers(4, 1, 1)[:, 0, 0, ..., None]
    path = write_nd2(tmp_path / "a.nd2", frames, [("T", 2), ("P", 2)], ("Phase",))
    found = parts(path)
    assert list(found) == ["a_s000_t000", "a_s000_t001", "a_s001_t000", "a_s001_t001"]
    assert np.array_equal(read_image(path, found["a_s001_t000"]).pixels, frames[1, ..., 0])


def test_scenes_of_czi_each_with_its_own_size(tmp_path: Path) -> None:
    czi = pytest.importorskip("pylibCZIrw.czi")
    values = numbers(1, 1, 2)[0, 0]
    with czi.create_czi(str(tmp_path / "a.czi")) as file:
        file.write(values[0][..., None], location=(0, 0), scene=0)
        file.write(values[1][:10, :12][..., None].copy(), location=(100, 50), scene=1)
    found = parts(tmp_path / "a.czi")
    assert list(found) == ["a_s000", "a_s001"]
    assert np.array_equal(read_image(tmp_path / "a.czi", found["a_s000"]).pixels, values[0])
    assert np.array_equal(read_image(tmp_path / "a.czi", found["a_s001"]).pixels, values[1][:10, :12])


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """Two wells, one with two fields."""
    folder = tmp_path / "plate.zarr"
    for place in ("A/1/0", "B/2/0", "B/2/1"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        write_zarr(tmp_path, numbers(1, 1, 1) + int(place[-1])).rename(folder / place)
    wells = [{"path": "A/1"}, {"path": "B/2"}]
    for place, content in {
        "": {"plate": {"wells": wells}},
        "A/1": {"well": {"images": [{"path": "0"}]}},
        "B/2": {"well": {"images": [{"path": "0"}, {"path": "1"}]}},
    }.items():
        group = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": {"version": "0.5", **content}}}
        (folder / place / "zarr.json").write_text(json.dumps(group))
    return folder


def test_each_field_of_a_plate_is_an_image(plate: Path) -> None:
    found = parts(plate)
    assert list(found) == ["plate_A_1_0", "plate_B_2_0", "plate_B_2_1"]
    assert np.array_equal(read_image(plate, found["plate_B_2_1"]).pixels, numbers(1, 1, 1)[0, 0, 0] + 1)


def test_images_of_a_collection(tmp_path: Path) -> None:
    folder = tmp_path / "a.zarr"
    for number in ("0", "1"):
        folder.mkdir(exist_ok=True)
        write_zarr(tmp_path, numbers(1, 1, 1)).rename(folder / number)
    (folder / ".zattrs").write_text('{"bioformats2raw.layout": 3}')
    assert list(parts(folder)) == ["a_s000", "a_s001"]


def test_an_ome_zarr_folder_is_one_file_of_its_folder(plate: Path, tmp_path: Path) -> None:
    write_zarr(tmp_path, numbers(1, 1, 1))
    (tmp_path / "other" / "sub").mkdir(parents=True)
    expected = ["plate", "stack0.5.ome"]
    for arg in (tmp_path, f"{tmp_path}/**", f"{tmp_path}/*.zarr"):
        assert [file.stem for file in collect_inputs([arg])] == expected
    assert list(images_by_stem(tmp_path)) == expected


def test_a_file_that_cannot_be_opened_stays_one(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\0")
    (tmp_path / "b.czi").write_bytes(b"ZISRAWFILE" + bytes(90))
    assert list(parts(tmp_path)) == ["a", "b"]


def test_names_that_clash_are_numbered(tmp_path: Path) -> None:
    path = WRITERS["ome-tiff"](tmp_path, numbers()).rename(tmp_path / "a.tif")
    files = [InputFile(path, "a"), InputFile(tmp_path / "x.png", "A_t001")]
    assert [file.stem for file in expand_parts(files)] == ["a_t000", "a_t001", "A_t001_2"]
