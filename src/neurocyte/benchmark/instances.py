"""Scores of every entrant on the same annotated images, and the differences in pairs."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocyte.benchmark.entrants import Entrant
from neurocyte.errors import InputError, UsageError
from neurocyte.io.annotations.sample import Sample
from neurocyte.metrics.bootstrap import percentile_interval, resampled_means
from neurocyte.metrics.broken import broken_cells, leave_out
from neurocyte.metrics.image_scores import ImageScores, score_image
from neurocyte.metrics.summary import summarise, summarise_by_type

Labels = npt.NDArray[Any]


@dataclass
class Outcome:
    """What one entrant did.

    Attributes:
        entrant: Who.
        scores: Of each image it has a label image for, by stem.
        sound: The same without the true cells whose outline is broken (`neurocyte.metrics.broken`).
        labels: Its label images, by stem.
        seconds: Of each timed image.
    """

    entrant: Entrant
    scores: dict[str, ImageScores] = field(default_factory=dict)
    sound: dict[str, ImageScores] = field(default_factory=dict)
    labels: dict[str, Labels] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


def compare(
    samples: Sequence[Sample], entrants: Sequence[Entrant], say: Callable[[str], None] = lambda _: None
) -> list[Outcome]:
    """Score every entrant on every image, image by image, so that a busy moment meets all alike.

    Args:
        samples: Annotated images.
        entrants: The methods.
        say: Takes sentences for the user.

    Returns:
        One outcome an entrant, in order.

    Raises:
        InputError: An image or annotation cannot be read, or a label image has another size.
        UsageError: A method has no label image for any of the images.
    """
    outcomes = [Outcome(entrant) for entrant in entrants]
    for number, sample in enumerate(samples, start=1):
        picture, truth = sample.read_image(), sample.read_labels()
        broken = broken_cells(truth.labels)
        for outcome in outcomes:
            start = time.perf_counter()
            found = outcome.entrant.labels(sample, picture)
            if found is None:
                continue
            outcome.seconds.append(time.perf_counter() - start)
            if found.shape != truth.labels.shape:
                raise InputError(
                    f"{outcome.entrant.name} has labels of shape {found.shape} for {sample.stem}, an image "
                    f"of {truth.labels.shape}: give label images at native size."
                )
            outcome.labels[sample.stem] = found
            score = partial(
                score_image,
                stem=sample.stem,
                cell_type=sample.cell_type,
                lost_pixels=truth.lost_pixels,
            )
            whole = outcome.scores[sample.stem] = score(truth.labels, found)
            outcome.sound[sample.stem] = (
                score(*leave_out(truth.labels, found, broken)) if len(broken) else whole
            )
        say(f"{number} of {len(samples)}: {sample.stem}")
    for outcome in outcomes:
        if not outcome.scores:
            raise UsageError(
                f"{outcome.entrant.name} has no label image for any of the {len(samples)} images: name its "
                "files as the pictures."
            )
    return outcomes


def to_dict(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Give every figure as plain JSON values.

    Args:
        outcomes: At least one; the others are compared with the first.

    Returns:
        ``entrants``: name, note, figures, by_type, sound (both without the true cells whose outline is
        broken, and their number; None where there are none), seconds (median of an image, None where not
        timed), images; ``pairs``: differences to the first.
    """
    first = outcomes[0]
    return {
        "entrants": [_entrant(outcome) for outcome in outcomes],
        "pairs": [_pair(first, other) for other in outcomes[1:]],
    }


def _entrant(outcome: Outcome) -> dict[str, Any]:
    scores = list(outcome.scores.values())
    return {
        "name": outcome.entrant.name,
        "note": outcome.entrant.note,
        **_figures(scores),
        "sound": _sound(outcome),
        "seconds": median(outcome.seconds) if outcome.entrant.timed and outcome.seconds else None,
        "images": [score.to_dict() for score in scores],
    }


def _sound(outcome: Outcome) -> dict[str, Any] | None:
    scores = list(outcome.sound.values())
    whole = sum(score.n_true for score in outcome.scores.values())
    broken = whole - sum(score.n_true for score in scores)
    if not broken:
        return None
    return {"broken": broken, **_figures(scores)}


def _figures(scores: Sequence[ImageScores]) -> dict[str, Any]:
    return {
        "figures": summarise(scores).to_dict(),
        "by_type": {name: s.to_dict() for name, s in summarise_by_type(scores).items()},
    }


def _pair(first: Outcome, other: Outcome) -> dict[str, Any]:
    """The first minus the other, over the images that both have; positive = the first is better."""
    common = sorted(first.scores.keys() & other.scores.keys())
    pair: dict[str, Any] = {"first": first.entrant.name, "other": other.entrant.name, "n": len(common)}
    if len(common) < 2:
        return pair
    differences = np.array(
        [
            (a.map - b.map, a.ap[0] - b.ap[0])
            for a, b in ((first.scores[stem], other.scores[stem]) for stem in common)
        ]
    )
    drawn = resampled_means(differences)
    for index, name in enumerate(("map", "ap50")):
        pair[name] = {
            "mean": float(differences[:, index].mean()),
            "interval": list(percentile_interval(drawn[:, index])),
        }
    return pair
