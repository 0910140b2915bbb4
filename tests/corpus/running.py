"""Runs the corpus's worker, and says what is wrong with what came of it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from corpus.limits import MB, SECONDS

Found = dict[str, dict[str, Any]]
_TESTS = Path(__file__).parent.parent


def run_worker(kind: str, folder: Path) -> Found:
    """Give what the worker prints, by name."""
    done = subprocess.run(
        [sys.executable, _TESTS / "corpus" / "worker.py", kind, folder],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
        env={**os.environ, "PYTHONPATH": str(_TESTS), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["name"]: line for line in lines}


def faults(found: Found) -> dict[str, str]:
    """Give by name what must never be: a traceback, no clear sentence, too long, too much memory."""
    return {name: fault for name, line in found.items() if (fault := _fault(line))}


def _fault(line: dict[str, Any]) -> str | None:
    error = line.get("error")
    if "crash" in line:
        return str(line["crash"])
    if error is not None and ("\n" in error or ": " not in error or not error.endswith(".")):
        return f"no clear sentence: {error}"
    if line["seconds"] > SECONDS or line["mb"] > MB:
        return f"{line['seconds']:.0f} s, {line['mb']} MB"
    return None
