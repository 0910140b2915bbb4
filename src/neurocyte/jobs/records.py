"""What is known of one image: the record from which a later run goes on."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurocyte.errors import InputError, UsageError
from neurocyte.io.atomic import write_text
from neurocyte.io.digest import Status, content_hash
from neurocyte.io.selection import Selection
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.options import Identity

# Imported late: see neurocyte.measurement.
if TYPE_CHECKING:
    import pandas as pd

_VERSION = 1
_WHOLE = Selection()
# What reading anything else for a record raises.
_NO_RECORD = (OSError, ValueError, TypeError, KeyError, AttributeError)


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
    def of(cls, path: Path) -> Source:
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
class Done:
    """An image that is done, without the table of its cells: one for each image is kept in memory.

    Args:
        stem: its name.
        source: its file.
        identity: the model and settings.
        row: its columns in images.csv, but name, file and error.
        version: of neurocyte.
        runtime: what ran the network, as `Runtime.describe` tells.
        part: the time point and scene of the file, where it has several.
    """

    stem: str
    source: Source
    identity: Identity
    row: dict[str, Any]
    version: str
    runtime: dict[str, Any]
    part: Selection = _WHOLE

    @property
    def count(self) -> int:
        """The number of its cells."""
        return int(self.row["count"])

    @property
    def selection(self) -> Selection:
        """The plane of the file that was segmented."""
        settings = self.identity.settings
        return replace(self.part, channel=settings.get("channel"), z_projection=settings.get("z_projection"))

    @classmethod
    def load(cls, path: Path) -> Done | None:
        """Read a record; None for a file that is none, so that its image is done anew."""
        try:
            data = _parse(path)
            done = cls(
                stem=path.stem,
                source=Source(**data["source"]),
                identity=Identity.from_dict(data),
                row=dict(data["row"]),
                version=str(data["version"]),
                runtime=dict(data["runtime"]),
                part=Selection(**data.get("part", {})),
            )
            whole = all(len(column["values"]) == done.count for column in data["cells"].values())
        except _NO_RECORD:
            return None
        return done if whole else None

    def read_cells(self, folder: OutFolder) -> pd.DataFrame:
        """Read its rows of cells.csv; raises UsageError where the record has gone or was damaged."""
        import pandas as pd

        path = folder.record_of(self.stem)
        try:
            columns = _parse(path)["cells"].items()
            # Through NumPy, in which None is NaN: a Series a column takes ten times as long.
            return pd.DataFrame({name: np.array(one["values"], dtype=one["dtype"]) for name, one in columns})
        except _NO_RECORD as exc:
            raise UsageError(
                f"{path} has gone or was damaged meanwhile: run the command again, which does its image anew."
            ) from exc


@dataclass(frozen=True)
class Record:
    """An image that has just been done, with its cells: what a worker writes down and hands on.

    Args:
        stem: as of `Done`.
        source: likewise.
        identity: likewise.
        row: likewise.
        cells: its rows in cells.csv.
        version: as of `Done`.
        runtime: likewise.
        part: likewise.
    """

    stem: str
    source: Source
    identity: Identity
    row: dict[str, Any]
    cells: pd.DataFrame
    version: str
    runtime: dict[str, Any]
    part: Selection = _WHOLE

    def without_cells(self, identity: Identity) -> Done:
        """Give what is kept in memory.

        Args:
            identity: of the job, held once for all images.

        Returns:
            The rest.
        """
        own = identity if self.identity == identity else self.identity
        return Done(self.stem, self.source, own, self.row, self.version, self.runtime, self.part)

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


def load_records(folder: OutFolder) -> dict[str, Done]:
    """Read the records of all images done in a folder.

    Args:
        folder: the folder of results; it need not exist.

    Returns:
        Records by stem, sorted, without the tables of their cells.
    """
    found = (Done.load(path) for path in sorted(folder.records.glob("*.json")))
    # What is the same in all of them is kept once.
    known: dict[str, Any] = {}
    records = {}
    for done in found:
        if done is not None:
            identity = known.setdefault(str(done.identity), done.identity)
            runtime = known.setdefault(str(done.runtime), done.runtime)
            records[done.stem] = replace(done, identity=identity, runtime=runtime)
    return records


def _parse(path: Path) -> dict[str, Any]:
    """Read a record's JSON; raises one of `_NO_RECORD` for what is none."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if (data["format"], data["format_version"], data["stem"]) != ("neurocyte-record", _VERSION, path.stem):
        raise ValueError("another format, version or stem")
    return data


def _column(values: pd.Series) -> dict[str, Any]:
    listed = values.tolist()
    plain = [None if isinstance(value, float) and math.isnan(value) else value for value in listed]
    return {"dtype": str(values.dtype), "values": plain}
