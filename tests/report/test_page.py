"""The page in a browser: gallery, viewer, keyboard, narrow windows and print."""

import numpy as np
import pandas as pd
import pytest

from neurocyte.measurement import measure, summarise
from neurocyte.report.html import write_report
from neurocyte.report.preview import Preview

# A name that a file may have.
EVIL = "<img src=c onerror=alert(1)>"
COUNTS = {"a10": 2, "a9": 4, EVIL: 1, "b": 0, "c": 3}
WELLS = {"a10": "A10", "a9": "A2", EVIL: "none", "b": "A2", "c": "A2"}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    rows, tables, groups = [], [], {}
    for number, (name, count) in enumerate(COUNTS.items()):
        labels = np.zeros((90, 120), dtype=np.uint16)
        for label in range(1, count + 1):
            labels[10:30, 24 * label : 24 * label + 10] = label
        table = measure(labels, confidences=np.full(count, 0.5))
        flags = "empty" if not count else ""
        rows.append({"image": name, **summarise(labels, table), "flags": flags})
        tables.append(table.assign(image=name))
        preview = Preview.of(np.full((90, 120), 50 + number, np.uint8), labels)
        preview.save(folder / "previews" / f"{name}.json")
        groups[name] = {"well": WELLS[name], "time": str(number % 2)}
    cells = pd.concat([table for table in tables if len(table)], ignore_index=True)
    path = folder / "report.html"
    run = {"model": {"name": "tiny"}}
    options = {"preview_dir": folder / "previews", "groups": groups, "statements": {"empty": "No cell."}}
    write_report(path, run, rows, cells, folder / "overlays", **options)
    return path


def names(page):
    # Not the inner text: it is empty where the page has put off drawing what is not in view.
    return page.locator(".item b").all_text_contents()


def focused(page):
    return page.evaluate("document.activeElement.querySelector('b')?.textContent")


def test_sorting(open_page, page_file):
    page = open_page(page_file)
    assert names(page) == list(COUNTS)
    page.get_by_label("Sort by").select_option("cells")
    assert names(page) == ["b", EVIL, "a10", "c", "a9"]
    page.get_by_role("button", name="Descending").click()
    assert names(page) == ["a9", "c", "a10", EVIL, "b"]
    page.get_by_label("Sort by").select_option("area")
    assert names(page)[-1] == "b"  # unknown: last in either direction
    page.get_by_role("button", name="Descending").click()
    assert names(page)[-1] == "b"
    page.get_by_label("Sort by").select_option("name")
    assert names(page) == [EVIL, "a9", "a10", "b", "c"]


def test_filtering(open_page, page_file):
    page = open_page(page_file)
    assert page.get_by_role("status").inner_text() == "5 of 5 images"
    page.get_by_role("searchbox").fill("A1")
    assert names(page) == ["a10"]
    assert page.get_by_role("status").inner_text() == "1 of 5 images"
    page.get_by_role("searchbox").fill("")
    well = page.locator(".filter-group").first
    assert well.locator("option").all_inner_texts() == ["all", "A2", "A10", "none"]
    well.select_option("=A2")
    assert names(page) == ["a9", "b", "c"]
    page.get_by_label("Flags").select_option("-")
    assert names(page) == ["a9", "c"]
    well.select_option("")
    page.get_by_role("button", name="Show in the gallery").click()
    assert names(page) == ["b"]
    page.get_by_role("searchbox").fill("nothing")
    assert names(page) == []


def test_pictures_come_with_contours_that_can_be_switched_off(open_page, page_file):
    page = open_page(page_file)
    first = page.locator(".item").first
    first.scroll_into_view_if_needed()
    first.locator("img").wait_for()
    assert (
        first.locator("img").evaluate("async (one) => { await one.decode(); return one.naturalWidth; }")
        == 120
    )
    box, drawn = first.locator("img").bounding_box(), first.locator(".contours path").first.bounding_box()
    # The outlines of the cells of a10: columns 24 to 58, rows 10 to 30 of 120 x 90.
    scale = box["width"] / 120
    assert drawn["x"] - box["x"] == pytest.approx(24 * scale, abs=4)
    assert drawn["height"] == pytest.approx(20 * scale, abs=7)
    button = page.locator(".tools .toggle-contours")
    button.click()
    assert not first.locator(".contours").is_visible()
    assert button.get_attribute("aria-pressed") == "false"
    page.keyboard.press("c")
    assert first.locator(".contours").is_visible()
    # In the field, c is a letter.
    page.get_by_role("searchbox").focus()
    page.keyboard.press("c")
    assert names(page) == [EVIL, "c"]
    assert page.locator("body.no-contours").count() == 0


def test_the_keyboard_alone_is_enough(open_page, page_file):
    page = open_page(page_file)
    page.locator(".item").first.focus()
    page.keyboard.press("ArrowRight")
    assert focused(page) == "a9"
    page.keyboard.press("End")
    assert focused(page) == "c"
    page.keyboard.press("ArrowRight")
    assert focused(page) == "c"
    page.keyboard.press("ArrowUp")
    assert focused(page) in ("a10", "a9")
    page.keyboard.press("Home")
    assert page.locator('.item[tabindex="0"]').count() == 1
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    viewer = page.locator("#viewer")
    assert viewer.is_visible()
    assert viewer.locator("h2").inner_text() == "a10"
    assert "2 cells" in viewer.locator("#viewer-facts").inner_text()
    assert viewer.get_by_label("Previous image").is_disabled()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert viewer.locator("h2").inner_text() == EVIL
    assert viewer.locator(".contours path").count() == 1
    page.keyboard.press("c")
    assert not viewer.locator(".contours").is_visible()
    page.keyboard.press("c")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert viewer.locator("h2").inner_text() == "c"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    assert not viewer.is_visible()
    # The browser gives the focus back a moment after the dialog has gone.
    page.wait_for_function("document.activeElement.querySelector('b')?.textContent === 'b'", timeout=5000)


def test_distributions_by_each_grouping(open_page, page_file):
    page = open_page(page_file)
    visible = page.locator(".grouping:not([hidden])")
    assert visible.locator("h3").inner_text() == "By well"
    assert visible.locator(".chart").first.locator(".row-name").all_inner_texts() == ["A2", "A10", "none"]
    page.get_by_label("time", exact=True).first.check()
    assert visible.locator("h3").inner_text() == "By time"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out_of_the_window(open_page, page_file, width, scheme):
    page = open_page(page_file, width=width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".item").first.click()
    stage = page.locator("#stage img").bounding_box()
    assert stage["x"] >= 0
    assert stage["x"] + stage["width"] <= width
    assert stage["height"] > 200


def test_print_has_all_pictures_and_no_controls(open_page, page_file):
    page = open_page(page_file, height=300)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".item img").count() == len(COUNTS)
    assert not page.locator(".tools").is_visible()
    assert page.locator(".item .contours").first.is_visible()


def test_without_script_the_numbers_are_there(open_page, page_file):
    page = open_page(page_file, java_script_enabled=False)
    assert page.locator("noscript").inner_text().startswith("The gallery needs JavaScript")
    assert page.locator("tbody tr").count() == len(COUNTS)
