"""Whole images through a model's own way: normalising, enlarging, tiles, network, blending."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurocyte.benchmark.speed.engines import whole_image
from neurocyte.benchmark.speed.entries import Entry
from neurocyte.benchmark.speed.memory import RUNTIME, peak_memory
from neurocyte.benchmark.speed.settings import Settings
from neurocyte.benchmark.turns import CLOCKS, interleave, milliseconds
from neurocyte.segmentation import Segmenter


def whole_images(found: Sequence[Entry], settings: Settings) -> dict[str, dict[str, Any]]:
    """Time every exported network on one image, in turns.

    Args:
        found: the networks; those with random weights take the image as it is.
        settings: give the image's size, rounds, threads and clock.

    Returns:
        By key milliseconds, ``precision`` (what `auto` chose), ``calls`` of the network and ``pixels`` that
        it was given in them.
    """
    segmenters = _segmenters(found, settings)
    pixels = _noise(settings.image)
    calls = {key: whole_image(segmenter, pixels) for key, segmenter in segmenters.items()}
    seconds = interleave(calls, settings.image_rounds, 1, CLOCKS[settings.clock])
    return {
        key: {
            **milliseconds(seconds[key]),
            "precision": segmenter.runtime.precision,
            **_work(segmenter, pixels),
        }
        for key, segmenter in segmenters.items()
    }


def areas(found: Sequence[Entry], settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Measure time and peak memory of networks at several sizes of image.

    Args:
        found: the networks.
        settings: give the sizes.

    Returns:
        By key a dictionary a size: ``size``, ``milliseconds`` (median and quartiles), ``peak`` bytes (None
        where the system does not say).
    """
    segmenters = _segmenters(found, settings)
    images = {size: _noise(size) for size in settings.areas}
    seconds = interleave(
        {
            f"{key} {size}": whole_image(segmenter, pixels)
            for key, segmenter in segmenters.items()
            for size, pixels in images.items()
        },
        settings.image_rounds,
        1,
        CLOCKS[settings.clock],
    )
    return {
        key: [
            {
                "size": list(size),
                "milliseconds": milliseconds(seconds[f"{key} {size}"]),
                "peak": (peak_memory(RUNTIME, str(segmenter.model.path), *size, settings.threads) or {}).get(
                    "peak"
                ),
            }
            for size in images
        ]
        for key, segmenter in segmenters.items()
    }


def _segmenters(found: Sequence[Entry], settings: Settings) -> dict[str, Segmenter]:
    return {one.key: Segmenter(one.model, threads=settings.threads) for one in found if one.model is not None}


def _work(segmenter: Segmenter, pixels: NDArray[Any]) -> dict[str, int]:
    batches = [batch.shape for batch in segmenter.inputs(pixels)]
    return {"calls": len(batches), "pixels": sum(n * h * w for n, _, h, w in batches)}


def _noise(size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
