"""Several trainings side by side: on a few cores two networks with one thread each learn faster than one."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import torch

from neurocyte.allocator import keep_freed_memory
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.folders import MasksAre
from neurocyte.paper.context import Context
from neurocyte.paper.runs.plan import Run
from neurocyte.paper.runs.train import train_and_score
from neurocyte.paper.settings import Settings
from neurocyte.processes import end_with_parent


@dataclass(frozen=True)
class Source:
    """How a worker process opens the data again."""

    path: Path
    format: str | None = None
    masks_are: MasksAre = "components"


def train_all(runs: Sequence[Run], context: Context, source: Source) -> None:
    """Train and score every run that is not done.

    Args:
        runs: in the order in which they start.
        context: data, folder, settings; `jobs` processes share the cores.
        source: the data of `context`, for worker processes.

    Raises:
        InputError: an image or annotation cannot be read.
        UsageError: a run in the folder began with other options.
    """
    waiting = [run for run in runs if not run.is_done(context.out)]
    context.say(f"{len(runs) - len(waiting)} of {len(runs)} networks are trained and scored.")
    if context.jobs == 1:
        for run in waiting:
            train_and_score(run, context)
        return
    threads = max(1, (os.cpu_count() or 1) // context.jobs)
    with ProcessPoolExecutor(
        context.jobs,
        # A forked process would inherit torch's threads in the middle of their work.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(source, context.out, context.settings, threads),
    ) as pool:
        pending = {pool.submit(_work, run): run for run in waiting}
        try:
            for done in as_completed(pending):
                done.result()
                context.say(f"Done: {pending[done]}.")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_context: Context | None = None


def _start(source: Source, out: Path, settings: Settings, threads: int) -> None:
    global _context
    end_with_parent()
    keep_freed_memory(of_any_size=True)
    torch.set_num_threads(threads)
    _context = Context(open_dataset(source.path, source.format, source.masks_are), out, settings, _say)


def _work(run: Run) -> None:
    if _context is None:
        raise RuntimeError("the worker was not started by train_all")
    train_and_score(run, _context)


def _say(_text: str) -> None:
    """A worker's sentences would mix with another's."""
