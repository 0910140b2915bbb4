"""Mean and standard deviation of runs' scores, over all of them or over the folds that several rows share."""

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any, TypedDict

Row = Mapping[str, Any]
# The scores that tables of overlap show, as printed.
OVERLAPS = {
    "iou_pooled": "IoU, pooled",
    "dice_pooled": "Dice, pooled",
    "iou_image": "IoU, image mean",
    "dice_image": "Dice, image mean",
}


class Spread(TypedDict):
    """Mean and standard deviation, which one run does not have."""

    mean: float
    sd: float | None


def spread(runs: Sequence[Mapping[str, float]]) -> dict[str, Spread]:
    """Return mean and standard deviation of every score of some runs; empty without one."""
    names = runs[0].keys() if runs else ()
    return {
        name: {
            "mean": mean(run[name] for run in runs),
            "sd": stdev(run[name] for run in runs) if len(runs) > 1 else None,
        }
        for name in names
    }


def common_folds(rows: Sequence[Row]) -> list[int]:
    """Return the folds in which every row has a run of the first seed: dear networks have fewer than others.

    Args:
        rows: of `table4.measure`.

    Returns:
        Rising; empty without rows, or where one has no run.
    """
    folds = [{run["fold"] for run in _first_seed(row)} for row in rows]
    return sorted(set.intersection(*folds)) if folds else []


def over_folds(row: Row, folds: Sequence[int]) -> dict[str, Spread]:
    """Return mean and standard deviation of each score of a row's runs of the first seed in these folds.

    Args:
        row: of `table4.measure`.
        folds: that it has.

    Returns:
        By score, of the chosen epoch, at the size the network sees.
    """
    return spread([run["scores"]["paper"] for run in _first_seed(row) if run["fold"] in folds])


def plus_minus(entry: Spread | None, digits: int, factor: float = 1) -> str:
    """Write a mean with its standard deviation where there is one, as a dash without a mean."""
    if entry is None:
        return "-"
    sd = "" if entry["sd"] is None else f" ± {factor * entry['sd']:.{digits}f}"
    return f"{factor * entry['mean']:.{digits}f}{sd}"


def _first_seed(row: Row) -> list[Mapping[str, Any]]:
    first = min((run["seed"] for run in row["runs"]), default=None)
    return [run for run in row["runs"] if run["seed"] == first]
