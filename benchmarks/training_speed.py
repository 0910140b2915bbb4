"""Training images per second: `neurocyte train` against a plain fp32, channels-first loop.

Both train the same network on the same crops, loading and augmentation included, and take turns batch by
batch in one process (A B A B ...), so that other load on the machine meets both alike. A is the real `fit`
(Lightning, autocast, channels_last, gradient clipping, averaged weights); B is forward, loss, backward,
AdamW. Both are measured with the allocator as Python leaves it, or with `--keep-memory` as `neurocyte train`
sets it.

    python benchmarks/training_speed.py [--rounds 12] [--threads N] [--precision fp32] [--keep-memory]
"""

import argparse
import copy
import dataclasses
import json
import math
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, get_args

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn
from torch.utils.data import DataLoader

from neurocyte.allocator import keep_freed_memory
from neurocyte.io.annotations.dataset import open_dataset
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.atomic import write_text
from neurocyte.simulate import write_dataset
from neurocyte.training.fit import fit
from neurocyte.training.losses import ComboLoss
from neurocyte.training.options import TrainOptions
from neurocyte.training.precision import Precision, lightning_precision
from neurocyte.training.recipes import DEFAULT

# The first batches allocate memory, choose kernels and read the images.
WARM_UP = 3
SIMULATED_IMAGES = 8


@dataclass
class Times:
    """Seconds a batch: by the wall clock, and of the processor (steadier where others use it too)."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, start: tuple[float, float]) -> None:
        """Note the time since `start`, a pair of `now`."""
        end = now()
        self.wall.append(end[0] - start[0])
        self.cpu.append(end[1] - start[1])

    def summary(self, batch: int) -> dict[str, Any]:
        """Return images per second and the spread, without the first batches."""
        wall, cpu = self.wall[WARM_UP:], self.cpu[WARM_UP:]
        low, middle, high = quantiles(wall, n=4)
        return {
            "images_per_second": batch / middle,
            "seconds_per_batch": {"median": middle, "quartiles": [low, high]},
            "cpu_seconds_per_batch": median(cpu),
        }


class PlainTurn(Callback):  # type: ignore[misc]
    """After each batch of `fit`, train a copy of its network on one batch in the plain way."""

    def __init__(self) -> None:
        self.ours, self.plain = Times(), Times()
        self._start = now()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Copy the network before its first update."""
        self.network: nn.Module = copy.deepcopy(pl_module.network).to(memory_format=torch.contiguous_format)
        self.loss = ComboLoss(pl_module.recipe.alpha, pl_module.recipe.beta)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), pl_module.recipe.learning_rate)
        self.batches = repeat(trainer.train_dataloader)

    def on_train_epoch_start(self, *_: Any) -> None:
        """Start the clock."""
        self._start = now()

    def on_train_batch_end(self, *_: Any) -> None:
        """Note our time, take the plain turn, start our clock again."""
        self.ours.add(self._start)
        start = now()
        image, target = next(self.batches)
        self.optimizer.zero_grad()
        self.loss(self.network(image), target).backward()
        self.optimizer.step()
        self.plain.add(start)
        self._start = now()


def now() -> tuple[float, float]:
    """Return the wall clock and this process's processor time, seconds."""
    return time.perf_counter(), time.process_time()


