"""Folders that are either there in full or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurocyte.io.atomic import beside


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; it takes its place when all went well.

    Args:
        path: The folder wanted; it must not exist yet.

    Yields:
        A path beside it, hidden, that does not exist either.

    Raises:
        UsageError: The folder cannot be written.
    """
    with beside(path) as temporary:
        try:
            yield temporary
            temporary.rename(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
