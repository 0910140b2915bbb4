"""Best, median and worst image of an entrant: truth beside what was found."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from neurocyte.benchmark.instances import Outcome
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.atomic import atomic_path
from neurocyte.writers import overlay

GAP = 8


def chosen(outcome: Outcome) -> dict[str, str]:
    """Choose by mAP; ties go to the earlier stem, the median of an even number is the lower one.

    Args:
        outcome: With at least one image.

    Returns:
        Stem by rank: best, median, worst.
    """
    ordered = sorted(outcome.scores.values(), key=lambda score: (-score.map, score.stem))
    places = {"best": 0, "median": len(ordered) // 2, "worst": len(ordered) - 1}
    return {rank: ordered[place].stem for rank, place in places.items()}


def write_pictures(folder: Path, outcome: Outcome, samples: Sequence[Sample]) -> dict[str, str]:
    """Write RANK.png: the true outlines left, the found ones right.

    Args:
        folder: Is made.
        outcome: Whose images.
        samples: The annotated images.

    Returns:
        Stem by rank.

    Raises:
        UsageError: A file cannot be written.
    """
    by_stem = {sample.stem: sample for sample in samples}
    ranks = chosen(outcome)
    for rank, stem in ranks.items():
        pixels = by_stem[stem].read_image().pixels
        truth = overlay(pixels, by_stem[stem].read_labels().labels)
        gap = np.full((truth.shape[0], GAP, 3), 255, dtype=np.uint8)
        picture = np.concatenate([truth, gap, overlay(pixels, outcome.labels[stem])], axis=1)
        with atomic_path(folder / f"{rank}.png") as temporary:
            PillowImage.fromarray(picture).save(temporary, format="PNG")
    return ranks
