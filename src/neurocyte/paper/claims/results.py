"""The claims about how well the networks do and how they learn."""

from collections.abc import Mapping
from itertools import pairwise
from statistics import median
from typing import Any

from neurocyte.io._text import plural
from neurocyte.paper.claims.verdict import FAILS, HOLDS, OPEN, PARTLY, Results, Verdict
from neurocyte.paper.printed import TABLE_4
from neurocyte.paper.results.averages import common_folds, over_folds
from neurocyte.paper.results.variants import VARIANTS

# "About 2" epochs, generously.
_ABOUT_TWO = 3


def judge(results: Results) -> list[Verdict]:
    """Judge overlap, order, attention, convergence and stability."""
    return [verdict for check in (_scores, _consistency, _attention, _curves) for verdict in check(results)]


def _scores(results: Results) -> list[Verdict]:
    found = []
    rows = {row["key"]: row for row in results.get("table4", {}).get("rows", ())}
    for key in ("linknet-ag", "unet-ag"):
        printed = TABLE_4[key]
        text = f"{printed.label}: IoU {printed.iou}, Dice {printed.dice}"
        row = rows.get(key)
        if not row or not row["runs"]:
            found.append(Verdict(text, "", OPEN, "table4"))
            continue
        summary = row["chosen"]["paper"]
        values = {v: 100 * summary[f"{v}_pooled"]["mean"] for v in ("iou", "dice")}
        best = max(VARIANTS, key=lambda v: summary[f"iou_{v.key}"]["mean"])
        highest = 100 * summary[f"iou_{best.key}"]["mean"]
        found.append(
            Verdict(
                text,
                f"foreground IoU {values['iou']:.1f}, Dice {values['dice']:.1f} ({len(row['runs'])} runs); "
                f"the kindest way to print it: {highest:.1f} ({best.label})",
                HOLDS if values["iou"] >= printed.iou else FAILS,
                "table4",
            )
        )
    return [*found, _order(rows)]


def _order(rows: Mapping[str, Mapping[str, Any]]) -> Verdict:
    text = "LinkNet with attention is the best, then U-Net with attention, U-Net without, ANCIS"
    groups = (("linknet-ag",), ("unet-ag",), ("unet-resnet50", "unet-plain"), ("ancis",))
    done = {key: row for key, row in rows.items() if row["runs"]}
    folds = common_folds(list(done.values()))
    if not folds:
        return Verdict(text, "", OPEN, "table4")
    known = {key: over_folds(row, folds)["iou_pooled"]["mean"] for key, row in done.items()}
    have = [max(known[key] for key in group if key in known) for group in groups if set(group) & set(known)]
    if len(have) < len(groups):
        return Verdict(text, "", OPEN, "table4")
    order = sorted(known.items(), key=lambda item: -item[1])
    measured = f"pooled IoU, {plural(len(folds), 'fold')} that all have: " + ", ".join(
        f"{key} {100 * value:.1f}" for key, value in order
    )
    if fair := [key for key, _ in order if rows[key]["start"] == "random"]:
        measured += f"; from a random start {', '.join(fair)}"
    if missing := [key for group in groups for key in group if key not in known]:
        measured += f"; {', '.join(missing)} not measured"
    if have != sorted(have, reverse=True):
        return Verdict(text, measured, FAILS, "table4")
    # The four in their order, but ahead of them the same networks without what the paper proposes.
    best = order[0][0] in groups[0]
    return Verdict(text, measured, HOLDS if best and not missing else PARTLY, "table4")


def _consistency(results: Results) -> list[Verdict]:
    text = "Table 4's IoU and Dice belong to the same predictions"
    if "table4" not in results:
        return [Verdict(text, "", OPEN, "table4")]
    rows = results["table4"]["printed"]
    bad = [row for row in rows if not row["possible"]]
    return [
        Verdict(
            text,
            f"{len(bad)} of {len(rows)} rows are impossible: Dice above 2 IoU / (1 + IoU)",
            FAILS if bad else HOLDS,
            "table4",
        )
    ]


def _attention(results: Results) -> list[Verdict]:
    text = "attention on the skips improves the result"
    pairs = {pair["label"]: pair for pair in results.get("attention", {}).get("pairs", ())}
    found = []
    for label in ("LinkNet, narrow gate", "U-Net, narrow gate"):
        pair = pairs.get(label)
        if not pair or pair["image"]["interval"] is None:
            found.append(Verdict(f"{text} ({label})", "", OPEN, "attention"))
            continue
        low, high = (100 * end for end in pair["image"]["interval"])
        found.append(
            Verdict(
                f"{text} ({label})",
                f"{100 * pair['image']['mean']:+.1f} points of image-mean IoU, 95 % interval {low:+.1f} to "
                f"{high:+.1f}, {len(pair['runs'])} paired runs",
                HOLDS if low > 0 else FAILS,
                "attention",
            )
        )
    return found


def _curves(results: Results) -> list[Verdict]:
    first = "U-Net without attention converges in about 2 epochs"
    second = "LinkNet is the more stable"
    rows = {row["key"]: row for row in results.get("figure6", {}).get("rows", ())}
    plain = [key for key in ("unet-resnet50", "unet-plain") if key in rows]
    found = []
    if plain:
        middles = {key: median(rows[key]["converged"]) for key in plain}
        measured = ", ".join(f"{key}: epoch {value:g}" for key, value in middles.items())
        quick = any(value <= _ABOUT_TWO for value in middles.values())
        found.append(Verdict(first, measured, HOLDS if quick else FAILS, "figure6"))
    else:
        found.append(Verdict(first, "", OPEN, "figure6"))
    others = [key for key in ("unet-ag", *plain) if key in rows]
    if "linknet-ag" in rows and plain:
        values = {key: _roughness(rows[key]) for key in ("linknet-ag", *others)}
        measured = ", ".join(f"{key} {100 * value:.1f}" for key, value in values.items())
        calmer = sum(values["linknet-ag"] < values[key] for key in others)
        found.append(
            Verdict(
                second,
                f"validation IoU moves from epoch to epoch by (points) {measured}",
                HOLDS if calmer == len(others) else PARTLY if calmer else FAILS,
                "figure6",
            )
        )
    else:
        found.append(Verdict(second, "", OPEN, "figure6"))
    return found


def _roughness(row: Mapping[str, Any]) -> float:
    """Mean absolute change of the validation IoU from the third epoch on, over folds."""
    changes: list[float] = [
        abs(b["val_iou"] - a["val_iou"]) for history in row["histories"] for a, b in pairwise(history[1:])
    ]
    return sum(changes) / max(1, len(changes))
