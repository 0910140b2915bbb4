"""Figure 1: the image down the left, its annotation and the learning down the right."""

from itertools import pairwise
from typing import Any

from neurocyte.paper.drawings.canvas import Canvas, shape_text
from neurocyte.paper.drawings.pipeline_words import Words, image_words, label_words, learning_words

_LEFT, _RIGHT, _BOX = 30.0, 430.0, 340.0
_TOP, _ROW, _HEIGHT, _WIDTH = 70.0, 108.0, 74.0, 800.0


def draw_pipeline(facts: dict[str, Any], network: dict[str, Any], encoder: str) -> str:
    """Draw Figure 1.

    Args:
        facts: of `pipeline_facts`.
        network: of `network_facts`, for the network in the middle.
        encoder: name of its encoder.

    Returns:
        The SVG.
    """
    left, right = image_words(facts, network, encoder), label_words(facts)
    steps = _steps(facts)
    rows = {key: row for row, key in enumerate(steps)}
    shapes = {"normalise": shape_text(facts["image"])}
    canvas = Canvas(
        "figure1",
        _WIDTH,
        _TOP + len(steps) * _ROW,
        "Figure 1: the pipeline",
        "Down the left: " + ", ".join(left[key][1] for key in steps) + ". Down the right: the annotation, "
        "the loss between it and the logits, the optimizer.",
    )
    canvas.text(_WIDTH / 2, 36, "From an image and its annotation to a mask and a loss", size=19, bold=True)
    for key, row in rows.items():
        if row:
            _down(canvas, _LEFT, row - 1, row, shapes.get(steps[row - 1], ""))
        if key != "augment":
            _box(canvas, _LEFT, row, left[key])
    _annotation(canvas, right, rows, facts)
    _, title, lines = left["augment"]
    y = _TOP + rows["augment"] * _ROW
    canvas.box(_LEFT, y, _RIGHT + _BOX - _LEFT, _HEIGHT, "data", title, lines)
    _learning(canvas, learning_words(facts), rows)
    return canvas.render()


def _steps(facts: dict[str, Any]) -> list[str]:
    """The image's steps in the order in which they were recorded."""
    own = ("read", "intensity", "resize", "augment", "normalise")
    before = [key for key in facts["training"] if key in own]
    after = [key for key in facts["prediction"] if key != "network"]
    return [*before, *facts["network"], "sigmoid", *after]


def _annotation(canvas: Canvas, words: dict[str, Words], rows: dict[str, int], facts: dict[str, Any]) -> None:
    last = rows[facts["network"][0]] - 1
    places = {"labels": 0, "resize": rows["resize"], "foreground": last}
    stops = sorted({*places.values(), rows["augment"]})
    for upper, lower in pairwise(stops):
        _down(canvas, _RIGHT, upper, lower)
    for key, row in places.items():
        _box(canvas, _RIGHT, row, words[key])
    _down(canvas, _RIGHT, last, rows["head"])


def _learning(canvas: Canvas, words: list[Words], rows: dict[str, int]) -> None:
    middle = _TOP + rows["head"] * _ROW + _HEIGHT / 2
    canvas.arrow([(_LEFT + _BOX, middle), (_RIGHT, middle)])
    for offset, step in enumerate(words):
        if offset:
            _down(canvas, _RIGHT, rows["head"] + offset - 1, rows["head"] + offset)
        _box(canvas, _RIGHT, rows["head"] + offset, step)


def _box(canvas: Canvas, x: float, row: int, words: Words) -> None:
    kind, title, lines = words
    canvas.box(x, _TOP + row * _ROW, _BOX, _HEIGHT, kind, title, lines)


def _down(canvas: Canvas, x: float, upper: int, lower: int, label: str = "") -> None:
    middle, start = x + _BOX / 2, _TOP + upper * _ROW + _HEIGHT
    canvas.arrow([(middle, start), (middle, _TOP + lower * _ROW)])
    if label:
        canvas.text(middle + 10, start + 25, label, anchor="start", quiet=True)
