import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurocyte.errors import InputError, UsageError
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.options import Identity
from neurocyte.jobs.records import Record, Source, load_records
from neurocyte.measurement import measure

IDENTITY = Identity({"name": "tiny", "checksum": "0" * 64}, {"tta": False})


def record(stem: str, labels: np.ndarray) -> Record:
    source = Source(f"in/{stem}.png", f"/in/{stem}.png", 3, 4, "5")
    cells = measure(labels)
    row = {"count": len(cells), "median": None}
    return Record(stem, source, IDENTITY, row, cells, "0.1", {"threads": 2})


@pytest.mark.parametrize("count", [0, 1])
def test_a_record_comes_back_as_it_was(tmp_path: Path, count: int) -> None:
    labels = np.zeros((5, 5), np.uint16)
    labels[1:3, 1:4] = count
    # Unequal thirds and NaN: nothing is rounded, nothing lost.
    saved = record("Img (1)", labels)
    saved.save(OutFolder(tmp_path))
    loaded = load_records(OutFolder(tmp_path))["Img (1)"]
    pd.testing.assert_frame_equal(loaded.read_cells(OutFolder(tmp_path)), saved.cells, check_exact=True)
    assert (loaded, loaded.count) == (saved.without_cells(IDENTITY), count)
    for name in ("stem", "source", "identity", "row", "version", "runtime"):
        assert getattr(loaded, name) == getattr(saved, name)


def test_what_is_no_record_is_not_taken_for_one(tmp_path: Path) -> None:
    folder = OutFolder(tmp_path)
    record("a", np.ones((3, 3), np.uint16)).save(folder)
    good = folder.record_of("a").read_text()
    # What a killed process may leave: a complete record under a temporary name.
    (folder.records / ".0123.json").write_text(good)
    data = json.loads(good)
    for name, text in {
        "half": good[: len(good) // 2],
        "list": "[]",
        "bytes": "\x00",
        "newer": json.dumps({**data, "stem": "newer", "format_version": 2}),
        "short": json.dumps({**data, "stem": "short", "source": {}}),
        "rowless": json.dumps({**data, "stem": "rowless", "row": {"count": 7}}),
        "modelless": json.dumps({**data, "stem": "modelless", "model": {}}),
    }.items():
        (folder.records / f"{name}.json").write_text(text)
    assert list(load_records(folder)) == ["a"]


def test_what_all_records_share_is_kept_once(tmp_path: Path) -> None:
    folder = OutFolder(tmp_path)
    for stem in "ab":
        record(stem, np.ones((3, 3), np.uint16)).save(folder)
    one, two = load_records(folder).values()
    assert one.identity is two.identity
    assert one.runtime is two.runtime


def test_cells_that_have_gone_meanwhile_are_said(tmp_path: Path) -> None:
    folder = OutFolder(tmp_path)
    saved = record("a", np.ones((3, 3), np.uint16))
    saved.save(folder)
    folder.record_of("a").write_text("{")
    with pytest.raises(UsageError, match=r"a\.json has gone or was damaged meanwhile: run the command again"):
        saved.without_cells(IDENTITY).read_cells(folder)


def test_a_folder_without_records(tmp_path: Path) -> None:
    assert load_records(OutFolder(tmp_path / "new")) == {}


def test_a_source_is_known_by_place_and_content(tmp_path: Path) -> None:
    path, copy, other = (tmp_path / name for name in ("a.png", "copy.png", "other.png"))
    path.write_bytes(b"abc")
    copy.write_bytes(b"abc")
    other.write_bytes(b"abd")
    source = Source.of(path)
    # SHA-256 of "abc", the standard's own example.
    assert source.sha256.startswith("ba7816bf8f01cfea")
    assert source.size == 3
    assert [source.is_at(one) for one in (path, copy)] == [True, False]
    assert [source.is_unchanged_at(one) for one in (path, copy, other)] == [True, True, False]
    path.write_bytes(b"abcd")
    assert not source.is_unchanged_at(path)
    path.unlink()
    assert not source.is_unchanged_at(path)
    with pytest.raises(InputError, match=r"a\.png cannot be read"):
        Source.of(path)
