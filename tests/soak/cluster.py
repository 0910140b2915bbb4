"""2,000 crops of real images on a cluster whose workers and scheduler are killed, against one process.

    python tests/soak/cluster.py [--images 2000] [--folder DIR]

Three workers; at a third of the images one is killed with -9, a little later another, then one joins. At
two thirds the scheduler is killed with -9: the command must end with its sentence, and the same command must
do the rest with a new one.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from cluster_machines import Machines, command, images_per_second, real_images, results, wait_for
from PIL import Image

CROP = 96


def main() -> None:
    """Run all; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--folder", type=Path, help="default: a temporary one, removed at the end")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        write_crops(folder / "in", args.images)
        alone = run_alone(folder)
        print(json.dumps({**alone, **run_killed(folder, args.images)}))


def write_crops(folder: Path, number: int) -> None:
    """Cut real images into crops, evenly spread over images and over each image."""
    folder.mkdir(parents=True)
    sources = real_images()
    rows = columns = int(np.ceil((number / len(sources)) ** 0.5))
    written = 0
    for path in sources:
        pixels = np.asarray(Image.open(path))
        for top in np.linspace(0, pixels.shape[0] - CROP, rows).astype(int):
            for left in np.linspace(0, pixels.shape[1] - CROP, columns).astype(int):
                if written < number:
                    name = f"{path.stem}_{top}_{left}.png"
                    Image.fromarray(pixels[top : top + CROP, left : left + CROP]).save(folder / name)
                    written += 1
    assert written == number


def run_alone(folder: Path) -> dict[str, float]:
    """Segment in one process with all threads."""
    start = time.monotonic()
    subprocess.run(command(folder / "in", folder / "alone", "--jobs", "1"), check=True)
    return {"alone_seconds": round(time.monotonic() - start, 1)}


def run_killed(folder: Path, number: int) -> dict[str, float | int | bool | str]:
    """Segment on the cluster while its parts are killed; compare."""
    out = folder / "cluster"
    third = number // 3

    def done() -> int:
        return len(list((out / ".neurocyte").glob("*.json")))

    with Machines(folder) as machines:
        call = command(folder / "in", out, "--cluster", machines.address)
        machines.start_scheduler()
        machines.start_workers(3)
        process = subprocess.Popen(call, stderr=subprocess.PIPE, text=True)
        wait_for(lambda: done() >= third, 14400, "a third of the images")
        machines.kill_worker()
        wait_for(lambda: done() >= third + number // 40, 7200, "the remaining workers")
        machines.kill_worker()
        machines.start_workers(1)
        wait_for(lambda: done() >= 2 * third, 14400, "two thirds of the images")
        machines.kill_scheduler()
        killed, before = time.monotonic(), done()
        _, told = process.communicate(timeout=1200)
        ended = time.monotonic() - killed
        assert process.returncode == 2, told
        assert "the scheduler was lost" in told, told
        assert "Traceback" not in told, told
        machines.start_scheduler()
        machines.start_workers(2)
        times = {path.name: path.stat().st_mtime_ns for path in (out / ".neurocyte").glob("*.json")}
        subprocess.run(call, check=True)
    again = sum((out / ".neurocyte" / name).stat().st_mtime_ns != time_ns for name, time_ns in times.items())
    one, other = results(folder / "alone"), results(out)
    assert len(one) == 3 * number + 2, len(one)
    assert one.keys() == other.keys()
    differing = [name for name in one if one[name] != other[name]]
    assert not differing, differing[:5]
    assert again == 0, again
    left = [path.name for path in out.rglob(".*") if path.name != ".neurocyte"]
    first, last = third + number // 20, 2 * third - 1
    return {
        "images": number,
        "lost": number - len(list((out / "labels").iterdir())),
        "done_again_by_the_second_command": again,
        "files_compared": len(one),
        "files_that_differ": len(differing),
        "temporary_files_left": len(left),
        "seconds_from_scheduler_killed_to_sentence": round(ended, 1),
        "done_when_the_scheduler_was_killed": before,
        "images_per_second_two_workers": round(images_per_second(out, first, last), 2),
        "images_per_second_alone": round(images_per_second(folder / "alone", first, last), 2),
        "sentence": told.strip().splitlines()[-1],
    }


if __name__ == "__main__":
    main()
