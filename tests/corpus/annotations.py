"""Broken and strange annotations, each a small data set of its own; the same bytes every time."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image

HEIGHT, WIDTH = 12, 10
Case = tuple[str, Callable[[Path], None], Any]
"""Name, what makes it in an empty folder, and what must come out: by stem the pixels of each cell (flat,
row-major), "error" for one sentence, or None for either."""


def annotations() -> Iterator[Case]:
    """Give every case."""
    for kind, cases in (
        ("kaggle", _kaggle()),
        ("coco", _coco()),
        ("geojson", _geojson()),
        ("rois", _rois()),
        ("labels", _labels()),
        ("zarr", _zarr()),
    ):
        for name, make, expected in cases:
            yield f"{kind}-{name}", make, expected


def picture(path: Path, height: int = HEIGHT, width: int = WIDTH) -> None:
    """Write a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.arange(height * width, dtype=np.uint8).reshape(height, width)).save(path)


# ---- Kaggle ----

_HEADER = "id,annotation,width,height,cell_type,plate_time,sample_date,sample_id,elapsed_timedelta"


def _table(content: str | bytes) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        picture(folder / "train" / "a.png")
        data = content if isinstance(content, bytes) else content.encode()
        (folder / "train.csv").write_bytes(data)

    return make


def _rows(*rows: str, header: str = _HEADER) -> Callable[[Path], None]:
    return _table("\n".join((header, *rows)) + "\n")


def _rle(*texts: str) -> Callable[[Path], None]:
    return _rows(*(f"a,{text},{WIDTH},{HEIGHT},cort,,,," for text in texts))


def _kaggle() -> Iterator[Case]:
    yield "sound", _rle("1 3 21 2"), {"a": [[0, 1, 2, 20, 21]]}
    yield "unsorted runs", _rle("21 2 1 3"), {"a": [[0, 1, 2, 20, 21]]}
    yield "blanks and tabs", _rle("  1  3\t21 2 "), {"a": [[0, 1, 2, 20, 21]]}
    yield "runs that overlap", _rle("1 3 2 3"), {"a": [[0, 1, 2, 3]]}
    yield "cells that overlap", _rle("1 3", "3 3"), {"a": [[0, 1, 2], [2, 3, 4]]}
    yield "the last pixel", _rle("120 1"), {"a": [[119]]}
    yield "no cells", _rle(""), {"a": []}
    for name, text in {
        "odd": "1 3 21",
        "start 0": "0 3",
        "negative start": "-5 3",
        "negative length": "5 -3",
        "length 0": "5 0",
        "start outside": "121 1",
        "end outside": "120 2",
        "wraps around": "9223372036854775807 9223372036854775807",
        "huge": f"{10**30} 1",
        "endless digits": "9" * 6000 + " 1",
        "words": "one two",
        "fractions": "1.5 2",
        "exponent": "1e3 2",
        "hexadecimal": "0x1 2",
        "a list": "[1 3]",
        "not a number": "nan 3",
        "all of it again and again": "1 120 " * 50_000,
    }.items():
        yield name, _rle(text), "error"
    yield "each cell everywhere", _rle(*["1 120"] * 10_000), "error"
    for width, height in (
        *(("11", "12"), ("12", "10"), (str(10**9), str(10**9)), (str(10**30), "12"), ("-10", "12")),
        *(("0", "12"), ("nan", "12"), ("10.0", "12"), ("", "12"), ("9" * 6000, "12"), ("1", "120")),
    ):
        yield f"{width[:12]} x {height[:12]}", _rows(f"a,1 3,{width},{height},,,,,"), "error"
    sound = f"{_HEADER}\na,1 3,{WIDTH},{HEIGHT},,,,,\n"
    yield "byte order mark", _table(b"\xef\xbb\xbf" + sound.encode()), {"a": [[0, 1, 2]]}
    yield "windows line ends", _table(sound.replace("\n", "\r\n")), {"a": [[0, 1, 2]]}
    yield "old mac line ends", _table(sound.replace("\n", "\r")), {"a": [[0, 1, 2]]}
    yield "no line end at the end", _table(sound.rstrip()), {"a": [[0, 1, 2]]}
    yield "semicolons", _table(sound.replace(",", ";")), "error"
    yield "tabs", _table(sound.replace(",", "\t")), "error"
    for name in ("id", "annotation", "width", "height"):
        yield f"no {name}", _table(sound.replace(name, "other", 1)), "error"
    yield "empty", _table(b""), "error"
    yield "a blank", _table(b" \n"), "error"
    yield "header only", _table(_HEADER + "\n"), "error"
    yield "utf-16", _table(sound.encode("utf-16")), "error"
    yield "latin-1", _table(sound.replace(",,,,,", ",Zellkörper,,,,").encode("latin-1")), "error"
    yield "zeros inside", _table(sound.encode().replace(b"1 3", b"1 \0003")), "error"
    yield "zeros", _table(bytes(1000)), "error"
    yield "an open quote", _table(sound.replace("1 3", '"1 3')), "error"
    yield "too many columns", _table(f"{_HEADER}\na,1 3,10,12,,,,,,,,,,\nb,1 3\n"), "error"
    yield "too few columns", _table(f"{_HEADER}\na,1 3\n"), "error"
    yield "a name with a line break", _rows('"a\nb",1 3,10,12,,,,,', "a,1 3,10,12,,,,,"), {"a": [[0, 1, 2]]}
    yield "a name that is another size", _rows('"a\n",1 3,10,12,,,,,', '"a\n",1 3,9,9,,,,,'), "error"
    yield "a name that climbs", _rows("../a,1 3,10,12,,,,,"), "error"
    yield "no name", _rows(",1 3,10,12,,,,,"), "error"
    yield "a folder", lambda folder: (_table(b"")(folder), _as_folder(folder / "train.csv"))[0], "error"
    yield "composed and decomposed", _decomposed, {"\u00e9": [[0, 1, 2]]}
    yield "two pictures of one name", _two_pictures, "error"


