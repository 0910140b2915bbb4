"""One process at a time that writes into a folder."""

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from neurocyte.errors import UsageError

# What systems say where another process has the lock.
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


class FolderLock:
    """A claim on a folder, of which the system lets go however the process ends.

    Args:
        folder: what is claimed.
        name: of the lock file in it; its folder is made where it is missing.
        holder: who else may have it, as "another server".
        remedy: what to do then, as "stop it".
        instead: the other way out, as "name another --dir".

    Raises:
        UsageError: another process has it, or it cannot be written to.
    """

    def __init__(self, folder: Path, name: str, holder: str, remedy: str, instead: str) -> None:
        self._path = folder / name
        try:
            self._file = _open_locked(self._path)
        except BlockingIOError as exc:
            raise UsageError(f"{folder} is in use by {holder}: {remedy} or {instead}.") from exc
        except OSError as exc:
            raise UsageError(
                f"{folder} cannot be written to ({exc.strerror or exc}): check permissions and space, "
                f"or {instead}."
            ) from exc

    def release(self) -> None:
        """Let go; the lock file goes, too, so that a folder of results holds nothing else."""
        # Before it is closed: afterwards the file may be the next one's. Windows refuses, and it stays.
        with suppress(OSError):
            self._path.unlink()
        self._file.close()

    def __enter__(self) -> Self:
        """Give the claim itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        self.release()


def _open_locked(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = path.open("ab")
        try:
            _lock(file)
            if _is_still(path, file):
                return file
        except OSError as exc:
            if exc.errno in _TAKEN:
                file.close()
                raise BlockingIOError(*exc.args) from exc
            # Some network file systems know no locks. There it goes on without: one run at a time is then
            # the user's to see to.
            return file
        file.close()


def _is_still(path: Path, file: IO[bytes]) -> bool:
    """Tell whether the file opened is the one of that name: whoever had it before removed it in the end."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
