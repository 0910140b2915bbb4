"""Table 4: overlap and loss of every network, as commonly printed in different ways."""

from collections.abc import Mapping, Sequence
from typing import Any

from neurocyte.paper.context import Context
from neurocyte.paper.printed import TABLE_4, Score
from neurocyte.paper.results.averages import spread
from neurocyte.paper.results.text import write
from neurocyte.paper.results.variants import VARIANTS, dice_limit, scores
from neurocyte.paper.runs.plan import Finished, finished
from neurocyte.paper.runs.scores import PixelSums, Record

SIZES = ("paper", "native")
# Sums in another order may differ in the last bits.
_TOLERANCE = 1e-9


def measure(context: Context) -> dict[str, Any]:
    """Sum up the finished runs by row.

    Args:
        context: the reproduction.

    Returns:
        ``rows``: where a row's encoder starts from, its runs and, for each of ``chosen`` and ``last`` epoch
        and each size (``paper``: what the network sees; ``native``: the image's), the mean and the standard
        deviation over runs of every score of `neurocyte.paper.results.variants`; ``printed``: the paper's
        rows with the Dice that each IoU allows; ``ancis``: how its cells come out, a dictionary a run;
        ``violations``: how many means break the inequality.
    """
    done = list(finished(context))
    settings = context.settings
    rows = []
    for row in settings.rows:
        runs = [one for one in done if one.run.row.key == row.key]
        wanted = len(settings.seeds_of(row)) * settings.folds
        named = {"key": row.key, "label": row.label, "start": settings.start_of(row)}
        rows.append({**named, "wanted": wanted, **_summary(runs)})
    return {
        "rows": rows,
        "printed": [_check_printed(entry) for entry in TABLE_4.values()],
        "ancis": {
            "side": settings.ancis_side,
            "runs": [one.info["instances"] for one in done if "instances" in one.info],
        },
        "violations": sum(len(row["violations"]) for row in rows),
    }


def render(result: Mapping[str, Any]) -> str:
    """Return the section of the document."""
    return write(result)


def _summary(runs: Sequence[Finished]) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "runs": [
            {
                "seed": one.run.seed,
                "fold": one.run.fold,
                **{k: one.info[k] for k in ("epochs", "updates", "best_epoch", "start")},
                # Runs of before they were recorded lack them.
                "precision": one.info.get("precision"),
                "versions": one.info.get("versions"),
                "scores": {size: scores(_sums(one.chosen, size)) for size in SIZES},
                "last_scores": {size: scores(_sums(one.last, size)) for size in SIZES},
            }
            for one in runs
        ]
    }
    for epoch, key in (("chosen", "scores"), ("last", "last_scores")):
        summary[epoch] = {size: spread([run[key][size] for run in summary["runs"]]) for size in SIZES}
    summary["violations"] = [
        f"{epoch} {size} {v.key}"
        for epoch in ("chosen", "last")
        for size in SIZES
        for v in VARIANTS
        if runs and _violates(summary[epoch][size], v.key)
    ]
    return summary


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
