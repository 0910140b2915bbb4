"""Every broken or strange picture gives a right result or one clear sentence, soon and in little memory."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.pictures import PIXELS, pictures
from neurocyte.errors import InputError

_LONGEST, _MOST_MB = 10, 2048


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("corpus")
    for name, content, _ in pictures():
        (folder / name).write_bytes(content)
    worker = Path(__file__).with_name("worker.py")
    done = subprocess.run(
        [sys.executable, worker, folder],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["name"]: line for line in lines}


def test_the_corpus_is_large_and_read_to_its_end(found: dict[str, dict[str, Any]]) -> None:
    names = [name for name, _, _ in pictures()]
    assert len(set(names)) == len(names) >= 200
    assert set(found) == set(names)


def test_no_file_gives_a_traceback(found: dict[str, dict[str, Any]]) -> None:
    assert {name: line["crash"] for name, line in found.items() if "crash" in line} == {}


def test_each_error_is_one_sentence_that_names_the_file(found: dict[str, dict[str, Any]]) -> None:
    errors = {name: line["error"] for name, line in found.items() if "error" in line}
    assert len(errors) > 100
    bad = {n: e for n, e in errors.items() if n not in e or "\n" in e or ": " not in e or not e.endswith(".")}
    assert bad == {}


def test_no_file_takes_long_or_much_memory(found: dict[str, dict[str, Any]]) -> None:
    assert {n: line["seconds"] for n, line in found.items() if line["seconds"] > _LONGEST} == {}
    assert max(line["mb"] for line in found.values()) < _MOST_MB


def test_what_is_sound_is_read_as_it_is(found: dict[str, dict[str, Any]]) -> None:
    for name, _, expected in pictures():
        line = found[name]
        if expected is InputError:
            assert "error" in line, name
        elif expected is not None:
            pixels = np.ascontiguousarray(expected)
            digest = hashlib.md5(pixels).hexdigest()  # noqa: S324
            told = (line.get("shape"), line.get("dtype"), line.get("hash"))
            assert told == (list(pixels.shape), str(pixels.dtype), digest), (name, line)


def test_what_is_cut_is_whole_all_the_same_or_refused(found: dict[str, dict[str, Any]]) -> None:
    # Of the PNG only the checksum and the end mark are cut: every pixel is there.
    whole = hashlib.md5(PIXELS).hexdigest()  # noqa: S324
    read = {n: line["hash"] for n, line in found.items() if n.startswith("cut-") and "hash" in line}
    assert read == {"cut-7of9.png": whole, "cut-8of9.png": whole}
