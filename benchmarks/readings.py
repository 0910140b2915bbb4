"""Other ways to read cells from the maps of the same networks, beside ours.

    python benchmarks/readings.py DATA RUN [--json FILE]

RUN is what `neurocyte train --learn cells --folds K` wrote, without --refit. Every way gets the same maps of
the same network, is tuned on the fold's validation images by mean mAP over a grid of as many settings, and
scored once on the images that the fold's network has not seen. No limit of confidence anywhere.

- joining: ours (`neurocyte.instances.agglomeration`).
- depth: watershed from where the depth inside a cell, less its borders, is above a limit.
- border: the foreground without its borders, each piece grown back.
- middle: every pixel votes for the middle of its cell; it goes to the summit of the votes nearest to its own.
- following: every pixel walks along the map of the ways to the middle until it stands; pixels that end at the
  same place are a cell (as flows are followed elsewhere, but these ways lead straight to the middle).
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.segmentation import watershed

from neurocyte.export import load_network
from neurocyte.instances import decode
from neurocyte.instances.agglomeration import cell_maps
from neurocyte.instances.labels import EIGHT, clean_labels, with_forgotten
from neurocyte.io.annotations import open_dataset
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.atomic import write_text
from neurocyte.metrics.image_scores import score_image
from neurocyte.metrics.matching import mean_average_precision, overlaps
from neurocyte.metrics.summary import summarise, summarise_by_type
from neurocyte.models.config import AgglomerationConfig, ModelConfig
from neurocyte.training.scoring import predict_maps

Maps = NDArray[np.float32]
Labels = NDArray[Any]
Way = Callable[[Maps, AgglomerationConfig, float], Labels]

FOREGROUND = (0.3, 0.4, 0.5, 0.6)
# Smoothing of the votes, the room of a summit, and how far ends may lie apart; pixels.
BLUR, ROOM, NEAR = 2.0, 9, 3
STEPS = 150


def joining(maps: Maps, settings: AgglomerationConfig, limit: float) -> Labels:
    """Ours, with another limit of joining."""
    return decode(maps, replace(settings, join=limit))[0]


def depth(maps: Maps, settings: AgglomerationConfig, limit: float) -> Labels:
    """Flood from what is deeper than the limit."""
    mask = maps[0] >= settings.threshold
    landscape = maps[2] * (1 - maps[1])
    seeds, _ = ndimage.label(mask & (landscape > limit), structure=EIGHT)
    return _whole(watershed(-landscape, seeds, mask=mask, connectivity=2), mask, settings)


def border(maps: Maps, settings: AgglomerationConfig, limit: float) -> Labels:
    """Take away what is border above the limit, and grow the pieces back."""
    mask = maps[0] >= settings.threshold
    pieces, _ = ndimage.label(mask & (maps[1] < limit), structure=EIGHT)
    seeds = clean_labels(pieces, settings.min_area // 2).astype(np.int32)
    return _whole(watershed(maps[1], seeds, mask=mask, connectivity=2), mask, settings)


def middle(maps: Maps, settings: AgglomerationConfig, limit: float) -> Labels:
    """Give each pixel to the summit of the votes nearest to its own."""
    mask = maps[0] >= settings.threshold
    places = np.argwhere(mask)
    votes = _clipped(places + cell_maps(maps, settings.reach).offset[:, mask].T, mask.shape)
    counts = np.zeros(mask.shape, np.float32)
    np.add.at(counts, tuple(np.rint(votes).astype(int).T), 1)
    counts = ndimage.gaussian_filter(counts, BLUR)
    summits = np.argwhere((counts > limit) & (counts == ndimage.maximum_filter(counts, ROOM)))
    labels = np.zeros(mask.shape, np.int32)
    if len(summits) and len(places):
        labels[mask] = 1 + cKDTree(summits).query(votes)[1]
    return _whole(labels, mask, settings)


def following(maps: Maps, settings: AgglomerationConfig, limit: float) -> Labels:
    """Walk along the ways; ends with more than `limit` walkers, and what is near them, are cells."""
    mask = maps[0] >= settings.threshold
    offset = cell_maps(maps, settings.reach).offset
    ways = (offset / np.maximum(np.hypot(*offset), 1)).transpose(1, 2, 0)
    places = np.argwhere(mask)
    ends = places.astype(np.float32)
    for _ in range(STEPS):
        here = np.rint(ends).astype(int)
        ends = _clipped(ends + ways[here[:, 0], here[:, 1]], mask.shape)
    counts = np.zeros(mask.shape, np.int32)
    here = np.rint(ends).astype(int)
    np.add.at(counts, tuple(here.T), 1)
    gathered = ndimage.uniform_filter(counts.astype(np.float32), NEAR) * NEAR**2
    sinks, _ = ndimage.label(gathered > limit, structure=EIGHT)
    labels = np.zeros(mask.shape, np.int32)
    labels[mask] = sinks[here[:, 0], here[:, 1]]
    return _whole(labels, mask, settings)


WAYS: dict[str, tuple[Way, Sequence[float]]] = {
    "joining": (joining, (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)),
    "depth": (depth, (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)),
    "border": (border, (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)),
    "middle": (middle, (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)),
    "following": (following, (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)),
}


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="annotated images")
    parser.add_argument("run", type=Path, help="a cross-validation of networks of cells")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    samples = {sample.stem: sample for sample in open_dataset(args.data).samples}
    scores: dict[str, list[Any]] = {name: [] for name in WAYS}
    chosen: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for split in sorted(args.run.glob("fold-*/split.json")):
        config = ModelConfig.load(split.parent)
        if config.data.get("refit") or not isinstance(config.instances, AgglomerationConfig):
            parser.error(f"{split.parent} is no network of cells of before a refit.")
        names = json.loads(split.read_text(encoding="utf-8"))
        network, _ = load_network(split.parent, config)
        validation, judging = (
            [(samples[n], predict_maps(network, samples[n], config.input, config.tile)) for n in names[part]]
            for part in ("val", "test")
        )
        for name, (way, limits) in WAYS.items():
            settings, limit = tuned(way, limits, validation, config.instances)
            chosen[name].append((settings.threshold, limit))
            for sample, maps in judging:
                truth, found = sample.read_labels(), way(maps, settings, limit)
                scores[name].append(
                    score_image(truth.labels, found, sample.stem, sample.cell_type, truth.lost_pixels)
                )
        print(f"{split.parent.name} done", flush=True)
    show(scores, chosen)
    if args.json:
        result = {
            name: {"settings": chosen[name], **summarise(found).to_dict()} for name, found in scores.items()
        }
        write_text(args.json, json.dumps(result, indent=2) + "\n")


def tuned(
    way: Way,
    limits: Sequence[float],
    cases: Sequence[tuple[Sample, Maps]],
    start: AgglomerationConfig,
) -> tuple[AgglomerationConfig, float]:
    """Choose the foreground's threshold and the limit by the mean mAP of the cases."""
    truths = [sample.read_labels().labels for sample, _ in cases]

    def score(settings: AgglomerationConfig, limit: float) -> float:
        found = (way(maps, settings, limit) for _, maps in cases)
        return mean_average_precision([overlaps(t, f) for t, f in zip(truths, found, strict=True)])

    choices = [(replace(start, threshold=t), limit) for t, limit in product(FOREGROUND, limits)]
    return max(choices, key=lambda one: score(*one))


