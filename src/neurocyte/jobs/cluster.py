"""The images of a job as tasks of a Dask cluster, on this machine or on many that share the folders."""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Any

from neurocyte.errors import MissingExtraError, UsageError
from neurocyte.io.inputs import InputFile
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.options import Identity
from neurocyte.jobs.pool import processors
from neurocyte.jobs.records import Failure, Outcome, Record
from neurocyte.jobs.work import Worker, WorkOrder

# How long a scheduler, and then a first worker, is waited for.
_TIMEOUT_S = 30
_LOCAL = re.compile(r"local:([1-9]\d*)")
_REMOTE = re.compile(r"(tcp|tls)://[^\s/]+:\d+")
# A worker with several threads gives them all to one image.
_ONE_IMAGE = Lock()


@dataclass(frozen=True)
class _Task:
    """What goes along with each image; the checksum keeps a worker from using an older model of the path."""

    order: WorkOrder
    checksum: str
    directory: Path


def work_on_cluster(
    files: Sequence[InputFile], order: WorkOrder, cluster: str, identity: Identity
) -> Iterator[Outcome]:
    """Work on files in the workers of a cluster.

    A worker that dies loses nothing: its images go to the others. Workers may join at any time.

    Args:
        files: the images, at paths that every worker sees.
        order: how to segment them; its threads become those of each worker.
        cluster: local:N for N processes here, or the address of a scheduler such as tcp://host:8786.
        identity: the model and settings, which every worker must come to too.

    Yields:
        An outcome for each file, in the order of the files.

    Raises:
        MissingExtraError: distributed is not installed.
        UsageError: the cluster, the model or the folder of results cannot be used, or the cluster is lost.
    """
    if not files:
        return
    distributed = _distributed()
    task = _Task(order, str(identity.model["sha256"]), Path.cwd())
    with _client(distributed, cluster) as client:
        futures = client.map(partial(_do, task), files, pure=False)
        for file in files:
            outcome = _outcome(distributed, cluster, file, futures.pop(0))
            if isinstance(outcome, Record) and outcome.identity != identity:
                OutFolder(order.root).discard(file.stem)
                raise UsageError(
                    f"--cluster {cluster}: a worker has another model or arithmetic than this process: "
                    "give all the same model folder, and --precision fp32."
                )
            yield outcome


def check_cluster(cluster: str) -> None:
    """Refuse what names no cluster, and the lack of distributed; raises UsageError."""
    if not (_LOCAL.fullmatch(cluster) or _REMOTE.fullmatch(cluster)):
        raise UsageError(f"--cluster {cluster!r} is no cluster: give local:N or tcp://HOST:PORT.")
    _distributed()


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as exc:
        raise MissingExtraError(f'--cluster needs {exc.name}: pip install "neurocyte[cluster]".') from exc
    return distributed


@contextmanager
def _client(distributed: Any, cluster: str) -> Iterator[Any]:
    # Its account of lost connections; what a user needs of it is said in one sentence.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    local = _LOCAL.fullmatch(cluster)
    if local:
        number = int(local[1])
        threads = max(1, processors() // number)
        with (
            distributed.LocalCluster(
                n_workers=number, threads_per_worker=threads, memory_limit=0, dashboard_address=None
            ) as here,
            distributed.Client(here) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(cluster, timeout=_TIMEOUT_S)
    except OSError as exc:
        raise UsageError(
            f"--cluster {cluster}: no scheduler answered within {_TIMEOUT_S} s: start one there with "
            "`dask scheduler`, or mend the address."
        ) from exc
    with client:
        _check_workers(client, cluster)
        yield client


def _check_workers(client: Any, cluster: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_TIMEOUT_S)
    except TimeoutError as exc:
        raise UsageError(
            f"--cluster {cluster}: the scheduler has no worker: start some with `dask worker {cluster}`."
        ) from exc
    try:
        client.get_versions(check=True, packages=["neurocyte"])
    except ValueError as exc:
        found = " ".join(str(exc).split())
        raise UsageError(
            f"--cluster {cluster}: install the same versions here and on all workers ({found})."
        ) from exc


def _outcome(distributed: Any, cluster: str, file: InputFile, future: Any) -> Outcome:
    try:
        outcome: Outcome = future.result()
    except distributed.KilledWorker:
        return Failure(
            file.stem,
            str(file.path),
            f"{file.path} was not done because each worker that tried it died, perhaps for lack of memory: "
            "run the command again with larger workers or a smaller --tile.",
        )
    except (distributed.CancelledError, OSError) as exc:
        raise UsageError(
            f"--cluster {cluster}: the scheduler was lost: start it and run the same command again; "
            "images that are done are not done again."
        ) from exc
    return outcome


@lru_cache(maxsize=1)
def _worker(order: WorkOrder, checksum: str) -> Worker:  # noqa: ARG001  # a key of the cache
    return Worker(order)


def _do(task: _Task, file: InputFile) -> Outcome:
    from distributed import get_worker

    here = get_worker()
    with _ONE_IMAGE:
        try:
            # Relative paths mean the same as where the command was given.
            with chdir(task.directory):
                if OutFolder(task.order.root).run.exists():
                    order = replace(task.order, threads=here.state.nthreads)
                    return _worker(order, task.checksum).do(file)
        except FileNotFoundError:
            pass
        out = task.directory / task.order.root
        raise UsageError(
            f"The worker {here.address} does not see {out}: share that folder among all machines."
        )
