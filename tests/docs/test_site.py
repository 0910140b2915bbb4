"""The manual is built without a warning and refers to nothing outside; README's links lead somewhere."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from neurocyte.models.folder import BUNDLED, bundled_names

ROOT = Path(__file__).parents[2]
# What a browser fetches by itself; a link to follow may lead anywhere.
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "video": "src"}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manual, built as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, done.stderr
    return folder


class Loads(HTMLParser):
    """Collects what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in LOADS and given.get("rel") != "canonical":
            self.addresses.append(given.get(LOADS[tag]) or "")


def test_pages_and_styles_load_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        found = Loads()
        found.feed(page.read_text(encoding="utf-8"))
        assert found.addresses
        outside = [one for one in found.addresses if re.match(r"(https?:)?//", one)]
        assert not outside, f"{page.name} loads {outside}"
    for style in site.rglob("*.css"):
        assert not re.search(r"""(url\(|@import\s)["']?(https?:)?//""", style.read_text(encoding="utf-8")), (
            style
        )


def test_a_browser_asks_nobody_for_a_page(site: Path, open_page: Callable[..., Any]) -> None:
    page = open_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in ("index.html", "BIOLOGISTS.html", "API.html"):
        page.goto((site / name).as_uri())
    assert asked
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_the_api_page_documents_what_the_package_exports(site: Path) -> None:
    page = (site / "API.html").read_text(encoding="utf-8")
    for name in ("segment", "load_model", "measure", "segmentation.Segmenter", "metrics.semantic.iou"):
        assert f'id="neurocyte.{name}"' in page, name


def test_each_bundled_model_has_its_card_in_the_manual(site: Path) -> None:
    for name in bundled_names():
        page = (site / "models" / f"{name}.html").read_text(encoding="utf-8")
        limits = (BUNDLED / name / "MODEL_CARD.md").read_text(encoding="utf-8").rpartition("## Limits\n")[2]
        assert limits.strip()[:60] in page


def test_links_of_the_readme_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    files = [link for link in links if not link.startswith("http")]
    assert files
    assert [link for link in files if not (ROOT / link).exists()] == []


def test_the_comparison_names_tests_that_exist_and_sources_for_the_rest() -> None:
    text = (ROOT / "docs" / "COMPARISON.md").read_text(encoding="utf-8")
    tests = re.findall(r"`(tests/[\w/]+\.py)`", text)
    assert len(tests) > 15
    assert [test for test in tests if not (ROOT / test).exists()] == []
    used = set(re.findall(r"\]\[([\w-]+)\]", text))
    defined = set(re.findall(r"^\[([\w-]+)\]: https://", text, flags=re.MULTILINE))
    assert used == defined
