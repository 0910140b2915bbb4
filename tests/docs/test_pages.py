"""Every code block of the README and of docs/ runs as it stands, page by page, or says why not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from doc_blocks import Block, Session, blocks_of

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
WITH_BLOCKS = [page for page in PAGES if any(block.mark != "not run" for block in blocks_of(page))]

# A new mark needs a better reason than the number being higher: run the block instead.
MOST_NOT_RUN = 20


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four small simulated images and their labels, for all pages."""
    folder = tmp_path_factory.mktemp("docs") / "simulated"
    options = ["-n", "4", "--size", "128x160", "--cells", "5", "--quiet"]
    subprocess.run([sys.executable, "-m", "neurocyte", "simulate", "-o", folder, *options], check=True)
    return folder


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this system: the shell blocks need it")
@pytest.mark.parametrize("page", WITH_BLOCKS, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page: Path, simulated: Path, tmp_path: Path) -> None:
    session = Session(tmp_path, simulated)
    try:
        for block in blocks_of(page):
            session.run(block)
    finally:
        session.close()


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    left = [block for page in PAGES for block in blocks_of(page) if block.mark == "not run"]
    for block in left:
        print(f"{block}: {block.value}")
    assert all(len(block.value.split()) >= 3 for block in left), "give a reason"
    assert len(left) <= MOST_NOT_RUN, "run the new block"


@pytest.mark.parametrize(
    ("language", "content", "fails"),
    [
        ("bash", "false", True),
        ("bash", "false | true", True),
        ("bash", "echo a > a.txt; cat a.txt", False),
        ("python", "raise ValueError", True),
        ("python", "x = 1; assert x == 1", False),
        ("", "what is this", True),
    ],
)
def test_a_block_that_fails_fails_its_page(language: str, content: str, fails: bool, tmp_path: Path) -> None:
    session = Session(tmp_path, tmp_path)
    block = Block(Path("page.md"), 1, language, content, None, "")
    if fails:
        with pytest.raises((AssertionError, ValueError)):
            session.run(block)
    else:
        session.run(block)


def test_what_a_page_says_is_printed_is_compared(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nprint(6 * 7)\n```\n\n```text\n42\n```\n\n"
        '```bash\necho "$((6 * 7))"\n```\n\n```text\n41\n```\n'
    )
    first, said, second, wrong = blocks_of(page)
    session = Session(tmp_path, tmp_path)
    for block in (first, said, second):
        session.run(block)
    with pytest.raises(AssertionError, match=r"page\.md:13: printed something else"):
        session.run(wrong)
