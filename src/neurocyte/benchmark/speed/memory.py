"""The most memory that a process takes which runs one network on one image.

Run as `python -m neurocyte.benchmark.speed.memory KIND TARGET HEIGHT WIDTH THREADS` it is that process.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

RUNTIME, TORCH = "runtime", "torch"
_STATUS = Path("/proc/self/status")


def peak_memory(kind: str, target: str, height: int, width: int, threads: int) -> dict[str, Any] | None:
    """Run a network on one image in a process of its own.

    Args:
        kind: `RUNTIME`, the way of an image through the segmenter, or `TORCH`, the network as it stands.
        target: a model's name or folder, or the key of a row.
        height: of the image, pixels.
        width: likewise.
        threads: of the processor.

    Returns:
        ``peak`` and ``before``, what the process had taken when everything was imported, bytes, or ``error``,
        what a process that failed said last; None where the system does not say.
    """
    arguments = [kind, target, str(height), str(width), str(threads)]
    command = [sys.executable, "-m", "neurocyte.benchmark.speed.memory", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own module)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]}
    found: dict[str, Any] | None = json.loads(done.stdout)
    return found


def own_peak() -> int | None:
    """Give the most memory that this process has taken so far, bytes; None where the system does not say."""
    if _STATUS.is_file():
        # Not getrusage: a child's figure there begins with its parent's.
        line = next(text for text in _STATUS.read_text().splitlines() if text.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return None


def main() -> None:
    """Run the network that the arguments name and print the figures."""
    kind, target, *numbers = sys.argv[1:]
    height, width, threads = map(int, numbers)
    work = _segment if kind == RUNTIME else _eager
    before = work(target, height, width, threads)
    peak = own_peak()
    json.dump(None if peak is None else {"before": before, "peak": peak}, sys.stdout)


def _segment(target: str, height: int, width: int, threads: int) -> int | None:
    from neurocyte.models import load_model
    from neurocyte.segmentation import Segmenter

    before = own_peak()
    pixels = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    Segmenter(load_model(target), threads=threads).probabilities(pixels)
    return before


def _eager(target: str, height: int, width: int, threads: int) -> int | None:
    import torch

    from neurocyte.benchmark.speed.rows import ROWS

    network: Any = next(row for row in ROWS if row.key == target).build().eval()
    before = own_peak()
    torch.set_num_threads(threads)
    with torch.inference_mode():
        network(torch.zeros(1, 3, height, width)).sigmoid()
    return before


if __name__ == "__main__":
    main()
