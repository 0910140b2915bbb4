"""Changing a finished image: other settings, corrections, taking them back, keeping them for training."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.instances import sure_cells
from neurocyte.io.atomic import atomic_path
from neurocyte.io.labels import write_labels
from neurocyte.models.config import Limit
from neurocyte.web.errors import RefusedError
from neurocyte.web.names import stem_of
from neurocyte.web.records import Job, Step
from neurocyte.web.results import current_labels
from neurocyte.web.store import Entry

Labels = NDArray[np.integer[Any]]


def redecode(
    entry: Entry, threshold: float, min_area: int, discard_corrections: bool, undo_steps: int
) -> None:
    """Turn the probabilities into cells with other settings.

    Args:
        entry: the job, held.
        threshold: least probability of a cell's pixel, above 0 and below 1.
        min_area: least area of a cell, pixels.
        discard_corrections: whether corrections may be lost; they can be had back by undo.
        undo_steps: how many changes are kept.

    Raises:
        RefusedError: There are corrections.
    """
    job, now = entry.job, entry.job.current
    if (threshold, min_area, now.corrections) == (now.threshold, now.min_area, 0):
        return
    if now.corrections and not discard_corrections:
        raise RefusedError(409, "Other settings discard the corrections: confirm it, or keep the settings.")
    if job.instances is None:
        raise RefusedError(409, "The image is not segmented yet.")
    settings = replace(job.instances, threshold=threshold, min_area=min_area)
    maps = np.load(entry.folder.maps, allow_pickle=False)
    limit = job.confidence.limit(job.pixel_ratio) if job.confidence else Limit()
    labels, _ = sure_cells(maps, settings, job.task, job.confidence, job.pixel_ratio, limit)
    step = Step(job.next_number, "decode", threshold, min_area, 0, int(labels.max()))
    write_labels(entry.folder.labels(step.number), labels, job.pixel_size_um)
    if now.what == "decode" and len(job.steps) > 1:
        # A slider passes through many values: one step for all of them.
        job = replace(job, steps=job.steps[:-1])
    entry.save(job.with_step(step, undo_steps + 1))


def correct(entry: Entry, what: str, change: Callable[[Labels], Labels], undo_steps: int) -> None:
    """Make one correction.

    Args:
        entry: the job, held.
        what: its name.
        change: gives the corrected labels; what it raises leaves everything as it was.
        undo_steps: how many changes are kept.
    """
    job, now = entry.job, entry.job.current
    labels = change(current_labels(entry))
    count = int(np.count_nonzero(np.bincount(labels.ravel())[1:]))
    step = replace(now, number=job.next_number, what=what, corrections=now.corrections + 1, cells=count)
    write_labels(entry.folder.labels(step.number), labels, job.pixel_size_um)
    entry.save(job.with_step(step, undo_steps + 1))


def undo(entry: Entry) -> None:
    """Take the last change back; raises RefusedError where there is none."""
    if len(entry.job.steps) < 2:
        raise RefusedError(409, "There is nothing to undo.")
    entry.save(replace(entry.job, steps=entry.job.steps[:-1]))


def save_training(entry: Entry, folder: Path) -> tuple[Path, Path]:
    """Put the image and its labels into a data set that `neurocyte train` opens; an earlier copy is replaced.

    Args:
        entry: the job, held.
        folder: the data set: images/ and labels/.

    Returns:
        The image and the label image.
    """
    job = entry.job
    # The id keeps two images of the same name apart.
    stem = f"{stem_of(job.name)}-{job.id[:8]}"
    image = folder / "images" / f"{stem}{_suffix(entry.folder.upload)}"
    labels = folder / "labels" / f"{stem}.tif"
    write_labels(labels, current_labels(entry), job.pixel_size_um)
    with atomic_path(image) as temporary:
        # As it was uploaded, since training reads files the way segmenting does.
        shutil.copyfile(entry.folder.upload, temporary)
    entry.save(replace(job, saved=job.current.number))
    return image, labels


def _suffix(upload: Path) -> str:
    """The suffix that goes with a file's content, whatever it was called."""
    with upload.open("rb") as file:
        start = file.read(4)
    for magic, suffix in ((b"\x89PNG", ".png"), (b"\xff\xd8", ".jpg"), (b"BM", ".bmp")):
        if start.startswith(magic):
            return suffix
    return ".tif"


def require_done(job: Job) -> None:
    """Raise RefusedError unless the image is segmented."""
    if job.state == "failed":
        raise RefusedError(409, job.error or "The image failed.")
    if job.state != "done":
        raise RefusedError(409, "The image is not segmented yet: ask again when its state is 'done'.")
