import stat
import uuid
from pathlib import Path

import pytest

from neurocyte.errors import UsageError
from neurocyte.io.atomic import atomic_path, remove_orphans, write_bytes, write_text


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_text(path, "é\n")
    write_text(path, "two\n")
    assert path.read_bytes() == b"two\n"
    write_bytes(path, b"\x00\r\n")
    assert path.read_bytes() == b"\x00\r\n"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_temporary_path_is_beside_hidden_and_has_the_suffix(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.tif") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".tif"
        assert temporary.name.startswith(".")
        temporary.touch()
        assert not (tmp_path / "a.tif").exists()
    assert (tmp_path / "a.tif").exists()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_failure_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_mode_follows_the_umask(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "")
    (tmp_path / "b.txt").touch()
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "b.txt").stat().st_mode
    )


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file/a\.txt cannot be written"):
        write_text(tmp_path / "file" / "a.txt", "")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="folder cannot be written"):
        write_text(tmp_path / "folder", "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_a_name_that_is_too_long_is_to_be_shortened(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="shorten the names of file and folders"):
        write_text(tmp_path / ("x" * 300), "text")
    assert list(tmp_path.iterdir()) == []


def test_only_our_own_temporaries_are_orphans(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.tif") as temporary:
        temporary.touch()
        ours = temporary.name
    others = [
        # No UUID, a visible one, another suffix, none, more than one.
        ".0123456789abcdef0123456789abcdef.tif",
        f"{ours[1:]}",
        f"{ours[:-4]}.txt",
        f"{ours[:-4]}",
        f"{ours}.bak.tif",
        ".hidden.tif",
        "a.tif",
    ]
    for name in [ours, *others]:
        (tmp_path / name).write_text("half")
    folder = tmp_path / f".{uuid.uuid4().hex}.tif"
    folder.mkdir()
    remove_orphans(tmp_path, (".tif", ".png"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, folder.name])
    remove_orphans(tmp_path / "nowhere", (".tif",))
