"""What the command itself needs for a folder of many small images, its workers apart.

    python benchmarks/many_images.py IMAGES... --number 2000 [--json FILE]

IMAGES are cut into squares of 64 pixels. Some of them are done by two workers; the results of the others are
copies of theirs. Then the command goes over the whole folder: it reads every record, finds all done, and
writes tables and report. Memory is the peak of the first process; seconds are of its processor.
"""

import argparse
import json
import shutil
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from neurocyte.benchmark.speed.memory import own_peak
from neurocyte.io.images import read_image
from neurocyte.io.inputs import collect_inputs
from neurocyte.io.png import write_png
from neurocyte.jobs import JobOptions, run_job
from neurocyte.jobs.folder import OutFolder
from neurocyte.jobs.records import Source

SIDE = 64
# So many are done indeed, by so many workers.
DONE = 40
JOBS = 2


def main() -> None:
    """Print the figures, and write them as JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", nargs="+")
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("--model", default="phase-contrast")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        inputs, out = Path(folder) / "in", Path(folder) / "out"
        cut(args.images, DONE, inputs)
        timed(inputs, out, args.model)
        before = peak_megabytes()
        copy(inputs, OutFolder(out), args.number)
        result: dict[str, Any] = {
            "images": args.number,
            f"peak with the first {DONE}, MB": before,
            **timed(inputs, out, args.model),
            "peak with all, MB": peak_megabytes(),
            "report, MB": (out / "report.html").stat().st_size / 1e6,
        }
    print(json.dumps(result, indent=1))
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def cut(images: list[str], number: int, folder: Path) -> None:
    """Write squares of the images, which must be grey and of 8 bits."""
    pictures = [read_image(file.path).pixels for file in collect_inputs(images)]
    squares = [
        picture[top : top + SIDE, left : left + SIDE]
        for picture in pictures
        for top in range(0, picture.shape[0] - SIDE, SIDE)
        for left in range(0, picture.shape[1] - SIDE, SIDE)
    ]
    for count, square in enumerate(islice(cycle(squares), number)):
        write_png(folder / f"{count:06d}.png", square)


def copy(inputs: Path, folder: OutFolder, number: int) -> None:
    """Make more images and results of those that there are."""
    stems = sorted(path.stem for path in inputs.iterdir())
    for count, stem in enumerate(islice(cycle(stems), len(stems), number), start=len(stems)):
        name = f"{count:06d}"
        image = shutil.copy(inputs / f"{stem}.png", inputs / f"{name}.png")
        results = zip(folder.results_of(stem), folder.results_of(name), strict=True)
        for one, other in (*results, (folder.preview_of(stem), folder.preview_of(name))):
            shutil.copy(one, other)
        data = json.loads(folder.record_of(stem).read_text(encoding="utf-8"))
        data |= {"stem": name, "source": vars(Source.of(Path(image)))}
        folder.record_of(name).write_text(json.dumps(data), encoding="utf-8")


def timed(inputs: Path, out: Path, model: str) -> dict[str, Any]:
    """Do the folder."""
    start = time.process_time()
    result = run_job([inputs], out, JobOptions(model), JOBS)
    seconds = time.process_time() - start
    return {"cells": result.cells, "skipped": result.skipped, "processor seconds": seconds}


def peak_megabytes() -> float | None:
    """The largest size that this process had; None where the system does not say."""
    peak = own_peak()
    return None if peak is None else peak / 2**20


if __name__ == "__main__":
    main()
