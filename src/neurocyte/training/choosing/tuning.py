"""Decoding settings of a network that keeps touching cells apart, from validation images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from neurocyte.instances import decode
from neurocyte.io.annotations.sample import Sample
from neurocyte.metrics.matching import mean_average_precision, overlaps
from neurocyte.models.config import FlowConfig, InputConfig, TileConfig
from neurocyte.training.scoring import predict_maps

FOREGROUND = (0.2, 0.3, 0.4, 0.5, 0.6)


@dataclass(frozen=True)
class Tuned:
    """Settings and what they reach.

    Attributes:
        settings: of the decoding.
        score: mean mAP of the images that chose them, 0 to 1.
    """

    settings: FlowConfig
    score: float


def tune(
    network: nn.Module,
    samples: Sequence[Sample],
    config: InputConfig,
    tile: TileConfig,
    start: FlowConfig,
) -> Tuned:
    """Choose the foreground's threshold by the mean mAP of the samples.

    Args:
        network: maps float (N, 3, H, W) to the logits of `neurocyte.models.config.FLOW_OUTPUTS`.
        samples: images that were not learned from and do not judge.
        config: the model's input section.
        tile: how images are cut.
        start: the other settings.

    Returns:
        The best of `FOREGROUND`; of equals the nearest to the start.
    """
    cases = [(predict_maps(network, sample, config, tile), sample.read_labels().labels) for sample in samples]
    tuned = [Tuned(one, _map(cases, one)) for one in (replace(start, threshold=t) for t in FOREGROUND)]
    return max(tuned, key=lambda one: (one.score, -abs(one.settings.threshold - start.threshold)))


def _map(cases: Sequence[tuple[npt.NDArray[np.float32], npt.NDArray[Any]]], settings: FlowConfig) -> float:
    return mean_average_precision([overlaps(truth, decode(maps, settings)[0]) for maps, truth in cases])
