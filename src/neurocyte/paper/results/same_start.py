"""Table 4's networks that no other images have helped, on the folds that all of them have."""

from collections.abc import Sequence

from neurocyte.io._text import plural
from neurocyte.markdown import table
from neurocyte.paper.results.averages import OVERLAPS, Row, common_folds, over_folds, plus_minus


def write(rows: Sequence[Row]) -> str:
    """Write the comparison.

    Args:
        rows: of `table4.measure`.

    Returns:
        Markdown; empty where fewer than two networks started at random, or they share no fold.
    """
    random = [row for row in rows if row["runs"] and row["start"] == "random"]
    folds = common_folds(random)
    if len(random) < 2 or not folds:
        return ""
    scores = {row["label"]: over_folds(row, folds) for row in random}
    means = {label: found["iou_pooled"]["mean"] for label, found in scores.items()}
    order = sorted(random, key=lambda row: -means[row["label"]])
    best, last = (row["label"] for row in (order[0], order[-1]))
    twins = {row["key"]: row for row in rows if row["start"] == "imagenet"}
    return "\n\n".join(
        [
            "### From the same start",
            "ImageNet weights were given to EfficientNet-B0 only: those of ResNet-50 were not to be had, and "
            "the U-Net of 2015 never had any. So these rows are the fair comparison of the architectures, on "
            f"the {plural(len(folds), 'fold')} of the first seed that all of them have. "
            f"The best is {best} ({100 * means[best]:.1f}), the last {last} "
            f"({100 * means[last]:.1f}). Last column: the same network from ImageNet weights, where "
            "it was trained on these folds.",
            table(
                ("network", *OVERLAPS.values(), "IoU, pooled, ImageNet"),
                [
                    (
                        row["label"],
                        *(plus_minus(scores[row["label"]][name], 1, 100) for name in OVERLAPS),
                        _from_imagenet(twins.get(row["key"].removesuffix("-random")), folds),
                    )
                    for row in order
                ],
            ),
        ]
    )


def _from_imagenet(twin: Row | None, folds: Sequence[int]) -> str:
    if twin is None or not set(folds) <= set(common_folds([twin])):
        return "-"
    return plus_minus(over_folds(twin, folds)["iou_pooled"], 1, 100)
