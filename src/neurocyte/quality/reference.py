"""The statistics of a model's training images, and how far an image is from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurocyte.errors import UsageError
from neurocyte.io._text import plural
from neurocyte.models.folder import Model
from neurocyte.models.listed import load_listed, save_listed
from neurocyte.models.schema import encode
from neurocyte.quality.measures import EARLIER, FEATURES, FINEST, Floats

REFERENCE_NAME = "reference.json"
# The limit is this many times that percentile of the training images' own distances.
MARGIN, PERCENTILE = 1.2, 95.0
# Fewer images say too little of their spread.
LEAST_IMAGES = 10
# Share of the identity in the correlation of the features, so that few images give an inverse.
_SHRINKAGE = 0.2
_FORM = ("neurocyte-reference", 1)
_TINY = 1e-6


@dataclass(frozen=True)
class Reference:
    """Statistics of the images a model was trained on.

    Args:
        images: how many.
        features: names of the statistics: those that `features_of` gives, or the first 12 of them, which
            models of before have.
        mean: of each over the images.
        std: of each over the images.
        inverse: of the shrunken correlation matrix of the statistics.
        limit: the distance above which an image is unlike them.
    """

    images: int
    features: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    inverse: tuple[tuple[float, ...], ...]
    limit: float

    def __post_init__(self) -> None:
        count = len(self.features)
        shapes = {len(self.mean), len(self.std), len(self.inverse), *map(len, self.inverse)}
        if self.features not in (FEATURES, FEATURES[:EARLIER]) or shapes != {count}:
            raise ValueError("the statistics are not those of this version")
        if min(self.std) <= 0 or self.limit <= 0:
            raise ValueError("std and limit must be positive")

    @classmethod
    def of(cls, features: Iterable[Floats]) -> "Reference":
        """Sum up training images.

        The limit is 1.2 times the 95th percentile of the images' own distances, each measured from the
        others.

        Args:
            features: for each image what `features_of` gave.

        Returns:
            The reference.

        Raises:
            UsageError: there are fewer than ten images.
        """
        table = np.stack(list(features))
        if len(table) < LEAST_IMAGES:
            raise UsageError(f"{plural(len(table), 'image')} are too few: give at least {LEAST_IMAGES}.")
        apart = [_fit(np.delete(table, i, axis=0)) for i in range(len(table))]
        own = [_distance(row, *fit) for row, fit in zip(table, apart, strict=True)]
        mean, std, inverse = _fit(table)
        return cls(
            images=len(table),
            features=FEATURES,
            mean=tuple(mean.tolist()),
            std=tuple(std.tolist()),
            inverse=tuple(tuple(row) for row in inverse.tolist()),
            # Images that are all alike have no distance from each other.
            limit=max(MARGIN * float(np.percentile(own, PERCENTILE)), _TINY),
        )

    @classmethod
    def load(cls, model: Model) -> "Reference | None":
        """Read reference.json of a model folder; None where its config lists none; raises ModelError."""
        return load_listed(model, REFERENCE_NAME, cls, _FORM)

    def save(self, folder: Path) -> str:
        """Write reference.json into a model folder and give its SHA-256, for the config."""
        return save_listed(folder / REFERENCE_NAME, encode(self), _FORM)

    def distance(self, features: Floats) -> float:
        """How far an image is from the training images; 1 is usual, above `limit` it is unlike them."""
        own = features[: len(self.features)]
        return _distance(own, np.array(self.mean), np.array(self.std), np.array(self.inverse))

    def sharpness(self, features: Floats) -> float:
        """The finest detail of an image, in standard deviations from the training images' mean."""
        return float((features[FINEST] - self.mean[FINEST]) / self.std[FINEST])


def _fit(table: Floats) -> tuple[Floats, Floats, Floats]:
    mean, std = table.mean(axis=0), table.std(axis=0, ddof=1) + _TINY
    scaled = (table - mean) / std
    correlation = scaled.T @ scaled / (len(table) - 1)
    shrunken = (1 - _SHRINKAGE) * correlation + _SHRINKAGE * np.eye(len(mean))
    return mean, std, np.linalg.inv(shrunken)


def _distance(features: Floats, mean: Floats, std: Floats, inverse: Floats) -> float:
    scaled = (features - mean) / std
    return float(np.sqrt(scaled @ inverse @ scaled / len(scaled)))
