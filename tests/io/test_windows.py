"""Pictures read part by part are those read whole."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.testing import assert_array_equal

from neurocyte.errors import InputError
from neurocyte.io import windows
from neurocyte.io.images import read_image
from neurocyte.io.selection import Selection
from neurocyte.io.windows import open_windows

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 255, (133, 201)).astype(np.uint8)
RGB = RNG.integers(0, 255, (133, 201, 3)).astype(np.uint8)
STACK = RNG.integers(0, 255, (4, 133, 201)).astype(np.uint8)
TILES = {"tile": (64, 48), "compression": "zlib"}
PARTS = [(slice(0, 10), slice(0, 20)), (slice(60, 133), slice(47, 201)), (slice(0, 133), slice(0, 201))]

FILES: dict[str, tuple[np.ndarray, Selection, dict[str, Any]]] = {
    "tiles": (GREY, Selection(), TILES),
    "strips": (GREY, Selection(), {"compression": "lzw", "rowsperstrip": 20, "predictor": True}),
    "no compression": (GREY, Selection(), {}),
    "big-endian": (GREY.astype(">u2") * 200, Selection(), {"byteorder": ">"}),
    "floats": (GREY.astype(np.float32), Selection(), TILES | {"predictor": 3}),
    "white is zero": (GREY, Selection(), TILES | {"photometric": "miniswhite"}),
    "bits": (GREY > 100, Selection(), {"photometric": "minisblack"}),
    "colours": (RGB, Selection(), TILES | {"photometric": "rgb"}),
    "JPEG": (RGB, Selection(), {"tile": (64, 64), "compression": "jpeg", "photometric": "rgb"}),
    "one colour": (RGB, Selection(channel=1), TILES | {"photometric": "rgb"}),
    "plane": (STACK, Selection(z_projection=2), TILES | {"metadata": {"axes": "ZYX"}}),
    "brightest": (STACK, Selection(z_projection="max"), TILES | {"metadata": {"axes": "ZYX"}}),
    "mean": (STACK, Selection(z_projection="mean"), {"metadata": {"axes": "ZYX"}}),
    "channel": (STACK, Selection(channel=3), TILES | {"metadata": {"axes": "CYX"}, "ome": True}),
}


def write(path: Path, values: np.ndarray, options: dict[str, Any]) -> Path:
    tifffile.imwrite(path, values, **{"photometric": "minisblack"} | options)
    return path


@pytest.mark.parametrize("name", FILES)
def test_parts_of_a_tiff(tmp_path: Path, name: str) -> None:
    values, selection, options = FILES[name]
    path = write(tmp_path / "a.tif", values, options)
    whole = read_image(path, selection)
    with open_windows(path, selection) as image:
        assert image is not None
        assert (image.shape, image.pixel_size_um) == (whole.pixels.shape[:2], whole.pixel_size_um)
        for rows, columns in PARTS:
            part = image.read(rows, columns)
            assert part.dtype == whole.pixels.dtype
            assert_array_equal(part, whole.pixels[rows, columns])


def test_parts_of_an_ome_zarr(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=3)
    group.create_array("0", shape=STACK.shape, chunks=(1, 64, 64), dtype="uint8")[:] = STACK
    axes = [{"name": name, "type": "space"} for name in "zyx"]
    group.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}]}
    with open_windows(tmp_path / "a.zarr", Selection(z_projection=1)) as image:
        assert image is not None
        for rows, columns in PARTS:
            assert_array_equal(image.read(rows, columns), STACK[1][rows, columns])


@pytest.mark.parametrize("name", ["png", "colours apart", "sharpest", "one strip"])
def test_what_must_be_read_whole(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurocyte.io._tiff_windows.MOST_BYTES", 5000)
    selection = Selection()
    path = tmp_path / "a.tif"
    if name == "png":
        path.write_bytes(b"\x89PNG\r\n\x1a\n")
    elif name == "colours apart":
        write(path, np.moveaxis(RGB, 2, 0), {"photometric": "rgb", "planarconfig": "separate"})
    elif name == "sharpest":
        selection = Selection(z_projection="focus")
        write(path, STACK, TILES | {"metadata": {"axes": "ZYX"}})
    else:
        write(path, GREY, {"compression": "zlib", "rowsperstrip": 133})
    with open_windows(path, selection) as image:
        assert image is None


def test_a_cut_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", GREY, TILES)
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(InputError, match="truncated"), open_windows(path):
        pass


def test_damaged_tiles(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", GREY, TILES)
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tif:
        start = tif.pages.first.dataoffsets[0]
    data[start : start + 40] = bytes(40)
    path.write_bytes(data)
    with open_windows(path) as image:
        assert image is not None
        with pytest.raises(InputError, match="save or copy it again"):
            image.read(slice(0, 10), slice(0, 10))


def test_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MAX_PIXELS", 1000)
    path = write(tmp_path / "a.tif", GREY, TILES)
    with pytest.raises(InputError, match="133 x 201 pixels, the limit is 1,000"), open_windows(path):
        pass
