"""The same images by each precision, against the truth and against each other."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from numpy.typing import NDArray

from neurocyte.io.annotations import Annotation
from neurocyte.metrics import semantic
from neurocyte.metrics.image_scores import ImageScores, score_image
from neurocyte.metrics.matching import overlaps
from neurocyte.metrics.panoptic import PanopticCounts, panoptic_counts
from neurocyte.metrics.semantic import Confusion
from neurocyte.metrics.summary import summarise
from neurocyte.models.parity import Agreement, Figures
from neurocyte.segmentation import Float32, Segmenter


@dataclass(frozen=True)
class Judged:
    """An image to judge precisions by.

    Args:
        pixels: (H, W) or (H, W, 3).
        pixel_size_um: of the image in micrometres, None if unknown.
        truth: its cells, None where it is not annotated.
    """

    pixels: NDArray[Any]
    pixel_size_um: float | None = None
    truth: Annotation | None = None


@dataclass
class _Tally:
    """What is summed up of one precision over the images."""

    seconds: float = 0.0
    cells: int = 0
    scores: list[ImageScores] = field(default_factory=list)


@dataclass
class _Pair:
    """What is summed up of two precisions over the images."""

    pixels: Confusion = field(default_factory=Confusion)
    cells: PanopticCounts = field(default_factory=PanopticCounts)


def compare(
    segmenters: dict[str, Segmenter], images: Sequence[Judged]
) -> tuple[tuple[Figures, ...], tuple[Agreement, ...]]:
    """Segment each image by each precision, in turns.

    Args:
        segmenters: of one model, by precision; the first is the one that others are compared with.
        images: to judge by; all of them annotated, or none.

    Returns:
        The figures of each precision, and the agreement of each two.

    Raises:
        InputError: an annotation has another size than its image.
    """
    tallies = {name: _Tally() for name in segmenters}
    pairs = {pair: _Pair() for pair in combinations(segmenters, 2)}
    for image in images:
        labels = {name: _segment(one, image, tallies[name]) for name, one in segmenters.items()}
        for (first, second), pair in pairs.items():
            pair.pixels += semantic.confusion(labels[first], labels[second])
            pair.cells += panoptic_counts(overlaps(labels[first], labels[second]))
    figures = tuple(_figures(name, tally, len(images)) for name, tally in tallies.items())
    agreements = tuple(_agreement(first, second, pair) for (first, second), pair in pairs.items())
    return figures, agreements


def _segment(segmenter: Segmenter, image: Judged, tally: _Tally) -> NDArray[Any]:
    def timed(batch: Float32) -> Float32:
        start = time.process_time()
        maps = segmenter.runtime.predict(batch)
        tally.seconds += time.process_time() - start
        return maps

    found = segmenter.segment(image.pixels, image.pixel_size_um, network=timed)
    labels = found.labels
    tally.cells += len(found.confidences)
    if image.truth:
        tally.scores.append(score_image(image.truth.labels, labels, lost_pixels=image.truth.lost_pixels))
    return labels


def _figures(name: str, tally: _Tally, images: int) -> Figures:
    scored = summarise(tally.scores).to_dict() if tally.scores else {}
    return Figures(
        precision=name,
        seconds=tally.seconds / images,
        cells=tally.cells,
        iou=scored.get("iou"),
        map=scored.get("map"),
        ap50=scored.get("ap50"),
    )


def _agreement(first: str, second: str, pair: _Pair) -> Agreement:
    changed = (pair.pixels.fp + pair.pixels.fn) / pair.pixels.total
    return Agreement(first, second, semantic.iou(pair.pixels), changed, pair.cells.rq)
