import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from neurocyte.errors import InputError
from neurocyte.io.images import image_shape, read_image, told_pixels
from neurocyte.io.selection import Selection

GREY = np.array([[0, 10, 20], [30, 40, 255]], dtype=np.uint8)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def write_png(path: Path, width: int, height: int, depth: int, colour: int, rows: bytes) -> Path:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif"])
def test_grey_survives_exactly(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    PillowImage.fromarray(GREY).save(path)
    image = read_image(str(path))
    assert image.pixels.dtype == np.uint8
    assert image.pixels.tolist() == GREY.tolist()
    assert image.pixel_size_um is None
    assert image.path == path


def test_jpeg_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    PillowImage.new("RGB", (24, 16), (200, 100, 50)).save(path, quality=95)
    pixels = read_image(path).pixels
    assert pixels.shape == (16, 24, 3)
    assert np.abs(pixels.astype(int) - [200, 100, 50]).max() <= 3


def test_content_not_suffix_decides(tmp_path: Path) -> None:
    path = tmp_path / "really_a_png.tif"
    PillowImage.fromarray(GREY).save(path, format="PNG")
    assert read_image(path).pixels.tolist() == GREY.tolist()


# The upright picture is [[1, 2, 3], [4, 5, 6]]; what a camera stores for each orientation, by the EXIF table.
STORED = {
    1: [[1, 2, 3], [4, 5, 6]],
    2: [[3, 2, 1], [6, 5, 4]],
    3: [[6, 5, 4], [3, 2, 1]],
    4: [[4, 5, 6], [1, 2, 3]],
    5: [[1, 4], [2, 5], [3, 6]],
    6: [[3, 6], [2, 5], [1, 4]],
    7: [[6, 3], [5, 2], [4, 1]],
    8: [[4, 1], [5, 2], [6, 3]],
}


@pytest.mark.parametrize("orientation", STORED)
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    stored = PillowImage.fromarray(np.array(STORED[orientation], dtype=np.uint8))
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    assert read_image(tmp_path / "a.png").pixels.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert image_shape(tmp_path / "a.png") == (2, 3)


def test_alpha_is_dropped(tmp_path: Path) -> None:
    rgba = np.array([[[1, 2, 3, 0], [4, 5, 6, 128]]], dtype=np.uint8)
    PillowImage.fromarray(rgba).save(tmp_path / "rgba.png")
    PillowImage.fromarray(rgba[..., :2]).save(tmp_path / "la.png")
    tifffile.imwrite(tmp_path / "rgba.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
    tifffile.imwrite(
        tmp_path / "la.tif",
        rgba[..., :2],
        photometric="minisblack",
        planarconfig="contig",
        extrasamples=["unassalpha"],
    )
    for name in ("rgba.png", "rgba.tif"):
        assert read_image(tmp_path / name).pixels.tolist() == [[[1, 2, 3], [4, 5, 6]]]
    for name in ("la.png", "la.tif"):
        assert read_image(tmp_path / name).pixels.tolist() == [[1, 4]]


def test_palette_becomes_rgb(tmp_path: Path) -> None:
    indexed = PillowImage.fromarray(np.array([[0, 1]], dtype=np.uint8), mode=None).convert("P")
    indexed.putpalette([9, 8, 7, 60, 70, 80])
    indexed.save(tmp_path / "a.png", transparency=bytes([0, 255]))
    colours = np.zeros((3, 256), dtype=np.uint16)
    colours[:, 0], colours[:, 1] = [9 << 8, 8 << 8, 7 << 8], [60 << 8, 70 << 8, 80 << 8]
    tifffile.imwrite(
        tmp_path / "a.tif", np.array([[0, 1]], dtype=np.uint8), photometric="palette", colormap=colours
    )
    for name in ("a.png", "a.tif"):
        pixels = read_image(tmp_path / name).pixels
        assert pixels.dtype == np.uint8
        assert pixels.tolist() == [[[9, 8, 7], [60, 70, 80]]]


def test_one_bit_becomes_0_and_255(tmp_path: Path) -> None:
    mask = np.array([[True, False, True]])
    PillowImage.fromarray(mask).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", mask)
    tifffile.imwrite(tmp_path / "white_is_zero.tif", ~mask, photometric="miniswhite", software="other")
    for name in ("a.png", "a.tif", "white_is_zero.tif"):
        pixels = read_image(tmp_path / name).pixels
        assert pixels.dtype == np.uint8
        assert pixels.tolist() == [[255, 0, 255]]


def test_white_is_zero_is_turned_round(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GREY, photometric="miniswhite")
    assert read_image(tmp_path / "a.tif").pixels.tolist() == [[255, 245, 235], [225, 215, 0]]


def test_jpeg_inside_tiff_becomes_rgb(tmp_path: Path) -> None:
    flat = np.full((16, 16, 3), (200, 100, 50), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", flat, compression="jpeg")
    with tifffile.TiffFile(tmp_path / "a.tif") as tif:
        assert tif.pages.first.photometric == tifffile.PHOTOMETRIC.YCBCR
    assert np.abs(read_image(tmp_path / "a.tif").pixels.astype(int) - [200, 100, 50]).max() <= 3


def test_16_bit_png_keeps_its_depth(tmp_path: Path) -> None:
    grey = write_png(tmp_path / "grey.png", 2, 1, 16, 0, b"\0" + struct.pack(">2H", 1, 65535))
    colour = write_png(tmp_path / "rgb.png", 1, 1, 16, 2, b"\0" + struct.pack(">3H", 258, 1000, 65535))
    alpha = write_png(tmp_path / "rgba.png", 1, 1, 16, 6, b"\0" + struct.pack(">4H", 258, 1000, 65535, 7))
    assert read_image(grey).pixels.dtype == np.uint16
    assert read_image(grey).pixels.tolist() == [[1, 65535]]
    assert read_image(colour).pixels.tolist() == [[[258, 1000, 65535]]]
    assert read_image(alpha).pixels.tolist() == [[[258, 1000, 65535]]]


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ("<u2", "uint16"),
        (">u2", "uint16"),
        ("<i2", "float32"),
        ("<u4", "float32"),
        ("<f2", "float32"),
        ("<f8", "float32"),
        (">f4", "float32"),
    ],
)
def test_number_types(tmp_path: Path, stored: str, kept: str) -> None:
    values = np.array([[0, 1, 1000]], dtype=stored)
    tifffile.imwrite(tmp_path / "a.tif", values, byteorder=stored[0])
    pixels = read_image(tmp_path / "a.tif").pixels
    assert pixels.dtype == np.dtype(kept)
    assert pixels.dtype.isnative
    assert pixels.tolist() == [[0, 1, 1000]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_not_finite_is_refused(tmp_path: Path, bad: float) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0.0, bad]]))
    with pytest.raises(InputError, match="NaN or infinite"):
        read_image(tmp_path / "a.tif")