def show(scores: dict[str, list[Any]], chosen: dict[str, list[tuple[float, float]]]) -> None:
    """Print a row a way."""
    print(
        "\n| read by | mAP (95 % interval) | AP50 | count error | splits | merges | mAP by type | settings |"
    )
    print("| :-- | --: | --: | --: | --: | --: | :-- | :-- |")
    for name, found in scores.items():
        total = summarise(found).to_dict()
        low, high = total["intervals"]["map"]
        kinds = ", ".join(f"{k} {s.to_dict()['map']:.3f}" for k, s in summarise_by_type(found).items())
        pairs = " ".join(f"{threshold:g}/{limit:g}" for threshold, limit in chosen[name])
        print(
            f"| {name} | {total['map']:.3f} ({low:.3f} to {high:.3f}) | {total['ap50']:.3f} | "
            f"{total['count_error']:.1f} | {total['splits']} | {total['merges']} | {kinds} | {pairs} |"
        )


def _clipped(places: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float32]:
    inside: NDArray[np.float32] = np.clip(places, 0, np.asarray(shape) - 1).astype(np.float32)
    return inside


def _whole(labels: Labels, mask: NDArray[np.bool_], settings: AgglomerationConfig) -> Labels:
    """Add the components that got no label as cells of their own, and drop small ones."""
    return clean_labels(with_forgotten(labels, mask), settings.min_area)


if __name__ == "__main__":
    main()
