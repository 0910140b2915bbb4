"""The queue: one thread that segments the uploaded images one after the other."""

import contextlib
import logging
import threading
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from neurocyte.errors import NeurocyteError, UsageError
from neurocyte.io.atomic import atomic_path
from neurocyte.io.images import Image, read_image
from neurocyte.io.labels import write_labels
from neurocyte.preprocess import pixel_ratio
from neurocyte.segmentation import Segmentation, Segmenter, scale_instances
from neurocyte.web.errors import RefusedError
from neurocyte.web.records import Job, Step
from neurocyte.web.store import JobStore
from neurocyte.writers.overlay import stretch

# An image that ended the server so often (for want of memory, say) is not tried again.
_ATTEMPTS = 2

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far the work on an image is.

    Args:
        stage: "waiting", "reading", "segmenting" (the network), "separating" (the cells) or "saving".
        share: of the network's work done, 0 to 1.
        ahead: images to be done before this one.
    """

    stage: str
    share: float = 0.0
    ahead: int = 0


class Stopped(Exception):  # noqa: N818 (no error: the server ends)
    """The work is given up; it is done anew at the next start."""


class Worker:
    """Segments the jobs of a store in a thread of its own.

    Args:
        store: the jobs; those that are not finished are taken up again.
        segmenter: the loaded model.
    """

    def __init__(self, store: JobStore, segmenter: Segmenter) -> None:
        self._store, self._segmenter = store, segmenter
        self._changed = threading.Condition()
        unfinished = [job.id for job in reversed(store.jobs()) if job.state == "queued"]
        self._waiting: deque[str] = deque(unfinished)
        self._now: tuple[str, Progress] | None = None
        self._stopping = False
        # A daemon, so that a network in full swing does not keep a process alive that wants to end.
        self._thread = threading.Thread(target=self._run, name="neurocyte-worker", daemon=True)

    @property
    def model_name(self) -> str:
        """The name of the model."""
        return self._segmenter.model.config.name

    @property
    def model_license(self) -> str:
        """The licence of the model's weights."""
        return self._segmenter.model.config.license

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience_seconds: float = 10.0) -> None:
        """End after the tile in hand; unfinished images are done at the next start."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(patience_seconds)

    def submit(self, job_id: str) -> None:
        """Put a job at the end of the queue."""
        with self._changed:
            self._waiting.append(job_id)
            self._changed.notify()

    def progress(self, job_id: str) -> Progress | None:
        """Tell how far a job is; None where it is not in the queue."""
        with self._changed:
            if self._now and self._now[0] == job_id:
                return self._now[1]
            if job_id not in self._waiting:
                return None
            return Progress("waiting", ahead=self._waiting.index(job_id) + (self._now is not None))

    def _run(self) -> None:
        while (job_id := self._take()) is not None:
            try:
                self._do(job_id)
            except Stopped:
                self._give_back(job_id)
            except RefusedError:
                # It was deleted meanwhile.
                continue
            except Exception as exc:  # noqa: BLE001 (one bad image must not end the queue)
                self._fail(job_id, exc)

    def _take(self) -> str | None:
        with self._changed:
            self._now = None
            while not self._waiting and not self._stopping:
                self._changed.wait()
            if self._stopping:
                return None
            job_id = self._waiting.popleft()
            self._now = (job_id, Progress("reading"))
            return job_id

    def _tell(self, job_id: str, stage: str, share: float = 0.0) -> None:
        with self._changed:
            if self._stopping:
                raise Stopped
            self._now = (job_id, Progress(stage, share))
        # Raises where the job was deleted, which ends the work on it.
        self._store.get(job_id)

    def _do(self, job_id: str) -> None:
        with self._store.hold(job_id) as entry:
            if entry.job.attempts >= _ATTEMPTS:
                text = (
                    f"The server ended {_ATTEMPTS} times while it worked on {entry.job.name}: crop the image."
                )
                entry.save(replace(entry.job, state="failed", error=text))
                return
            entry.save(replace(entry.job, state="running", attempts=entry.job.attempts + 1))
            folder, given = entry.folder, entry.job.pixel_size_um
        image = read_image(folder.upload)
        pixel_size = given if given is not None else image.pixel_size_um
        with self._store.hold(job_id):
            _write_picture(folder.image, image)
        self._tell(job_id, "segmenting")

        def progress(share: float) -> None:
            # What comes after the network takes its time on a large image, and tells nothing.
            self._tell(job_id, "segmenting" if share < 1 else "separating", share)

        cells = self._segmenter.segment(image.pixels, pixel_size, progress=progress)
        self._tell(job_id, "saving", 1.0)
        self._keep(job_id, cells)

    def _keep(self, job_id: str, cells: Segmentation) -> None:
        config = self._segmenter.model.config
        ratio = pixel_ratio(config.input, cells.pixel_size_um)
        instances = scale_instances(config.instances, ratio)
        with self._store.hold(job_id) as entry:
            job, folder = entry.job, entry.folder
            with atomic_path(folder.maps) as temporary:
                np.save(temporary, cells.maps, allow_pickle=False)
            step = Step(
                job.next_number, "decode", instances.threshold, instances.min_area, 0, int(cells.labels.max())
            )
            write_labels(folder.labels(step.number), cells.labels, cells.pixel_size_um)
            done = replace(
                job,
                state="done",
                model=config.name,
                task=config.task,
                instances=instances,
                confidence=config.confidence if config.task == "cells" else None,
                pixel_ratio=ratio,
                pixel_size_um=cells.pixel_size_um,
                height=cells.labels.shape[0],
                width=cells.labels.shape[1],
            )
            entry.save(done.with_step(step, keep=1))

    def _give_back(self, job_id: str) -> None:
        """Leave a job as if it had not been begun."""
        with contextlib.suppress(NeurocyteError), self._store.hold(job_id) as entry:
            entry.save(replace(entry.job, state="queued", attempts=entry.job.attempts - 1))

    def _fail(self, job_id: str, exc: Exception) -> None:
        try:
            with self._store.hold(job_id) as entry:
                text = _sentence(exc, entry.job, entry.folder.upload)
                failed = replace(entry.job, state="failed", error=text)
                try:
                    entry.save(failed)
                except UsageError as unwritten:
                    # The disk is full, most likely: on it the job stays unfinished and is done at the next
                    # start, but nobody must wait for it until then.
                    _log.error("%s", unwritten)
                    entry.job = failed
        except RefusedError:
            return


def _sentence(exc: Exception, job: Job, upload: Path) -> str:
    """What went wrong, for whoever uploaded the image: by its name, without the server's paths."""
    if isinstance(exc, UsageError):
        _log.error("%s", exc)
        return f"The results of {job.name} cannot be written: check the space where the server keeps them."
    if isinstance(exc, NeurocyteError):
        return str(exc).replace(str(upload), job.name)
    if isinstance(exc, MemoryError):
        return f"{job.name} does not fit into the server's memory: crop the image."
    _log.error("unexpected while working on an image", exc_info=exc)
    return f"Something unexpected happened with {job.name} ({type(exc).__name__}); the server's log has more."


def _write_picture(path: Path, image: Image) -> None:
    """Write the image as a browser shows it: 8 bits, contrast stretched."""
    with atomic_path(path) as temporary:
        PillowImage.fromarray(stretch(image.pixels)).save(temporary, format="PNG", compress_level=3)