def _as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _decomposed(folder: Path) -> None:
    picture(folder / "train" / "e\u0301.png")
    (folder / "train.csv").write_text(f"{_HEADER}\n\u00e9,1 3,10,12,,,,,\n", encoding="utf-8")


def _two_pictures(folder: Path) -> None:
    _rle("1 3")(folder)
    Image.new("L", (WIDTH, HEIGHT)).save(folder / "train" / "A.bmp")


# ---- COCO ----

_IMAGE = {"id": 1, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}
_SQUARE = [[1, 1, 3, 1, 3, 3, 1, 3]]
_IN_SQUARE = [11, 12, 21, 22]


def _json(content: Any, name: str = "c.json") -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        picture(folder / "a.png")
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (folder / name).write_bytes(data)

    return make


def _segmented(*shapes: Any, image: Any = _IMAGE, **more: Any) -> Callable[[Path], None]:
    cells = [
        {"id": n, "image_id": 1, "category_id": 1, "segmentation": shape, **more}
        for n, shape in enumerate(shapes)
    ]
    return _json({"images": [image], "annotations": cells, "categories": [{"id": 1, "name": "cort"}]})


def _runs(counts: Any, size: Any = (HEIGHT, WIDTH)) -> dict[str, Any]:
    return {"size": list(size), "counts": counts}


