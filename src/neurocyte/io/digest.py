"""What identifies a file or an OME-Zarr folder: its size, when it was changed, its content."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Status:
    """What can be told without reading.

    Attributes:
        size: In bytes, of all files.
        mtime_ns: When the last of them was changed.
        files: How many there are.
    """

    size: int
    mtime_ns: int
    files: int = 1

    @classmethod
    def of(cls, path: Path) -> Self:
        """Look at a file, or at all files of a folder.

        Args:
            path: Either.

        Returns:
            Their status.

        Raises:
            OSError: It cannot be looked at.
        """
        if not path.is_dir():
            status = path.stat()
            return cls(status.st_size, status.st_mtime_ns)
        found = [one.stat() for one in _files(path)]
        latest = max((one.st_mtime_ns for one in found), default=0)
        return cls(sum(one.st_size for one in found), latest, len(found))


@lru_cache(maxsize=64)
def content_hash(path: Path, status: Status) -> str:
    """Identify a content; a file of many time points is not read again for each.

    Args:
        path: A file or folder.
        status: Its present status.

    Returns:
        SHA-256 as 64 hexadecimal digits: of the file, or of the names and hashes of all files of the folder.

    Raises:
        OSError: It cannot be read.
    """
    del status  # Only part of the key: what is known of a file is of use while the file is as it was.
    if not path.is_dir():
        return _hash(path)
    named = (f"{one.relative_to(path).as_posix()}\0{_hash(one)}\n" for one in _files(path))
    return hashlib.sha256("".join(named).encode()).hexdigest()


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
