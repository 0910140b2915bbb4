"""A block's graph from top to bottom: its longest path in one column, what joins it beside."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from neurocyte.paper.drawings.canvas import Canvas, shape_text, text_height
from neurocyte.paper.drawings.words import SIGNS

GAP, RADIUS = 40.0, 16.0
_LANE, _SIDE_GAP, _PAD = 34.0, 30.0, 12.0


@dataclass(frozen=True)
class Part:
    """What is drawn of a node: its words, colour, inputs and the shape it hands on."""

    key: str
    op: str
    kind: str
    title: str
    lines: Sequence[str]
    inputs: Sequence[str]
    shape: Sequence[int]

    @property
    def height(self) -> float:
        """Height of its box or circle."""
        return 2 * RADIUS if self.op in SIGNS else text_height(len(self.lines)) + 2 * _PAD - 6


@dataclass
class Flow:
    """A laid-out graph.

    Attributes:
        parts: in the order in which they run.
        width: of a box.
        side: width of a box beside the main column.
        labels: words put before the shape that a part hands on, by key.
    """

    parts: Sequence[Part]
    width: float = 300.0
    side: float = 200.0
    labels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_key = {part.key: part for part in self.parts}
        self.main = _longest_path(self.parts)
        self._rows = _rows(self.parts, self.main)
        depth = max(self._rows.values()) + 1
        heights = [0.0] * depth
        for part in self.parts:
            heights[self._rows[part.key]] = max(heights[self._rows[part.key]], part.height)
        self._tops = [sum(heights[:row]) + row * GAP for row in range(depth)]
        self._heights = heights

    @property
    def height(self) -> float:
        """Height of the drawing, the last arrow and its label included."""
        return self._tops[-1] + self._heights[-1] + GAP + 20

    def centre(self, key: str, x: float, y: float) -> tuple[float, float]:
        """Return the middle of a part when the flow's main column starts at (x, y)."""
        row = self._rows[key]
        across = self.width / 2 if key in self.main else self.width + _SIDE_GAP + self.side / 2
        return x + across, y + self._tops[row] + self._heights[row] / 2

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draw it.

        Args:
            canvas: to draw on.
            x: of the main column's left edge; by-passes lie to its left, what joins to its right.
            y: of the upper edge.
        """
        lane = 0
        for part in self.parts:
            for source in part.inputs:
                lane += self._connect(canvas, source, part, x, y, lane)
        for part in self.parts:
            self._part(canvas, part, x, y)
        last = self.parts[-1]
        cx, cy = self.centre(last.key, x, y)
        bottom = cy + last.height / 2
        canvas.arrow([(cx, bottom), (cx, bottom + GAP - 6)])
        canvas.text(cx, bottom + GAP + 12, self._label(last), quiet=True)

    def _part(self, canvas: Canvas, part: Part, x: float, y: float) -> None:
        cx, cy = self.centre(part.key, x, y)
        if part.op in SIGNS:
            canvas.circle(cx, cy, RADIUS, part.kind, SIGNS[part.op])
            return
        width = self.width if part.key in self.main else self.side
        canvas.box(
            cx - width / 2, cy - part.height / 2, width, part.height, part.kind, part.title, part.lines
        )

    def _connect(self, canvas: Canvas, source: str, part: Part, x: float, y: float, lane: int) -> int:
        """Draw the arrow from one part to another; return how many lanes on the left it took."""
        (x0, y0), (x1, y1) = self.centre(source, x, y), self.centre(part.key, x, y)
        start = y0 + self._by_key[source].height / 2
        half = RADIUS if part.op in SIGNS else self.width / 2
        if x0 != x1:
            canvas.arrow([(x0, start), (x0, y1), (x1 + half, y1)])
            canvas.text(x0 + 8, start + 24, self._label(self._by_key[source]), anchor="start", quiet=True)
        elif self._rows[part.key] - self._rows[source] == 1 or x0 > x + self.width:
            canvas.arrow([(x0, start), (x0, y1 - part.height / 2)])
            canvas.text(x0 + 8, start + 24, self._label(self._by_key[source]), anchor="start", quiet=True)
        else:
            left = x - _LANE / 2 - lane * _LANE
            canvas.arrow([(x, y0), (left, y0), (left, y1), (x1 - half, y1)])
            return 1
        return 0

    def _label(self, part: Part) -> str:
        return self.labels.get(part.key, "") + shape_text(part.shape)


def _longest_path(parts: Sequence[Part]) -> list[str]:
    best: dict[str, list[str]] = {}
    for part in parts:
        before = max((best[key] for key in part.inputs), key=len, default=[])
        best[part.key] = [*before, part.key]
    return best[parts[-1].key]


def _rows(parts: Sequence[Part], main: Sequence[str]) -> dict[str, int]:
    """Row by row down the longest path; what joins stands just above, what comes from outside at the top."""
    rows = {key: row for row, key in enumerate(main)}
    for part in reversed(parts):
        if part.key not in rows:
            used = [rows[p.key] for p in parts if part.key in p.inputs]
            rows[part.key] = 0 if part.op == "input" else min(used) - 1
    return rows
