"""What is known of one image: the record from which a later run goes on."""

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from neurocyte.errors import InputError
from neurocyte.io.atomic import write_text
from neurocyte.io.digest import Status, content_hash
from neurocyte.io.selection import Selection
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.options import Identity

_VERSION = 1
_WHOLE = Selection()


@dataclass(frozen=True)
class Source:
    """The file an image came from.

    Args:
        file: the path as it was given.
        path: the full path.
        size: in bytes, of all files where it is a folder (OME-Zarr).
        mtime_ns: when it was last changed.
        sha256: of its content.
    """

    file: str
    path: str
    size: int
    mtime_ns: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "Source":
        """Look at a file; raises InputError if it cannot be read."""
        try:
            status = Status.of(path)
            return cls(
                str(path), str(path.resolve()), status.size, status.mtime_ns, content_hash(path, status)
            )
        except OSError as exc:
            raise InputError(f"{path} cannot be read ({exc.strerror or exc}): check the file.") from exc

    def is_at(self, path: Path) -> bool:
        """Tell whether this is the file of that path, changed or not."""
        return self.path == str(path.resolve())

    def is_unchanged_at(self, path: Path) -> bool:
        """Tell whether the file of that path holds what this one held; a copy elsewhere does."""
        try:
            status = Status.of(path)
        except OSError:
            return False
        if status.size != self.size:
            return False
        if self.is_at(path) and status.mtime_ns == self.mtime_ns:
            return True
        try:
            return Source.of(path).sha256 == self.sha256
        except InputError:
            return False


@dataclass(frozen=True)
class Record:
    """An image that is done.

    Args:
        stem: its name.
        source: its file.
        identity: the model and settings.
        row: its columns in images.csv, but name, file and error.
        cells: its rows in cells.csv.
        version: of neurocyte.
        runtime: what ran the network, as `Runtime.describe` tells.
        part: the time point and scene of the file, where it has several.
    """

    stem: str
    source: Source
    identity: Identity
    row: dict[str, Any]
    cells: pd.DataFrame
    version: str
    runtime: dict[str, Any]
    part: Selection = _WHOLE

    @property
    def selection(self) -> Selection:
        """The plane of the file that was segmented."""
        settings = self.identity.settings
        return replace(self.part, channel=settings.get("channel"), z_projection=settings.get("z_projection"))

    def save(self, folder: OutFolder) -> None:
        """Write the record, in one piece or not at all; raises UsageError."""
        data = {
            "format": "neurocyte-record",
            "format_version": _VERSION,
            "stem": self.stem,
            "source": vars(self.source),
            "part": {"time": self.part.time, "scene": self.part.scene},
            **self.identity.to_dict(),
            "row": self.row,
            "cells": {name: _column(self.cells[name]) for name in self.cells},
            "version": self.version,
            "runtime": self.runtime,
        }
        write_text(folder.record_of(self.stem), json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n")

    @classmethod
    def load(cls, path: Path) -> "Record | None":
        """Read a record; None for a file that is none, so that its image is done anew."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            expected = ("neurocyte-record", _VERSION, path.stem)
            if (data["format"], data["format_version"], data["stem"]) != expected:
                return None
            columns = data["cells"].items()
            cells = {name: pd.Series(one["values"], dtype=one["dtype"]) for name, one in columns}
            return cls(
                stem=path.stem,
                source=Source(**data["source"]),
                identity=Identity.from_dict(data),
                row=dict(data["row"]),
                cells=pd.DataFrame(cells),
                version=str(data["version"]),
                runtime=dict(data["runtime"]),
                part=Selection(**data.get("part", {})),
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None


@dataclass(frozen=True)
class Failure:
    """An image that could not be done.

    Args:
        stem: its name.
        file: its path as it was given.
        error: the sentence that says why.
    """

    stem: str
    file: str
    error: str


Outcome = Record | Failure


def load_records(folder: OutFolder) -> dict[str, Record]:
    """Read the records of all images done in a folder.

    Args:
        folder: the folder of results; it need not exist.

    Returns:
        Records by stem, sorted.
    """
    found = (Record.load(path) for path in sorted(folder.records.glob("*.json")))
    return {record.stem: record for record in found if record is not None}


def _column(values: pd.Series) -> dict[str, Any]:
    listed = values.tolist()
    plain = [None if isinstance(value, float) and math.isnan(value) else value for value in listed]
    return {"dtype": str(values.dtype), "values": plain}
