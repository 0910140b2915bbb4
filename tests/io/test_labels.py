from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from neurocyte.errors import InputError
from neurocyte.io.images import read_image
from neurocyte.io.labels import read_labels, write_labels, write_mask


@pytest.mark.parametrize(
    ("largest", "kept"), [(65_535, "uint16"), (65_536, "uint32"), (4_294_967_295, "uint32")]
)
def test_round_trip(tmp_path: Path, largest: int, kept: str) -> None:
    labels = np.array([[0, 1, 2], [3, 0, largest]], dtype=np.int64)
    write_labels(tmp_path / "a.tif", labels)
    back = read_labels(tmp_path / "a.tif")
    assert back.dtype == np.dtype(kept)
    assert back.tolist() == labels.tolist()


@pytest.mark.parametrize("largest", [5, 70_000])
def test_pixel_size_is_stored(tmp_path: Path, largest: int) -> None:
    labels = np.full((4, 4), largest, dtype=np.uint32)
    write_labels(tmp_path / "a.tif", labels, pixel_size_um=0.65)
    write_labels(tmp_path / "b.tif", labels)
    assert read_image(tmp_path / "a.tif").pixel_size_um == pytest.approx(0.65, rel=1e-6)
    assert read_image(tmp_path / "b.tif").pixel_size_um is None


def test_file_is_compressed_and_known_to_imagej(tmp_path: Path) -> None:
    write_labels(tmp_path / "a.tif", np.zeros((500, 500), dtype=np.uint16))
    assert (tmp_path / "a.tif").stat().st_size < 3000
    with tifffile.TiffFile(tmp_path / "a.tif") as tif:
        assert tif.is_imagej
        assert tif.pages.first.compression == tifffile.COMPRESSION.ADOBE_DEFLATE


def test_same_labels_give_the_same_bytes(tmp_path: Path) -> None:
    labels = np.arange(20, dtype=np.uint16).reshape(4, 5)
    for name in ("a.tif", "b.tif"):
        write_labels(tmp_path / name, labels, 0.5)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_other_kinds_of_label_files(tmp_path: Path) -> None:
    PillowImage.fromarray(np.array([[0, 300]], dtype=np.uint16)).save(tmp_path / "deep.png")
    assert read_labels(tmp_path / "deep.png").tolist() == [[0, 300]]
    indexed = PillowImage.fromarray(np.array([[0, 2, 1]], dtype=np.uint8)).convert("P")
    indexed.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    indexed.putdata([0, 2, 1])
    indexed.save(tmp_path / "palette.png")
    assert read_labels(tmp_path / "palette.png").tolist() == [[0, 2, 1]]
    tifffile.imwrite(tmp_path / "signed.tif", np.array([[0, 7]], dtype=np.int32))
    assert read_labels(tmp_path / "signed.tif").tolist() == [[0, 7]]
    PillowImage.fromarray(np.array([[True, False]])).save(tmp_path / "bit.png")
    assert read_labels(tmp_path / "bit.png").tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (np.zeros((2, 2), dtype=np.float32), "float32"),
        (np.zeros((2, 2, 3), dtype=np.uint8), r"shape \(2, 2, 3\)"),
        (np.full((2, 2), -1, dtype=np.int16), "negative"),
        (np.full((2, 2), 2**32, dtype=np.int64), "above 4,294,967,295"),
    ],
)
def test_what_is_no_label_image(tmp_path: Path, values: np.ndarray, text: str) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values)
    with pytest.raises(InputError, match=text) as caught:
        read_labels(path)
    assert str(path) in str(caught.value)
    with pytest.raises(InputError, match=text):
        write_labels(tmp_path / "b.tif", values)
    assert not (tmp_path / "b.tif").exists()


def test_missing_label_image(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_labels(tmp_path / "a.tif")


def test_mask_is_0_and_255(tmp_path: Path) -> None:
    write_mask(tmp_path / "a.png", np.array([[0, 3], [1, 0]], dtype=np.uint16))
    with PillowImage.open(tmp_path / "a.png") as image:
        assert image.mode == "L"
        assert np.asarray(image).tolist() == [[0, 255], [255, 0]]
