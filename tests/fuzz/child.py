"""Reads mutated files for a while, in a process with limits; writes down what none of them may do.

Run by `fuzz.run`, which notices when this process dies or hangs.
"""

import hashlib
import logging
import resource
import shutil
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from corpus.limits import SECONDS, TooLongError, peak_mb
from fuzz.mutations import mutated
from fuzz.seeds import Seed, seeds
from neurocyte.errors import NeurocyteError

MB = 2048
_PER_SEED = 40


def fuzz(number: int, until: float, work: Path, finds: Path) -> int:
    """Read mutated files until a time.

    Args:
        number: the random seed.
        until: of `time.monotonic`.
        work: an empty folder; what is being read is in it.
        finds: where files that do what they may not are kept, each with what it did.

    Returns:
        How many were read.
    """
    all_seeds = list(seeds())
    contents = {one.name: _content(one, work) for one in all_seeds}
    count = 0
    while True:
        for one in all_seeds:
            if time.monotonic() > until:
                return count
            begun = number * 1_000_003 + count
            count += _round(one, contents, begun, lambda file, content: _read(file, content, work, finds))


def _round(one: Seed, contents: dict[str, bytes], number: int, read: Callable[[Seed, bytes], None]) -> int:
    """Read some mutations of one file; the same number gives the same ones."""
    others = st.sampled_from(list(contents.values()))
    count = 0

    @seed(number)
    @settings(
        max_examples=_PER_SEED,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def examples(data: st.DataObject) -> None:
        nonlocal count
        other = data.draw(others)
        read(one, data.draw(mutated(one.file, contents[one.name], other)))
        count += 1

    examples()
    return count


def _content(one: Seed, work: Path) -> bytes:
    folder = _fresh(work)
    one.make(folder)
    one.read(folder)
    return (folder / one.file).read_bytes()


def _fresh(work: Path) -> Path:
    folder = work / "case"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _read(one: Seed, content: bytes, work: Path, finds: Path) -> None:
    folder = _fresh(work)
    one.make(folder)
    (folder / one.file).write_bytes(content)
    # Told before it is read: this process may not live to tell it after.
    (work / "now").write_text(f"{one.name}\n{one.file}")
    signal.alarm(SECONDS)
    fault = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            one.read(folder)
    except NeurocyteError as exc:
        text = str(exc)
        if "\n" in text or not (": " in text or "; " in text) or not text.endswith("."):
            fault = f"no clear sentence: {text}"
    except TooLongError:
        fault = f"longer than {SECONDS} s\n{traceback.format_exc()}"
    except Exception:  # noqa: BLE001 (it is what is looked for)
        fault = traceback.format_exc()
    signal.alarm(0)
    if fault is None and peak_mb() > MB:
        fault = f"{peak_mb()} MB"
    if fault:
        keep(finds, one.name, content, fault)


def keep(finds: Path, name: str, content: bytes, fault: str) -> None:
    """Keep a file and what it did; one for each last line of code and kind of error."""
    lines = fault.strip().splitlines()
    place = [line for line in lines if line.strip().startswith("File ")][-1:]
    key = hashlib.sha256("".join([*place, lines[-1].partition(":")[0]]).encode()).hexdigest()[:12]
    stem = f"{name.replace('/', '-').replace(' ', '-')}-{key}"
    finds.mkdir(parents=True, exist_ok=True)
    if not (finds / f"{stem}.txt").exists():
        (finds / f"{stem}.bin").write_bytes(content)
        (finds / f"{stem}.txt").write_text(fault, encoding="utf-8", errors="backslashreplace")


def _too_long(*_: object) -> None:
    raise TooLongError


if __name__ == "__main__":
    # It logs every oddity of a damaged file.
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    signal.signal(signal.SIGALRM, _too_long)
    _, number, duration, work_folder, finds_folder = sys.argv
    done = fuzz(int(number), time.monotonic() + float(duration), Path(work_folder), Path(finds_folder))
    sys.stdout.write(f"{done}\n")
