"""Write the pictures of docs/BIOLOGISTS.md: `python tools/docs_pictures.py`.

Needs Playwright with Chromium, and napari with a display that has OpenGL, or Xvfb with Mesa.

They show simulated images, segmented by the bundled model; real images of the training data may not be shown.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image as PillowImage

PICTURES = Path(__file__).parents[1] / "docs" / "images"
WIDTHS = (1280, 1120, 1000, 900, 800, 700)
MOST_BYTES = 150_000


def main() -> None:
    """Simulate, segment, look at the results in a browser and take pictures."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        neurocyte(folder, "simulate", "-o", "plate1", "-n", "6")
        groups = ("--groups", "(?P<kind>[a-z0-9]+)_")
        neurocyte(folder, "segment", "plate1/images", "-o", "results", "--pixel-size", "0.65", *groups)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        report_pictures(browser.new_page, folder / "results" / "report.html")
        with served(folder) as address:
            app_picture(browser.new_page, address, folder / "plate1" / "images" / "cort_0000.png")
        browser.close()
        napari_picture(folder / "plate1" / "images" / "cort_0000.png", folder / "napari.png")


def neurocyte(folder: Path, *arguments: str) -> None:
    """Run a command in a folder."""
    subprocess.run([sys.executable, "-m", "neurocyte", *arguments], cwd=folder, check=True)  # noqa: S603


def report_pictures(new_page: Callable[..., Any], report: Path) -> None:
    """Take the report's head and gallery, an enlarged image, and the page on a phone."""
    page = new_page(viewport={"width": 1280, "height": 900})
    page.goto(report.as_uri())
    page.wait_for_load_state("load")
    save(page.screenshot(), "report.png")
    page.locator("#images").scroll_into_view_if_needed()
    page.locator(".item .frame").first.click()
    page.wait_for_timeout(500)
    save(page.screenshot(), "report-image.png")
    page.close()
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(report.as_uri())
    page.wait_for_load_state("load")
    save(page.screenshot(), "report-narrow.png")
    page.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Run `neurocyte serve`; gives its address."""
    command = [sys.executable, "-m", "neurocyte", "serve", "--port", "0", "--dir", "served"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        said = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", said)
        if not found:
            raise RuntimeError(f"neurocyte serve said {said!r}")
        yield found.group()
    finally:
        process.terminate()
        process.wait()


def app_picture(new_page: Callable[..., Any], address: str, image: Path) -> None:
    """Take the browser app with the cells of an image."""
    page = new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    page.set_input_files("input[type=file]", str(image))
    page.wait_for_selector("tbody tr", timeout=120_000)
    page.wait_for_timeout(1000)
    save(page.screenshot(), "serve.png")
    page.close()


def napari_picture(image: Path, taken: Path) -> None:
    """Take the napari widget with the cells of an image, in a process of its own: Qt ends with it."""
    command = [sys.executable, str(Path(__file__).with_name("napari_picture.py")), str(image), str(taken)]
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        command = ["xvfb-run", "-a", "-s", "-screen 0 1600x1200x24", *command]
    subprocess.run(command, env={**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1"}, check=True)  # noqa: S603
    save(taken.read_bytes(), "napari.png")


def save(content: bytes, name: str) -> None:
    """Keep a picture in 256 colours, as wide as leaves it below `MOST_BYTES`."""
    picture = PillowImage.open(BytesIO(content)).convert("RGB")
    for width in WIDTHS:
        small = picture.copy()
        small.thumbnail((width, picture.height), PillowImage.Resampling.LANCZOS)
        kept = BytesIO()
        small.quantize(256, dither=PillowImage.Dither.NONE).save(kept, "png", optimize=True)
        if len(kept.getvalue()) < MOST_BYTES:
            break
    (PICTURES / name).write_bytes(kept.getvalue())


if __name__ == "__main__":
    main()
