"""What Table 4 says in words and tables, from the scores of its runs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from neurocyte.io._text import plural
from neurocyte.markdown import number, table
from neurocyte.paper.results import ancis_text, same_start
from neurocyte.paper.results.averages import OVERLAPS, plus_minus
from neurocyte.paper.results.variants import VARIANTS

_STARTS = {"imagenet": "ImageNet", "random": "random"}


def write(result: Mapping[str, Any]) -> str:
    """Write the section: the paper's rows, ours at both sizes, from one start, and printed in other ways.

    Args:
        result: what `table4.measure` gave.

    Returns:
        Markdown.
    """
    parts = [
        "## Table 4: overlap and loss",
        "As the paper prints it (per cent), with the largest Dice that its IoU allows: for any averaging, "
        "mean Dice <= 2 IoU / (1 + IoU).",
        _printed_table(result["printed"]),
        "Measured by nested cross-validation: the epoch comes from validation images inside the training "
        "folds, the threshold is the paper's 0.5, the scored fold is used once. Mean and standard "
        "deviation over the runs. Every row keeps the inequality: it was checked on each number printed here "
        f"({result['violations']} violations).",
        _arithmetic(result["rows"]),
    ]
    for size, title in (
        ("paper", "At the size the network sees (the paper's)"),
        ("native", "At native size"),
    ):
        parts += [f"### {title}", _results_table(result["rows"], size)]
    parts += [
        same_start.write(result["rows"]),
        ancis_text.write(result["ancis"]["runs"], result["ancis"]["side"]),
        "### The same predictions, printed in other ways",
        "Chosen epoch, at the size the network sees, IoU / Dice in per cent. Only the first two columns "
        "are results: the others count the background or leave out the threshold.",
        _variants_table(result["rows"]),
        "\n".join(f"- {v.label}: {v.definition}" for v in VARIANTS),
    ]
    return "\n\n".join(part for part in parts if part)


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
    """Say in what precision the runs were trained, which the processor decides, and by which versions."""
    runs = [run for row in rows for run in row["runs"]]
    if not runs:
        return ""
    precisions = Counter(run["precision"] or "not recorded" for run in runs)
    packages = Counter(
        ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        for run in runs
        if run["versions"]
    )
    versions = f" Versions: {_counted(packages)}." if packages else ""
    return f"Arithmetic of the training: {_counted(precisions)}.{versions}"


def _counted(found: Counter[str]) -> str:
    return "; ".join(f"{name} ({plural(count, 'run')})" for name, count in sorted(found.items()))


def _results_table(rows: Sequence[Mapping[str, Any]], size: str) -> str:
    return table(
        (
            "network",
            "start",
            "runs",
            *OVERLAPS.values(),
            "loss",
            "IoU, pooled, last epoch",
            "epochs",
            "updates",
        ),
        [
            (
                row["label"],
                _STARTS[row["start"]],
                f"{len(row['runs'])} of {row['wanted']}",
                *(_percent(row["chosen"][size], name) for name in OVERLAPS),
                plus_minus(row["chosen"][size].get("loss"), 3),
                _percent(row["last"][size], "iou_pooled"),
                _range([run["epochs"] for run in row["runs"]]),
                _range([run["updates"] for run in row["runs"]]),
            )
            for row in rows
        ],
        "llrrrrrrrrr",
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
    return plus_minus(summary.get(name), 1, 100)


def _mean_percent(row: Mapping[str, Any], name: str) -> str:
    return f"{100 * row['chosen']['paper'][name]['mean']:.1f}"


def _range(values: Sequence[int]) -> str:
    if not values:
        return "-"
    return str(values[0]) if min(values) == max(values) else f"{min(values)}-{max(values)}"
