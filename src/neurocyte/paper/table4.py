"""Table 4: overlap and loss of every network, as commonly printed in different ways."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

from neurocyte.markdown import number, table
from neurocyte.paper.context import Context
from neurocyte.paper.plan import Finished, finished
from neurocyte.paper.printed import TABLE_4, Score
from neurocyte.paper.scores import PixelSums, Record
from neurocyte.paper.variants import VARIANTS, dice_limit, scores

SIZES = ("paper", "native")
# Sums in another order may differ in the last bits.
_TOLERANCE = 1e-9


def measure(context: Context) -> dict[str, Any]:
    """Sum up the finished runs by row.

    Args:
        context: the reproduction.

    Returns:
        ``rows``: a row's runs and, for each of ``chosen`` and ``last`` epoch and each size (``paper``: what
        the network sees; ``native``: the image's), the mean and the standard deviation over runs of every
        score of `neurocyte.paper.variants`; ``printed``: the paper's rows with the Dice that each IoU allows.
    """
    done = list(finished(context))
    wanted = len(context.settings.seeds) * context.settings.folds
    rows = []
    for row in context.settings.rows:
        runs = [one for one in done if one.run.row.key == row.key]
        rows.append({"key": row.key, "label": row.label, "wanted": wanted, **_summary(runs)})
    return {
        "rows": rows,
        "printed": [_check_printed(entry) for entry in TABLE_4.values()],
        "violations": sum(len(row["violations"]) for row in rows),
    }


def render(result: Mapping[str, Any]) -> str:
    """Return the section of the document."""
    parts = [
        "## Table 4: overlap and loss",
        "As the paper prints it (per cent), with the largest Dice that its IoU allows: for any averaging, "
        "mean Dice <= 2 IoU / (1 + IoU).",
        _printed_table(result["printed"]),
        "Measured by nested cross-validation: the epoch comes from validation images inside the training "
        "folds, the threshold is the paper's 0.5, the scored fold is used once. Mean and standard "
        "deviation over "
        "the runs. Every row keeps the inequality: it was checked on each number printed here "
        f"({result['violations']} violations).",
        _arithmetic(result["rows"]),
    ]
    for size, title in (
        ("paper", "At the size the network sees (the paper's)"),
        ("native", "At native size"),
    ):
        parts += [f"### {title}", _results_table(result["rows"], size)]
    parts += [
        "### The same predictions, printed in other ways",
        "Chosen epoch, at the size the network sees, IoU / Dice in per cent. Only the first two columns "
        "are results: the others count the background or leave out the threshold.",
        _variants_table(result["rows"]),
        "\n".join(f"- {v.label}: {v.definition}" for v in VARIANTS),
    ]
    return "\n\n".join(part for part in parts if part)


def _summary(runs: Sequence[Finished]) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "runs": [
            {
                "seed": one.run.seed,
                "fold": one.run.fold,
                **{k: one.info[k] for k in ("epochs", "updates", "best_epoch", "start")},
                # Runs of before it was recorded lack it.
                "precision": one.info.get("precision"),
                "scores": {size: scores(_sums(one.chosen, size)) for size in SIZES},
                "last_scores": {size: scores(_sums(one.last, size)) for size in SIZES},
            }
            for one in runs
        ]
    }
    for epoch, key in (("chosen", "scores"), ("last", "last_scores")):
        summary[epoch] = {size: _spread([run[key][size] for run in summary["runs"]]) for size in SIZES}
    summary["violations"] = [
        f"{epoch} {size} {v.key}"
        for epoch in ("chosen", "last")
        for size in SIZES
        for v in VARIANTS
        if runs and _violates(summary[epoch][size], v.key)
    ]
    return summary


def _spread(runs: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float | None]]:
    names = runs[0].keys() if runs else ()
    return {
        name: {
            "mean": mean(run[name] for run in runs),
            "sd": stdev(run[name] for run in runs) if len(runs) > 1 else None,
        }
        for name in names
    }


def _violates(summary: Mapping[str, Mapping[str, float | None]], key: str) -> bool:
    iou, dice = summary[f"iou_{key}"]["mean"], summary[f"dice_{key}"]["mean"]
    return iou is None or dice is None or dice > dice_limit(iou) + _TOLERANCE


def _sums(records: Sequence[Record], size: str) -> list[PixelSums]:
    return [record.paper if size == "paper" else record.native for record in records]


def _check_printed(entry: Score) -> dict[str, Any]:
    limit = 100 * dice_limit(entry.iou / 100)
    return {
        "label": entry.label,
        "iou": entry.iou,
        "dice": entry.dice,
        "loss": entry.loss,
        "dice_limit": limit,
        # Half a unit of the last printed digit of IoU could be rounding.
        "possible": entry.dice <= 100 * dice_limit((entry.iou + 0.005) / 100) + 0.005,
    }


def _printed_table(rows: Sequence[Mapping[str, Any]]) -> str:
    return table(
        ("network (paper)", "IoU", "Dice", "loss", "largest Dice", "possible?"),
        [
            (
                row["label"],
                number(row["iou"], 2),
                number(row["dice"], 2),
                number(row["loss"], 4),
                number(row["dice_limit"], 2),
                "yes" if row["possible"] else "**no**",
            )
            for row in rows
        ],
    )


def _arithmetic(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say in what precision the runs were trained, which the processor decides; empty where none was."""
    found = Counter(run.get("precision") or "not recorded" for row in rows for run in row["runs"])
    counts = ", ".join(
        f"{name} ({count} run{'' if count == 1 else 's'})" for name, count in sorted(found.items())
    )
    return counts and f"Arithmetic of the training: {counts}."


