"""The comparison as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from neurocyte.markdown import table
from neurocyte.metrics.broken import LENGTH

COLUMNS = (
    ("map", "mAP"),
    ("ap50", "AP50"),
    ("ap75", "AP75"),
    ("pq", "PQ"),
    ("aji", "AJI"),
    ("count_error", "count error"),
    ("splits", "splits"),
    ("merges", "merges"),
    ("cldice", "clDice"),
    ("iou", "IoU"),
)


def document(result: Mapping[str, Any]) -> str:
    """Write the document.

    Args:
        result: What instances.json holds.

    Returns:
        Markdown.
    """
    data = result["data"]
    parts = [
        "# Instances compared",
        f"{data['images']} annotated images of {data['name']} (content hash `{data['hash'][:16]}`), "
        f"{data['cells']:,} cells. Competition mAP: TP / (TP + FP + FN) of an image, mean over the IoU "
        "thresholds 0.50 to 0.95, mean over images; a match is IoU above the threshold. IoU: foreground, "
        "pooled. Count error in cells an image; splits and merges are sums over images. Intervals: 95 % "
        "percentile bootstrap over images, 2,000 resamples, seed 0.",
        f"Made by `{result['command']}`, neurocyte {result['version']}.",
        table(
            ("method", "images", *(name for _, name in COLUMNS), "s an image"),
            [_row(one) for one in result["entrants"]],
        ),
        "\n".join(f"- {one['name']}: {one['note']}" for one in result["entrants"]),
    ]
    entrants = result["entrants"]
    if any(one["by_type"] for one in entrants):
        named = [(one["name"], one) for one in entrants]
        parts += ["## By cell type (mAP / AP50 / count error)", _by_type(named)]
    sound = [(one["name"], one["sound"]) for one in entrants if one["sound"]]
    if sound:
        parts += [
            "## Without true cells whose outline is broken",
            f"{max(part['broken'] for _, part in sound)} true cells end at one row over {LENGTH} pixels or "
            "more, as annotations do whose run lengths are damaged. Here they are left out of the truth, and "
            "what was found in their place of the result (mAP / AP50 / count error).",
            _by_type(sound),
        ]
    if result["pairs"]:
        rows = [_paired(pair) for pair in result["pairs"]]
        parts += [
            f"## In pairs: {result['pairs'][0]['first']} minus the other, same images",
            table(("other", "images", "mAP", "AP50"), rows),
        ]
    return "\n\n".join(parts) + "\n"


def _row(one: Mapping[str, Any]) -> list[str]:
    figures = one["figures"]
    low, high = figures["intervals"].get("map", (None, None))
    spread = "" if low is None else f" ({low:.3f} to {high:.3f})"
    cells = [_number(figures[key]) for key, _ in COLUMNS]
    seconds = "-" if one["seconds"] is None else f"{one['seconds']:.2f}"
    return [one["name"], str(figures["n"]), cells[0] + spread, *cells[1:], seconds]


def _by_type(named: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Table of the figures over all images and by type; of each method its `figures` and `by_type`."""
    types = sorted({name for _, part in named for name in part["by_type"]})
    rows = []
    for name, part in named:
        cells = [part["figures"], *(part["by_type"].get(kind) for kind in types)]
        rows.append([name, *("-" if c is None else _short(c) for c in cells)])
    return table(("method", "all", *types), rows)


def _short(figures: Mapping[str, Any]) -> str:
    return f"{figures['map']:.3f} / {figures['ap50']:.3f} / {figures['count_error']:.1f}"


def _paired(pair: Mapping[str, Any]) -> list[str]:
    cells = [pair["other"], str(pair["n"])]
    for key in ("map", "ap50"):
        if key not in pair:
            cells.append("-")
            continue
        low, high = pair[key]["interval"]
        cells.append(f"{pair[key]['mean']:+.3f} ({low:+.3f} to {high:+.3f})")
    return cells


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
