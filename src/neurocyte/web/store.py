"""Uploaded images as folders on disk, so that they outlive the page and the server.

A job's folder is made elsewhere and moved into place complete, and every file in it is written in one piece:
whenever the process ends, what is there can be gone on with.
"""

import contextlib
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from neurocyte.errors import UsageError
from neurocyte.io.atomic import remove_orphans, write_text
from neurocyte.io.folder_lock import FolderLock
from neurocyte.web.errors import RefusedError, no_such_job
from neurocyte.web.limits import Limits
from neurocyte.web.records import Job

ID = re.compile(r"[0-9a-f]{32}")
# Of what is written into jobs/ID/ and training/.
_SUFFIXES = (".bmp", ".csv", ".jpg", ".json", ".npy", ".png", ".tif")
# Longer than any correction of an image takes: whoever waits for longer is told to come again.
_PATIENCE_SECONDS = 20.0


class JobFolder:
    """The files of one job.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.record = root / "job.json"
        self.upload = root / "upload"
        self.image = root / "image.png"
        self.maps = root / "maps.npy"
        # Elsewhere, so that a folder deleted meanwhile does not come to life again.
        self.scratch = root.parent.parent / "incoming"

    def labels(self, number: int) -> Path:
        """Give the label image of a step."""
        return self.root / f"labels-{number}.tif"

    def cells(self, number: int) -> Path:
        """Give the table of a step."""
        return self.root / f"cells-{number}.csv"

    def forget(self, number: int) -> None:
        """Remove what belongs to a step; what cannot be removed is only in the way."""
        for path in (self.labels(number), self.cells(number)):
            with contextlib.suppress(OSError):
                path.unlink()


@dataclass
class Entry:
    """A job that whoever holds it may change: nobody else does at the same time.

    Args:
        job: what is known of it.
        folder: its files.
    """

    job: Job
    folder: JobFolder

    def save(self, job: Job) -> None:
        """Put another record in the place of this one; raises UsageError where it cannot be written."""
        write_text(self.folder.record, job.to_json())
        dropped = {step.number for step in self.job.steps} - {step.number for step in job.steps}
        self.job = job
        for number in dropped:
            self.folder.forget(number)


class JobStore:
    """The jobs of one folder.

    Args:
        root: the folder, made where it is missing.
        limits: how many jobs it may hold, and more.

    Raises:
        UsageError: the folder is in use or cannot be used.
    """

    def __init__(self, root: Path, limits: Limits) -> None:
        self.root, self.limits = root, limits
        self.training = root / "training"
        self._jobs, self._incoming = root / "jobs", root / "incoming"
        self._claim = FolderLock(root, ".lock", "another server", "stop it", "name another --dir")
        self._lock = threading.Lock()
        self._entries: dict[str, tuple[Entry, threading.Lock]] = {}
        # Where uploads are written to that are no job yet.
        self._reserved: set[Path] = set()
        # Uploads that the last server did not live to finish.
        shutil.rmtree(self._incoming, ignore_errors=True)
        try:
            for folder in (self._jobs, self._incoming):
                folder.mkdir(exist_ok=True)
        except OSError as exc:
            self._claim.release()
            raise UsageError(f"{folder} cannot be made ({exc.strerror or exc}): name another --dir.") from exc
        for place in (self._jobs, self.training):
            for written in place.glob("*/"):
                remove_orphans(written, _SUFFIXES)
        self._load()

    def close(self) -> None:
        """Let go of the folder."""
        self._claim.release()

    def jobs(self) -> list[Job]:
        """List all jobs, the newest first."""
        with self._lock:
            found = [entry.job for entry, _ in self._entries.values()]
        return sorted(found, key=lambda job: (job.created_ns, job.id), reverse=True)

    def get(self, job_id: str) -> Job:
        """Give a job as it is now; raises RefusedError where there is none."""
        return self._find(job_id)[0].job

    def folder(self, job_id: str) -> JobFolder:
        """Give a job's files; raises RefusedError where there is none."""
        return self._find(job_id)[0].folder

    def view(self, job_id: str) -> Entry:
        """Give a job as it is now, to read from without holding it; raises RefusedError where there is none.

        The files of its current step never change, but they are removed when the step is too old or the job
        is deleted.
        """
        entry = self._find(job_id)[0]
        return Entry(entry.job, entry.folder)

    @contextlib.contextmanager
    def hold(self, job_id: str) -> Iterator[Entry]:
        """Hold a job while working on it.

        Args:
            job_id: of the job.

        Yields:
            The job, which nobody else holds.

        Raises:
            RefusedError: There is none, or another request holds it for too long.
        """
        entry, lock = self._find(job_id)
        if not lock.acquire(timeout=_PATIENCE_SECONDS):
            raise RefusedError(503, "The image is being worked on: try again in a moment.")
        try:
            # It may have been deleted while this waited.
            self._find(job_id)
            yield entry
        finally:
            lock.release()

    @contextlib.contextmanager
    def slot(self) -> Iterator[Path]:
        """Reserve room for one more job while it is uploaded.

        Yields:
            The path to write the upload to; what is left of it is removed in the end.

        Raises:
            RefusedError: There is no room.
            UsageError: The system refused to write.
        """
        path = self._incoming / secrets.token_hex(16)
        with self._lock:
            if len(self._entries) + len(self._reserved) >= self.limits.jobs:
                raise RefusedError(
                    429,
                    f"The server holds {self.limits.jobs} images, its limit: delete some, then try again.",
                )
            self._reserved.add(path)
        try:
            yield path
        except OSError as exc:
            raise UsageError(f"{path} cannot be written ({exc.strerror or exc}).") from exc
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
            with self._lock:
                self._reserved.discard(path)

    def add(self, upload: Path, name: str, shape: tuple[int, int], pixel_size_um: float | None = None) -> Job:
        """Make a job of an upload.

        Args:
            upload: the file, in the slot's place; it is moved.
            name: its cleaned name.
            shape: height and width in pixels.
            pixel_size_um: as given with the upload.

        Returns:
            The job, queued.
        """
        job = Job(secrets.token_hex(16), name, time.time_ns(), *shape, pixel_size_um)
        made, place = self._incoming / job.id, self._jobs / job.id
        try:
            made.mkdir()
            upload.replace(JobFolder(made).upload)
            write_text(JobFolder(made).record, job.to_json())
            made.replace(place)
        except BaseException:
            # On a full disk its room is wanted.
            shutil.rmtree(made, ignore_errors=True)
            raise
        with self._lock:
            # At once: counted as both, it would keep another one out.
            self._reserved.discard(upload)
            self._entries[job.id] = (Entry(job, JobFolder(place)), threading.Lock())
        return job

    def delete(self, job_id: str) -> None:
        """Remove a job and its files; raises RefusedError where there is none."""
        with self.hold(job_id) as entry:
            with self._lock:
                del self._entries[job_id]
            # Moved first: half a folder would be taken for a job at the next start.
            gone = self._incoming / f"{job_id}-deleted"
            with contextlib.suppress(OSError):
                entry.folder.root.replace(gone)
            shutil.rmtree(gone, ignore_errors=True)

    def _find(self, job_id: str) -> tuple[Entry, threading.Lock]:
        with self._lock:
            found = self._entries.get(job_id)
        if found is None:
            raise no_such_job()
        return found

    def _load(self) -> None:
        for root in self._jobs.iterdir():
            if not ID.fullmatch(root.name) or root.is_symlink():
                continue
            folder = JobFolder(root)
            try:
                job = Job.from_json(folder.record.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                # Of another version, or damaged: left as it is for its owner to look at.
                continue
            if job.id != root.name:
                continue
            if job.state == "running":
                job = replace(job, state="queued")
            self._entries[job.id] = (Entry(job, folder), threading.Lock())
