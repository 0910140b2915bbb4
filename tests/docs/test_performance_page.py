"""docs/PERFORMANCE.md says what docs/performance/speed.json holds."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from neurocyte.benchmark.speed.document import document
from scripts import ROOT, load

PAGE = ROOT / "docs" / "PERFORMANCE.md"


@pytest.fixture
def tool() -> ModuleType:
    pytest.importorskip("matplotlib")
    return load("tools/performance_page")


def test_the_page_is_written_from_its_evidence(tool: ModuleType, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "PERFORMANCE.md").write_text(f"Before.\n\n{tool.BEGIN}\nold\n{tool.END}\n\nAfter.\n")
    text = tool.publish(PAGE.parent / "performance", docs).read_text(encoding="utf-8")
    begun, _, rest = PAGE.read_text(encoding="utf-8").partition(tool.BEGIN)
    part, _, _ = rest.partition(tool.END)
    assert begun
    assert text == f"Before.\n\n{tool.BEGIN}{part}{tool.END}\n\nAfter.\n"
    shown = {name for name in ("pareto.svg", "time.svg", "memory.svg") if name in part}
    assert {path.name for path in (docs / tool.PICTURES).iterdir()} == shown


def test_a_page_without_marks_is_refused(tool: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"needs the lines <!-- speed\.json begins -->"):
        tool.replaced("text", "part")


def test_every_number_of_the_table_is_in_the_page() -> None:
    result = json.loads((PAGE.parent / "performance" / "speed.json").read_text(encoding="utf-8"))
    row = next(line for line in document(result).splitlines() if line.startswith("| LinkNet"))
    assert row in PAGE.read_text(encoding="utf-8")
