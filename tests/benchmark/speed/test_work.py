"""How often the network is called for an image, and that what belongs to the image is done once an image."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import TINY_CONFIG
from neurocyte import segmentation
from neurocyte.models import load_model
from neurocyte.segmentation import Segmenter

TILE = {"size": 768, "overlap": 96, "multiple": 32}


@pytest.mark.parametrize(
    ("factor", "height", "width", "shapes"),
    [
        # As phase-contrast, and as a model that enlarges twice: one tile, and two times two.
        (1.0, 520, 704, [(1, 544, 704)]),
        (2.0, 520, 704, [(1, 576, 768)] * 4),
        (1.0, 256, 256, [(1, 256, 256)]),
        (1.0, 2048, 2048, [(1, 768, 768)] * 9),
    ],
)
def test_the_network_is_called_once_a_tile(
    make_model: Callable[..., Path], factor: float, height: int, width: int, shapes: list[tuple[int, ...]]
) -> None:
    resize = {"mode": "scale", "factor": factor}
    section = {**TINY_CONFIG["input"], "resize": resize}
    segmenter = Segmenter(load_model(make_model(tile=TILE, input=section)), threads=1)
    seen: list[tuple[int, ...]] = []

    def network(batch: np.ndarray) -> np.ndarray:
        seen.append((batch.shape[0], *batch.shape[2:]))
        return batch[:, :1]

    segmenter.probabilities(np.zeros((height, width), np.uint8), network=network)
    assert seen == shapes


def test_an_image_of_many_tiles_is_normalised_once(
    make_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = {"size": 32, "overlap": 8, "multiple": 32}
    segmenter = Segmenter(load_model(make_model(tile=tile)), threads=1)
    prepared: list[Any] = []
    batches: list[int] = []
    real = segmentation.prepare

    def prepare(*arguments: Any) -> Any:
        prepared.append(arguments)
        return real(*arguments)

    def network(batch: np.ndarray) -> np.ndarray:
        batches.append(len(batch))
        return batch[:, :1]

    monkeypatch.setattr(segmentation, "prepare", prepare)
    segmenter.probabilities(np.zeros((100, 100), np.uint8), network=network)
    assert sum(batches) == 16
    assert len(prepared) == 1
