"""A worker process ends with the one that started it."""

import multiprocessing
import subprocess
import sys
import time

import pytest

from neurocyte.processes import _watch, end_with_parent


def work() -> None:
    end_with_parent()
    time.sleep(60)


def start_worker() -> None:
    """What the process that is killed does."""
    multiprocessing.get_context("spawn").Process(target=work).start()
    sys.stdout.write("started\n")
    sys.stdout.flush()
    time.sleep(60)


def test_killed_with_9_it_takes_its_workers_along() -> None:
    with subprocess.Popen(
        [sys.executable, __file__], stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        process.kill()
    # Here, as the two processes read this file, too, and would load all of it.
    from soak.segment_kills import seconds_to_end

    assert seconds_to_end(process.pid) < 10


def test_it_is_for_workers_only() -> None:
    with pytest.raises(RuntimeError, match="nobody's worker"):
        _watch()


if __name__ == "__main__":
    start_worker()
