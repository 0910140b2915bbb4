"""The page in a headless browser, from dropping an image to the download."""

import csv
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from neurocyte import load_model
from neurocyte.segmentation import Segmenter
from neurocyte.simulate import write_dataset
from serving import LiveServer, png

Live = Callable[..., LiveServer]
REAL = "data/sartorius/train/0f08d640930b.png"


@pytest.fixture
def picture(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A real image where there is one, else a simulated one."""
    try:
        path: Path = request.getfixturevalue("data_root") / REAL
    except pytest.skip.Exception:
        path = tmp_path / "none"
    if not path.exists():
        (path,) = write_dataset(tmp_path / "simulated", 1, 0, "cort")
    return path


def count_of(page: Any) -> int:
    return int(page.inner_text("#number").replace(",", ""))


def expect_count(page: Any, count: int) -> None:
    page.locator("#number", has_text=re.compile(f"^{count}$")).wait_for()


def download(page: Any, name: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.click(f'#downloads a[data-file="{name}"]')
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def spot(page: Any, x: float, y: float, shape: tuple[int, int]) -> tuple[float, float]:
    """Where a point of the image is on the screen while the whole image is fitted into the canvas."""
    box = page.locator("#canvas").bounding_box()
    height, width = shape
    scale = min((box["width"] - 24) / width, (box["height"] - 24) / height)
    left = box["x"] + (box["width"] - width * scale) / 2
    top = box["y"] + (box["height"] - height * scale) / 2
    return left + x * scale, top + y * scale


def test_upload_count_correct_download(
    open_page: Callable[..., Any], live: Live, picture: Path, tmp_path: Path
) -> None:
    server = live(tmp_path / "server", load_model())
    page = open_page(server.url)
    page.set_input_files("#files", picture)
    # The bar is there while it is worked on, the cells when it is done.
    page.locator("#list progress").first.wait_for()
    page.locator("#panel").wait_for(timeout=60_000)
    page.locator("#rows tr").first.wait_for(timeout=30_000)
    count = count_of(page)
    table = rows_of(download(page, "cells.csv", tmp_path))
    assert count == len(table) == page.locator("#rows tr").count() > 5
    labels = tifffile.imread(download(page, "labels.tif", tmp_path))
    assert np.unique(labels)[1:].tolist() == [int(row["label"]) for row in table]

    # Click the largest cell in the picture: its row is selected. Delete it.
    largest = int(np.bincount(labels.ravel())[1:].argmax()) + 1
    rows, columns = np.nonzero(labels == largest)
    middle = np.argmin(abs(rows - rows.mean()) + abs(columns - columns.mean()))
    page.mouse.click(*spot(page, columns[middle] + 0.5, rows[middle] + 0.5, labels.shape))
    page.locator(f'#rows tr[data-label="{largest}"][aria-selected="true"]').wait_for()
    page.keyboard.press("Delete")
    expect_count(page, count - 1)
    after = rows_of(download(page, "cells.csv", tmp_path))
    assert [row["label"] for row in after] == [row["label"] for row in table if int(row["label"]) != largest]

    # Reloaded, everything is as it was.
    page.reload()
    expect_count(page, count - 1)
    page.locator("#rows tr").first.wait_for()
    page.click("#undo")
    expect_count(page, count)

    # Least size, while one looks.
    page.locator("#area-value").fill("200")
    page.locator("#area-value").press("Enter")
    large = sum(int(row["area_px"]) >= 200 for row in table)
    expect_count(page, large)
    for name in ("rois.zip", "cells.geojson", "labels.png"):
        assert download(page, name, tmp_path).stat().st_size > 100
    page.click("#train")
    page.get_by_text("Saved as training data").wait_for()
    assert len(list((tmp_path / "server" / "training" / "labels").iterdir())) == 1


def test_merge_split_draw_and_a_name_that_would_be_a_script(
    open_page: Callable[..., Any], live: Live, segmenter: Segmenter, tmp_path: Path
) -> None:
    server = live(tmp_path / "server", segmenter)
    page = open_page(server.url)
    name = "<img src=x onerror=alert(1)>.png"
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.set_input_files("#files", {"name": name, "mimeType": "image/png", "buffer": png(3)})
    expect_count(page, 3)
    assert page.inner_text("#list .name") == "_img src_x onerror_alert(1)_.png"
    assert page.locator("#list img").count() == 0
    page.locator("#rows tr").nth(2).wait_for()

    # By keyboard alone: two rows, merged.
    page.locator("#rows tr").nth(0).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("m")
    expect_count(page, 2)
    page.keyboard.press("Control+z")
    expect_count(page, 3)

    def drag(*points: tuple[float, float]) -> None:
        places = [spot(page, x, y, (20, 60)) for x, y in points]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)
        page.mouse.up()

    page.click('[data-mode="draw"]')
    drag((30, 10), (50, 10), (50, 18), (30, 18))
    expect_count(page, 4)
    page.click('[data-mode="split"]')
    drag((40, 8), (40, 19.5))
    expect_count(page, 5)
    areas = [int(text) for text in page.locator("#rows td:nth-child(2)").all_inner_texts()]
    end = time.monotonic() + 5
    while len(areas) != 5 and time.monotonic() < end:
        time.sleep(0.05)
        areas = [int(text) for text in page.locator("#rows td:nth-child(2)").all_inner_texts()]
    assert areas[:3] == [16, 16, 16]
    assert sum(areas[3:]) == 160
    # Other settings ask before they discard corrections.
    page.locator("#threshold").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#confirm").wait_for()
    assert "discard 2 corrections" in page.inner_text("#question")
    page.click("#yes")
    expect_count(page, 3)
    page.get_by_label(f"Delete {page.inner_text('#list .name')}").click()
    page.click("#yes")
    page.get_by_text("No image yet.").wait_for()


def test_nothing_overflows(
    open_page: Callable[..., Any], live: Live, segmenter: Segmenter, tmp_path: Path
) -> None:
    page = open_page(live(tmp_path / "server", segmenter).url)
    page.set_input_files("#files", {"name": "a" * 90 + ".png", "mimeType": "image/png", "buffer": png(3)})
    expect_count(page, 3)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    # The picture is on the canvas: white squares, coloured by their cells.
    path = tmp_path / "canvas.png"
    page.locator("#canvas").screenshot(path=path)
    pixels = np.asarray(PillowImage.open(path).convert("RGB")).reshape(-1, 3)
    assert {(255, 214, 0), (0, 200, 255), (255, 92, 205)} <= set(map(tuple, pixels.tolist()))
