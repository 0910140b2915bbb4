"""docs/PERFORMANCE.md says what docs/performance/speed.json holds."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from neurocyte.benchmark.speed.document import document

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "PERFORMANCE.md"


@pytest.fixture
def tool() -> ModuleType:
    pytest.importorskip("matplotlib")
    spec = importlib.util.spec_from_file_location("performance_page", ROOT / "tools" / "performance_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
