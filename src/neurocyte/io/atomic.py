"""Files that are either there in full or not at all."""

import errno
import os
import re
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neurocyte.errors import UsageError

# Longer paths need a setting of Windows, and fail there as if a folder were missing.
_WINDOWS = 260
# The hidden names that `beside` gives: a random UUID, of which two digits are not random.
_TEMPORARY = re.compile(r"\.[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to; what is written there takes its place when all went well.

    Missing folders are made. On any failure nothing is left behind and an older file stays as it was.

    Args:
        path: The file wanted.

    Yields:
        A path in the same folder, hidden, with the same suffix (writers choose the format by it).

    Raises:
        UsageError: The file cannot be written.
    """
    path = Path(path)
    with beside(path) as temporary:
        try:
            yield temporary
            temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink()


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a name to write under; moving it to its place and clearing up are the caller's.

    Missing folders are made.

    Args:
        path: The file or folder wanted.

    Yields:
        A path in the same folder, hidden, with the same suffix, at which there is nothing.

    Raises:
        UsageError: The system refused to write.
    """
    # Not tempfile: its files are private to the user, while results follow the umask like any other file.
    temporary = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
    except OSError as exc:
        reason = exc.strerror or exc
        long = exc.errno == errno.ENAMETOOLONG or (os.name == "nt" and len(str(path.absolute())) >= _WINDOWS)
        remedy = "shorten the names of file and folders" if long else "check the permissions and the space"
        raise UsageError(f"{path} cannot be written ({reason}): {remedy}.") from exc


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file at once.

    Args:
        path: The file wanted.
        content: All of it.

    Raises:
        UsageError: The file cannot be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | Path, content: str) -> None:
    """Write a UTF-8 text file at once, line ends as they are in ``content``.

    Args:
        path: The file wanted.
        content: All of it.

    Raises:
        UsageError: The file cannot be written.
    """
    write_bytes(path, content.encode())


def remove_orphans(folder: Path, suffixes: Collection[str]) -> None:
    """Remove what a process that was killed left under temporary names.

    Only for who knows that no other process writes into the folder. What cannot be removed stays: it is only
    in the way.

    Args:
        folder: Where files were written; it need not exist.
        suffixes: Those of the files, with the dot; others stay.
    """
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if path.suffix in suffixes and _TEMPORARY.fullmatch(path.stem) and path.is_file():
                with suppress(OSError):
                    path.unlink()
