"""Decoding settings of a network that keeps touching cells apart, from validation images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from neurocyte.instances import decode
from neurocyte.io.annotations.sample import Sample
from neurocyte.metrics.matching import mean_average_precision, overlaps
from neurocyte.models.config import AgglomerationConfig, FlowConfig, InputConfig, TileConfig
from neurocyte.training.scoring import predict_maps

FOREGROUND = (0.2, 0.3, 0.4, 0.5, 0.6)
JOIN = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
Divided = AgglomerationConfig | FlowConfig


@dataclass(frozen=True)
class Tuned:
    """Settings and what they reach.

    Attributes:
        settings: of the decoding.
        score: mean mAP of the images that chose them, 0 to 1.
    """

    settings: Divided
    score: float


def tune(
    network: nn.Module,
    samples: Sequence[Sample],
    config: InputConfig,
    tile: TileConfig,
    start: Divided,
) -> Tuned:
    """Choose the foreground's threshold, and the limit of joining, by the mean mAP of the samples.

    Args:
        network: maps float (N, 3, H, W) to the logits of the outputs that the method reads.
        samples: images that were not learned from and do not judge.
        config: the model's input section.
        tile: how images are cut.
        start: the other settings.

    Returns:
        The best of `FOREGROUND`, with the best of `JOIN` where fragments are joined; of equals the nearest to
        the start.
    """
    cases = [(predict_maps(network, sample, config, tile), sample.read_labels().labels) for sample in samples]
    tuned = [Tuned(one, _map(cases, one)) for one in _choices(start)]
    return max(tuned, key=lambda one: (one.score, -_distance(one.settings, start)))


def _choices(start: Divided) -> list[Divided]:
    if isinstance(start, FlowConfig):
        return [replace(start, threshold=t) for t in FOREGROUND]
    return [replace(start, threshold=t, join=limit) for t, limit in product(FOREGROUND, JOIN)]


def _distance(one: Divided, other: Divided) -> float:
    joins = [way.join for way in (one, other) if isinstance(way, AgglomerationConfig)]
    return abs(one.threshold - other.threshold) + (max(joins) - min(joins) if joins else 0)


def _map(cases: Sequence[tuple[npt.NDArray[np.float32], npt.NDArray[Any]]], settings: Divided) -> float:
    return mean_average_precision([overlaps(truth, decode(maps, settings)[0]) for maps, truth in cases])
