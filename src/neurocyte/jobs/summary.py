"""The files that sum up a job: tables, report and run.json."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from neurocyte import __version__
from neurocyte.io._text import plural
from neurocyte.io.inputs import InputFile
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.groups import GroupedImages, Groups
from neurocyte.jobs.options import Identity
from neurocyte.jobs.plan import RUN_FORMAT, PreviousRun
from neurocyte.jobs.records import Done, Failure
from neurocyte.large import LARGE_PIXELS
from neurocyte.measurement import column_names
from neurocyte.report.shown import ShownCells
from neurocyte.writers import write_cells, write_images, write_run

# Fixed, so that images.csv has the same columns whatever failed.
_COLUMNS = (
    "image",
    "file",
    "height",
    "width",
    "pixel_size_um",
    "count",
    "confluence",
    "density_per_megapixel",
    "density_per_mm2",
    "median_area_px",
    "median_area_um2",
    "flags",
    "saturated",
    "sharpness",
    "unlikeness",
    "error",
)


def _now() -> str:
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")


@dataclass(frozen=True)
class RunInfo:
    """What is known of a run before its first image.

    Args:
        identity: model and settings.
        files: the images asked for.
        previous: the run before in the same folder.
        jobs: number of processes.
        groups: the rule for the images' groups, None without groups.
        flags: how each flag is measured.
        started: when, as text.
    """

    identity: Identity
    files: Sequence[InputFile]
    previous: PreviousRun | None
    jobs: int
    groups: Groups | None = None
    flags: Mapping[str, str] = field(default_factory=dict)
    started: str = field(default_factory=_now)

    def order(self, records: Mapping[str, Done]) -> list[str]:
        """List the stems asked for, then the folder's others in the order they had."""
        before = self.previous.stems if self.previous else ()
        others = [stem for stem in [*before, *records] if stem in records]
        return list(dict.fromkeys([*(file.stem for file in self.files), *others]))


def begin(folder: OutFolder, info: RunInfo, kept: Mapping[str, Done]) -> None:
    """Write run.json before any result, so that a run that is cut short is known as such.

    Args:
        folder: the folder of results.
        info: the run.
        kept: the records that stay.

    Raises:
        UsageError: the file cannot be written.
    """
    planned = {file.stem: str(file.path) for file in info.files}
    images = []
    for stem in info.order(kept):
        status = "done" if stem in kept else "planned"
        file = kept[stem].source.file if stem in kept else planned[stem]
        images.append({"image": stem, "file": file, "status": status})
    write_run(folder.run, {**_head(info, "running"), "images": images})


def finish(
    folder: OutFolder, info: RunInfo, records: Mapping[str, Done], failures: Sequence[Failure]
) -> tuple[dict[str, Any], tuple[Done, ...]]:
    """Write cells.csv, images.csv, report.html and, last, run.json.

    Args:
        folder: the folder of results.
        info: the run.
        records: all images done in the folder.
        failures: the images of this run that failed.

    Returns:
        What run.json holds, and the records in the order of the tables.

    Raises:
        UsageError: a file cannot be written.
    """
    failed = {failure.stem: failure for failure in failures}
    order = [stem for stem in info.order(records) if stem in records or stem in failed]
    done = tuple(records[stem] for stem in order if stem in records)
    rows = [_failed_row(failed[stem]) if stem in failed else _row(records[stem]) for stem in order]
    images = [(row["image"], row["file"]) for row in rows]
    groups = info.groups.assign(images) if info.groups else GroupedImages()
    run = {
        **_head(info, "finished"),
        "finished": _now(),
        "runtime": {**(done[-1].runtime if done else {}), "jobs": info.jobs},
        "totals": {"images": len(done), "cells": sum(one.count for one in done), "failed": len(failed)},
        "notes": [*_notes(done, failures), *groups.notes()],
        "groups": groups.describe(),
        "flags": _count_flags(done, info.flags),
        "images": [_entry(row) for row in rows],
    }
    shown = ShownCells()
    write_cells(
        folder.cells,
        shown.passing((one.stem, one.read_cells(folder)) for one in done if one.count),
        groups.values,
        groups.columns,
        column_names(in_micrometres=any(one.count and one.row["pixel_size_um"] is not None for one in done)),
    )
    write_images(folder.images, ({"image": row["image"], **groups.of(row["image"]), **row} for row in rows))
    # Not before the last image, as the first one waits for what is imported.
    from neurocyte.report.html import write_report

    write_report(
        folder.report,
        run,
        rows,
        shown.table(),
        folder.overlays,
        preview_dir=folder.previews,
        groups=groups.values,
        statements=info.flags,
    )
    write_run(folder.run, run)
    return run, done


def taken_columns() -> frozenset[str]:
    """Name the columns of the tables, which no grouping may have."""
    return frozenset((*_COLUMNS, *column_names(in_micrometres=True)))


def _count_flags(done: Sequence[Done], flags: Mapping[str, str]) -> dict[str, int]:
    """The number of images with each flag."""
    held = [flag for record in done for flag in (record.row.get("flags") or "").split("; ")]
    return {flag: held.count(flag) for flag in flags}


def _head(info: RunInfo, status: str) -> dict[str, Any]:
    created = info.previous.created if info.previous else None
    return {
        "format": RUN_FORMAT,
        "format_version": 1,
        "status": status,
        "version": __version__,
        "created": created or info.started,
        "started": info.started,
        **info.identity.to_dict(),
    }


def _row(record: Done) -> dict[str, Any]:
    known = {"image": record.stem, "file": record.source.file, **record.row}
    return {name: known.get(name) for name in _COLUMNS}


def _failed_row(failure: Failure) -> dict[str, Any]:
    known = {"image": failure.stem, "file": failure.file, "error": failure.error}
    return {name: known.get(name) for name in _COLUMNS}


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    entry = {"image": row["image"], "file": row["file"], "status": "failed" if row["error"] else "done"}
    return {**entry, "error": row["error"]} if row["error"] else {**entry, "count": row["count"]}


def _notes(done: Sequence[Done], failures: Sequence[Failure]) -> list[str]:
    notes = []
    versions = sorted({record.version for record in done})
    if len(versions) > 1:
        notes.append(f"The images were segmented by several versions of neurocyte: {', '.join(versions)}.")
    if large := sum("in_windows" in record.runtime for record in done):
        notes.append(
            f"{plural(large, 'image')} of more than {LARGE_PIXELS:,} pixels, segmented part by part: overlay "
            "and preview are reduced, and the flags are those of a sample."
        )
    if failures:
        notes.append(f"{plural(len(failures), 'image')} could not be used; the table says why.")
    return notes
