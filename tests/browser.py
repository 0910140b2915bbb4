"""A headless Chromium for pages that neurocyte makes; tests/conftest.py imports its fixtures.

    from browser import chromium, open_page

A test asks for `open_page` and calls it with a path or an address. Without Playwright or Chromium it skips;
an error on the page's console, or an uncaught one in its scripts, fails it.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["chromium", "open_page"]

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running browser (playwright.sync_api.Browser) for the whole session."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: no browser tests")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on the PATH: no browser tests")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a file or an address in a window of its own; returns its playwright.sync_api.Page.

    Keyword arguments are those of Playwright's `Browser.new_context`, beside `width` and `height` in pixels.
    """
    contexts: list[Any] = []
    errors: list[str] = []

    def note(message: Any) -> None:
        if message.type == "error":
            errors.append(message.text)

    def show(target: str | Path, width: int = 1280, height: int = 800, **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(target.resolve().as_uri() if isinstance(target, Path) else target)
        return page

    yield show
    for context in contexts:
        context.close()
    assert errors == []
