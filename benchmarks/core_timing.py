"""Seconds of the core's steps that are not the network: `python benchmarks/core_timing.py`."""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from neurocyte.instances import decode
from neurocyte.io.annotations import open_dataset
from neurocyte.measurement import measure
from neurocyte.models.config import InstanceConfig
from neurocyte.simulate import simulate
from neurocyte.writers import overlay

KAGGLE_ROWS = 73_585
KAGGLE_IMAGES = 606


def main() -> None:
    """Print the median and range of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    scene = simulate(cells=570, kind="shsy5y")
    probability = (scene.labels > 0).astype("float32")
    print(f"704 x 520 simulated SH-SY5Y, {scene.labels.max()} true cells, {rounds} rounds")
    show("decode (watershed)", rounds, lambda: decode(probability, InstanceConfig()))
    show("measure", rounds, lambda: measure(scene.labels, scene.image))
    show("overlay", rounds, lambda: overlay(scene.image, scene.labels))
    command = [sys.executable, "-m", "neurocyte", "--version"]
    show("start of the program", rounds, lambda: subprocess.run(command, check=True, capture_output=True))
    with tempfile.TemporaryDirectory() as folder:
        write_kaggle(Path(folder))
        show("open a Kaggle table of 73,585 rows", rounds, lambda: open_dataset(folder))


def show(name: str, rounds: int, work: Callable[[], object]) -> None:
    """Time a step after one warm-up and print it."""
    work()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    print(f"{name:<36}{statistics.median(seconds):7.3f} s  ({min(seconds):.3f} to {max(seconds):.3f})")


def write_kaggle(folder: Path) -> None:
    """Write a train.csv as large as the whole competition's, with one picture."""
    runs = " ".join(f"{1 + 704 * i} 12" for i in range(30))
    head = "id,annotation,width,height,cell_type,plate_time,sample_date,sample_id,elapsed_timedelta"
    rows = [f"{i % KAGGLE_IMAGES:012x},{runs},704,520,cort,,,well_{i % 50}," for i in range(KAGGLE_ROWS)]
    (folder / "train.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (folder / "train").mkdir()
    (folder / "train" / f"{0:012x}.png").touch()


if __name__ == "__main__":
    main()
