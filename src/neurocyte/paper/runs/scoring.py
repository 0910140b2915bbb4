"""What a run of Table 4 leaves: where its numbers come from, its scores, probability maps."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as PillowImage
from torch import nn

from neurocyte.io.annotations.sample import Sample
from neurocyte.io.atomic import atomic_path
from neurocyte.models.config import InputConfig, TileConfig
from neurocyte.paper.runs.plan import Run
from neurocyte.paper.runs.scores import Record, pixel_sums
from neurocyte.preprocess import prepare, restore
from neurocyte.tiling import predict_tiled
from neurocyte.training.data import nearest_labels
from neurocyte.training.precision import lightning_precision
from neurocyte.training.run_files import Split
from neurocyte.training.scoring import torch_predictor

PROBABILITIES = "probabilities"


def run_info(run: Run, split: Split) -> dict[str, Any]:
    """Return what every scores.json says of where its numbers come from."""
    return {
        "row": run.row.key,
        "seed": run.seed,
        "fold": run.fold,
        "train": [s.stem for s in split.train],
        "val": [s.stem for s in split.val],
        "test": [s.stem for s in split.test],
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
        "precision": lightning_precision("auto"),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "versions": {name: version(name) for name in ("neurocyte", "torch", "timm", "lightning")},
    }


def score_samples(
    network: nn.Module, samples: Sequence[Sample], config: InputConfig, keep: Path | None = None
) -> list[Record]:
    """Score a network's probabilities at the size it sees and at the images' own.

    Args:
        network: maps float (N, 3, H, W) to logits (N, 1, H, W).
        samples: annotated images.
        config: the model's input section.
        keep: folder that gets each probability map as an 8-bit PNG of native size.

    Returns:
        One record a sample, in order.
    """
    predict = torch_predictor(network)
    records = []
    for sample in samples:
        picture = sample.read_image()
        prepared = prepare(picture.pixels, config, picture.pixel_size_um)
        probability = predict_tiled(prepared.plane, predict, TileConfig())
        native = restore(probability, prepared.shape)[0]
        labels = sample.read_labels().labels
        small = nearest_labels(labels, (probability.shape[1], probability.shape[2])) > 0
        records.append(
            Record(
                sample.stem,
                sample.cell_type,
                pixel_sums(small, probability[0]),
                pixel_sums(labels > 0, native),
            )
        )
        if keep is not None:
            save_probability(keep / f"{sample.stem}.png", native)
    return records


def save_probability(path: Path, probability: NDArray[np.float32]) -> None:
    """Write a probability map, float32 (H, W) in [0, 1], as an 8-bit PNG: for pictures, never for scores."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        PillowImage.fromarray(np.round(255 * probability).astype(np.uint8)).save(temporary, format="PNG")
