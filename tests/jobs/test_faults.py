"""`segment` on disks that are full or read-only, with files that vanish, beside other runs, and killed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from disks import read_only, small_disk
from neurocyte.cli import main
from neurocyte.errors import UsageError
from neurocyte.jobs import JobOptions, Outcome, run_job
from soak.segment_kills import contents, seconds_to_end

Squares = Callable[..., Path]
TEMPORARY = ".0123456789ab4def8123456789abcdef"


class Listener:
    """Does something at a moment of the run."""

    def __init__(self, planned: Callable[[], object] = int, finished: Callable[[], object] = int) -> None:
        self._planned, self._finished = planned, finished

    def planned(self, todo: int, skipped: int) -> None:
        self._planned()

    def finished(self, outcome: Outcome) -> None:
        self._finished()


@pytest.fixture
def model(make_model: Callable[..., Path]) -> Path:
    return make_model()


@pytest.fixture
def images(squares: Squares, tmp_path: Path) -> Path:
    for number in range(4):
        squares(f"{number}.png", number)
    return tmp_path / "in"


def options(model: Path) -> JobOptions:
    return JobOptions(model, precision="fp32")


def command(images: Path, out: Path, model: Path) -> list[str]:
    return ["segment", str(images), "-o", str(out), "--model", str(model), "--precision", "fp32", "--quiet"]


def files(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_run_in_the_folder_is_refused_and_the_first_goes_on(
    images: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, statuses = tmp_path / "out", []
    again = Listener(finished=lambda: statuses.append(main([*command(images, out, model), "--overwrite"])))
    result = run_job([images], out, options(model), listener=again)
    assert statuses == [2] * 4
    text = f"{out} is in use by another run: wait until that is done or choose another -o.\n"
    assert capsys.readouterr().err == text * 4
    assert (len(result.records), result.failures) == (4, ())
    assert not (out / ".neurocyte" / "lock").exists()
    assert main(command(images, out, model)) == 0


def test_what_a_killed_run_left_half_written_goes_and_nothing_else(
    images: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_job([images], out, options(model))
    before = files(out)
    orphans = [
        f"{TEMPORARY}.csv",
        f"labels/{TEMPORARY}.tif",
        f"masks/{TEMPORARY}.png",
        f"overlays/{TEMPORARY}.png",
        f".neurocyte/{TEMPORARY}.json",
        f".neurocyte/previews/{TEMPORARY}.json",
    ]
    others = [f"labels/{TEMPORARY}.npy", f"notes/{TEMPORARY}.tif", "labels/.mine.tif"]
    for name in [*orphans, *others]:
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_bytes(b"half")
    run_job([images], out, options(model))
    assert files(out).keys() == before.keys() | set(map(Path, others))


def test_a_refused_call_leaves_no_trace(images: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "cells.csv").write_text("mine")
    with pytest.raises(UsageError, match="is there but not from an earlier run"):
        run_job([images], out, options(model))
    assert [path.name for path in out.iterdir()] == ["cells.csv"]


@pytest.mark.skipif(
    "PYTEST_XDIST_WORKER" in os.environ, reason="a full disk ends the process that runs tests side by side"
)
def test_a_disk_that_is_full_ends_the_run_and_another_goes_on(
    images: Path, model: Path, tmp_path: Path
) -> None:
    """In processes of their own: a library that a full disk ends must not end the tests."""
    reference = tmp_path / "reference"
    run_job([images], reference, options(model))
    disk = tmp_path / "disk"
    with small_disk(disk, 512):
        out, filling = disk / "out", disk / "filling"
        assert apart(images / "0.png", out, model) == (0, "")
        with suppress(OSError), filling.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        status, said = apart(images, out, model)
        assert (status, said.count("\n")) == (2, 1), said
        assert re.search(r"cannot be written \(No space left on device\): check the p", said)
        # What was done before is whole, and nothing is half there.
        before, left = files(reference), files(out)
        kept = [path for path in left if path.parts[0] in ("labels", "masks")]
        assert kept
        assert all(before[path] == left[path] for path in kept)
        assert not [path for path in out.rglob(".*") if path.name != ".neurocyte"]
        filling.unlink()
        assert apart(images, out, model) == (0, "")
        assert dict(contents(out)).keys() >= dict(contents(reference)).keys()
        for name in ("cells.csv", "images.csv", *map(str, kept)):
            assert (out / name).read_bytes() == (reference / name).read_bytes()


def apart(images: Path, out: Path, model: Path) -> tuple[int, str]:
    """Run the command in a process of its own; its status and what it says."""
    call = [sys.executable, "-m", "neurocyte", *command(images, out, model)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stderr


def test_a_folder_that_cannot_be_written_to_is_named_and_unharmed(
    images: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run_job([images], out, options(model))
    (out / "labels" / "0.tif").unlink()
    before = files(out)
    with read_only(out):
        assert main(command(images, out, model)) == 2
        assert main(command(images, out / "new", model)) == 2
    assert files(out) == before
    said = (
        "cannot be written to (Read-only file system): check permissions and space, or choose another -o.\n"
    )
    assert capsys.readouterr().err == f"{out} {said}{out / 'new'} {said}"


def test_images_that_vanish_fail_alone(
    images: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = images / "1.png"
    result = run_job([images], tmp_path / "out", options(model), listener=Listener(planned=gone.unlink))
    assert [failure.error for failure in result.failures] == [f"{gone} does not exist: check the path."]
    assert [record.stem for record in result.records] == ["0", "2", "3"]
    # Not asked for again, it is not missed.
    assert main(command(images, tmp_path / "out", model)) == 0


def test_folders_named_like_images_and_results(
    images: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd, out = tmp_path / "odd.png", tmp_path / "out"
    odd.mkdir()
    assert main(command(odd, out, model)) == 2
    assert capsys.readouterr().err.startswith(f"{odd} matches no image (")
    assert not out.exists()
    # In a folder it is told of, and the rest is done.
    odd.rename(images / "odd.png")
    assert main(command(images, tmp_path / "rest", model)) == 1
    said = f"{images / 'odd.png'} is a folder, not an image: name the files in it.\n"
    assert capsys.readouterr().err == said
    assert len(list((tmp_path / "rest" / "labels").iterdir())) == 4
    (images / "odd.png").rmdir()
    (out / "labels" / "1.tif").mkdir(parents=True)
    assert main(command(images, out, model)) == 2
    assert f"{out / 'labels' / '1.tif'} is there but not from an earlier run" in capsys.readouterr().err
    assert main([*command(images, out, model), "--overwrite"]) == 2
    assert f"{out / 'labels' / '1.tif'} cannot be written (Is a directory)" in capsys.readouterr().err
    (out / "labels" / "1.tif").rmdir()
    assert main(command(images, out, model)) == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_killed_in_the_middle_it_leaves_no_process_and_is_gone_on_with(
    squares: Squares, model: Path, tmp_path: Path, jobs: str
) -> None:
    for number in range(30):
        squares(f"{number}.png", number % 9)
    images, out = tmp_path / "in", tmp_path / "out"
    call = [sys.executable, "-m", "neurocyte", *command(images, out, model), "--jobs", jobs]
    process = subprocess.Popen(call, start_new_session=True)
    # Not "*.json", which is also the name of a record that is being written.
    while not list(out.glob(".neurocyte/[0-9]*.json")) and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert seconds_to_end(process.pid) < 10
    assert (out / ".neurocyte" / "lock").exists()
    result = run_job([images], out, options(model))
    assert 0 < result.skipped < 30
    run_job([images], tmp_path / "undisturbed", options(model))
    results, undisturbed = dict(contents(out)), dict(contents(tmp_path / "undisturbed"))
    assert results.keys() == undisturbed.keys()
    same = {name for name, content in undisturbed.items() if results[name] == content}
    # Records say with how many threads the network ran.
    records = {name for name in undisturbed if re.fullmatch(r"\.neurocyte/\d+\.json", name)}
    assert same >= undisturbed.keys() - records - {"run.json"}
