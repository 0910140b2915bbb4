"""Dividing samples for training and validation: by cell type, without tearing groups apart."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Sample


@dataclass(frozen=True)
class _Unit:
    """Samples that stay together."""

    samples: tuple[Sample, ...]
    types: Counter[str | None]


def train_val_split(
    samples: Sequence[Sample], val_fraction: float, seed: int
) -> tuple[list[Sample], list[Sample]]:
    """Divide samples in two, each cell type in about the same proportion, no group on both sides.

    Args:
        samples: The samples.
        val_fraction: Share of the samples for validation, between 0 and 1 (both excluded).
        seed: The same seed gives the same division, in whatever order the samples come.

    Returns:
        Training and validation samples, each sorted by stem and not empty.

    Raises:
        UsageError: The fraction is out of range, or there are fewer than two groups.
    """
    if not 0 < val_fraction < 1:
        raise UsageError(f"The validation fraction is {val_fraction}: give a number between 0 and 1.")
    units = _shuffled_units(samples, seed)
    if len(units) < 2:
        raise UsageError(
            f"{len(samples)} samples in {len(units)} group(s) cannot be divided in two: "
            "add images of another group."
        )
    targets = _targets(Counter(s.cell_type for s in samples), val_fraction)
    chosen: list[int] = []
    have: Counter[str | None] = Counter()
    for index, unit in enumerate(units):
        # Take a unit if that brings the counts of its types nearer to what is wanted.
        gain = sum(abs(have[t] - targets[t]) - abs(have[t] + n - targets[t]) for t, n in unit.types.items())
        if gain > 0 and len(chosen) < len(units) - 1:
            chosen.append(index)
            have.update(unit.types)
    chosen = chosen or [len(units) - 1]
    val = [s for i in chosen for s in units[i].samples]
    train = [s for i, unit in enumerate(units) if i not in chosen for s in unit.samples]
    return _sorted(train), _sorted(val)


def k_folds(samples: Sequence[Sample], k: int, seed: int) -> list[list[Sample]]:
    """Divide samples into k test folds, each cell type spread evenly, no group in two folds.

    Args:
        samples: The samples.
        k: Number of folds, at least 2.
        seed: The same seed gives the same folds, in whatever order the samples come.

    Returns:
        k lists, each sorted by stem and not empty; every sample is in exactly one.

    Raises:
        UsageError: k is below 2 or above the number of groups.
    """
    units = _shuffled_units(samples, seed)
    if not 2 <= k <= len(units):
        raise UsageError(
            f"{len(samples)} samples in {len(units)} groups cannot be divided into {k} folds: "
            f"choose 2 to {len(units)}."
        )
    folds: list[list[Sample]] = [[] for _ in range(k)]
    counts: list[Counter[str | None]] = [Counter() for _ in range(k)]
    for unit in units:
        # An empty fold always comes first, so that none stays empty.
        costs = [sum(count[t] * n for t, n in unit.types.items()) for count in counts]
        best = min(range(k), key=lambda f: (costs[f], len(folds[f]), f))
        folds[best].extend(unit.samples)
        counts[best].update(unit.types)
    return [_sorted(fold) for fold in folds]


def _shuffled_units(samples: Sequence[Sample], seed: int) -> list[_Unit]:
    """Return the groups in random order, large ones first: what is left then evens out the counts."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in _sorted(samples):
        key = ("stem", sample.stem) if sample.group is None else ("group", sample.group)
        groups.setdefault(key, []).append(sample)
    units = [_Unit(tuple(group), Counter(s.cell_type for s in group)) for group in groups.values()]
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(units))
    return sorted((units[i] for i in order), key=lambda unit: -len(unit.samples))


def _targets(types: Counter[str | None], fraction: float) -> Counter[str | None]:
    """Share round(fraction x all), at least 1, out to the types by largest remainder."""
    total = max(1, round(fraction * types.total()))
    exact = {kind: total * n / types.total() for kind, n in types.items()}
    targets = Counter({kind: int(share) for kind, share in exact.items()})
    by_remainder = sorted(exact, key=lambda kind: (targets[kind] - exact[kind], str(kind)))
    for kind in by_remainder[: total - targets.total()]:
        targets[kind] += 1
    return targets


def _sorted(samples: Sequence[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda sample: sample.stem)
