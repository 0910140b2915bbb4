"""The queue: order, progress, deletion and stopping in the middle of the work."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from neurocyte.models import Model
from neurocyte.segmentation import Progress, Segmentation, Segmenter
from neurocyte.web.errors import RefusedError
from neurocyte.web.limits import Limits
from neurocyte.web.records import Job
from neurocyte.web.store import JobStore
from neurocyte.web.work import Worker
from serving import png


class Slow:
    """A segmenter that stops half-way until it is let go on."""

    def __init__(self, segmenter: Segmenter) -> None:
        self.model: Model = segmenter.model
        self._segmenter = segmenter
        self.half_way, self.go_on = threading.Event(), threading.Event()

    def segment(self, pixels: Any, pixel_size_um: float | None, progress: Progress) -> Segmentation:
        progress(0.5)
        self.half_way.set()
        assert self.go_on.wait(10)
        return self._segmenter.segment(pixels, pixel_size_um, progress=progress)


@pytest.fixture
def slow(segmenter: Segmenter) -> Iterator[Slow]:
    one = Slow(segmenter)
    yield one
    one.go_on.set()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JobStore]:
    opened = JobStore(tmp_path, Limits())
    yield opened
    opened.close()


@pytest.fixture
def begin(store: JobStore) -> Iterator[Callable[..., Worker]]:
    workers: list[Worker] = []

    def start(segmenter: Any) -> Worker:
        workers.append(Worker(store, segmenter))
        workers[-1].start()
        return workers[-1]

    yield start
    for worker in workers:
        worker.stop()


def add(store: JobStore, content: bytes | None = None) -> Job:
    with store.slot() as place:
        place.write_bytes(png() if content is None else content)
        return store.add(place, "a.png", (20, 60))


def test_progress_and_order(store: JobStore, slow: Slow, begin: Callable[..., Worker]) -> None:
    first, second, third = (add(store) for _ in range(3))
    worker = begin(slow)
    assert slow.half_way.wait(10)
    assert store.get(first.id).state == "running"
    assert [worker.progress(job.id) and vars(worker.progress(job.id)) for job in (first, second, third)] == [
        {"stage": "segmenting", "share": 0.5, "ahead": 0},
        {"stage": "waiting", "share": 0.0, "ahead": 1},
        {"stage": "waiting", "share": 0.0, "ahead": 2},
    ]
    # The picture is there before the cells.
    assert store.folder(first.id).image.exists()
    assert not store.folder(second.id).image.exists()
    assert worker.progress("nobody") is None
    slow.go_on.set()


def test_a_job_deleted_in_the_middle_leaves_nothing_and_the_next_is_done(
    store: JobStore, slow: Slow, begin: Callable[..., Worker], tmp_path: Path
) -> None:
    first, second = add(store), add(store)
    begin(slow)
    assert slow.half_way.wait(10)
    store.delete(first.id)
    slow.half_way.clear()
    slow.go_on.set()
    assert slow.half_way.wait(10)
    wait_for(lambda: store.get(second.id).state == "done")
    assert [path.name for path in (tmp_path / "jobs").iterdir()] == [second.id]
    with pytest.raises(RefusedError, match="no such image"):
        store.get(first.id)


def test_stopped_in_the_middle_a_job_is_as_if_not_begun(
    store: JobStore, slow: Slow, begin: Callable[..., Worker]
) -> None:
    job = add(store)
    worker = begin(slow)
    assert slow.half_way.wait(10)
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    slow.go_on.set()
    stopping.join()
    assert (store.get(job.id).state, store.get(job.id).attempts) == ("queued", 0)


def test_what_was_running_when_the_server_died_is_done_at_the_next_start(
    segmenter: Segmenter, tmp_path: Path
) -> None:
    store = JobStore(tmp_path, Limits())
    job = add(store)
    with store.hold(job.id) as entry:
        entry.save(replace(job, state="running", attempts=1))
    store.close()
    store = JobStore(tmp_path, Limits())
    worker = Worker(store, segmenter)
    worker.start()
    wait_for(lambda: store.get(job.id).state == "done")
    worker.stop()
    assert store.get(job.id).state == "done"
    store.close()


def test_an_image_that_ended_the_server_twice_is_given_up(
    segmenter: Segmenter, begin: Callable[..., Worker], store: JobStore
) -> None:
    bad, good = add(store), add(store)
    with store.hold(bad.id) as entry:
        entry.save(replace(bad, attempts=2))
    begin(segmenter)
    wait_for(lambda: store.get(good.id).state == "done")
    assert store.get(bad.id).state == "failed"
    assert store.get(bad.id).error == "The server ended 2 times while it worked on a.png: crop the image."


def test_a_surprise_fails_one_job_and_not_the_queue(
    store: JobStore, segmenter: Segmenter, begin: Callable[..., Worker], caplog: pytest.LogCaptureFixture
) -> None:
    class Odd:
        model = segmenter.model

        def segment(self, pixels: np.ndarray, *args: Any, **options: Any) -> Segmentation:
            if pixels.shape[0] == 8:
                raise KeyError("surprise")
            return segmenter.segment(pixels, *args, **options)

    buffer = BytesIO()
    PillowImage.new("L", (8, 8)).save(buffer, format="PNG")
    bad, good = add(store, buffer.getvalue()), add(store)
    begin(Odd())
    wait_for(lambda: store.get(good.id).state == "done")
    assert store.get(bad.id).error == (
        "Something unexpected happened with a.png (KeyError); the server's log has more."
    )
    assert "surprise" in caplog.text


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "other"}', '{"format": "neurocyte-job"}'])
def test_a_record_that_cannot_be_read_is_left_alone(text: str, tmp_path: Path) -> None:
    store = JobStore(tmp_path, Limits())
    job = add(store)
    record = store.folder(job.id).record
    kept = json.loads(record.read_text())
    store.close()
    record.write_text(text)
    store = JobStore(tmp_path, Limits())
    assert store.jobs() == []
    store.close()
    assert record.read_text() == text
    record.write_text(json.dumps(kept))
    store = JobStore(tmp_path, Limits())
    assert store.jobs() == [job]
    store.close()


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("waited in vain")


def test_an_image_that_has_just_become_a_job_takes_one_place(tmp_path: Path) -> None:
    store = JobStore(tmp_path, Limits(jobs=2))
    with store.slot() as place:
        place.write_bytes(png())
        store.add(place, "a.png", (20, 60))
        # The first one's upload is not over yet.
        with store.slot() as other:
            other.write_bytes(png())
            with pytest.raises(RefusedError, match="holds 2 images, its limit"), store.slot():
                pass
            store.add(other, "b.png", (20, 60))
    with pytest.raises(RefusedError, match="holds 2 images, its limit"), store.slot():
        pass
    store.close()


def test_an_upload_that_came_to_nothing_gives_its_place_back(tmp_path: Path) -> None:
    store = JobStore(tmp_path, Limits(jobs=1))
    with pytest.raises(ValueError, match="broken"), store.slot():
        raise ValueError("broken")
    assert add(store).name == "a.png"
    store.close()
