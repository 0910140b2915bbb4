"""The statistics of a model's training images, and how far an image is from them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurocyte.errors import ModelError, UsageError
from neurocyte.io._text import plural
from neurocyte.io.atomic import write_text
from neurocyte.models.folder import Model
from neurocyte.models.schema import SchemaError, decode, encode
from neurocyte.quality.measures import EARLIER, FEATURES, FINEST, Floats

REFERENCE_NAME = "reference.json"
# The limit is this many times that percentile of the training images' own distances.
MARGIN, PERCENTILE = 1.2, 95.0
# Fewer images say too little of their spread.
LEAST_IMAGES = 10
# Share of the identity in the correlation of the features, so that few images give an inverse.
_SHRINKAGE = 0.2
_FORMAT, _VERSION = "neurocyte-reference", 1
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
        expected = model.config.files.get(REFERENCE_NAME)
        if expected is None:
            return None
        file = model.path / REFERENCE_NAME
        try:
            content = file.read_bytes()
        except OSError as exc:
            raise ModelError(f"Cannot read {file} ({exc.strerror}); copy the model again.") from exc
        if hashlib.sha256(content).hexdigest() != expected.lower():
            raise ModelError(f"{file} does not have the checksum its config states; copy the model again.")
        try:
            data = json.loads(content)
            if (data.pop("format"), data.pop("format_version")) != (_FORMAT, _VERSION):
                raise SchemaError("its format is unknown")
            return decode(cls, data)
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise ModelError(f"{file} is not valid: {exc}; copy the model again.") from exc

    def save(self, folder: Path) -> str:
        """Write reference.json into a model folder and give its SHA-256, for the config."""
        data = {"format": _FORMAT, "format_version": _VERSION, **encode(self)}
        text = json.dumps(data, indent=1, allow_nan=False) + "\n"
        write_text(folder / REFERENCE_NAME, text)
        return hashlib.sha256(text.encode()).hexdigest()

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
