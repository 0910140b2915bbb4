"""`serve` killed with -9 at random moments while images are uploaded, 50 at once, and segmented.

    python tests/soak/serve_kills.py --kills 10 --json build/soak/serve.json

Whatever was answered with 201 must be there after each restart, what was done must stay as it was, and in the
end every image must be done, or have failed with its sentence.
"""

import argparse
import json
import random
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
from segment_kills import make_images

from neurocyte.io.atomic import _TEMPORARY, write_text

AT_ONCE = 50
LIMIT = 150
GIVEN_UP = re.compile(r"The server ended 2 times while it worked on .+: crop the image\.")


@dataclass
class Tally:
    """What happened.

    Args:
        kills: how often the server was killed.
        answers: of uploads, by their status; 0 for a connection that broke off.
        done: images that were segmented in the end.
        given_up: images at which the server was killed twice, said so.
        broken: what was not as it should be, each in a sentence.
    """

    kills: int = 0
    answers: dict[int, int] = field(default_factory=dict)
    done: int = 0
    given_up: int = 0
    broken: list[str] = field(default_factory=list)


class Server:
    """`neurocyte serve` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        options = ["--port", "0", "--dir", str(folder), "--max-jobs", str(LIMIT)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "neurocyte", "serve", *options], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().split()[3]

    def client(self) -> Any:
        """A client of it."""
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def kill(self) -> None:
        """End it without a warning."""
        self._process.kill()
        self._process.communicate()


class Soak:
    """A folder of a server and what is known of it."""

    def __init__(self, folder: Path, images: list[Path]) -> None:
        self.tally = Tally()
        self._folder, self._images = folder, images
        self._taken: set[str] = set()
        self._labels: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def round(self, seconds: float) -> None:
        """Start the server, look, upload images, and kill it after a time."""
        server = Server(self._folder)
        self.look(server)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number in range(AT_ONCE):
                pool.submit(self._upload, server, self._images[number % len(self._images)])
            time.sleep(seconds)
            server.kill()
        self.tally.kills += 1

    def finish(self) -> None:
        """Let the server do what is left, and look at all of it."""
        server = Server(self._folder)
        with server.client() as client:
            while any(
                job["state"] in ("queued", "running") for job in client.get("/api/jobs").json()["jobs"]
            ):
                time.sleep(0.5)
        states = self.look(server)
        self.tally.done = len(self._labels)
        self.tally.given_up = sum(state == "failed" for state in states.values())
        server.kill()
        left = [path for path in self._folder.rglob(".*") if _TEMPORARY.fullmatch(path.stem)]
        self.tally.broken += [
            f"{path} is left over" for path in [*left, *(self._folder / "incoming").iterdir()]
        ]

    def look(self, server: Server) -> dict[str, str]:
        """Compare what the server has with what is known; gives the state of each image."""
        with server.client() as client:
            jobs = {job["id"]: job for job in client.get("/api/jobs").json()["jobs"]}
            self.tally.broken += [f"{one} is lost" for one in self._taken - jobs.keys()]
            for job_id, job in jobs.items():
                if job["state"] == "failed" and not GIVEN_UP.fullmatch(job["error"]):
                    self.tally.broken.append(f"{job_id} failed: {job['error']}")
                if job["state"] == "done":
                    labels = client.get(f"/api/jobs/{job_id}/labels.tif").content
                    if self._labels.setdefault(job_id, labels) != labels:
                        self.tally.broken.append(f"the labels of {job_id} are others")
                elif job_id in self._labels:
                    self.tally.broken.append(f"{job_id} was done and is {job['state']}")
        return {job_id: job["state"] for job_id, job in jobs.items()}

    def _upload(self, server: Server, image: Path) -> None:
        status, job_id = 0, None
        try:
            with server.client() as client:
                answer = client.post("/api/jobs", files={"image": (image.name, image.read_bytes())})
                status = answer.status_code
                job_id = answer.json()["id"] if status == 201 else None
        except httpx.HTTPError:
            # The server was killed before it had answered.
            pass
        with self._lock:
            self.tally.answers[status] = self.tally.answers.get(status, 0) + 1
            if job_id:
                self._taken.add(job_id)


def main() -> int:
    """Run it; 1 where anything was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    chance = random.Random(args.seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="neurocyte-soak-") as place:
        what = make_images(Path(place) / "images", 10)
        soak = Soak(Path(place) / "server", sorted((Path(place) / "images").iterdir()))
        for _ in range(args.kills):
            soak.round(chance.uniform(0, 15))
            print(asdict(soak.tally), flush=True)
        soak.finish()
    tally = soak.tally
    if args.json:
        result = {"images": what, "seed": args.seed, **asdict(tally)}
        write_text(args.json, json.dumps(result, indent=1) + "\n")
    print(row(what, tally, args.seed))
    return 1 if tally.broken else 0


def row(what: str, tally: Tally, seed: int) -> str:
    """The row of docs/RELIABILITY.md."""
    taken, refused, off = (tally.answers.get(status, 0) for status in (201, 429, 0))
    lost = "; ".join(tally.broken) or (
        f"nothing of what was answered with 201: {tally.done} images were done in the end, their labels as "
        f"they were at first; {tally.given_up} failed in one sentence, as the server was killed twice at them"
    )
    cells = (
        f"`serve` killed with -9 during {AT_ONCE} uploads at once",
        f"{what}, {sum(tally.answers.values())} uploads: {taken} taken, {refused} refused with 429 at the "
        f"limit of {LIMIT}, {off} broken off by a kill; restarted each time",
        str(tally.kills),
        lost,
        f"`make soak` (seed {seed})",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
