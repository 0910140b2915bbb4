"""Does attention help? The same decoder with no gate, the narrow gate and the half-width gate, in pairs."""

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any, TypeVar

import numpy as np
from scipy.stats import t as student

from neurocyte.markdown import table
from neurocyte.metrics.bootstrap import LEVEL, percentile_interval, resampled_means
from neurocyte.metrics.semantic import iou
from neurocyte.paper.context import Context
from neurocyte.paper.results.figure6 import converged_epoch
from neurocyte.paper.runs.plan import Finished, finished
from neurocyte.paper.runs.scores import pooled
from neurocyte.paper.settings import PAIRS

# A fold or an image.
_Key = TypeVar("_Key", int, str)


def measure(context: Context) -> dict[str, Any]:
    """Compare runs of the same fold and seed.

    Args:
        context: the reproduction.

    Returns:
        ``pairs``: for each of `PAIRS` the runs both have finished, and with minus without of the pooled
        foreground IoU (256 x 256, chosen epoch), of the epoch at which a run converged (both with a 95 % t
        interval over folds) and of the mean IoU of an image (with a 95 % bootstrap interval over images). A
        fold's and an image's difference is its mean over seeds.
    """
    done = {(one.run.row.key, one.run.seed, one.run.fold): one for one in finished(context)}
    return {"level": LEVEL, "pairs": [_pair(*pair, done) for pair in PAIRS]}


def render(result: Mapping[str, Any]) -> str:
    """Return the section of the document."""
    rows = [
        (
            pair["label"],
            _counted(pair["runs"]),
            _difference(pair["pooled"], 100, "points"),
            _difference(pair["image"], 100, "points"),
            _difference(pair["converged"], 1, "epochs"),
            _verdict(pair),
        )
        for pair in result["pairs"]
    ]
    header = (
        "gate against none",
        "paired runs",
        "IoU, pooled",
        "IoU, image mean",
        "epoch of convergence",
        "verdict",
    )
    return "\n\n".join(
        [
            "## Does attention help?",
            "With the gate minus without it, same decoder, fold, seed, images and order of crops; 256 x 256, "
            "chosen epoch. Differences of several seeds are averaged first. Intervals: 95 %, Student's t "
            "over folds for pooled IoU and convergence, bootstrap over images (2,000 resamples, seed 0) for "
            "the image mean, by which the verdict is given. The time of a training step with and without "
            "gates stands in Table 3.",
            table(header, rows, "lrlllr"),
        ]
    )


def t_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float] | None:
    """Return Student's interval of a mean, or None for fewer than two values.

    Args:
        values: independent differences; folds of one data set are not quite that, which makes the interval a
            little too narrow.
        level: share of cases in which it should hold the true mean.

    Returns:
        Lower and upper end.
    """
    if len(values) < 2:
        return None
    half = float(student.ppf((1 + level) / 2, len(values) - 1)) * stdev(values) / len(values) ** 0.5
    return mean(values) - half, mean(values) + half


def _pair(
    label: str, without: str, with_: str, done: Mapping[tuple[str, int, int], Finished]
) -> dict[str, Any]:
    runs = sorted((s, f) for key, s, f in done if key == with_ and (without, s, f) in done)
    couples = [(done[without, s, f], done[with_, s, f]) for s, f in runs]
    folds = [f for _, f in runs]
    differences = [_pooled_iou(b) - _pooled_iou(a) for a, b in couples]
    pooled_by_fold = _means(folds, differences)
    converged = _means(folds, [float(_converged(b) - _converged(a)) for a, b in couples])
    return {
        "label": label,
        "without": without,
        "with": with_,
        "runs": [{"seed": s, "fold": f, "pooled": d} for (s, f), d in zip(runs, differences, strict=True)],
        "pooled": _summary(pooled_by_fold, t_interval(pooled_by_fold)),
        "image": _over_images(couples),
        "converged": _summary(converged, t_interval(converged)),
    }


def _over_images(couples: Sequence[tuple[Finished, Finished]]) -> dict[str, Any]:
    pairs = [pair for a, b in couples for pair in zip(a.chosen, b.chosen, strict=True)]
    values = _means(
        [x.stem for x, _ in pairs], [iou(y.paper.confusion) - iou(x.paper.confusion) for x, y in pairs]
    )
    if len(values) < 2:
        return _summary(values, None)
    return _summary(values, percentile_interval(resampled_means(np.array(values)[:, None])[:, 0]))


def _means(keys: Sequence[_Key], values: Sequence[float]) -> list[float]:
    """Average what belongs to the same fold or image, in their order."""
    many: dict[_Key, list[float]] = {}
    for key, value in zip(keys, values, strict=True):
        many.setdefault(key, []).append(value)
    return [mean(many[key]) for key in sorted(many)]


def _summary(values: Sequence[float], interval: tuple[float, float] | None) -> dict[str, Any]:
    return {"n": len(values), "mean": mean(values) if values else None, "interval": interval}


def _pooled_iou(one: Finished) -> float:
    return iou(pooled([record.paper for record in one.chosen]).confusion)


def _converged(one: Finished) -> int:
    return converged_epoch([row["val_loss"] for row in one.history])


def _difference(entry: Mapping[str, Any], factor: float, unit: str) -> str:
    if entry["mean"] is None:
        return "-"
    text = f"{factor * entry['mean']:+.1f} {unit}"
    if entry["interval"] is None:
        return text
    low, high = (factor * end for end in entry["interval"])
    return f"{text} ({low:+.1f} to {high:+.1f})"


def _counted(runs: Sequence[Mapping[str, Any]]) -> str:
    """Say how many pairs there are, and of how many seeds where it is not one."""
    seeds = len({run["seed"] for run in runs})
    return f"{len(runs)} (of {seeds} seeds)" if seeds > 1 else str(len(runs))


def _verdict(pair: Mapping[str, Any]) -> str:
    """Judge by the image mean, of which there are enough to say something."""
    interval = pair["image"]["interval"]
    if interval is None:
        return "too few runs"
    if interval[0] > 0:
        return "helps"
    return "hurts" if interval[1] < 0 else "no difference shown"
