"""`make fuzz`: mutated files of every kind, read in child processes for a stated time.

Exceptions that are not neurocyte's, sentences that are none, hangs, and memory beyond 2 GB are kept in a
folder, each with the file that caused it; the exit status is 1 if there are any.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzz.child import keep

_BATCH = 60.0
_TESTS = Path(__file__).parent.parent
# Longer than the child's own limit: then it hangs in a library, where no signal is heard.
_HANGS = 30.0


def run(seconds: float, finds: Path, number: int) -> int:
    """Fuzz.

    Args:
        seconds: for how long.
        finds: where what is found is kept.
        number: random seed of the first child; the next ones count on.

    Returns:
        How many files were read.
    """
    until, count = time.monotonic() + seconds, 0
    while (left := until - time.monotonic()) > 1:
        with TemporaryDirectory() as work:
            count += _child(number, min(left, _BATCH), Path(work), finds)
        number += 1
    return count


def _child(number: int, seconds: float, work: Path, finds: Path) -> int:
    command = [sys.executable, "-m", "fuzz.child", str(number), str(seconds), str(work), str(finds)]
    limits = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(_TESTS)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **limits}, cwd=_TESTS
    ) as child:
        now, hung = work / "now", False
        while child.poll() is None:
            time.sleep(0.2)
            if now.exists() and time.time() - now.stat().st_mtime > _HANGS:
                hung = True
                child.kill()
        printed = child.stdout.read() if child.stdout else ""
    if child.returncode == 0:
        return int(printed)
    fault = (
        "hangs"
        if hung
        else f"ended by {signal.Signals(-child.returncode).name}"
        if child.returncode < 0
        else ""
    )
    if not fault or not now.exists():
        raise RuntimeError(f"The child with seed {number} failed with status {child.returncode}.")
    name, file = now.read_text().split("\n")
    keep(finds, name, (work / "case" / file).read_bytes(), fault)
    return 0


def main() -> int:
    """Parse, fuzz, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--finds", type=Path, default=Path("fuzz-finds"))
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    count = run(args.seconds, args.finds, args.seed)
    found = sorted(args.finds.glob("*.txt")) if args.finds.is_dir() else []
    sys.stdout.write(f"{count:,} mutated files read in {args.seconds:.0f} s; {len(found)} kinds of fault.\n")
    for path in found:
        sys.stdout.write(f"{path}: {path.read_text().strip().splitlines()[-1]}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
