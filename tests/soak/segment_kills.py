"""`segment` killed with -9 at random moments and run again: it must leave what an undisturbed run leaves.

    python tests/soak/segment_kills.py --kills 50 --json build/soak/segment.json

The images are real ones, cropped, where NEUROCYTE_DATA has them, and simulated ones elsewhere. Half of the
runs have two worker processes.
"""

import argparse
import json
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from PIL import Image as PillowImage

from neurocyte.io.atomic import _TEMPORARY, write_text
from neurocyte.io.inputs import images_in
from neurocyte.simulate import write_dataset

SIDE = 256
_MINUTE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d \w+")
# How long worker processes may take to notice that the first one is gone.
PATIENCE_SECONDS = 10


@dataclass
class Tally:
    """What happened to a folder.

    Args:
        kills: how often a run was killed.
        aimed: how many of these kills waited until a file was being written.
        temporaries: files under temporary names that kills left behind, all together.
        in_the_middle: kills after which some but not all images were done.
        finished: runs that were not killed in time and finished a folder.
        longest_end: of the worker processes after a kill, seconds.
        broken: what was not as it should be, each in a sentence.
    """

    kills: int = 0
    aimed: int = 0
    temporaries: int = 0
    in_the_middle: int = 0
    finished: int = 0
    longest_end: float = 0.0
    broken: list[str] = field(default_factory=list)


class Folder:
    """A folder of results and how an undisturbed run leaves it.

    Args:
        images: the folder of the images.
        root: where the folders go.
        options: of the command.
    """

    def __init__(self, images: Path, root: Path, *options: str) -> None:
        self.out = root / "out"
        self.number = len(list(images.iterdir()))
        command = [sys.executable, "-m", "neurocyte", "segment", str(images), "-o", str(self.out)]
        self._command = [*command, "--quiet", *options]
        begun = time.monotonic()
        self.run()
        self._whole = time.monotonic() - begun
        begun = time.monotonic()
        self.run()
        self._start = time.monotonic() - begun
        # In the same place, as run.yaml names it.
        self.out.rename(root / "undisturbed")
        self.reference = dict(contents(root / "undisturbed"))

    def run(self) -> None:
        """Run the command to its end."""
        done = subprocess.run(self._command, capture_output=True, text=True)
        if done.returncode or done.stderr:
            raise SystemExit(f"The run ended with {done.returncode}: {done.stderr}")

    def expected_seconds(self) -> float:
        """How long a run will take from here on."""
        done = len(list(self.out.glob(".neurocyte/*.json")))
        return self._start + (self._whole - self._start) * (1 - done / self.number)

    def kill_after(self, seconds: float, aimed: bool, tally: Tally) -> bool:
        """Run the command, kill it, and look at what is there; False where it ended before.

        Args:
            seconds: how long it may run.
            aimed: whether to wait after that until a file is being written.
            tally: takes down what is seen.
        """
        before = self._temporaries()
        process = subprocess.Popen(self._command, start_new_session=True, stderr=subprocess.PIPE, text=True)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            while aimed and process.poll() is None and self._temporaries() <= before:
                pass
        ended = process.poll() is not None
        process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
        if not ended:
            tally.kills += 1
            tally.aimed += aimed
            tally.longest_end = max(tally.longest_end, seconds_to_end(process.pid))
            self._look(tally, before)
            return True
        if process.returncode or said:
            tally.broken.append(f"a run ended with {process.returncode}: {said}")
        tally.finished += 1
        return False

    def _temporaries(self) -> set[str]:
        found = self.out.rglob(".*.*")
        return {str(path.relative_to(self.out)) for path in found if _TEMPORARY.fullmatch(path.stem)}

    def _look(self, tally: Tally, before: set[str]) -> None:
        """Whatever is there after a kill must be there in full."""
        temporaries = self._temporaries()
        tally.temporaries += len(temporaries - before)
        known = {*temporaries, "run.json", ".neurocyte/lock"}
        for name, content in contents(self.out):
            if name not in known and content != self.reference.get(name):
                tally.broken.append(f"{name} differs after kill {tally.kills}")
        done = len(list(self.out.glob(".neurocyte/*.json")))
        tally.in_the_middle += 0 < done < self.number

    def compare(self, tally: Tally) -> None:
        """What a finished run leaves must be what the undisturbed one left."""
        found = dict(contents(self.out))
        for name in sorted(found.keys() | self.reference.keys()):
            if found.get(name) != self.reference.get(name):
                tally.broken.append(f"{name} differs in the end, after kill {tally.kills}")


