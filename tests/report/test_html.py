"""The page parsed as HTML: what it says, and that it needs nothing beside itself."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from PIL import Image as PillowImage

from neurocyte.measurement import measure, summarise
from neurocyte.report.html import format_number, write_report
from neurocyte.writers import write_overlay

VOID = {"meta", "img"}
RUN = {
    "version": "0.1.0",
    "created": "2026-01-02 03:04",
    "model": {"name": "phase-contrast", "description": "A network.", "license": "Non-commercial research."},
    "settings": {"task": "cells", "tta": False, "pixel_size_um": None, "tile": {"size": 768, "overlap": 96}},
    "runtime": {"engine": "OpenVINO", "threads": 2, "min_confidence": 0.25},
    "notes": ["A note <i>of the run</i>."],
}


class Page(HTMLParser):
    """The page's texts and attributes; fails on tags that are not closed in order."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.tags, self.open = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and "style" not in self.open:
            self.texts.append(data.strip())

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def run_of(tmp_path, names, pixel_size=None):
    rows, tables = [], []
    for number, name in enumerate(names, start=1):
        labels = np.zeros((100, 600), dtype=np.uint16)
        for label in range(1, number + 1):
            labels[2:12, 12 * label : 12 * label + 10] = label
        table = measure(labels, pixel_size_um=pixel_size)
        rows.append({"image": name, **summarise(labels, table, pixel_size)})
        tables.append(table)
        write_overlay(tmp_path / "overlays" / f"{name}.png", np.zeros((100, 600), dtype=np.uint8), labels)
    return rows, pd.concat(tables)


def report(tmp_path, *arguments):
    write_report(tmp_path / "report.html", *arguments, tmp_path / "overlays")
    return Page((tmp_path / "report.html").read_text(encoding="utf-8"))


def test_the_page_tells_model_settings_totals_and_images(tmp_path):
    rows, cells = run_of(tmp_path, ["a", "b", "c"])
    page = report(tmp_path, RUN, rows, cells)
    for text in ("phase-contrast", "A network.", "Non-commercial research.", "Made with neurocyte 0.1.0."):
        assert any(text in found for found in page.texts), text
    total = page.texts.index("images")
    assert page.texts[total - 1 : total + 3] == ["3", "images", "6", "cells"]
    assert page.texts[page.texts.index("tile") + 1] == "size 768, overlap 96"
    assert page.texts[page.texts.index("tta") + 1] == "no"
    assert page.texts[page.texts.index("min confidence") + 1] == "0.25"
    assert "pixel size um" not in page.texts
    start = page.texts.index("Median area, px")
    assert page.texts[start + 1 : start + 6] == ["a", "1", "0.2", "17", "100"]


def test_failures_are_listed_with_their_sentences_and_not_among_the_images(tmp_path):
    rows, cells = run_of(tmp_path, ["a"])
    page = report(
        tmp_path, RUN, [*rows, {"image": "x.png", "error": "x.png is empty: copy it again."}], cells
    )
    assert "1 image failed" in page.texts
    assert "x.png is empty: copy it again." in page.texts
    assert page.texts.count("x.png") == 1
    assert page.texts[page.texts.index("image") - 1] == "1"


def test_a_pixel_size_brings_micrometres(tmp_path):
    rows, cells = run_of(tmp_path, ["a"], pixel_size=0.5)
    page = report(tmp_path, RUN, rows, cells)
    assert "Median area, µm²" in page.texts
    assert "area in µm², median 25" in page.texts
    start = page.texts.index("Median area, µm²")
    assert page.texts[start + 1 : start + 6] == ["a", "1", "0.2", "67", "25"]


def test_areas_are_in_pixels_as_soon_as_one_image_has_no_pixel_size(tmp_path):
    rows, cells = run_of(tmp_path, ["a", "b"], pixel_size=0.5)
    cells.iloc[0, cells.columns.get_loc("area_um2")] = np.nan
    assert "area in px, median 100" in report(tmp_path, RUN, rows, cells).texts


def test_everything_is_in_the_page_and_thumbnails_are_small_pictures(tmp_path):
    rows, cells = run_of(tmp_path, ["Img (31) #1"])
    page = report(tmp_path, RUN, rows, cells)
    source = page.all("img")[0]["src"]
    kind, _, data = source.partition(";base64,")
    assert kind == "data:image/jpeg"
    with PillowImage.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.size == (480, 80)
        assert np.ptp(np.asarray(picture), axis=2).max() > 100  # the outlines are there
    assert [link["href"] for link in page.all("a")] == ["overlays/Img%20%2831%29%20%231.png"]
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not page.all("script")
    assert not page.all("link")
    assert not re.search(r"https?://|@import|url\(", html)


def test_the_bars_are_the_histogram(tmp_path):
    rows, cells = run_of(tmp_path, ["a", "b"])
    bars = report(tmp_path, RUN, rows, cells).all("rect")
    heights = [float(bar["height"]) for bar in bars]
    assert max(heights) == 170.0
    assert sum(height > 0 for height in heights) == 1


def test_names_and_sentences_cannot_bring_markup(tmp_path):
    evil = "<script>alert(1)</script>"
    page = report(tmp_path, {**RUN, "notes": [evil]}, [{"image": evil, "error": evil}], None)
    assert not page.all("script")
    assert page.texts.count(evil) == 3


@pytest.mark.parametrize("run", [{}, {"model": None, "settings": None}])
def test_a_run_without_anything_is_a_page(tmp_path, run):
    page = report(tmp_path, run, [], None)
    assert page.texts[:2] == ["neurocyte report", "neurocyte report"]
    assert not page.all("svg")
    assert not page.all("table")


def test_images_without_cells_or_overlays_are_fine(tmp_path):
    labels = np.zeros((10, 10), dtype=np.uint16)
    table = measure(labels)
    page = report(tmp_path, RUN, [{"image": "none", **summarise(labels, table)}], table)
    assert not page.all("img")
    assert page.texts[page.texts.index("Median area, px") + 1 :][:5] == [
        "none",
        "0",
        "0.0",
        "0",
        "\N{EN DASH}",
    ]


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: data[:20] + data[24:], lambda data: b""]
)
def test_a_damaged_overlay_is_left_out(tmp_path, damage):
    rows, cells = run_of(tmp_path, ["a", "b"])
    path = tmp_path / "overlays" / "a.png"
    path.write_bytes(damage(path.read_bytes()))
    page = report(tmp_path, RUN, rows, cells)
    assert [picture["alt"] for picture in page.all("img")] == ["b with its cells outlined"]


def test_pictures_larger_than_pillow_expects_are_shown(tmp_path, monkeypatch):
    rows, cells = run_of(tmp_path, ["a"])
    monkeypatch.setattr(PillowImage, "MAX_IMAGE_PIXELS", 1000)
    assert len(report(tmp_path, RUN, rows, cells).all("img")) == 1


def test_a_long_run_shows_pictures_evenly_through_the_list(tmp_path, monkeypatch):
    rows, cells = run_of(tmp_path, list("abcdefg"))
    monkeypatch.setattr("neurocyte.report.html.GALLERY_LIMIT", 3)
    page = report(tmp_path, RUN, rows, cells)
    assert [picture["alt"][0] for picture in page.all("img")] == ["a", "d", "g"]
    assert any(text.startswith("3 of 7 images") for text in page.texts)


def test_numbers_for_people():
    assert format_number(1234567.4) == "1\u2009234\u2009567"
    assert format_number(0.06, 1) == "0.1"
    assert format_number(None) == format_number(float("nan")) == "\N{EN DASH}"