def test_complex_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((2, 2), dtype=np.complex64))
    with pytest.raises(InputError, match="complex64"):
        read_image(tmp_path / "a.tif")


def test_singleton_axes_are_squeezed_and_channels_moved_last(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "z.tif", GREY[None, None], imagej=True, metadata={"axes": "ZCYX"})
    assert read_image(tmp_path / "z.tif").pixels.tolist() == GREY.tolist()
    planes = np.stack([GREY, GREY // 2, GREY // 5])
    tifffile.imwrite(tmp_path / "c.tif", planes, photometric="minisblack", metadata={"axes": "CYX"})
    pixels = read_image(tmp_path / "c.tif").pixels
    assert pixels.shape == (2, 3, 3)
    assert pixels[1, 2].tolist() == [255, 127, 51]
    tifffile.imwrite(tmp_path / "row.tif", GREY[:1])
    assert read_image(tmp_path / "row.tif").pixels.tolist() == [[0, 10, 20]]


def test_an_axis_that_is_not_known_is_named(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.stack([GREY] * 5), metadata={"axes": "HYX"})
    with pytest.raises(InputError, match=r"axes HYX \(5 x 2 x 3\): save each plane"):
        read_image(tmp_path / "a.tif")


def test_two_channels_are_named(tmp_path: Path) -> None:
    metadata = {"axes": "CYX", "Channel": {"Name": ["DAPI", "GFP"]}}
    tifffile.imwrite(
        tmp_path / "a.ome.tif", np.stack([GREY] * 2), metadata=metadata, photometric="minisblack"
    )
    with pytest.raises(InputError, match=r"2 channels \(DAPI, GFP\)"):
        read_image(tmp_path / "a.ome.tif")
    tifffile.imwrite(tmp_path / "b.tif", np.stack([GREY] * 2), metadata={"axes": "CYX"})
    with pytest.raises(InputError, match=r"2 channels \(0, 1\)"):
        read_image(tmp_path / "b.tif")


def test_thumbnail_is_ignored_but_a_second_picture_refused(tmp_path: Path) -> None:
    large = np.arange(48, dtype=np.uint8).reshape(6, 8)
    with tifffile.TiffWriter(tmp_path / "thumb.tif") as tif:
        tif.write(large, metadata=None)
        tif.write(large[:3, :3], metadata=None, subfiletype=1)
    assert read_image(tmp_path / "thumb.tif").pixels.tolist() == large.tolist()
    with tifffile.TiffWriter(tmp_path / "two.tif") as tif:
        tif.write(large, metadata=None)
        tif.write(large[:5, :7], metadata=None)
    with pytest.raises(InputError, match="2 separate pictures"):
        read_image(tmp_path / "two.tif")


def test_cmyk_tiff_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 4, 4), dtype=np.uint8), photometric="separated")
    with pytest.raises(InputError, match="stored as SEPARATED"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("size", "unit", "expected"), [(650, "nm", 0.65), (0.65, "µm", 0.65), (2, "pixel", None)]
)
def test_pixel_size_from_ome(tmp_path: Path, size: float, unit: str, expected: float | None) -> None:
    metadata = {f"PhysicalSize{axis}{end}": v for axis in "XY" for end, v in (("", size), ("Unit", unit))}
    tifffile.imwrite(tmp_path / "a.ome.tif", GREY, metadata=metadata)
    assert read_image(tmp_path / "a.ome.tif").pixel_size_um == (expected and pytest.approx(expected))


