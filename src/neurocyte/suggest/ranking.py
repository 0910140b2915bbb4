"""Images in the order in which annotating them should teach most: unsure ones first, no two alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

Floats = NDArray[np.float64]
# Lower probabilities are none: over a whole image of background they would add up to cells.
FLOOR = 0.05
_TINY = 1e-9
# All pairs of more images are too many to keep, and hardly move their median.
_MOST_PAIRED = 1000


@dataclass(frozen=True, eq=False)
class Candidate:
    """An image that may be annotated.

    Attributes:
        stem: its name.
        path: its file.
        error: of `expected_error`, 0 to 1.
        cells: number of cells found.
        features: how it looks, float64 (F,), of `neurocyte.quality.measures.features_of`.
        unlikeness: distance from the model's training images over the limit; None where the model does not
            know them.
    """

    stem: str
    path: str
    error: float
    cells: int
    features: Floats
    unlikeness: float | None


@dataclass(frozen=True, eq=False)
class Suggestion:
    """A candidate with its place.

    Attributes:
        candidate: the image.
        score: expected error times novelty, 0 to 1.
        novelty: distance to the nearest image suggested before it over the usual distance of two images, at
            most 1; 1 for the first.
    """

    candidate: Candidate
    score: float
    novelty: float

    def to_dict(self) -> dict[str, Any]:
        """One flat row for a table."""
        one = self.candidate
        return {
            "image": one.stem,
            "file": one.path,
            "score": self.score,
            "expected_error": one.error,
            "novelty": self.novelty,
            "unlikeness": one.unlikeness,
            "cells": one.cells,
        }


def expected_error(probability: NDArray[np.floating[Any]], threshold: float) -> float:
    """Give the error that a network's own probabilities lead one to expect: 1 - IoU of the foreground.

    Were the probabilities right, sum(p) of the pixels of any region would be cells. Those below `FLOOR` count
    as 0.

    Args:
        probability: of the foreground, (H, W) in [0, 1].
        threshold: least probability of a cell's pixel.

    Returns:
        1 - sum(p in the mask) / (pixels of the mask + sum(p outside)), 0 to 1; 0 for an image without a
        trace of foreground.
    """
    probability = np.where(probability < FLOOR, 0, probability)
    mask = probability >= threshold
    inside = float(probability[mask].sum(dtype=np.float64))
    union = int(mask.sum()) + float(probability[~mask].sum(dtype=np.float64))
    return 1 - inside / union if union else 0.0


def rank(candidates: Sequence[Candidate]) -> list[Suggestion]:
    """Order the images: the largest product of expected error and novelty first, one after the other.

    Args:
        candidates: at least one image.

    Returns:
        All of them; of equals the first by name.

    Source:
        Greedy choice by uncertainty and distance, as in core-set selection (Sener & Savarese 2018).
    """
    left = sorted(candidates, key=lambda one: one.stem)
    places = _places(left)
    usual = _usual_distance(places)
    errors = np.array([one.error for one in left])
    nearest = np.full(len(left), np.inf)
    waiting = np.ones(len(left), dtype=bool)
    ranked = []
    while waiting.any():
        novelty = np.minimum(nearest / usual, 1.0)
        score = np.where(waiting, errors * novelty, -1.0)
        equals = np.flatnonzero(score == score.max())
        best = int(equals[np.argmax(errors[equals])])
        ranked.append(Suggestion(left[best], float(score[best]), float(novelty[best])))
        waiting[best] = False
        nearest = np.minimum(nearest, np.linalg.norm(places - places[best], axis=1))
    return ranked


def _places(candidates: Sequence[Candidate]) -> Floats:
    """The features, each on the scale of its spread over the candidates."""
    table = np.stack([one.features for one in candidates])
    places: Floats = (table - table.mean(axis=0)) / (table.std(axis=0) + _TINY)
    return places


def _usual_distance(places: Floats) -> float:
    """The median distance of two images, of a thousand evenly spaced by name where there are more."""
    pairs = pdist(places[:: -(-len(places) // _MOST_PAIRED)])
    return max(float(np.median(pairs)), _TINY) if pairs.size else _TINY