def _coco() -> Iterator[Case]:
    yield "sound", _segmented(_SQUARE), {"a": [_IN_SQUARE]}
    yield "sound runs", _segmented(_runs([1, 2, 117])), {"a": [[10, 20]]}
    yield "sound string", _segmented(_runs("12e3")), {"a": [[10, 20]]}
    yield "a run of nothing", _segmented(_runs([0, 0, 120])), {"a": [[]]}
    yield "byte order mark", _json(b"\xef\xbb\xbf" + json.dumps(_whole()).encode()), {"a": [_IN_SQUARE]}
    zigzag = [n for i in range(50_000) for n in (0, (i % 2) * 12)]
    for name, shape in {
        "two points": [[1, 1, 3, 3]],
        "half a point": [[1, 1, 3, 1, 3, 3, 1]],
        "no points": [[]],
        "one number": [[5]],
        "words": [["a", "b", "c", "d", "e", "f"]],
        "nested": [[[1, 1], [3, 1], [3, 3]]],
        "numbers only": [1, 1, 3, 1, 3, 3],
        "null": [None],
        "objects": [{"x": 1}],
        "a word": "square",
        "a number": 7,
        "far away": [[1, 1, 1e12, 1, 3, 3]],
        "infinity": [[1, 1, float("inf"), 1, 3, 3]],
        "not a number": [[1, 1, float("nan"), 1, 3, 3]],
        "a huge number": [[1, 1, 10**400, 1, 3, 3]],
        "zigzag": [zigzag],
        "a million zigzags": [[0, 0, 100, 100, 0, 100] * 60_000],
        "too few runs": _runs([1, 2]),
        "too many runs": _runs([1, 2, 117, 5]),
        "negative runs": _runs([1, -2, 121]),
        "fractional runs": _runs([1.0, 2.0, 117.0]),
        "runs of words": _runs(["1", "2", "117"]),
        "runs of truth": _runs([True, 119]),
        "huge runs": _runs([10**30, 1]),
        "no runs": _runs(None),
        "runs without size": {"counts": [120]},
        "runs of another size": _runs([100], (10, 10)),
        "runs of a huge size": _runs([10**18], (10**9, 10**9)),
        "turned size": _runs([1, 2, 117], (WIDTH, HEIGHT)),
        "cut string": _runs("12e"),
        "endless string": _runs("o" * 100_000),
        "accented string": _runs("12\u00e9"),
    }.items():
        yield name, _segmented(shape), "error"
    yield "each cell everywhere", _segmented(*[_runs([0, 120])] * 10_000), "error"
    yield "outside", _segmented([[50, 50, 60, 50, 60, 60]]), {"a": [[]]}
    yield "flat", _segmented([[1, 1, 1, 1, 1, 1]]), None
    yield "written as words", _segmented([["1", "1", "3", "1", "3", "3", "1", "3"]]), None
    for key, value in {
        "width": 9, "height": 10**9, "id": [1], "file_name": None,
    }.items():  # fmt: skip
        yield f"image {key} {value}", _segmented(_SQUARE, image={**_IMAGE, key: value}), "error"
    for value in (float("inf"), float("nan"), "wide", None, -1, 10**30, [10], "9" * 6000):
        name = f"width {str(value)[:12]}"
        yield name, _segmented(_SQUARE, image={**_IMAGE, "width": value}), "error"
    for key in _IMAGE:
        image = {one: value for one, value in _IMAGE.items() if one != key}
        yield f"image without {key}", _segmented(_SQUARE, image=image), "error"
    for value in ("b" * 300 + ".png", "a\0.png", "a\n.png", "../../../../etc/passwd", "", ".", "/dev/zero"):
        name = f"file {value[:12]!r}".replace("/", "|")
        yield name, _segmented(_SQUARE, image={**_IMAGE, "file_name": value}), "error"
    sound = _whole()
    yield "two images of one id", _json({**sound, "images": [_IMAGE, {**_IMAGE, "width": 9}]}), "error"
    yield "one picture twice", _json({**sound, "images": [_IMAGE, {**_IMAGE, "id": 2}]}), "error"
    yield "one annotation twice", _json({**sound, "annotations": sound["annotations"] * 2}), None
    yield "an unknown image", _segmented(_SQUARE, image={**_IMAGE, "id": 9}), {"a": []}
    for key, value in {
        "images": None, "annotations": None, "categories": None,
    }.items():  # fmt: skip
        yield f"{key} null", _json({**sound, key: value}), "error"
        yield f"{key} a number", _json({**sound, key: 5}), "error"
        yield f"{key} an object", _json({**sound, key: {"a": 1}}), "error"
        yield f"{key} of words", _json({**sound, key: ["a"]}), "error"
    for key in ("image_id", "segmentation", "category_id"):
        cell = {one: value for one, value in sound["annotations"][0].items() if one != key}
        expected = {"image_id": "error", "segmentation": {"a": []}, "category_id": {"a": [_IN_SQUARE]}}[key]
        yield f"annotation without {key}", _json({**sound, "annotations": [cell]}), expected
        listed = {**cell, key: [[]] if key == "segmentation" else []}
        yield f"annotation with {key} a list", _json({**sound, "annotations": [listed]}), "error"
    for value in (float("nan"), float("inf"), True, "high", 10**400, None):
        yield f"score {str(value)[:12]}", _segmented(_SQUARE, score=value), {"a": [_IN_SQUARE]}
    for name, content in {
        "empty": b"",
        "empty object": b"{}",
        "list": b"[]",
        "number": b"7",
        "cut": json.dumps(sound).encode()[:-20],
        "deep": b"[" * 200_000,
        "deep inside": b'{"images": ' + b"[" * 200_000,
        "deep objects": b'{"a":' * 200_000,
        "latin-1": b'{"images": [], "annotations": "\xe9"}',
        "comments": b"// COCO\n" + json.dumps(sound).encode(),
        "python": str(sound).encode(),
        "zeros": bytes(100),
        "endless number": b'{"images": [' + b"9" * 100_000 + b'], "annotations": []}',
    }.items():
        yield name, _json(content), "error"
    yield "utf-16", _json(json.dumps(sound).encode("utf-16")), {"a": [_IN_SQUARE]}


