"""One worker here, or several in processes of their own."""

import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import cache

from neurocyte.io.inputs import InputFile
from neurocyte.jobs.records import Failure, Outcome
from neurocyte.jobs.work import Worker, WorkOrder


def work_through(files: Sequence[InputFile], order: WorkOrder, jobs: int) -> Iterator[Outcome]:
    """Work on files, in this process or in several.

    Args:
        files: the images.
        order: how to segment them; its threads are set here.
        jobs: number of processes, at least 1; each loads the model once.

    Yields:
        An outcome for each file, in the order of the files whatever the number of processes.

    Raises:
        UsageError: the model cannot be used, or results cannot be written.
    """
    jobs = min(jobs, len(files))
    if jobs == 1:
        worker = Worker(order)
        yield from map(worker.do, files)
    elif jobs > 1:
        yield from _in_processes(files, replace(order, threads=max(1, processors() // jobs)), jobs)


def processors() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_processes(files: Sequence[InputFile], order: WorkOrder, jobs: int) -> Iterator[Outcome]:
    executor = ProcessPoolExecutor(
        jobs,
        # The inference runtime has threads, which a fork would break.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare_process,
        initargs=(logging.getLogger("tifffile").level,),
    )
    try:
        futures = [executor.submit(_do, order, file) for file in files]
        for file, future in zip(files, futures, strict=True):
            yield _outcome(file, future)
    finally:
        executor.shutdown(cancel_futures=True)


def _outcome(file: InputFile, future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        return Failure(
            file.stem,
            str(file.path),
            f"{file.path} was not done because a worker process died, perhaps for lack of memory: "
            "run the command again with fewer --jobs.",
        )


def _prepare_process(tiff_level: int) -> None:
    # An interrupt reaches the whole group of processes; the first one ends the others in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("tifffile").setLevel(tiff_level)


@cache
def _worker(order: WorkOrder) -> Worker:
    return Worker(order)


def _do(order: WorkOrder, file: InputFile) -> Outcome:
    return _worker(order).do(file)
