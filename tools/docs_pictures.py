"""Write the pictures of docs/BIOLOGISTS.md: `python tools/docs_pictures.py`. Needs Playwright and Chromium.

They show simulated images, segmented by the bundled model; real images of the training data may not be shown.
"""

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


def save(content: bytes, name: str) -> None:
    """Keep a picture in 256 colours."""
    picture = PillowImage.open(BytesIO(content)).convert("RGB")
    picture.quantize(256, dither=PillowImage.Dither.NONE).save(PICTURES / name, optimize=True)


if __name__ == "__main__":
    main()