def contents(out: Path) -> Iterator[tuple[str, bytes]]:
    """Every file with its content, times aside."""
    times = []
    if (out / "run.json").exists():
        run = json.loads((out / "run.json").read_bytes())
        times = [run.pop(name).encode() for name in ("created", "started", "finished") if name in run]
    for path in sorted(out.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            for moment in times if path.name == "run.json" else ():
                content = content.replace(moment, b"TIME")
            if path.name == "report.html":
                content = _MINUTE.sub(b"TIME", content)
            yield str(path.relative_to(out)), content


def seconds_to_end(group: int) -> float:
    """Wait until no process of a group is left; infinite where that takes too long."""
    begun = time.monotonic()
    while alive(group):
        if time.monotonic() - begun > PATIENCE_SECONDS:
            return float("inf")
        time.sleep(0.01)
    return time.monotonic() - begun


def alive(group: int) -> list[int]:
    """The processes of a group that are not zombies."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def make_images(place: Path, number: int) -> str:
    """Write images into a new folder; says what they are."""
    place.mkdir()
    data = os.environ.get("NEUROCYTE_DATA")
    if not data:
        write_dataset(place.with_name("simulated"), number, shape=(SIDE, SIDE))
        place.rmdir()
        (place.with_name("simulated") / "images").rename(place)
        return f"{number} simulated images of {SIDE} x {SIDE} pixels"
    for path in images_in(Path(data) / "data" / "sartorius" / "train")[:number]:
        with PillowImage.open(path) as image:
            image.crop((0, 0, SIDE, SIDE)).save(place / path.name)
    return f"{number} phase-contrast images of the Sartorius set, cropped to {SIDE} x {SIDE} pixels"


def soak(folder: Folder, kills: int, aimed: int, chance: random.Random) -> Tally:
    """Kill runs so often, and then while a file is written; what is finished is compared and begun anew."""
    tally = Tally()
    number = 0
    while tally.kills < kills + aimed:
        seconds = chance.uniform(0, folder.expected_seconds())
        if not folder.kill_after(seconds, tally.kills >= kills, tally):
            number = begin_anew(folder, tally, number)
        print(asdict(tally), flush=True)
    folder.run()
    begin_anew(folder, tally, number)
    return tally


class Compared(Protocol):
    """A folder `out` that is made again and again, and how it is held against an undisturbed one."""

    out: Path

    def compare(self, tally: Any) -> None: ...


def begin_anew(folder: Compared, tally: Any, number: int) -> int:
    """Compare a finished folder and put it away."""
    folder.compare(tally)
    folder.out.rename(folder.out.with_name(f"finished-{number}"))
    return number + 1


def main() -> int:
    """Run it; 1 where anything was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="at random moments")
    parser.add_argument("--aimed", type=int, default=10, help="further ones, while a file is being written")
    parser.add_argument("--images", type=int, default=10)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    chance, begun = random.Random(args.seed), time.monotonic()  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="neurocyte-soak-") as place:
        what = make_images(Path(place) / "images", args.images)
        tallies = {}
        for jobs in (1, 2):
            root = Path(place) / f"jobs-{jobs}"
            root.mkdir()
            folder = Folder(Path(place) / "images", root, "--jobs", str(jobs))
            tallies[jobs] = soak(folder, args.kills // 2, args.aimed // 2, chance)
            print(f"--jobs {jobs}: {asdict(tallies[jobs])}", flush=True)
    minutes = (time.monotonic() - begun) / 60
    broken = [one for tally in tallies.values() for one in tally.broken]
    if args.json:
        result = {"images": what, "seed": args.seed, "minutes": round(minutes, 1)}
        by_jobs = {str(jobs): asdict(tally) for jobs, tally in tallies.items()}
        write_text(args.json, json.dumps({**result, "jobs": by_jobs}, indent=1) + "\n")
    print(row(what, tallies, args.seed))
    return 1 if broken else 0


def row(what: str, tallies: dict[int, Tally], seed: int) -> str:
    """The row of docs/RELIABILITY.md."""
    every = list(tallies.values())
    kills, broken = sum(one.kills for one in every), [text for one in every for text in one.broken]
    aimed, middle = sum(one.aimed for one in every), sum(one.in_the_middle for one in every)
    left, longest = sum(one.temporaries for one in every), max(one.longest_end for one in every)
    lost = "; ".join(broken) or (
        "nothing: after every kill each file there was whole; in the end every file was byte for byte that "
        "of an undisturbed run (times aside), and no temporary file was left"
    )
    cells = (
        "`segment` killed with -9",
        f"{what}; killed {kills - aimed} times at random moments and {aimed} times while a file was being "
        f"written, half of them with `--jobs 2`, and run again each time; after {middle} kills some but not "
        f"all images were done; {left} half-written files were removed by the next run; workers ended "
        f"within {longest:.2f} s",
        str(kills),
        lost,
        f"`make soak` (seed {seed})",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
