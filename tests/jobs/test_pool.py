"""Workers in processes of their own, some of which are killed."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.errors import ModelError, UsageError
from neurocyte.io.inputs import InputFile
from neurocyte.jobs import pool
from neurocyte.jobs.options import JobOptions
from neurocyte.jobs.pool import _Team, default_jobs, work_through
from neurocyte.jobs.records import Failure, Record
from neurocyte.jobs.work import WorkOrder
from neurocyte.jobs.worker_process import WorkerDiedError
from neurocyte.processes import processors


@pytest.fixture
def order(make_model: Callable[..., Path], tmp_path: Path) -> WorkOrder:
    return WorkOrder(JobOptions(make_model(), precision="fp32"), tmp_path / "out", threads=1)


@pytest.fixture
def files(tmp_path: Path) -> list[InputFile]:
    """Three images, of which the first two take long enough to be killed at."""
    found = []
    for number, side in enumerate((1000, 1000, 40)):
        path = tmp_path / f"{number}.png"
        PillowImage.fromarray(np.zeros((side, side), np.uint8)).save(path)
        found.append(InputFile(path, path.stem))
    return found


@contextmanager
def killer(team: _Team, *tasks: int | None) -> Iterator[set[int]]:
    """Kill a worker for each of the tasks (None: while it loads the model); gives the processes killed."""
    killed: set[int] = set()
    wanted, done = Counter(tasks), threading.Event()

    def kill() -> None:
        while wanted.total() and not done.is_set():
            for member in list(team._members):
                process = member._process.pid
                if wanted[member.task] and process and process not in killed:
                    os.kill(process, signal.SIGKILL)
                    killed.add(process)
                    wanted[member.task] -= 1
            time.sleep(0.001)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


def test_a_worker_that_dies_costs_no_image_and_two_at_one_image_only_that(
    order: WorkOrder, files: list[InputFile]
) -> None:
    half = order.root / "labels" / "0.tif"
    half.parent.mkdir(parents=True)
    half.touch()
    team = _Team(files, order, 2)
    with killer(team, 0, 0, 1) as killed:
        outcomes = dict(team.work())
    assert len(killed) == 3
    failed = outcomes.pop(0)
    assert isinstance(failed, Failure)
    assert failed.stem == "0"
    assert failed.error.startswith(f"{files[0].path} was not done because 2 worker processes died at it")
    # Whatever the dead ones wrote of it.
    assert not half.exists()
    assert sorted(outcomes) == [1, 2]
    assert all(isinstance(outcome, Record) for outcome in outcomes.values())


@pytest.mark.parametrize(("images", "found", "jobs"), [(7, 2, 1), (8, 2, 2), (8, 1, 1), (5000, 64, 4)])
def test_many_images_get_a_process_a_processor_within_reason(
    images: int, found: int, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "processors", lambda: found)
    assert default_jobs(images) == jobs


class Scripted:
    """A worker that answers when the schedule says so: (its number, what it says)."""

    schedule: ClassVar[list[tuple[int, str]]]
    everyone: ClassVar[list[Self]]

    def __init__(self, order: WorkOrder) -> None:
        self.task, self.is_idle = None, False
        self.everyone.append(self)

    def give(self, task: int, file: InputFile) -> None:
        assert self.is_idle
        self.task, self.is_idle = task, False

    def receive(self) -> Failure | None:
        _, said = self.schedule.pop(0)
        if said == "dies":
            raise WorkerDiedError
        outcome = Failure(str(self.task), "", "") if said == "done" else None
        self.task, self.is_idle = None, True
        return outcome

    def end(self) -> None:
        pass


@pytest.mark.parametrize(
    "end", [[(0, "dies"), (1, "done")], [(1, "dies"), (0, "done")]], ids=["one at work", "an idle one"]
)
def test_who_is_idle_takes_the_image_of_a_dead_one_and_is_not_missed(
    monkeypatch: pytest.MonkeyPatch, order: WorkOrder, files: list[InputFile], end: list[tuple[int, str]]
) -> None:
    Scripted.schedule = [(0, "ready"), (1, "ready"), (1, "done"), *end]
    Scripted.everyone = []
    monkeypatch.setattr(pool, "WorkerProcess", Scripted)
    monkeypatch.setattr(pool, "wait_for_any", lambda team: [Scripted.everyone[Scripted.schedule[0][0]]])
    assert [number for number, _ in _Team(files[:2], order, 2).work()] == [1, 0]
    assert Scripted.schedule == []


def test_workers_that_die_before_they_begin_end_the_job(order: WorkOrder, files: list[InputFile]) -> None:
    team = _Team(files, order, 1)
    with killer(team, None, None, None), pytest.raises(UsageError, match="died before they had begun"):
        list(team.work())


def test_what_a_worker_raises_reaches_the_caller(files: list[InputFile], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model 'no such model'") as caught:
        list(_Team(files, WorkOrder(JobOptions("no such model"), tmp_path / "out"), 1).work())
    # For --debug.
    assert "in load_model" in caught.value.__notes__[0]


def test_no_file_loads_no_model() -> None:
    assert list(work_through([], WorkOrder(JobOptions("no such model"), Path("out")), 4)) == []


def test_processors() -> None:
    assert processors() >= 1