def _results_table(rows: Sequence[Mapping[str, Any]], size: str) -> str:
    header = (
        "network", "runs", "IoU, pooled", "Dice, pooled", "IoU, image mean", "Dice, image mean", "loss",
        "IoU, pooled, last epoch", "epochs", "updates",
    )  # fmt: skip
    names = ("iou_pooled", "dice_pooled", "iou_image", "dice_image")
    return table(
        header,
        [
            (
                row["label"],
                f"{len(row['runs'])} of {row['wanted']}",
                *(_percent(row["chosen"][size], name) for name in names),
                _plus_minus(row["chosen"][size].get("loss"), 3),
                _percent(row["last"][size], "iou_pooled"),
                _range([run["epochs"] for run in row["runs"]]),
                _range([run["updates"] for run in row["runs"]]),
            )
            for row in rows
        ],
    )


def _variants_table(rows: Sequence[Mapping[str, Any]]) -> str:
    return table(
        ("network", *(v.label for v in VARIANTS), "pixel accuracy"),
        [
            (
                row["label"],
                *(
                    f"{_mean_percent(row, f'iou_{v.key}')} / {_mean_percent(row, f'dice_{v.key}')}"
                    for v in VARIANTS
                ),
                _mean_percent(row, "accuracy"),
            )
            for row in rows
            if row["runs"]
        ],
    )


def _percent(summary: Mapping[str, Any], name: str) -> str:
    return _plus_minus(summary.get(name), 1, 100)


def _plus_minus(entry: Mapping[str, float | None] | None, digits: int, factor: float = 1) -> str:
    if entry is None or entry["mean"] is None:
        return "-"
    spread = "" if entry["sd"] is None else f" ± {factor * entry['sd']:.{digits}f}"
    return f"{factor * entry['mean']:.{digits}f}{spread}"


def _mean_percent(row: Mapping[str, Any], name: str) -> str:
    return f"{100 * row['chosen']['paper'][name]['mean']:.1f}"


def _range(values: Sequence[int]) -> str:
    if not values:
        return "-"
    return str(values[0]) if min(values) == max(values) else f"{min(values)}-{max(values)}"
