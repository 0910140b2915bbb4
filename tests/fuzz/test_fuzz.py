"""The fuzzer itself: it reads every kind of file, and sees the faults it is there for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("hypothesis")
pytest.importorskip("roifile")
pytest.importorskip("zarr")

from fuzz.child import keep
from fuzz.seeds import seeds

_TESTS = Path(__file__).parent.parent


def test_every_seed_is_sound(tmp_path: Path) -> None:
    names = [one.name for one in seeds()]
    assert len(names) == len(set(names)) >= 20
    for number, one in enumerate(seeds()):
        folder = tmp_path / str(number)
        folder.mkdir()
        one.make(folder)
        assert (folder / one.file).stat().st_size > 0
        one.read(folder)


def test_a_short_run_finds_nothing(tmp_path: Path) -> None:
    finds = tmp_path / "finds"
    command = [sys.executable, "-m", "fuzz.run", "--seconds", "3", "--seed", "7", "--finds", finds]
    limits = {"PYTHONPATH": str(_TESTS), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=_TESTS, env={**os.environ, **limits}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 kinds of fault" in done.stdout


def test_one_find_of_a_kind_is_kept_with_its_file(tmp_path: Path) -> None:
    fault = 'Traceback\n  File "a.py", line 3, in b\nValueError: x'
    keep(tmp_path, "coco runs", b"first", fault)
    keep(tmp_path, "coco runs", b"second", fault.replace(": x", ": y"))
    keep(tmp_path, "coco runs", b"third", fault.replace("line 3", "line 4"))
    assert sorted(path.read_bytes() for path in tmp_path.glob("*.bin")) == [b"first", b"third"]
