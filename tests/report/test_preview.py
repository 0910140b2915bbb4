"""Outlines drawn again must be the cells, and previews survive their file."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageDraw
from skimage.draw import disk

from neurocyte.io.annotations import open_dataset
from neurocyte.report.outlines import UNITS, outlines
from neurocyte.report.preview import LARGE, SMALL, Preview
from neurocyte.writers import write_overlay
from neurocyte.writers.overlay import colours


def polygons(path):
    """Absolute points of path data with one relative polyline a part."""
    found = []
    for part in path.split("z")[:-1]:
        start, moves = re.fullmatch(r"M(\d+ \d+)l(.*)", part).groups()
        numbers = [int(one) for one in re.findall(r"[+-]?\d+", moves)]
        steps = np.array(numbers).reshape(-1, 2)
        first = np.array(start.split(), dtype=int)
        found.append(np.cumsum([first, *steps], axis=0))
    return found


def filled(paths, shape):
    """The area inside of all outlines, by the even-odd rule."""
    inside = np.zeros(shape, dtype=bool)
    for path in paths.values():
        for points in polygons(path):
            # A pixel's centre lies half a pixel inwards.
            corners = [tuple(point) for point in (points / UNITS - 0.5).tolist()]
            canvas = PillowImage.new("1", shape[::-1])
            ImageDraw.Draw(canvas).polygon(corners, fill=1)
            inside ^= np.asarray(canvas)
    return inside


def iou(one, other):
    return (one & other).sum() / (one | other).sum()


def test_a_square_has_the_outline_one_expects():
    labels = np.zeros((40, 60), dtype=np.uint16)
    labels[10:30, 20:50] = 1
    (points,) = polygons(outlines(labels, labels.shape, colours(labels))[0])
    assert (points.min(axis=0) / UNITS).tolist() == pytest.approx([20, 10], abs=0.6)
    assert (points.max(axis=0) / UNITS).tolist() == pytest.approx([50, 30], abs=0.6)
    assert len(points) <= 8


def test_disks_rings_and_cells_at_the_border():
    labels = np.zeros((120, 160), dtype=np.uint16)
    labels[disk((40, 40), 20)] = 1
    labels[disk((40, 40), 8)] = 0
    labels[disk((100, 100), 15)] = 2
    labels[:30, 140:] = 3
    paths = outlines(labels, labels.shape, colours(labels))
    assert sorted(paths) == [0, 1, 2]
    assert len(polygons(paths[0])) == 2
    assert iou(filled(paths, labels.shape), labels > 0) > 0.93


def test_a_smaller_picture_has_smaller_outlines_and_no_dust():
    labels = np.zeros((400, 600), dtype=np.uint16)
    labels[100:300, 150:450] = 1
    labels[0, 0] = 2
    paths = outlines(labels, (100, 150), colours(labels))
    (points,) = polygons(paths[0])
    assert (points.min(axis=0) / UNITS).tolist() == pytest.approx([37.5, 25], abs=1)
    assert (points.max(axis=0) / UNITS).tolist() == pytest.approx([112.5, 75], abs=1)
    assert paths.get(1, "") == ""


def test_no_cells_have_no_outlines():
    labels = np.zeros((5, 5), dtype=np.uint16)
    assert outlines(labels, (5, 5), colours(labels)) == {}


def test_real_cells(data_root):
    for sample in open_dataset(data_root / "data" / "sartorius").samples[:3]:
        labels = sample.read_labels().labels
        assert iou(filled(outlines(labels, labels.shape, colours(labels)), labels.shape), labels > 0) > 0.85


def picture(text):
    return PillowImage.open(io.BytesIO(base64.b64decode(text))).convert("RGB")


def test_pictures_are_small_have_no_outlines_and_survive_their_file(tmp_path):
    pixels = np.tile(np.arange(1408, dtype=np.uint16), (1040, 1))
    labels = np.zeros(pixels.shape, dtype=np.uint16)
    labels[200:400, 200:400] = 1
    preview = Preview.of(pixels, labels)
    assert (preview.width, preview.height) == (704, 520)
    assert picture(preview.large).size == (LARGE, 520)
    assert picture(preview.small).size == (SMALL, 266)
    assert np.ptp(np.asarray(picture(preview.large)).astype(int), axis=2).max() < 8
    preview.save(tmp_path / "a.json")
    assert Preview.load(tmp_path / "a.json") == preview


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "neurocyte-preview", "format_version": 2}'])
def test_another_file_is_no_preview(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    assert Preview.load(tmp_path / "a.json") is None
    assert Preview.load(tmp_path / "b.json") is None


def test_the_overlay_makes_do(tmp_path):
    labels = np.zeros((30, 40), dtype=np.uint16)
    labels[5:20, 5:20] = 1
    write_overlay(tmp_path / "a.png", np.zeros((30, 40), np.uint8), labels)
    preview = Preview.of_overlay(tmp_path / "a.png")
    assert (preview.width, preview.height, preview.outlines) == (40, 30, {})
    assert np.ptp(np.asarray(picture(preview.large)).astype(int), axis=2).max() > 100
    assert Preview.of_overlay(tmp_path / "b.png") is None
