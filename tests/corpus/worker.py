"""Reads every picture of a folder in a process with little memory, and prints what came of each."""

import hashlib
import json
import resource
import sys
import time
from pathlib import Path

from neurocyte.errors import InputError
from neurocyte.io.images import image_shape, read_image


def _outcome(path: Path) -> dict[str, object]:
    try:
        pixels = read_image(path).pixels
        if image_shape(path) != pixels.shape[:2]:
            return {"crash": f"shape {image_shape(path)} told of {pixels.shape}"}
        return {"shape": pixels.shape, "dtype": str(pixels.dtype), "hash": hashlib.md5(pixels).hexdigest()}  # noqa: S324
    except InputError as exc:
        return {"error": str(exc)}
    except BaseException as exc:  # noqa: BLE001 (it is what the test is about)
        return {"crash": repr(exc)}


def _peak_mb() -> int:
    """Peak memory of this program; getrusage tells that of the process it was started from, if larger."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) >> 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    for path in sorted(Path(sys.argv[1]).iterdir()):
        start = time.perf_counter()
        found = _outcome(path)
        memory = _peak_mb()
        seconds = time.perf_counter() - start
        sys.stdout.write(json.dumps({"name": path.name, "seconds": seconds, "mb": memory, **found}) + "\n")
        sys.stdout.flush()
