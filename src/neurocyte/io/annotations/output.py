"""The folder that a conversion writes: new, or its own from before."""

import json
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from neurocyte.errors import UsageError
from neurocyte.io.atomic import write_text

_RECORD = Path(".neurocyte") / "convert.json"
_RECORD_FORMAT = "neurocyte-conversion"


def prepare(out: Path, inputs: Iterable[Path], overwrite: bool) -> None:
    """Refuse an output that is there, or remove what an earlier conversion wrote.

    Args:
        out: The folder or file to be written.
        inputs: What is to be converted; it may not lie in ``out``.
        overwrite: Whether the files of an earlier conversion are removed.

    Raises:
        UsageError: The output is there and may not be replaced.
    """
    place = out.resolve()
    if out.exists() and any(place in (one.resolve(), *one.resolve().parents) for one in inputs):
        raise UsageError(f"{out} holds what is to be converted: choose another -o.")
    if out.is_file():
        if not overwrite:
            raise UsageError(f"{out} is there: choose another -o, or replace it with --overwrite.")
        return
    if not out.is_dir() or not any(out.iterdir()):
        return
    earlier = _read_record(out)
    if earlier is None:
        raise UsageError(f"{out} holds files that no conversion wrote: choose another -o.")
    if not overwrite:
        raise UsageError(f"{out} is there: choose another -o, or replace it with --overwrite.")
    for path in earlier:
        if path.is_dir() and path.suffix == ".zarr":
            shutil.rmtree(path, ignore_errors=True)
            continue
        with suppress(OSError):
            path.unlink()


def _read_record(out: Path) -> list[Path] | None:
    """Return the files that an earlier conversion wrote; None where there was none."""
    try:
        record = json.loads((out / _RECORD).read_bytes())
        if record["format"] != _RECORD_FORMAT:
            return None
        paths = [out / str(name) for name in record["files"]]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return [path for path in paths if path.resolve().is_relative_to(out.resolve())]


def write_record(out: Path, files: Iterable[Path]) -> None:
    """Note which files a conversion wrote, so that a later one may replace them.

    Args:
        out: The folder.
        files: Files in it.

    Raises:
        UsageError: The record cannot be written.
    """
    names = sorted(path.relative_to(out).as_posix() for path in files)
    record = {"format": _RECORD_FORMAT, "files": names}
    write_text(out / _RECORD, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