def _whole() -> dict[str, Any]:
    cell = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": _SQUARE}
    return {"images": [_IMAGE], "annotations": [cell], "categories": [{"id": 1, "name": "cort"}]}


# ---- GeoJSON ----

_RING = [[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]


def _geometry(coordinates: Any, kind: Any = "Polygon") -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": {}}


def _beside(content: Any, name: str, folder_name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        picture(folder / "images" / "a.png")
        (folder / folder_name).mkdir()
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (folder / folder_name / name).write_bytes(data)

    return make


def _geo(content: Any) -> Callable[[Path], None]:
    return _beside(content, "a.geojson", "geojson")


def _geojson() -> Iterator[Case]:
    yield "sound", _geo(_geometry([_RING])), {"a": [_IN_SQUARE]}
    yield (
        "byte order mark",
        _geo(b"\xef\xbb\xbf" + json.dumps(_geometry([_RING])).encode()),
        {"a": [_IN_SQUARE]},
    )
    yield "no features", _geo([]), {"a": []}
    yield "a point", _geo(_geometry([1, 1], "Point")), {"a": []}
    yield "far away", _geo(_geometry([[[50, 50], [60, 50], [60, 60]]])), {"a": [[]]}
    zigzag = [[i % 7, (i % 2) * 12] for i in range(100_000)]
    for name, coordinates in {
        "two points": [[[1, 1], [3, 3]]],
        "no coordinates": None,
        "a number": 5,
        "words": [[["a", "b"], ["c", "d"], ["e", "f"]]],
        "not a number": [[[1, 1], [float("nan"), 1], [3, 3]]],
        "infinity": [[[1, 1], [float("inf"), 1], [3, 3]]],
        "ragged": [[[1, 1], [3], [3, 3]]],
        "flat": [1, 1, 3, 1, 3, 3],
        "a huge number": [[[1, 1], [10**400, 1], [3, 3]]],
        "at the end of floats": [[[-1.7e308, -1.7e308], [1.7e308, 1.7e308], [1.7e308, -1.7e308]]],
        "nested": json.loads("[" * 400 + "]" * 400),
        "zigzag": [zigzag],
    }.items():
        yield name, _geo(_geometry(coordinates)), "error"
    everywhere = _geometry([[[0, 0], [10, 0], [10, 12], [0, 12]]])
    yield "each cell everywhere", _geo([everywhere] * 10_000), "error"
    for name, content in {
        "empty": b"",
        "object": {},
        "a word": "x",
        "null": None,
        "numbers": [1, 2],
        "no type": {"features": []},
        "another type": {"type": "Topology"},
        "features null": {"type": "FeatureCollection", "features": None},
        "no geometry key": [{"type": "Feature", "properties": {}}],
        "geometry a number": [{"type": "Feature", "geometry": 5, "properties": {}}],
        "no kind": [{"type": "Feature", "geometry": {"coordinates": [_RING]}}],
        "properties a list": [{**_geometry([_RING]), "properties": [1]}],
        "classification a word": [{**_geometry([_RING]), "properties": {"classification": "x"}}],
        "names of numbers": [{**_geometry([_RING]), "properties": {"classification": {"names": [1]}}}],
        "deep": b"[" * 200_000,
        "cut": json.dumps([_geometry([_RING])]).encode()[:-30],
        "collection in collection": b'{"type":"GeometryCollection","geometries":[' * 50_000,
    }.items():
        yield name, _geo(content), "error"
    nested = '{"type":"GeometryCollection","geometries":[' * 500 + json.dumps(_geometry([_RING])["geometry"])
    whole = f'{{"type":"Feature","properties":{{}},"geometry":{nested}{"]}" * 500}}}'
    yield "500 deep", _geo(whole.encode()), None
    named = {**_geometry([_RING]), "properties": {"classification": {"name": 5}}}
    yield "a type that is a number", _geo(named), None
    for value in (10**400, float("nan"), "high", None, True):
        measured = {**_geometry([_RING]), "properties": {"measurements": {"confidence": value}}}
        yield f"confidence {str(value)[:12]}", _geo(measured), {"a": [_IN_SQUARE]}


# ---- ImageJ ROIs ----


def _roi(*points: tuple[int, int], kind: int = 0, count: int | None = None) -> bytes:
    """A polygon in ImageJ's format, version 228."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    top, left, bottom, right = min(ys), min(xs), max(ys), max(xs)
    head = b"Iout" + struct.pack(">hBBhhhhH", 228, kind, 0, top, left, bottom, right, count or len(points))
    offsets = [x - left for x in xs] + [y - top for y in ys]
    return head.ljust(64, b"\0") + struct.pack(f">{len(offsets)}h", *offsets)


def _zip(*entries: tuple[str, bytes], compressed: bool = False) -> bytes:
    file = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def _bomb(folder: Path) -> None:
    """300 MB in 1.4."""
    _beside(b"", "a.zip", "rois")(folder)
    with zipfile.ZipFile(folder / "rois" / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(3):
            archive.writestr(f"{number}.roi", bytes(100 << 20))


def _lying_size() -> bytes:
    data = bytearray(_zip(("a.roi", bytes(1 << 20)), compressed=True))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", data, data.find(signature) + offset, 200)
    return bytes(data)


def _rois() -> Iterator[Case]:
    square = _roi((1, 1), (3, 1), (3, 3), (1, 3))
    whole = _zip(("a.roi", square), ("b.roi", square))

    def rois(content: bytes, name: str = "a.zip") -> Callable[[Path], None]:
        return _beside(content, name, "rois")

    yield "sound", rois(_zip(("a.roi", square))), {"a": [_IN_SQUARE]}
    yield "single", rois(square, "a.roi"), {"a": [_IN_SQUARE]}
    yield "no selection", rois(_zip(("readme.txt", b"x"))), {"a": []}
    yield "climbing names", rois(_zip(("../../a.roi", square))), {"a": [_IN_SQUARE]}
    for part in range(9):
        yield f"cut {part} of 9", rois(whole[: len(whole) * part // 9]), "error"
        yield f"single cut {part} of 9", rois(square[: len(square) * part // 9], "a.roi"), "error"
    yield "no zip", rois(b"selections"), "error"
    yield "no roi", rois(_zip(("a.roi", b"Iout"))), "error"
    yield "another magic", rois(b"Jout" + square[4:], "a.roi"), "error"
    yield "unknown kind", rois(_roi((1, 1), (3, 1), (3, 3), kind=77), "a.roi"), "error"
    yield "more points than there are", rois(_roi((1, 1), (3, 1), (3, 3), count=60_000), "a.roi"), "error"
    yield "bomb", _bomb, "error"
    yield "lying size", rois(_lying_size()), "error"
    yield "ff", rois(b"Iout" + b"\xff" * 200, "a.roi"), None
    yield "zeros", rois(b"Iout" + bytes(200), "a.roi"), None


# ---- Label images and masks ----


def _label_image(pixels: Any, name: str = "a.tif", folder_name: str = "labels") -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        picture(folder / "images" / "a.png")
        target = folder / folder_name / name
        target.parent.mkdir()
        if name.endswith(".tif"):
            tifffile.imwrite(target, pixels, metadata=None, compression="zlib")
        else:
            Image.fromarray(pixels).save(target)

    return make


def _labels() -> Iterator[Case]:
    sound = np.zeros((HEIGHT, WIDTH), np.uint16)
    sound[1:3, 1:3] = 5
    right = {"a": [_IN_SQUARE]}
    for kind in (np.uint8, np.uint16, np.uint32, np.int32, np.int64):
        yield f"as {np.dtype(kind)}", _label_image(sound.astype(kind)), right
    yield "none", _label_image(np.zeros((HEIGHT, WIDTH), np.uint8)), {"a": []}
    yield "the largest", _label_image(sound.astype(np.uint32) * (2**32 - 1)), None
    for name, pixels in {
        "floats": sound.astype(np.float32),
        "fractions": sound.astype(np.float32) / 7,
        "not a number": np.full((HEIGHT, WIDTH), np.nan, np.float32),
        "negative": -sound.astype(np.int32),
        "too large": sound.astype(np.uint64) * 2**40,
        "complex": sound.astype(np.complex64),
        "colour": np.stack([sound.astype(np.uint8)] * 3, axis=-1),
        "a stack": np.stack([sound, sound]),
        "another size": sound[:-1],
        "turned": sound.T.copy(),
        "one pixel": sound[:1, :1],
        "a line": sound.ravel(),
    }.items():
        yield name, _label_image(pixels), "error"
    yield "colour png", _label_image(np.stack([sound.astype(np.uint8)] * 3, axis=-1), "a.png"), "error"
    mask = (sound > 0).astype(np.uint8) * 255
    yield "mask", _label_image(mask, "a.png", "masks"), right
    yield (
        "mask of three levels",
        _label_image(mask + np.eye(HEIGHT, WIDTH, dtype=np.uint8), "a.png", "masks"),
        "error",
    )
    coloured = np.stack([mask, mask, mask // 2], axis=-1)
    yield "mask in colour", _label_image(coloured, "a.png", "masks"), "error"
    yield "mask of another size", _label_image(mask[:-1], "a.png", "masks"), "error"
    yield "two files of one name", _two_labels, "error"


def _two_labels(folder: Path) -> None:
    _label_image(np.zeros((HEIGHT, WIDTH), np.uint8))(folder)
    Image.new("L", (WIDTH, HEIGHT)).save(folder / "labels" / "a.png")


# ---- OME-Zarr ----


def _v2(shape: Any, chunks: Any, dtype: str, **more: Any) -> dict[str, Any]:
    return {
        "zarr_format": 2, "shape": shape, "chunks": chunks, "dtype": dtype, "compressor": None,
        "fill_value": 0, "order": "C", "filters": None, "dimension_separator": "/", **more,
    }  # fmt: skip


_AXES = [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}]


def _image_group(folder: Path, array: Any, chunk: bytes | None, attributes: Any = None) -> None:
    """Write an image of one chunk; `array` is its .zarray."""
    (folder / "0" / "0").mkdir(parents=True)
    data = {"multiscales": [{"version": "0.4", "axes": _AXES, "datasets": [{"path": "0"}]}]}
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    (folder / ".zattrs").write_text(json.dumps(data if attributes is None else attributes))
    (folder / "0" / ".zarray").write_text(json.dumps(array))
    if chunk is not None:
        (folder / "0" / "0" / "0").write_bytes(chunk)


def _ome(
    labels: Any = None,
    chunk: bytes | None = b"",
    names: Any = ("cells",),
    attributes: Any = None,
    array: Any = None,
) -> Callable[[Path], None]:
    """A picture with a label image; each argument replaces one part of a sound one."""
    pixels = np.arange(1, HEIGHT * WIDTH + 1, dtype=np.uint8).tobytes()
    cells = np.zeros((HEIGHT, WIDTH), "<u2")
    cells[1:3, 1:3] = 5

    def make(folder: Path) -> None:
        root = folder / "a.ome.zarr"
        size = [HEIGHT, WIDTH]
        _image_group(root, array or _v2(size, size, "|u1"), pixels)
        stored = cells.tobytes() if chunk == b"" else chunk
        _image_group(root / "labels" / "cells", labels or _v2(size, size, "<u2"), stored, attributes)
        (root / "labels" / ".zattrs").write_text(json.dumps({"labels": names}))

    return make


def _scales(path: Any = "0", axes: Any = _AXES, **more: Any) -> dict[str, Any]:
    return {"multiscales": [{"version": "0.4", "axes": axes, "datasets": [{"path": path}], **more}]}


def _zarr() -> Iterator[Case]:
    size = [HEIGHT, WIDTH]
    yield "sound", _ome(), {"a": [_IN_SQUARE]}
    yield "no chunk of labels", _ome(chunk=None), {"a": []}
    yield "properties of labels", _ome(attributes={**_scales(), "image-label": 5}), None
    for value in (None, 5, "x", [5], [{}], [{"label-value": "x"}], [{"label-value": None}], [None]):
        listed = {**_scales(), "image-label": {"properties": value}}
        yield f"properties {value}", _ome(attributes=listed), None
    for name, make in {
        "chunk cut": _ome(chunk=bytes(7)),
        "chunk too long": _ome(chunk=bytes(1000)),
        "chunk of a byte": _ome(chunk=b"\0"),
        "size lies": _ome(_v2([10**6, 10**6], size, "<u2")),
        "chunks without end": _ome(_v2([10**7, WIDTH], size, "<u2")),
        "another size": _ome(_v2([5, 5], [5, 5], "<u2"), bytes(50)),
        "huge chunks": _ome(_v2(size, [10**6, 10**6], "<u2")),
        "huge chunks, compressed": _ome(
            _v2(size, [60_000, 60_000], "<u2", compressor={"id": "zlib", "level": 1}),
            zlib.compress(bytes(1000)),
        ),
        "negative size": _ome(_v2([-5, 5], size, "<u2")),
        "chunks of nothing": _ome(_v2(size, [0, 0], "<u2")),
        "no dimensions": _ome(_v2([], [], "<u2")),
        "size of words": _ome(_v2(["a", "b"], size, "<u2")),
        "unknown type": _ome(_v2(size, size, "<q9")),
        "objects": _ome(_v2(size, size, "|O")),
        "pickled objects": _ome(_v2(size, size, "|O", filters=[{"id": "pickle", "protocol": 5}])),
        "unknown compressor": _ome(_v2(size, size, "<u2", compressor={"id": "magic"})),
        "unknown version": _ome({**_v2(size, size, "<u2"), "zarr_format": 9}),
        "no array": _ome({"a": 1}),
        "floats": _ome(_v2(size, size, "<f4"), bytes(480)),
        "path outside": _ome(attributes=_scales("../../../outside")),
        "absolute path": _ome(attributes=_scales("/etc")),
        "path to itself": _ome(attributes=_scales(".")),
        "empty path": _ome(attributes=_scales("")),
        "path back to the picture": _ome(attributes=_scales("../../0")),
        "long path": _ome(attributes=_scales("0" * 300)),
        "path with a zero": _ome(attributes=_scales("0\0")),
        "path a list": _ome(attributes=_scales(["0"])),
        "axes missing": _ome(attributes=_scales(axes=[])),
        "axes of numbers": _ome(attributes=_scales(axes=[1, 2])),
        "three axes": _ome(attributes=_scales(axes=[{"name": n} for n in "zyx"])),
        "axis twice": _ome(attributes=_scales(axes=[{"name": "x"}, {"name": "x"}])),
        "no datasets": _ome(attributes={"multiscales": [{"axes": _AXES, "datasets": []}]}),
        "no multiscales": _ome(attributes={"multiscales": []}),
        "multiscales a number": _ome(attributes={"multiscales": 5}),
        "attributes a list": _ome(attributes=[]),
        "label name outside": _ome(names=["../../outside"]),
        "label name absolute": _ome(names=["/etc"]),
        "label name missing": _ome(names=["other"]),
        "label names a word": _ome(names="cells"),
        "two label names": _ome(names=["a", "b"]),
        "label names nested": _ome(names=[["cells"]]),
        "long label name": _ome(names=["c" * 300]),
        "label name with a zero": _ome(names=["cells\0"]),
        "label name half a sign": _ome(names=["\ud800"]),
        "path half a sign": _ome(attributes=_scales("\ud800")),
        "picture's size lies": _ome(array=_v2([10**6, 10**6], size, "|u1")),
    }.items():
        yield name, make, "error"
    for value in (5, "x", [{"type": "scale", "scale": [0, 0]}], [{"type": "scale", "scale": "x"}], [5]):
        lying = _scales(coordinateTransformations=value)
        yield f"scale {str(value)[:40]}", _ome(attributes=lying), None
    yield "deep", _deep_zarr, "error"
    yield "a plate that goes round", _plate, "error"
    yield "a link to itself", _linked, {"a": [_IN_SQUARE]}


def _deep_zarr(folder: Path) -> None:
    _ome()(folder)
    (folder / "a.ome.zarr" / ".zattrs").write_text("[" * 200_000)


def _plate(folder: Path) -> None:
    root = folder / "a.ome.zarr"
    root.mkdir()
    plate = {"plate": {"wells": [{"path": "."}]}, "well": {"images": [{"path": "."}, {"path": ".."}]}}
    (root / ".zattrs").write_text(json.dumps(plate))
    (root / "labels").mkdir()
    (root / "labels" / ".zattrs").write_text(json.dumps({"labels": ["cells"]}))


def _linked(folder: Path) -> None:
    _ome()(folder)
    for name in ("one", "two"):
        (folder / "a.ome.zarr" / name).symlink_to(".", target_is_directory=True)
