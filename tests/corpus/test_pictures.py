"""Every broken or strange picture gives a right result or one clear sentence, soon and in little memory."""

import hashlib

import numpy as np
import pytest

from corpus.pictures import PIXELS, pictures
from corpus.running import Found, faults, run_worker
from neurocyte.errors import InputError


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("corpus")
    for name, content, _ in pictures():
        (folder / name).write_bytes(content)
    return run_worker("pictures", folder)


def test_the_corpus_is_large_and_read_to_its_end(found: Found) -> None:
    names = [name for name, _, _ in pictures()]
    assert len(set(names)) == len(names) >= 200
    assert set(found) == set(names)


def test_each_gives_a_picture_or_one_sentence_soon_and_in_little_memory(found: Found) -> None:
    assert faults(found) == {}
    errors = {name: line["error"] for name, line in found.items() if "error" in line}
    assert len(errors) > 100
    assert {name: error for name, error in errors.items() if name not in error} == {}


def test_what_is_sound_is_read_as_it_is(found: Found) -> None:
    for name, _, expected in pictures():
        line = found[name]
        if expected is InputError:
            assert "error" in line, name
        elif expected is not None:
            pixels = np.ascontiguousarray(expected)
            digest = hashlib.md5(pixels).hexdigest()  # noqa: S324
            told = (line.get("shape"), line.get("dtype"), line.get("hash"))
            assert told == (list(pixels.shape), str(pixels.dtype), digest), (name, line)


def test_what_is_cut_is_whole_all_the_same_or_refused(found: Found) -> None:
    # Of the PNG only the checksum and the end mark are cut: every pixel is there.
    whole = hashlib.md5(PIXELS).hexdigest()  # noqa: S324
    read = {n: line["hash"] for n, line in found.items() if n.startswith("cut-") and "hash" in line}
    assert read == {"cut-7of9.png": whole, "cut-8of9.png": whole}
