"""Folders that are either there in full or not at all."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurocyte.errors import UsageError


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
    temporary = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.rename(path)
    except OSError as exc:
        reason = exc.strerror or exc
        raise UsageError(
            f"{path} cannot be written ({reason}): check the permissions and the space."
        ) from exc
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
