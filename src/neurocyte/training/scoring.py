"""Scores of a network that is still in torch, along the path that `neurocyte segment` takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from neurocyte.instances import cell_features, chance_of_match, drop_unsure
from neurocyte.instances.decode import cut
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.images import Image
from neurocyte.metrics.image_scores import ImageScores, score_image
from neurocyte.metrics.reliability import MATCH, best_ious
from neurocyte.models.config import ConfidenceConfig, Decoding, InputConfig, Task, TileConfig
from neurocyte.preprocess import pixel_ratio, prepare, restore
from neurocyte.tiling import predict_tiled


@dataclass(frozen=True)
class Judged:
    """One annotated image, segmented and compared.

    Args:
        scores: of the image, without the cells that the model drops.
        features: of each found cell, float32 (n, k), see `neurocyte.instances.cell_features`; those that the
            model drops are among them.
        ious: of each with the true cell that it agrees with best, float64 (n,).
        areas: of each, pixels, int64 (n,).
        inside: of these the pixels that lie in true cells, int64 (n,).
    """

    scores: ImageScores
    features: NDArray[np.float32]
    ious: NDArray[np.float64]
    areas: NDArray[np.int64]
    inside: NDArray[np.int64]

    @property
    def matched(self) -> NDArray[np.bool_]:
        """Whether each found cell matches a true one, bool (n,)."""
        matched: NDArray[np.bool_] = self.ious > MATCH
        return matched


def score_network(
    network: nn.Module,
    samples: Sequence[Sample],
    config: InputConfig,
    decoding: Decoding,
    task: Task,
    tile: TileConfig,
) -> list[ImageScores]:
    """Segment annotated images with a torch network (fp32) and score them.

    Args:
        network: maps float (N, 3, H, W) to logits.
        samples: annotated images.
        config: the model's input section.
        decoding: how probabilities become cells.
        task: cells or mask.
        tile: how images are cut.

    Returns:
        One entry a sample, in order.
    """
    return [one.scores for one in judge_network(network, samples, config, decoding, task, tile)]


def judge_network(
    network: nn.Module,
    samples: Sequence[Sample],
    config: InputConfig,
    decoding: Decoding,
    task: Task,
    tile: TileConfig,
    confidence: ConfidenceConfig | None = None,
) -> list[Judged]:
    """Do what `score_network` does, and keep of each found cell how it looks and whether it is true.

    Args:
        network: as for `score_network`, like the other arguments.
        samples: annotated images.
        config: the model's input section.
        decoding: how probabilities become cells.
        task: cells or mask.
        tile: how images are cut.
        confidence: of the model; cells below its limit are dropped before scoring. None: all count.

    Returns:
        One entry a sample, in order.
    """
    judged = []
    for sample in samples:
        picture, truth = sample.read_image(), sample.read_labels()
        maps = _predict(network, picture, config, tile)
        labels, followed = cut(maps, decoding, task)
        ratio = pixel_ratio(config, picture.pixel_size_um)
        features = cell_features(maps, labels, decoding, ratio, followed)
        ious = best_ious(truth.labels, labels)
        areas = np.bincount(labels.ravel(), minlength=len(ious) + 1)[1:]
        inside = np.bincount(labels[truth.labels > 0], minlength=len(ious) + 1)[1:]
        if confidence:
            labels, _ = drop_unsure(labels, chance_of_match(features, confidence), confidence.limit(ratio))
        scores = score_image(truth.labels, labels, sample.stem, sample.cell_type, truth.lost_pixels)
        judged.append(Judged(scores, features, ious, areas, inside))
    return judged


def predict_maps(
    network: nn.Module, sample: Sample, config: InputConfig, tile: TileConfig
) -> NDArray[np.float32]:
    """Predict an annotated image with a torch network (fp32), as `neurocyte segment` does.

    Args:
        network: maps float (N, 3, H, W) to logits.
        sample: the image.
        config: the model's input section.
        tile: how the image is cut.

    Returns:
        float32 (K, H, W) in [0, 1], at the image's size.
    """
    return _predict(network, sample.read_image(), config, tile)


def _predict(
    network: nn.Module, picture: Image, config: InputConfig, tile: TileConfig
) -> NDArray[np.float32]:
    prepared = prepare(picture.pixels, config, picture.pixel_size_um)
    return restore(predict_tiled(prepared.plane, torch_predictor(network), tile), prepared.shape)


def torch_predictor(network: nn.Module) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Give what `predict_tiled` asks for.

    Args:
        network: maps float (N, 3, H, W) to logits; put into evaluation mode.

    Returns:
        Maps float32 (N, 3, H, W) to probabilities, float32 (N, K, H, W).
    """
    network.eval()

    def predict(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.no_grad():
            return network(torch.from_numpy(tiles)).sigmoid().numpy()  # type: ignore[no-any-return]

    return predict