@pytest.mark.parametrize(
    ("unit", "expected"), [("um", 0.25), ("micron", 0.25), ("\\u00B5m", 0.25), ("mm", 250.0), ("pixel", None)]
)
def test_pixel_size_from_imagej(tmp_path: Path, unit: str, expected: float | None) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GREY, imagej=True, resolution=(4, 4), metadata={"unit": unit})
    assert read_image(tmp_path / "a.tif").pixel_size_um == expected


def test_pixels_that_are_not_square_have_no_size(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GREY, imagej=True, resolution=(4, 2), metadata={"unit": "um"})
    assert read_image(tmp_path / "a.tif").pixel_size_um is None


def test_damaged_ome_metadata_do_not_spoil_the_picture(tmp_path: Path) -> None:
    text = '<?xml version="1.0"?><OME><Image><Pixels PhysicalSizeX="2"></OME>'
    tifffile.imwrite(tmp_path / "a.tif", GREY, description=text, metadata=None)
    image = read_image(tmp_path / "a.tif")
    assert image.pixels.tolist() == GREY.tolist()
    assert image.pixel_size_um is None


def test_plain_dpi_is_not_a_pixel_size(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GREY, resolution=(72, 72), resolutionunit="INCH")
    assert read_image(tmp_path / "a.tif").pixel_size_um is None


def test_missing_empty_folder_and_text(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("not a picture")
    for name, text in {
        "absent.png": "does not exist",
        "empty.png": "is empty",
        "text.png": "not a PNG, JPEG, BMP or TIFF",
        "": "is a folder",
    }.items():
        for read in (read_image, image_shape):
            with pytest.raises(InputError, match=text) as caught:
                read(tmp_path / name)
            assert str(tmp_path / name) in str(caught.value)
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.tif", "zlib.tif"])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.95])
def test_truncated_file_is_refused(tmp_path: Path, name: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    path = tmp_path / name
    options = {"compression": "tiff_adobe_deflate"} if name == "zlib.tif" else {}
    PillowImage.fromarray(noise).save(path, **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError):
        read_image(path)


def test_tiff_cut_inside_its_pixels_is_refused(tmp_path: Path) -> None:
    # tifffile writes the directory first, so only the pixels are missing.
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.ones((100, 100), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(InputError, match="truncated"):
        read_image(path)


def test_bombs_are_refused_before_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PillowImage, "MAX_IMAGE_PIXELS", 1_000)
    bomb = write_png(tmp_path / "a.png", 40_000, 40_000, 8, 0, b"")
    with pytest.raises(InputError, match="40000 x 40000 x 1 values"):
        read_image(bomb)
    # 1.6e8 pixels: over the limit Pillow warns at, under ours; here the data are missing.
    with pytest.raises(InputError, match="cannot be read"):
        read_image(write_png(tmp_path / "b.png", 16_000, 10_000, 8, 0, b""))
    assert PillowImage.MAX_IMAGE_PIXELS == 1_000


def test_tiff_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((16, 16), dtype=np.uint8), compression="zlib", metadata=None)
    with tifffile.TiffFile(path, mode="r+b") as tif:
        tags = tif.pages.first.tags
        for name in ("ImageWidth", "ImageLength", "RowsPerStrip"):
            tags[name].overwrite(40_000)
    with pytest.raises(InputError, match="too large"):
        read_image(path)


def test_unreadable_permissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    PillowImage.fromarray(GREY).save(path)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="Permission denied"):
        read_image(path)


def test_real_images(data_root: Path) -> None:
    jpeg = read_image(data_root / "data/pfc-pn/images/Img (31).jpg")
    assert jpeg.pixels.shape == (960, 1280, 3)
    png = read_image(data_root / "data/sartorius/train/04928f0866b0.png")
    assert png.pixels.shape == (520, 704)
    assert png.pixels.dtype == np.uint8


def test_a_header_tells_the_pixels_of_what_cannot_be_read(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 50)).astype(np.uint8)
    PillowImage.fromarray(noise).save(tmp_path / "cut.png")
    whole = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    tifffile.imwrite(tmp_path / "stack.tif", np.zeros((3, 20, 30), np.uint8), photometric="minisblack")
    assert told_pixels(tmp_path / "cut.png") == 2000
    assert told_pixels(tmp_path / "stack.tif", Selection(z_projection=0)) == 600
    with pytest.raises(InputError):
        read_image(tmp_path / "cut.png")
