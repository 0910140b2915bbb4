"""The page parsed as HTML: what it says, and that it needs nothing beside itself."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd

from neurocyte.measurement import measure, summarise
from neurocyte.report import gallery
from neurocyte.report.html import write_report
from neurocyte.report.preview import Preview
from neurocyte.report.text import format_number, format_time
from neurocyte.writers import write_overlay

VOID = {"meta", "img", "input"}
RUN = {
    "version": "0.1.0",
    "created": "2026-01-02T03:04:05+00:00",
    "model": {"name": "phase-contrast", "description": "A network.", "license": "Non-commercial research."},
    "settings": {"task": "cells", "tta": False, "pixel_size_um": None, "tile": {"size": 768, "overlap": 96}},
    "runtime": {"engine": "OpenVINO", "threads": 2, "min_confidence": 0.25},
    "notes": ["A note <i>of the run</i>."],
}


class Page(HTMLParser):
    """The page's texts, scripts and attributes; fails on tags that are not closed in order."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.tags, self.open, self.raw = [], [], [], {"script": [], "style": []}
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID and tag != "path":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag != "path":
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]].append(data)
        elif data.strip():
            self.texts.append(data.strip())

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def data(self, name):
        ids = [script.get("id") for script in self.all("script")]
        return json.loads(self.raw["script"][ids.index(name)])


def run_of(tmp_path, names, pixel_size=None):
    rows, tables = [], []
    for number, name in enumerate(names, start=1):
        labels = np.zeros((100, 600), dtype=np.uint16)
        for label in range(1, number + 1):
            labels[2:12, 12 * label : 12 * label + 10] = label
        table = measure(labels, pixel_size_um=pixel_size, confidences=np.full(number, 0.75))
        rows.append({"image": name, **summarise(labels, table, pixel_size)})
        tables.append(table.assign(image=name))
        pixels = np.zeros((100, 600), dtype=np.uint8)
        write_overlay(tmp_path / "overlays" / f"{name}.png", pixels, labels)
        Preview.of(pixels, labels).save(tmp_path / "previews" / f"{name}.json")
    return rows, pd.concat(tables)


def report(tmp_path, *arguments, **options):
    options = {"preview_dir": tmp_path / "previews", **options}
    write_report(tmp_path / "report.html", *arguments, tmp_path / "overlays", **options)
    return Page((tmp_path / "report.html").read_text(encoding="utf-8"))


def test_the_page_tells_model_settings_totals_and_images(tmp_path):
    rows, cells = run_of(tmp_path, ["a", "b", "c"])
    page = report(tmp_path, RUN, rows, cells)
    for text in ("phase-contrast", "A network.", "Non-commercial research.", "Made with neurocyte 0.1.0."):
        assert any(text in found for found in page.texts), text
    assert "· 2026-01-02 03:04 UTC" in page.texts
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
    failed = {"image": "x.png", "error": "x.png is empty: copy it again."}
    page = report(tmp_path, RUN, [*rows, failed], cells)
    assert "1 image failed" in page.texts
    assert "x.png is empty: copy it again." in page.texts
    assert page.texts.count("x.png") == 1
    assert [image["name"] for image in page.data("table")["images"]] == ["a"]


def test_a_run_of_failures_has_no_gallery(tmp_path):
    page = report(tmp_path, RUN, [{"image": "x", "error": "x is empty."}], None)
    assert "1 image failed" in page.texts
    assert not page.all("script")


def test_a_pixel_size_brings_micrometres(tmp_path):
    rows, cells = run_of(tmp_path, ["a"], pixel_size=0.5)
    page = report(tmp_path, RUN, rows, cells)
    assert "Area, µm²" in page.texts
    assert "1 cell, median 25" in page.texts
    start = page.texts.index("Median area, µm²")
    assert page.texts[start + 1 : start + 6] == ["a", "1", "0.2", "67", "25"]
    assert page.data("table")["unit"] == "µm²"


