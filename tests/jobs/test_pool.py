from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from neurocyte.io.inputs import InputFile
from neurocyte.jobs.options import JobOptions
from neurocyte.jobs.pool import _outcome, processors, work_through
from neurocyte.jobs.records import Failure
from neurocyte.jobs.work import WorkOrder


def test_a_worker_that_died_fails_the_image_and_not_the_job() -> None:
    future: Future = Future()
    future.set_exception(BrokenProcessPool())
    outcome = _outcome(InputFile(Path("a.png"), "a"), future)
    assert isinstance(outcome, Failure)
    assert outcome.stem == "a"
    assert outcome.error.startswith("a.png was not done because a worker process died")


def test_no_file_loads_no_model() -> None:
    assert list(work_through([], WorkOrder(JobOptions("no such model"), Path("out")), 4)) == []


def test_processors() -> None:
    assert processors() >= 1
