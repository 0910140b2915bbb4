"""One plane of many, in every format that holds a stack."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from nd2_file import write_nd2
from neurocyte.errors import InputError, UsageError
from neurocyte.io import _extra
from neurocyte.io.images import image_shape, read_image
from neurocyte.io.selection import PROJECTIONS, Selection
from stacks import WRITERS, numbers, write_zarr, write_zarr_04, write_zeiss

formats = pytest.mark.parametrize("kind", WRITERS)
MICROSCOPE = ("ome-zarr-0.5", "nd2", "czi")


@formats
def test_the_chosen_plane_and_the_pixel_size(tmp_path: Path, kind: str) -> None:
    values = numbers()
    path = WRITERS[kind](tmp_path, values)
    for t, c, z in ((0, 0, 0), (1, 0, 2), (0, 1, 1), (1, 1, 2)):
        image = read_image(path, Selection(("DAPI", "Phase")[c], z, t))
        assert image.pixels.dtype == np.uint16
        assert np.array_equal(image.pixels, values[t, c, z])
        assert image.pixel_size_um == pytest.approx(0.25)
    assert np.array_equal(read_image(path, Selection("phase", 1, 0)).pixels, values[0, 1, 1])
    assert np.array_equal(read_image(path, Selection("1", 1, 0)).pixels, values[0, 1, 1])
    assert np.array_equal(read_image(path, Selection(0, 1, 0)).pixels, values[0, 0, 1])


@formats
def test_projections(tmp_path: Path, kind: str) -> None:
    values = numbers(times=1, depth=4)
    # Equal grey has no edges, so the sharpest plane is the one with noise.
    values[:, :, (0, 1, 3)] = [[[[10]], [[20]], [[30]]]]
    stack = values[0, 1]
    path = WRITERS[kind](tmp_path, values)
    found = {how: read_image(path, Selection(1, how)).pixels for how in PROJECTIONS}
    assert np.array_equal(found["max"], stack.max(0))
    assert np.array_equal(found["min"], stack.min(0))
    assert np.allclose(found["mean"], stack.mean(0), rtol=1e-6)
    assert found["mean"].dtype == np.float32
    assert np.array_equal(found["focus"], stack[2])
    assert np.array_equal(found["middle"], stack[1])


@formats
def test_what_is_not_chosen_is_asked_for(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path, numbers())
    for selection, text in {
        Selection(): "holds 2 time points: name one",
        Selection(time=0): r"2 channels \(DAPI, Phase\): choose one with --channel",
        Selection("DAPI", time=0): "a stack of 3 planes: choose with --z-projection max, min, mean, focus,",
        Selection("GFP", 0, 0): "no channel GFP: it has DAPI, Phase",
        Selection(2, 0, 0): "no channel 2: it has DAPI, Phase",
        Selection(0, 3, 0): "no plane 3: it has 3 planes",
        Selection(0, 0, 2): "no time point 2: it has 2",
        Selection(0, 0, 0, 1): "no .* 1: it has 1",
    }.items():
        with pytest.raises(InputError, match=text) as caught:
            read_image(path, selection)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["ome-zarr-0.4", "ome-zarr-0.5", "czi"])
def test_a_single_plane_needs_no_choice(tmp_path: Path, kind: str) -> None:
    values = numbers(1, 1, 1)
    path = WRITERS[kind](tmp_path, values)
    assert np.array_equal(read_image(path).pixels, values[0, 0, 0])
    assert np.array_equal(read_image(path, Selection("0", "max")).pixels, values[0, 0, 0])
    assert image_shape(path) == (20, 31)


@pytest.mark.parametrize("name", ["a.tif", "a.png"])
def test_files_of_one_plane_do_not_have_what_is_not_there(tmp_path: Path, name: str) -> None:
    from PIL import Image as PillowImage

    PillowImage.fromarray(np.array([[1, 2]], np.uint8)).save(tmp_path / name)
    assert read_image(tmp_path / name, Selection(0, "max", 0, 0)).pixels.tolist() == [[1, 2]]
    for selection, text in {
        Selection("DAPI"): "no channel DAPI: it has one channel, 0, without a name",
        Selection(z_projection=1): "no plane 1: it has 1 plane",
    }.items():
        with pytest.raises(InputError, match=text):
            read_image(tmp_path / name, selection)


def test_colours_are_one_picture_or_chosen_by_name(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(1, 255, (5, 6, 3)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", rgb, photometric="rgb")
    tifffile.imwrite(
        tmp_path / "stack.tif", np.stack([rgb, rgb // 2]), photometric="rgb", metadata={"axes": "ZYXS"}
    )
    assert np.array_equal(read_image(tmp_path / "a.tif").pixels, rgb)
    assert np.array_equal(read_image(tmp_path / "a.tif", Selection("green")).pixels, rgb[..., 1])
    assert np.array_equal(read_image(tmp_path / "stack.tif", Selection(z_projection="max")).pixels, rgb)
    assert np.array_equal(read_image(tmp_path / "stack.tif", Selection(2, 1)).pixels, rgb[..., 2] // 2)


def test_three_channels_with_names_are_no_colours(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(1, 255, (3, 5, 6)).astype(np.uint8)
    for name, names in {"a": ["DAPI", "GFP", "Cy5"], "b": ["Red", "Green", "Blue"]}.items():
        metadata = {"axes": "CYX", "Channel": {"Name": names}}
        tifffile.imwrite(tmp_path / f"{name}.ome.tif", values, metadata=metadata, photometric="minisblack")
    with pytest.raises(InputError, match=r"3 channels \(DAPI, GFP, Cy5\)"):
        read_image(tmp_path / "a.ome.tif")
    assert np.array_equal(read_image(tmp_path / "b.ome.tif").pixels, np.moveaxis(values, 0, -1))


def test_pages_without_a_meaning_are_planes_when_asked_for(tmp_path: Path) -> None:
    values = numbers(1, 1, 4)[0, 0]
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", metadata=None)
    with pytest.raises(InputError, match="a stack of 4 planes"):
        read_image(tmp_path / "a.tif")
    assert np.array_equal(read_image(tmp_path / "a.tif", Selection(z_projection="max")).pixels, values.max(0))


def test_imagej_describes_a_large_stack_in_one_page(tmp_path: Path) -> None:
    values = numbers(2, 2, 3).transpose(0, 2, 1, 3, 4)
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, values, imagej=True, metadata={"axes": "TZCYX", "unit": "um"}, resolution=(4, 4), truncate=True
    )
    with tifffile.TiffFile(path) as tif:
        assert len(tif.pages) == 1
    image = read_image(path, Selection(1, 2, 1))
    assert type(image.pixels) is np.ndarray
    assert np.array_equal(image.pixels, values[1, 2, 1])
    assert image.pixel_size_um == 0.25
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="truncated"):
        read_image(path, Selection(0, 0, 0))


def test_only_what_was_chosen_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = numbers()
    path = WRITERS["ome-tiff"](tmp_path, values)
    read: list[int] = []
    decode = tifffile.TiffPage.asarray
    for kind in (tifffile.TiffPage, tifffile.TiffFrame):
        monkeypatch.setattr(kind, "asarray", lambda page, **_: read.append(page.index) or decode(page))
    read_image(path, Selection(1, "max", 1))
    assert sorted(set(read)) == [9, 10, 11]
    zarr_path = write_zarr(tmp_path, values)
    # Cut chunks of other planes do not matter, for they are not read.
    for chunk in (zarr_path / "0" / "c" / "0").rglob("*"):
        if chunk.is_file():
            chunk.write_bytes(b"")
    assert np.array_equal(read_image(zarr_path, Selection(1, 0, 1)).pixels, values[1, 1, 0])


def test_zarr_axes_in_any_order_and_a_scale_in_two_factors(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    values = np.random.default_rng(0).integers(1, 255, (6, 5, 2)).astype(np.uint8)
    group = zarr.open_group(tmp_path / "a.zarr", mode="w")
    group.create_array("full", data=values)
    axes = [{"name": name, "type": "space", "unit": "millimetre"} for name in "xy"] + [
        {"name": "c", "type": "channel"}
    ]
    image = {
        "axes": axes,
        "datasets": [
            {"path": "full", "coordinateTransformations": [{"type": "scale", "scale": [0.1, 0.1, 1]}]}
        ],
        "coordinateTransformations": [{"type": "scale", "scale": [0.005, 0.005, 1]}],
    }
    group.attrs["ome"] = {"version": "0.5", "multiscales": [image]}
    found = read_image(tmp_path / "a.zarr", Selection(1))
    assert np.array_equal(found.pixels, values[..., 1].T)
    assert found.pixel_size_um == pytest.approx(0.5)


@pytest.mark.parametrize("write", [write_zarr, write_zarr_04])
def test_missing_and_cut_chunks_of_zarr(tmp_path: Path, write) -> None:
    path = write(tmp_path, numbers())
    chunk = path / "0" / ("c/1/1/0/0/0" if write is write_zarr else "1.1.0.0.0")
    content = chunk.read_bytes()
    for cut in (0, 10, 60, len(content) - 1):
        chunk.write_bytes(content[:cut])
        with pytest.raises(InputError, match=r"cut|cannot be read"):
            read_image(path, Selection(1, 0, 1))
    for one in (path / "0").rglob("*"):
        if one.is_file() and one.name not in ("zarr.json", ".zarray"):
            one.unlink()
    with pytest.raises(InputError, match="holds nothing at scene 0, time 1, channel 1, z 0, or zeros only"):
        read_image(path, Selection(1, 0, 1))
    shutil.rmtree(path / "0")
    with pytest.raises(InputError, match="cannot be read"):
        read_image(path, Selection(1, 0, 1))


@pytest.mark.parametrize("kind", ["nd2", "czi"])
@pytest.mark.parametrize("cut", [20, 100, 5_000, 30_000])
def test_a_cut_file_is_refused(tmp_path: Path, kind: str, cut: int) -> None:
    path = WRITERS[kind](tmp_path, numbers())
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InputError) as caught:
        read_image(path, Selection(1, 1, 1))
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_frame_of_nd2_that_was_never_recorded(tmp_path: Path) -> None:
    pytest.importorskip("nd2")
    frames = numbers(1, 1, 3)[0, 0][..., None]
    path = write_nd2(tmp_path / "a.nd2", frames, [("Z", 4)], ("Phase",))
    assert np.array_equal(read_image(path, Selection(z_projection=2)).pixels, frames[2, ..., 0])
    for how in (3, "max"):
        with pytest.raises(InputError, match="holds nothing at scene 0, time 0, channel 0, z 3"):
            read_image(path, Selection(z_projection=how))


def test_colours_of_nd2_and_czi_are_stored_blue_first(tmp_path: Path) -> None:
    czi = pytest.importorskip("pylibCZIrw.czi")
    pytest.importorskip("nd2")
    rgb = np.random.default_rng(0).integers(1, 255, (20, 31, 3)).astype(np.uint8)
    write_nd2(tmp_path / "a.nd2", rgb[None, ..., ::-1], [])
    with czi.create_czi(str(tmp_path / "a.czi")) as file:
        file.write(rgb[..., ::-1].copy())
    for name in ("a.nd2", "a.czi"):
        image = read_image(tmp_path / name)
        assert np.array_equal(image.pixels, rgb)
        assert image.pixel_size_um is None
        assert np.array_equal(read_image(tmp_path / name, Selection("blue")).pixels, rgb[..., 2])


def test_content_not_suffix_decides_for_microscope_files_too(tmp_path: Path) -> None:
    path = write_zeiss(tmp_path, numbers(1, 1, 1)).rename(tmp_path / "a.png")
    assert read_image(path).pixels.shape == (20, 31)


@pytest.mark.parametrize("kind", MICROSCOPE)
def test_a_missing_library_is_named(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = WRITERS[kind](tmp_path, numbers(1, 2, 1))

    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(_extra.importlib, "import_module", missing)
    with pytest.raises(InputError, match=r'pip install "neurocyte\[formats\]"'):
        read_image(path)


def test_a_zarr_folder_without_metadata_and_an_unknown_projection(tmp_path: Path) -> None:
    (tmp_path / "a.zarr").mkdir()
    with pytest.raises(InputError, match="no OME-Zarr metadata"):
        read_image(tmp_path / "a.zarr")
    with pytest.raises(UsageError, match="No z projection sum: choose max"):
        Selection(z_projection="sum")
    with pytest.raises(UsageError, match="No time -1"):
        Selection(time=-1)