def test_the_gallery_has_what_sorting_and_filtering_need(tmp_path):
    rows, cells = run_of(tmp_path, ["Img (31) #1", "b"])
    rows[1]["flags"] = "empty; saturated"
    groups = {"Img (31) #1": {"well": "A1", "time": "2"}, "b": {"well": "none", "time": "3"}}
    statements = {"empty": "No cell.", "saturated": "Too bright.", "out of focus": "Not sharp."}
    page = report(tmp_path, RUN, rows, cells, groups=groups, statements=statements)
    table = page.data("table")
    assert table["columns"] == ["well", "time"]
    assert table["images"][0] == {
        "name": "Img (31) #1",
        "cells": 1,
        "confluence": 0.2,
        "area": 100,
        "confidence": 0.75,
        "flags": [],
        "groups": ["A1", "2"],
        "link": "overlays/Img%20%2831%29%20%231.png",
    }
    assert table["images"][1]["flags"] == ["empty", "saturated"]
    for flag, count in (("empty", "1"), ("saturated", "1"), ("out of focus", "0")):
        assert page.texts[page.texts.index(flag) + 1 : page.texts.index(flag) + 3] == [
            count,
            statements[flag],
        ]
    block = page.data("picture-1")
    preview = Preview.load(tmp_path / "previews" / "b.json")
    assert (block["picture"], block["width"]) == (preview.large, 600)
    assert list(block["outlines"].values()) == list(preview.outlines.values())


def test_many_large_pictures_make_way_for_small_ones(tmp_path, monkeypatch):
    rows, cells = run_of(tmp_path, ["a"])
    preview = Preview.load(tmp_path / "previews" / "a.json")
    monkeypatch.setattr(gallery, "LARGE_PAGE", len(preview.large) - 1)
    assert report(tmp_path, RUN, rows, cells).data("picture-0")["picture"] == preview.small != preview.large


def test_of_very_many_images_the_first_have_pictures_and_the_page_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "MOST_PICTURES", 1)
    rows, cells = run_of(tmp_path, ["a", "b", "c"])
    page = report(tmp_path, RUN, rows, cells)
    assert [page.data(f"picture-{number}") is None for number in range(3)] == [False, True, True]
    assert any(text.startswith("Only the first 1 of 3 images have a picture here") for text in page.texts)


def test_overlays_stand_in_for_previews_and_nothing_for_both(tmp_path):
    rows, cells = run_of(tmp_path, ["a", "b"])
    for path in (tmp_path / "previews").iterdir():
        path.unlink()
    (tmp_path / "overlays" / "b.png").unlink()
    page = report(tmp_path, RUN, rows, cells)
    assert page.data("picture-0")["outlines"] == {}
    assert page.data("picture-1") is None


def test_everything_is_in_the_page_and_its_policy_forbids_the_rest(tmp_path):
    rows, cells = run_of(tmp_path, ["a"])
    page = report(tmp_path, RUN, rows, cells)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not page.all("link")
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(|\sstyle=|\son\w+=", html)
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv"))
    (style,) = page.raw["style"]
    code = next(text for text, tag in zip(page.raw["script"], page.all("script"), strict=True) if not tag)
    for text, kind in ((style, "style-src"), (code, "script-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_names_groups_and_sentences_cannot_bring_markup(tmp_path):
    evil = "</script><script>alert(1)</script>"
    rows = [
        {"image": evil, "error": evil},
        {"image": f"{evil}2", "count": 1, "confluence": 1.0, "density_per_megapixel": 1.0, "flags": "empty"},
    ]
    rows[1] |= {"median_area_px": 1.0, "median_area_um2": None, "density_per_mm2": None}
    groups = {f"{evil}2": {"<b>well": f"{evil}3"}}
    cells = measure(np.ones((4, 4), np.uint16), confidences=[1]).assign(image=f"{evil}2")
    options = {"groups": groups, "statements": {"empty": evil}}
    page = report(tmp_path, {**RUN, "notes": [evil]}, rows, cells, **options)
    assert [tag.get("id") for tag in page.all("script")] == ["table", None, "picture-0"]
    # Not even a comment can begin in the data.
    assert "<" not in page.raw["script"][0] + page.raw["script"][2]
    assert page.texts.count(evil) == 4
    assert page.data("table")["images"][0]["name"] == f"{evil}2"
    assert "b" not in [tag for tag, attributes in page.tags if attributes.get("class") == "well"]


def test_numbers_and_times_for_people():
    assert [format_number(one) for one in (None, float("nan"), 1234567.4)] == [
        "\u2013",
        "\u2013",
        "1\u2009234\u2009567",
    ]
    assert format_number(1.25, 1) == "1.2"
    assert format_time("2026-01-02T03:04:05+02:00") == "2026-01-02 03:04 UTC+02:00"
    assert (format_time("yesterday"), format_time(None)) == ("yesterday", None)
