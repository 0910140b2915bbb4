"""One worker here, or several in processes of their own."""

from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from neurocyte.errors import UsageError
from neurocyte.io.inputs import InputFile
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.records import Failure, Outcome
from neurocyte.jobs.work import Worker, WorkOrder
from neurocyte.jobs.worker_process import WorkerDiedError, WorkerProcess, wait_for_any
from neurocyte.processes import processors

# An image at which so many workers died is given up.
_TRIES = 2
# Workers that die one after another before they have begun do so for a reason of their own.
_STARTS = 3
# Fewer images are left to one process.
_FEW = 8
# Processes that are not asked for; each takes some 0.4 GB.
_MOST = 4


def work_through(files: Sequence[InputFile], order: WorkOrder, jobs: int) -> Iterator[Outcome]:
    """Work on files, in this process or in several.

    A worker process that dies costs nothing but time: another one takes its place and its image, and fails
    the image only if it dies at it, too.

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
        shared = replace(order, threads=max(1, processors() // jobs))
        yield from _in_order(_Team(files, shared, jobs).work())


def default_jobs(images: int) -> int:
    """Choose the number of processes where none is asked for.

    While one process reads, decodes, measures and writes, the network of another one uses the processor, so
    one a processor is faster than threads. Few images are done before a second process has loaded its model.

    Args:
        images: how many are to be done.

    Returns:
        1 for few images, else one a processor, as many as a laptop has memory for.
    """
    return 1 if images < _FEW else min(processors(), _MOST)


def _in_order(arriving: Generator[tuple[int, Outcome]]) -> Iterator[Outcome]:
    early: dict[int, Outcome] = {}
    due = 0
    with closing(arriving):
        for number, outcome in arriving:
            early[number] = outcome
            while due in early:
                yield early.pop(due)
                due += 1


class _Team:
    """Worker processes and the files that are left to them."""

    def __init__(self, files: Sequence[InputFile], order: WorkOrder, jobs: int) -> None:
        self._files, self._order = files, order
        self._waiting, self._left = deque(range(len(files))), len(files)
        self._deaths: Counter[int] = Counter()
        self._starts_failed = 0
        self._members = [WorkerProcess(order) for _ in range(jobs)]

    def work(self) -> Generator[tuple[int, Outcome]]:
        """Yield the number of each file with its outcome, as they come."""
        try:
            while self._left:
                for member in wait_for_any(self._members):
                    number, outcome = member.task, self._outcome(member)
                    if number is not None and outcome:
                        self._left -= 1
                        yield number, outcome
                self._hand_out()
        finally:
            for member in self._members:
                member.end()

    def _outcome(self, member: WorkerProcess) -> Outcome | None:
        try:
            outcome = member.receive()
        except WorkerDiedError:
            self._members.remove(member)
            member.end()
            return self._after_death(member.task)
        self._starts_failed = 0
        return outcome

    def _hand_out(self) -> None:
        for member in self._members:
            if member.is_idle and self._waiting:
                number = self._waiting.popleft()
                member.give(number, self._files[number])

    def _after_death(self, number: int | None) -> Outcome | None:
        """Put another worker in the place of a dead one; the failure where the image is given up."""
        if number is None:
            self._starts_failed += 1
            if self._starts_failed < _STARTS:
                self._members.append(WorkerProcess(self._order))
            elif not self._members:
                raise UsageError(
                    "The worker processes died before they had begun, perhaps for lack of memory: run the "
                    "command again with fewer --jobs."
                )
            return None
        self._members.append(WorkerProcess(self._order))
        self._deaths[number] += 1
        if self._deaths[number] < _TRIES:
            self._waiting.appendleft(number)
            return None
        file = self._files[number]
        OutFolder(self._order.root).discard(file.stem)
        return Failure(
            file.stem,
            str(file.path),
            f"{file.path} was not done because {_TRIES} worker processes died at it, perhaps for lack of "
            "memory: run the command again with a smaller --tile or fewer --jobs.",
        )
