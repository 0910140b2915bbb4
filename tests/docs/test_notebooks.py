"""The notebooks of examples/ run from beginning to end, and are kept without outputs."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples").glob("*.ipynb"))
nbformat = pytest.importorskip("nbformat")
one_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


@one_notebook
def test_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient = pytest.importorskip("nbclient")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = read(path)
    for cell in notebook.cells:
        if "!neurocyte" in cell.source:
            # By itself a command that fails fails no cell.
            cell.source += "\nassert _exit_code == 0"
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": tmp_path}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in shown), "no plot"


@one_notebook
def test_it_has_no_outputs_and_says_what_it_needs(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs"), "clear the outputs"
        assert cell.get("execution_count") is None, "clear the outputs"
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert "**Needs** `pip install" in first.source


def test_there_are_three() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["groups", "plate", "train"]
