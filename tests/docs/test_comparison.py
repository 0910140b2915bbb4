"""docs/COMPARISON.md: no cell without its source, no source that is not there."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "COMPARISON.md").read_text(encoding="utf-8")
# What stands for a source where there is none.
SAID = ("not found", "not read", "measured", "source")


def cells() -> Iterator[tuple[str, str, str]]:
    """Give the row, the program and the text of each cell of the tables with all programs."""
    programs: list[str] = []
    for line in PAGE.splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            programs = []
        elif not programs:
            programs = row
        elif "Cellpose" in programs and set(line) > set("|-"):
            yield from ((row[0], program, text) for program, text in zip(programs[1:], row[1:], strict=True))


def test_every_cell_has_a_source() -> None:
    found = list(cells())
    assert len({program for _, program, _ in found}) == 6
    assert len(found) > 100
    bare = [
        (row, program, text)
        for row, program, text in found
        if "](" not in text
        and "][" not in text
        and not re.search(r"`(tests|src)/|`LICENSE`|`pyproject", text)
        and not any(word in text for word in SAID)
    ]
    assert bare == []


def test_our_cells_name_files_that_are_there() -> None:
    named = re.findall(r"`((?:tests|src)/[\w/.]+)`", PAGE)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_link_has_its_address() -> None:
    used = set(re.findall(r"\]\[([\w-]+)\]", PAGE))
    given = set(re.findall(r"^\[([\w-]+)\]: https://", PAGE, re.MULTILINE))
    assert used == given
