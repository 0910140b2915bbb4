"""The tool that commits a reproduction without pictures of real images, and brings it back."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from scripts import load


@pytest.fixture(scope="module")
def page() -> ModuleType:
    pytest.importorskip("torch")
    return load("tools/reproduction_page")


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def test_what_is_committed_comes_back(page: ModuleType, tmp_path: Path) -> None:
    source, docs, again = (tmp_path / name for name in ("source", "docs", "again"))
    write(source / "figures/curves.svg", "<svg/>")
    write(source / "pictures/real.png", "a real image")
    write(source / "gates.json", {"rows": [{"file": "pictures/real.png", "simulated": "figures/curves.svg"}]})
    write(source / "runs/linknet/seed-0/fold-1/scores.json", {"epochs": 3})
    write(source / "runs/linknet/seed-0/fold-1/model.safetensors", "weights")
    write(source / "leakage/scores.json", {"shared": 9})
    write(source / "REPRODUCTION.md", "# It\n\n![Real](pictures/real.png)\n\n![Curves](figures/curves.svg)\n")

    text = page.publish(source, docs).read_text(encoding="utf-8")
    assert "![Curves](images/reproduction/curves.svg)" in text
    assert "pictures/" not in text
    assert sorted(p.relative_to(docs).as_posix() for p in docs.rglob("*") if p.is_file()) == [
        "REPRODUCTION.md",
        "images/reproduction/curves.svg",
        "reproduction/gates.json",
        "reproduction/leakage/scores.json",
        "reproduction/runs/linknet/seed-0/fold-1/scores.json",
    ]

    write(again / "gates.json", {"rows": "newer"})
    assert page.restore(docs, again) == 3
    assert json.loads((again / "gates.json").read_text()) == {"rows": "newer"}
    assert json.loads((again / "leakage/scores.json").read_text()) == {"shared": 9}
    assert json.loads((again / "runs/linknet/seed-0/fold-1/scores.json").read_text()) == {"epochs": 3}
    assert (again / "figures/curves.svg").read_text() == "<svg/>"
    (again / "gates.json").unlink()
    assert page.restore(docs, again) == 1
    kept = json.loads((again / "gates.json").read_text())
    assert kept == {"rows": [{"file": None, "simulated": "figures/curves.svg"}]}
