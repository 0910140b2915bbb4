"""Where the time of a whole job goes, image by image and stage by stage.

    python benchmarks/whole_job.py IMAGES... [--model phase-contrast] [--rounds 5] [--json FILE]

Every image is read, segmented, measured and written by the worker that `neurocyte segment` has, with one
thread, in a process that keeps freed memory as the command's does. Seconds are of the processor, so that
other work on the machine does not count; "wall" is by the clock.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neurocyte.instances.sure as sure
import neurocyte.jobs.work as work
import neurocyte.measurement as measurement
import neurocyte.segmentation as segmentation
from neurocyte.allocator import keep_freed_memory
from neurocyte.io.inputs import collect_inputs
from neurocyte.jobs import Failure, JobOptions
from neurocyte.jobs.options import Identity
from neurocyte.jobs.records import Record, Source
from neurocyte.report.preview import Preview
from neurocyte.runtime import Runtime

# Each stage is one call of the worker's or the segmenter's own, without the stages that it calls.
STAGES = (
    ("read", work, "read_image"),
    ("digest", Source, "of"),
    ("normalise", segmentation, "prepare"),
    ("tile and blend", segmentation, "predict_tiled"),
    ("network", Runtime, "predict"),
    ("restore", segmentation, "restore"),
    ("decode", sure, "cut"),
    ("confidence", sure, "cell_features"),
    ("measure", measurement, "measure"),
    ("quality", work, "assess"),
    ("summarise", work, "summarise"),
    ("labels", work, "write_labels"),
    ("mask", work, "write_mask"),
    ("colours", work, "colours"),
    ("overlay", work, "write_overlay"),
    ("preview", Preview, "of"),
    ("preview file", Preview, "save"),
    ("record", Record, "save"),
)


class Stopwatch:
    """Processor seconds of named stages, each without the stages that it called."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._within: list[float] = []

    def measure(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Give the same function, timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            self._within.append(0.0)
            start = time.process_time()
            try:
                return work(*args, **kwargs)
            finally:
                spent = time.process_time() - start
                self.seconds[name] += spent - self._within.pop()
                if self._within:
                    self._within[-1] += spent

        return timed

    def watch(self, owner: Any, attribute: str, name: str) -> None:
        """Time a function of a module or class from now on."""
        timed = self.measure(name, getattr(owner, attribute))
        is_bound = isinstance(vars(owner)[attribute], classmethod)
        setattr(owner, attribute, staticmethod(timed) if is_bound else timed)


def main() -> None:
    """Print the table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", nargs="+")
    parser.add_argument("--model", default="phase-contrast")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    keep_freed_memory()
    watch = Stopwatch()
    for name, owner, attribute in STAGES:
        watch.watch(owner, attribute, name)
    result = profile(args.images, args.model, args.rounds, watch)
    show(result)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def profile(images: list[str], model: str, rounds: int, watch: Stopwatch) -> dict[str, Any]:
    """Do all images after one warm-up; medians over all rounds and images."""
    files = collect_inputs(images)
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    cells: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        worker = work.Worker(work.WorkOrder(JobOptions(model), Path(folder), 1))
        do = watch.measure("the rest", worker.do)
        for number in range(rounds + 1):
            for file in files:
                watch.seconds.clear()
                start = time.perf_counter()
                outcome = do(file)
                wall = time.perf_counter() - start
                if isinstance(outcome, Failure):
                    raise SystemExit(outcome.error)
                cells[file.stem] = outcome.row["count"]
                if number:
                    for name, spent in (*watch.seconds.items(), ("wall", wall)):
                        seconds[name].append(spent)
        identity: Identity = worker.identity
    stages = {name: statistics.median(seconds[name]) for name, *_ in STAGES if seconds[name]}
    stages["the rest"] = statistics.median(seconds["the rest"])
    rest = sum(stages.values()) - stages["network"]
    return {
        "model": model,
        "settings": identity.settings,
        "rounds": rounds,
        "cells": cells,
        "seconds": stages,
        "all but the network": rest,
        "wall": statistics.median(seconds["wall"]),
    }


def show(result: dict[str, Any]) -> None:
    """Print milliseconds."""
    print(f"{result['model']}, cells {', '.join(map(str, result['cells'].values()))}")
    for name, spent in (*result["seconds"].items(), ("all but the network", result["all but the network"])):
        print(f"{name:<24}{1000 * spent:8.1f} ms")


if __name__ == "__main__":
    main()
