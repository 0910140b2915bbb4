"""`train` killed with -9 at random moments and resumed: it must reach the weights of an undisturbed run.

    python tests/soak/train_kills.py --kills 20 --json build/soak/train.json

Every second kill strikes while a checkpoint is being written; the others at any moment. The images are real
ones, cropped, where NEUROCYTE_DATA has them, and simulated ones elsewhere; the network is `linknet-ag`, whose
checkpoints have 73 MB.
"""

import argparse
import json
import os
import pickle
import random
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from segment_kills import begin_anew

from neurocyte.io.annotations.dataset import open_dataset
from neurocyte.io.atomic import _TEMPORARY, write_text
from neurocyte.io.labels import write_labels
from neurocyte.simulate import write_dataset
from neurocyte.training.history import read_history

SIDE = 96
IMAGES = 4
OPTIONS = (
    *("--encoder-weights", "none", "--crop", "64x64", "--batch", "4", "--repeats", "2", "--epochs", "5"),
    *("--val-fraction", "0.25", "--precision", "fp32", "--no-export", "--quiet"),
)


@dataclass
class Tally:
    """What happened.

    Args:
        kills: how often a run was killed.
        in_a_checkpoint: kills that left a checkpoint half written, under its temporary name.
        before_the_first: kills before any checkpoint was kept.
        finished: runs that were not killed in time and ended.
        broken: what was not as it should be, each in a sentence.
    """

    kills: int = 0
    in_a_checkpoint: int = 0
    before_the_first: int = 0
    finished: int = 0
    broken: list[str] = field(default_factory=list)


class Run:
    """A run folder and how an undisturbed run leaves it.

    Args:
        data: the annotated images.
        root: where the folders go.
    """

    def __init__(self, data: Path, root: Path) -> None:
        self.out, self.whole = root / "run", root / "undisturbed"
        self._command = [sys.executable, "-m", "neurocyte", "train", str(data), "-o", str(self.out), *OPTIONS]
        begun = time.monotonic()
        self.finish()
        self.seconds = time.monotonic() - begun
        self.out.rename(self.whole)

    @property
    def last(self) -> Path:
        """The checkpoint that runs go on from."""
        return self.out / "checkpoints" / "last.ckpt"

    def command(self) -> list[str]:
        """What a user types: to begin, or to go on."""
        return [*self._command, "--resume"] if self.last.exists() else self._command

    def finish(self) -> None:
        """Run the command to its end."""
        done = subprocess.run(self.command(), capture_output=True, text=True)
        if done.returncode or done.stderr:
            raise SystemExit(f"The run ended with {done.returncode}: {done.stderr}")

    def kill(self, seconds: float, tally: Tally, *, writing: bool) -> bool:
        """Run and kill after so many seconds, or at the next checkpoint after them; False where it ended."""
        process = subprocess.Popen(self.command(), stderr=subprocess.PIPE, text=True)
        begun = time.monotonic()
        while process.poll() is None:
            late = time.monotonic() - begun >= seconds
            if late and (not writing or self._half_written()):
                process.kill()
                process.communicate()
                tally.kills += 1
                self._look(tally)
                return True
            time.sleep(0.0005)
        said = process.communicate()[1]
        if process.returncode or said:
            raise SystemExit(f"A run ended with {process.returncode} after kill {tally.kills}: {said}")
        tally.finished += 1
        return False

    def compare(self, tally: Tally) -> None:
        """Weights, optimizer and history must be those of the undisturbed run, and nothing else be there."""
        for name in ("best", "last"):
            file = Path("checkpoints") / f"{name}.ckpt"
            if not same(read(self.out / file), read(self.whole / file)):
                tally.broken.append(f"{name}.ckpt differs in the end, after kill {tally.kills}")
        for name in ("model.safetensors", "config.json", "split.json"):
            if (self.out / name).read_bytes() != (self.whole / name).read_bytes():
                tally.broken.append(f"{name} differs in the end, after kill {tally.kills}")
        if rows(self.out) != rows(self.whole):
            tally.broken.append(f"history.csv differs in the end, after kill {tally.kills}")
        if names(self.out) != names(self.whole):
            tally.broken.append(f"the run folder holds other files in the end, after kill {tally.kills}")

    def _half_written(self) -> list[Path]:
        return [path for path in self.last.parent.glob(".*.ckpt") if _TEMPORARY.fullmatch(path.stem)]

    def _look(self, tally: Tally) -> None:
        """What is there under its own name must be whole."""
        tally.in_a_checkpoint += bool(self._half_written())
        tally.before_the_first += not self.last.exists()
        for path in self.last.parent.glob("[!.]*.ckpt"):
            try:
                read(path)
            except (OSError, RuntimeError, pickle.UnpicklingError) as exc:
                tally.broken.append(f"{path.name} cannot be read after kill {tally.kills}: {exc}")


def read(path: Path) -> dict[str, Any]:
    """What a checkpoint holds of the training's state."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    parts = ("state_dict", "optimizer_states", "lr_schedulers", "global_step", "epoch", "averaging_state")
    return {part: content.get(part) for part in parts}


def same(one: Any, other: Any) -> bool:
    """Compare nested containers; tensors bit for bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def rows(run: Path) -> list[dict[str, float]]:
    """The history, times aside."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_history(run / "history.csv")]


def names(run: Path) -> list[str]:
    """Every file, by its path within the folder."""
    return sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())


def make_data(folder: Path) -> str:
    """Write annotated images; says what they are."""
    shared = os.environ.get("NEUROCYTE_DATA")
    if not shared:
        write_dataset(folder, IMAGES, shape=(SIDE, SIDE))
        return f"{IMAGES} simulated images of {SIDE} x {SIDE} pixels"
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    for sample in open_dataset(Path(shared) / "data" / "sartorius").samples[:IMAGES]:
        crop = Image.fromarray(sample.read_image().pixels[:SIDE, :SIDE])
        crop.save(folder / "images" / f"{sample.stem}.png")
        write_labels(folder / "labels" / f"{sample.stem}.tif", sample.read_labels().labels[:SIDE, :SIDE])
    return f"{IMAGES} phase-contrast images of the Sartorius set, cropped to {SIDE} x {SIDE} pixels"


def soak(run: Run, kills: int, chance: random.Random) -> Tally:
    """Kill so often; a run that is finished is compared and begun anew."""
    tally, number = Tally(), 0
    while tally.kills < kills:
        writing = tally.kills % 2 == 1
        if not run.kill(chance.uniform(0, run.seconds * (0.5 if writing else 1)), tally, writing=writing):
            number = begin_anew(run, tally, number)
    run.finish()
    begin_anew(run, tally, number)
    return tally


def main() -> int:
    """Run it; 1 where anything was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="neurocyte-soak-") as place:
        what = make_data(Path(place) / "data")
        run = Run(Path(place) / "data", Path(place))
        tally = soak(run, args.kills, random.Random(args.seed))  # noqa: S311
    minutes = round((time.monotonic() - begun) / 60, 1)
    result = {"images": what, "seed": args.seed, "minutes": minutes, **asdict(tally)}
    if args.json:
        write_text(args.json, json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