def repeat(loader: DataLoader[Any]) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches from a loader of the same crops, as often as needed."""
    own = DataLoader(
        loader.dataset, loader.batch_size, sampler=copy.copy(loader.sampler), num_workers=loader.num_workers
    )
    while True:
        yield from own


def measure(
    samples: Sequence[Sample], arch: str, batch: int, size: int, rounds: int, precision: Precision
) -> dict[str, Any]:
    """Train both ways in turns.

    Args:
        samples: at least two annotated images; the last one is the validation that `fit` needs.
        arch: a key of `neurocyte.networks.ARCHITECTURES`.
        batch: crops a batch.
        size: side of a crop, pixels.
        rounds: batches of each that count.
        precision: of ours, as `neurocyte train --precision`.

    Returns:
        ``ours`` and ``plain`` (see `Times.summary`), ``ratio`` of images per second, ``cpu_ratio``.
    """
    train = samples[:-1]
    recipe = dataclasses.replace(
        DEFAULT,
        batch_size=batch,
        size=(size, size),
        epochs=1,
        repeats=math.ceil((rounds + WARM_UP) * batch / len(train)),
    )
    options = TrainOptions(arch=arch, encoder_weights="none", recipe=recipe, precision=precision)
    turns = PlainTurn()
    with tempfile.TemporaryDirectory() as folder:
        fit(train, samples[-1:], options, Path(folder), callbacks=[turns])
    ours, plain = turns.ours.summary(batch), turns.plain.summary(batch)
    return {
        "ours": ours,
        "plain": plain,
        "ratio": ours["images_per_second"] / plain["images_per_second"],
        "cpu_ratio": plain["cpu_seconds_per_batch"] / ours["cpu_seconds_per_batch"],
        "rounds": len(turns.ours.wall) - WARM_UP,
    }


def find_samples(folder: Path) -> tuple[str, tuple[Sample, ...]]:
    """Return the real images under NEUROCYTE_DATA, or simulated ones written to `folder`, and which."""
    root = os.environ.get("NEUROCYTE_DATA")
    if root:
        samples = open_dataset(Path(root) / "data" / "sartorius").samples
        return f"{len(samples)} real phase-contrast images", samples
    write_dataset(folder, SIMULATED_IMAGES)
    return f"{SIMULATED_IMAGES} simulated images", open_dataset(folder).samples


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [
        f"{result['arch']}, batch {result['batch']}, {result['size']} x {result['size']}, {result['data']}, "
        f"{result['rounds']} batches each, {result['threads']} thread(s), torch {result['torch']}",
        f"{'':8} {'images/s':>9} {'s/batch':>9} {'quartiles':>17} {'cpu s/batch':>12}",
    ]
    for name in ("ours", "plain"):
        row = result[name]
        seconds = row["seconds_per_batch"]
        low, high = seconds["quartiles"]
        lines.append(
            f"{name:8} {row['images_per_second']:9.2f} {seconds['median']:9.3f} "
            f"{low:8.3f} {high:8.3f} {row['cpu_seconds_per_batch']:12.3f}"
        )
    lines.append(
        f"ours ({result['precision']}, channels_last) is {result['ratio']:.2f} times as fast as plain "
        f"(fp32, channels first); by processor time {result['cpu_ratio']:.2f} times"
    )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Run the benchmark, print its table, and return the result."""
    parser = argparse.ArgumentParser(description="Training images per second, against a plain loop.")
    parser.add_argument("--arch", default="linknet-ag")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", type=int, default=256, help="side of a crop, pixels")
    parser.add_argument("--rounds", type=int, default=12, help="batches of each, at least 2")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--precision", default="auto", choices=get_args(Precision), help="arithmetic of ours")
    parser.add_argument(
        "--keep-memory", action="store_true", help="keep freed memory, as `neurocyte train` does"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result here as well")
    args = parser.parse_args(arguments)
    if min(args.batch, args.size, args.threads) < 1 or args.rounds < 2:
        parser.error("--batch, --size and --threads must be at least 1, --rounds at least 2")
    if args.keep_memory:
        keep_freed_memory(of_any_size=True)
    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as folder:
        data, samples = find_samples(Path(folder))
        measured = measure(samples, args.arch, args.batch, args.size, args.rounds, args.precision)
    result = {
        "arch": args.arch,
        "batch": args.batch,
        "size": args.size,
        "data": data,
        "threads": args.threads,
        "precision": lightning_precision(args.precision),
        "memory_kept": args.keep_memory,
        "torch": torch.__version__,
        "processor": platform.processor() or platform.machine(),
        **measured,
    }
    print(table(result))
    if args.json:
        write_text(args.json, json.dumps(result, indent=2) + "\n")
    return result


if __name__ == "__main__":
    main()
