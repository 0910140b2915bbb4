"""The images of a job, and blocks of the large ones, as tasks of a Dask cluster."""

import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Any

from neurocyte.errors import InputError, ModelError, UsageError
from neurocyte.io.images import told_pixels
from neurocyte.io.inputs import InputFile
from neurocyte.jobs.blocks import Blocks, blocks_folder
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.options import Identity
from neurocyte.jobs.records import Failure, Outcome
from neurocyte.jobs.scheduler import check_cluster, connect, import_distributed
from neurocyte.jobs.work import Worker, WorkOrder

__all__ = ["check_cluster", "work_on_cluster"]

# Images of more pixels are predicted in blocks: some 45 times a microscope's frame of 704 x 520.
SPLIT_PIXELS = 2**24
# A worker with several threads gives them all to one image or block.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class _Task:
    """What goes along with each image.

    Args:
        order: how to segment.
        identity: the model and settings, which every worker must come to too.
        directory: where relative paths start.
        split_pixels: see `SPLIT_PIXELS`.
    """

    order: WorkOrder
    identity: Identity
    directory: Path
    split_pixels: int


def work_on_cluster(
    files: Sequence[InputFile], order: WorkOrder, cluster: str, identity: Identity
) -> Generator[Outcome, None, None]:
    """Work on files in the workers of a cluster.

    A worker that dies loses nothing: its images go to the others. Workers may join at any time. A large image
    is cut by one worker, predicted by all, and put together by one, with the very numbers of one process.

    Args:
        files: the images, at paths that every worker sees.
        order: how to segment them; its threads become those of each worker.
        cluster: see `neurocyte.jobs.scheduler.connect`.
        identity: the model and settings, which every worker must come to too.

    Yields:
        An outcome for each file, in the order of the files.

    Raises:
        MissingExtraError: distributed is not installed.
        UsageError: the cluster, the model or the folder of results cannot be used, or the cluster is lost.
    """
    if not files:
        return
    task = _Task(order, identity, Path.cwd(), SPLIT_PIXELS)
    with _removed(blocks_folder(OutFolder(order.root))), connect(cluster) as client:
        run = _Run(client, cluster, task)
        futures = client.map(partial(_do, task), files, pure=False)
        # One image ahead: a large one is cut and predicted while the one before is being put together.
        waiting: Callable[[], Outcome] | None = None
        for file in files:
            started = run.start(file, futures.pop(0))
            if waiting:
                yield waiting()
            waiting = started
        if waiting:
            yield waiting()


@contextmanager
def _removed(folder: Path) -> Iterator[None]:
    """Keep what is handed on from outliving a run, or entering one."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class _Run:
    """The command's side of a job."""

    client: Any
    cluster: str
    task: _Task

    def start(self, file: InputFile, future: Any) -> Callable[[], Outcome]:
        """Wait for an image, or get a large one going; gives what waits for the outcome."""
        outcome = self._result(file, future)
        if outcome is not None:
            return lambda: outcome
        # Before the images that are queued already, which are later in the order of the files.
        ahead = {"pure": False, "priority": 1}
        blocks = self._result(file, self.client.submit(_cut, self.task, file, **ahead))
        if isinstance(blocks, Failure):
            return lambda: blocks
        parts = self.client.map(partial(_predict, self.task, file), range(blocks), **ahead)
        return partial(self._result, file, self.client.submit(_finish, self.task, file, parts, **ahead))

    def _result(self, file: InputFile, future: Any) -> Any:
        distributed = import_distributed()
        try:
            return future.result()
        except distributed.KilledWorker:
            return Failure(
                file.stem,
                str(file.path),
                f"{file.path} was not done because each worker that tried it died, perhaps for lack of "
                "memory: run the command again with larger workers or a smaller --tile.",
            )
        except (distributed.CancelledError, OSError) as exc:
            raise UsageError(
                f"--cluster {self.cluster}: the scheduler was lost: start it and run the same command again; "
                "images that are done are not done again."
            ) from exc


def _do(task: _Task, file: InputFile) -> Outcome | None:
    """Do an image; None for a large one."""
    with _worker(task) as worker:
        return None if _is_large(task, file) else worker.do(file)


def _cut(task: _Task, file: InputFile) -> int:
    """Cut a large image into batches of tiles; gives their number, 0 if it cannot be had in pieces."""
    with _worker(task) as worker:
        try:
            return _blocks(task, file).cut(worker.inputs(file))
        except (InputError, MemoryError):
            # Whoever does it in one piece says why not.
            return 0


def _predict(task: _Task, file: InputFile, number: int) -> None:
    """Predict one batch; one that fails is left to `_finish`, which says why."""
    with _worker(task) as worker:
        try:
            _blocks(task, file).predict(worker.predict, number)
        except (ModelError, MemoryError, FileNotFoundError):
            return


def _finish(task: _Task, file: InputFile, _parts: list[None]) -> Outcome:
    """Put the maps of a large image together and go on from there as with any image."""
    with _worker(task) as worker:
        blocks = _blocks(task, file)
        outcome = worker.do(file, blocks.recall(worker.predict))
        shutil.rmtree(blocks.folder, ignore_errors=True)
        return outcome


def _is_large(task: _Task, file: InputFile) -> bool:
    try:
        return told_pixels(file.path, task.order.options.select(file.part)) > task.split_pixels
    except InputError:
        # Whoever reads it says why not.
        return False


def _blocks(task: _Task, file: InputFile) -> Blocks:
    return Blocks(blocks_folder(OutFolder(task.order.root)) / file.stem)


@contextmanager
def _worker(task: _Task) -> Iterator[Worker]:
    """Give this process's worker, alone, with relative paths as where the command was given."""
    from distributed import get_worker

    here = get_worker()
    out = task.directory / task.order.root
    unseen = UsageError(
        f"The worker {here.address} does not see {out}: share that folder among all machines."
    )
    if not OutFolder(out).run.exists() or not task.directory.is_dir():
        raise unseen
    with _ONE_AT_A_TIME, chdir(task.directory):
        order = replace(task.order, threads=here.state.nthreads)
        # The checksum keeps a worker from using an older model of the path.
        worker = _loaded(order, str(task.identity.model["sha256"]))
        if worker.identity != task.identity:
            raise UsageError(
                f"The worker {here.address} has another model or arithmetic than this process: "
                "give all the same model folder, and --precision fp32."
            )
        yield worker


@lru_cache(maxsize=1)
def _loaded(order: WorkOrder, checksum: str) -> Worker:  # noqa: ARG001  # a key of the cache
    return Worker(order)
