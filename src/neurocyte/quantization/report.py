"""What int8 costs, in words: the part of a model's card."""

from neurocyte.markdown import number, table
from neurocyte.models.folder import INT8_NAME
from neurocyte.models.parity import MOST_LOST, PARITY_NAME, Figures, Parity

_HEADING = "## Precision"


def with_section(card: str, parity: Parity) -> str:
    """Put what int8 costs into a model's card, in place of what an earlier export said.

    Args:
        card: Markdown, empty where there is none.
        parity: the report.

    Returns:
        The card with one section on precision, at its end.
    """
    before, _, rest = f"\n{card}".partition(f"\n{_HEADING}\n")
    _, mark, after = rest.partition("\n## ")
    kept = before.strip("\n") + (f"\n\n## {after}".rstrip("\n") if mark else "")
    return f"{kept}\n\n{_section(parity)}\n".lstrip("\n")


def summary(parity: Parity) -> str:
    """Give the figures of each precision and whether int8 is used, as lines of text."""
    figures = parity.figures
    lines = [f"{INT8_NAME} and {PARITY_NAME}: judged on {parity.images} images"]
    for one in figures:
        share = one.seconds / figures[0].seconds
        lines.append(
            f"  {one.precision}: IoU {number(one.iou, 4)}, mAP {number(one.map, 4)}, {one.cells:,} cells, "
            f"{1000 * one.seconds:,.0f} ms of processor time an image ({share:.2f} of fp32)"
        )
    pair = next(one for one in parity.agreements if (one.first, one.second) == ("fp32", "int8"))
    lines.append(
        f"  int8 changes {pair.changed:.2%} of the pixels; F1 of its cells and fp32's {pair.cells_f1:.3f}"
    )
    return "\n".join([*lines, verdict(parity)])


def verdict(parity: Parity) -> str:
    """Say in a sentence whether `--precision auto` uses the int8 network."""
    if parity.iou_drop is None or parity.map_drop is None:
        return "Not used unasked: it was not judged on annotated images (--evaluate)."
    change = f"{_points(parity.iou_drop)} points of IoU and {_points(parity.map_drop)} of mAP against fp32"
    if parity.close:
        return f"Used unasked where the processor has int8 products: {change} (down to -{MOST_LOST} each)."
    return f"Not used unasked: {change} (down to -{MOST_LOST} each)."


def _points(drop: float) -> str:
    # Without the sign of a loss that rounds to nothing.
    return f"{round(-drop, 2) + 0.0:+.2f}"


def _section(parity: Parity) -> str:
    kind = "annotated" if parity.annotated else "unannotated"
    products = "with" if parity.int8_products else "without"
    return "\n\n".join(
        [
            _HEADING,
            f"`{INT8_NAME}`: {parity.method}; ranges from {parity.calibration_tiles} tiles of "
            f"{parity.calibration_images} images. Judged on {parity.images} {kind} images that the "
            f"calibration did not see, on {parity.processor}, {products} int8 products of its own.",
            _figures(parity),
            _agreements(parity),
            verdict(parity),
        ]
    )


def _figures(parity: Parity) -> str:
    exact = parity.figures[0]
    header = ["precision", "processor time an image, ms", "of fp32", "cells", "IoU, pooled", "mAP", "AP50"]
    return table(header, [_row(one, exact) for one in parity.figures]).rstrip()


def _row(one: Figures, exact: Figures) -> list[str]:
    scores = [number(value, 4) for value in (one.iou, one.map, one.ap50)]
    times = [number(1000 * one.seconds, 0), number(one.seconds / exact.seconds, 2)]
    return [one.precision, *times, f"{one.cells:,}", *scores]


def _agreements(parity: Parity) -> str:
    header = ["against each other", "IoU of the masks", "pixels changed", "F1 of the cells"]
    rows = [
        [f"{one.second}, {one.first}", f"{one.iou:.4f}", f"{one.changed:.2%}", f"{one.cells_f1:.3f}"]
        for one in parity.agreements
    ]
    return table(header, rows).rstrip()
