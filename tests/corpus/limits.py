"""Runs a reader over many files in one process with little memory, and prints what came of each."""

import json
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from neurocyte.errors import NeurocyteError

SECONDS = 10
MB = 2048


def report(names: Iterable[str], read: Callable[[str], dict[str, Any]]) -> None:
    """Print for each name a line of JSON: what ``read`` gave, or "error" or "crash"; "seconds" and "mb".

    Args:
        names: what to read.
        read: reads one.
    """
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    signal.signal(signal.SIGALRM, _too_long)
    for name in names:
        start = time.perf_counter()
        signal.alarm(SECONDS)
        found = _outcome(name, read)
        signal.alarm(0)
        line = {"name": name, "seconds": time.perf_counter() - start, "mb": peak_mb(), **found}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


class TooLongError(BaseException):
    """Nothing that catches errors of a decoder catches this."""


def _too_long(*_: object) -> None:
    raise TooLongError


def _outcome(name: str, read: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    try:
        return read(name)
    except NeurocyteError as exc:
        return {"error": str(exc)}
    except BaseException as exc:  # noqa: BLE001 (it is what the test is about)
        return {"crash": repr(exc)[:500]}


def peak_mb() -> int:
    """Peak memory of this program; getrusage tells that of the process it was started from, if larger."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) >> 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
