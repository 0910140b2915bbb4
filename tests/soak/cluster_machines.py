"""A scheduler and workers on this machine that can be killed, for the soaks of the cluster."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LOCAL = "127.0.0.1"


class Machines:
    """Processes of Dask; all that still run are killed at the end.

    Args:
        folder: gets what they print.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind((LOCAL, 0))
            self.port = int(probe.getsockname()[1])

    @property
    def address(self) -> str:
        """Of the scheduler."""
        return f"tcp://{LOCAL}:{self.port}"

    def __enter__(self) -> "Machines":
        return self

    def __exit__(self, *_: object) -> None:
        for process in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            process.kill()
            process.wait()

    def start_scheduler(self) -> None:
        """Start it, always at the same port, and wait until it answers."""
        self.scheduler = self._start("scheduler", "--host", LOCAL, "--port", str(self.port))
        wait_for(self._answers, 600, "the scheduler")

    def start_workers(self, number: int) -> None:
        """Start workers of one thread each."""
        for _ in range(number):
            options = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--host", LOCAL)
            self.workers.append(self._start("worker", self.address, *options))

    def kill_worker(self) -> None:
        """Kill the oldest worker with -9."""
        kill(self.workers.pop(0))

    def kill_scheduler(self) -> None:
        """Kill it with -9, and the workers, which are of no use without."""
        assert self.scheduler
        kill(self.scheduler)
        while self.workers:
            self.kill_worker()

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{command[0]}s.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:], "--no-dashboard"],
                stdout=log,
                stderr=log,
            )

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOCAL, self.port)) == 0


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with -9."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def wait_for(happened: Callable[[], bool], seconds: float, what: str) -> None:
    """Look twice a second whether something happened."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.5)


def command(images: Path, out: Path, *options: str) -> list[str]:
    """Give the command line of a segmentation with the bundled model."""
    return [sys.executable, "-m", "neurocyte", "segment", str(images), "-o", str(out), "--quiet", *options]


def results(out: Path) -> dict[str, bytes]:
    """Read what must be the same: tables, labels, masks, overlays."""
    paths = [*out.glob("*.csv"), *out.glob("labels/*"), *out.glob("masks/*"), *out.glob("overlays/*")]
    return {str(path.relative_to(out)): path.read_bytes() for path in paths}


def images_per_second(out: Path, first: int, last: int) -> float:
    """Give the pace between the first and the last of the given images, in the order they were done."""
    times = sorted(path.stat().st_mtime for path in (out / ".neurocyte").glob("*.json"))
    return (last - first) / (times[last] - times[first])


def real_images() -> list[Path]:
    """Find phase-contrast images; ends the program without."""
    found = sorted(Path(os.environ.get("NEUROCYTE_DATA", "no-data")).glob("data/sartorius/*/*.png"))
    if not found:
        sys.exit("NEUROCYTE_DATA is not set to a folder with data/sartorius: the real images are not here.")
    return found
