"""One process a folder, told by the system."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from neurocyte.errors import UsageError
from neurocyte.io import folder_lock
from neurocyte.io.folder_lock import FolderLock

HOLD = """
import sys, time
from pathlib import Path
from neurocyte.io.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]), "hidden/lock", "another run", "wait", "go elsewhere")
print("held", flush=True)
time.sleep(60)
"""


def claim(folder: Path) -> FolderLock:
    return FolderLock(folder, "hidden/lock", "another run", "wait", "go elsewhere")


def test_one_at_a_time_and_nothing_is_left(tmp_path: Path) -> None:
    with claim(tmp_path):
        with pytest.raises(UsageError) as caught:
            claim(tmp_path)
        assert str(caught.value) == f"{tmp_path} is in use by another run: wait or go elsewhere."
    assert list((tmp_path / "hidden").iterdir()) == []
    claim(tmp_path).release()


def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout
        assert held.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match="is in use"):
            claim(tmp_path)
        held.send_signal(signal.SIGKILL)
    assert (tmp_path / "hidden" / "lock").exists()
    claim(tmp_path).release()


def test_whoever_waited_for_a_file_that_was_removed_takes_the_next_one(tmp_path: Path) -> None:
    first = claim(tmp_path)
    path = tmp_path / "hidden" / "lock"
    with path.open("ab") as late:
        first.release()
        # Opened before, locked after: the lock of a file that has no name any longer keeps nobody out.
        folder_lock._lock(late)
        assert not folder_lock._is_still(path, late)
        with claim(tmp_path):
            assert path.exists()


def test_a_file_system_without_locks_is_used_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(file: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(folder_lock, "_lock", unsupported)
    with claim(tmp_path), claim(tmp_path):
        assert (tmp_path / "hidden" / "lock").exists()


def test_what_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file cannot be written to \(Not a directory\): .*or go elsewhere"):
        claim(tmp_path / "file")
