"""One server a folder."""

import sys
from pathlib import Path
from typing import IO

from neurocyte.errors import UsageError


def lock_folder(folder: Path) -> IO[bytes]:
    """Claim a folder for this process; the system lets go of it however the process ends.

    Args:
        folder: an existing folder.

    Returns:
        The open lock file: the claim lasts until it is closed.

    Raises:
        UsageError: another process has it, or it cannot be written to.
    """
    try:
        file = (folder / ".lock").open("ab")
    except OSError as exc:
        raise UsageError(
            f"{folder} cannot be written to ({exc.strerror or exc}): name another --dir."
        ) from exc
    try:
        _lock(file)
    except OSError as exc:
        file.close()
        raise UsageError(f"{folder} is in use by another server: stop it or name another --dir.") from exc
    return file


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
