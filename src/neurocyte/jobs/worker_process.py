"""One worker in a process of its own, which may die without harm to the others."""

import logging
import multiprocessing
import signal
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from neurocyte.allocator import keep_freed_memory
from neurocyte.io.inputs import InputFile
from neurocyte.jobs.records import Outcome
from neurocyte.jobs.work import Worker, WorkOrder
from neurocyte.processes import end_with_parent


class WorkerDiedError(Exception):
    """The process ended before it had answered: killed, out of memory, or crashed in a library."""


class WorkerProcess:
    """A process that says when it is ready and then works on one image at a time.

    With a pipe of its own, unlike the processes of an executor: where one dies, it is known at which image,
    and the others go on.

    Args:
        order: how to segment.

    Attributes:
        task: the number of the file in hand, None without.
        is_idle: whether it waits for one.
        connection: to it, for `wait_for_any`.
    """

    def __init__(self, order: WorkOrder) -> None:
        # The inference runtime has threads, which a fork would break.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        level = logging.getLogger("tifffile").level
        self._process = context.Process(target=_run, args=(theirs, order, level), daemon=True)
        self._process.start()
        # So that theirs is the only one, whose end is noticed.
        theirs.close()
        self.task: int | None = None
        self.is_idle = False

    def give(self, task: int, file: InputFile) -> None:
        """Let it work on a file; only where it is idle.

        Args:
            task: the caller's number of the file.
            file: the image.
        """
        self.task, self.is_idle = task, False
        # If it is dead, that is told by `receive`.
        with suppress(OSError):
            self.connection.send(file)

    def receive(self) -> Outcome | None:
        """Take what it says, after `wait_for_any`.

        Returns:
            The outcome of its task; None where it has none and is ready for the first.

        Raises:
            WorkerDiedError: it has ended.
            UsageError: the model cannot be used, or results cannot be written.
        """
        try:
            said = self.connection.recv()
        except (EOFError, OSError) as exc:
            raise WorkerDiedError from exc
        if isinstance(said, Exception):
            raise said
        self.task, self.is_idle = None, True
        outcome: Outcome | None = said
        return outcome

    def end(self) -> None:
        """End it after the image in hand."""
        self.connection.close()
        self._process.join()


def wait_for_any(team: Sequence[WorkerProcess]) -> list[WorkerProcess]:
    """Wait until at least one has something to say, or is dead; returns those."""
    ready = wait([member.connection for member in team])
    return [member for member in team if member.connection in ready]


def _run(connection: "Connection[Any, Any]", order: WorkOrder, tiff_level: int) -> None:
    end_with_parent()
    keep_freed_memory()
    # An interrupt reaches the whole group of processes; the first one ends the others in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("tifffile").setLevel(tiff_level)
    # The other end is closed when the work is over.
    with suppress(EOFError, OSError):
        worker = _tried(Worker, order)
        if isinstance(worker, Exception):
            connection.send(worker)
            return
        connection.send(None)
        while True:
            connection.send(_tried(worker.do, connection.recv()))


def _tried(work: Callable[..., Any], argument: Any) -> Any:
    """What comes of the work, or the exception it raised, to be raised in the first process."""
    try:
        return work(argument)
    except Exception as exc:  # noqa: BLE001
        # For --debug: the traceback itself stays in this process.
        exc.add_note(traceback.format_exc())
        return exc
