"""A tiny SVG writer: boxes, circles, arrows and text."""

from collections.abc import Sequence
from html import escape

Point = tuple[float, float]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
TITLE_SIZE, LINE_SIZE, LEADING, PADDING = 15.0, 14.0, 19.0, 8.0
# Mean width of a character in font sizes; on the wide side, as the reader's font is unknown.
_CHARACTER, _BOLD_CHARACTER = 0.56, 0.6
_INK, _QUIET, _ARROW = "#1f2937", "#4b5563", "#4b5563"
# Fill and outline by kind of part, the same in every figure.
COLOURS: dict[str, tuple[str, str]] = {
    "data": ("#f3f4f6", "#6b7280"),
    "encoder": ("#e6effb", "#2f66b0"),
    "gate": ("#fff2d9", "#b86e00"),
    "decoder": ("#e4f4e9", "#24804a"),
    "head": ("#f2e8fb", "#7a3fb3"),
    "loss": ("#fdeaea", "#b3352b"),
}


class Canvas:
    """One drawing, white under it, as SVG text.

    Args:
        name: of the drawing; makes its ids unique in a page.
        width: of the view box.
        height: of the view box.
        title: read out first.
        description: read out after it.
    """

    def __init__(self, name: str, width: float, height: float, title: str, description: str) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" '
            f'width="{_n(width)}" height="{_n(height)}" role="img" '
            f'aria-labelledby="{name}-title {name}-desc" font-family="{escape(FONT)}">',
            f'<title id="{name}-title">{escape(title)}</title>',
            f'<desc id="{name}-desc">{escape(description)}</desc>',
            f'<rect width="{_n(width)}" height="{_n(height)}" fill="#ffffff"/>',
        ]

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        kind: str,
        title: str,
        lines: Sequence[str] = (),
    ) -> None:
        """Draw a box with a bold title and lines below it, centred; text that is too wide shrinks.

        Args:
            x: of the left edge.
            y: of the upper edge.
            width: of the box.
            height: of the box.
            kind: a key of `COLOURS`.
            title: first line.
            lines: further lines.
        """
        fill, stroke = COLOURS[kind]
        self._parts.append('<g class="box">')
        self._parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="7" '
            f'fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
        )
        baseline = y + (height - text_height(len(lines))) / 2 + TITLE_SIZE - 1
        room = width - 2 * PADDING
        self.text(x + width / 2, baseline, title, size=fit(title, room, TITLE_SIZE, bold=True), bold=True)
        for number, line in enumerate(lines, start=1):
            self.text(x + width / 2, baseline + number * LEADING, line, size=fit(line, room, LINE_SIZE))
        self._parts.append("</g>")

    def circle(self, x: float, y: float, radius: float, kind: str, sign: str) -> None:
        """Draw a circle around one sign."""
        fill, stroke = COLOURS[kind]
        self._parts.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}" stroke="{stroke}" '
            'stroke-width="1.5"/>'
        )
        self.text(x, y + 7, sign, size=22, bold=True)

    def text(
        self,
        x: float,
        y: float,
        content: str,
        *,
        size: float = LINE_SIZE,
        anchor: str = "middle",
        bold: bool = False,
        quiet: bool = False,
    ) -> None:
        """Write one line.

        Args:
            x: of the anchor.
            y: of the baseline.
            content: the text, unescaped.
            size: of the font.
            anchor: ``start``, ``middle`` or ``end``.
            bold: a heading.
            quiet: in grey.
        """
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" text-anchor="{anchor}"{weight} '
            f'fill="{_QUIET if quiet else _INK}">{escape(content)}</text>'
        )

    def arrow(self, points: Sequence[Point]) -> None:
        """Draw a line through points, upright or level at the last, where its head is."""
        path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{_ARROW}" stroke-width="1.6" '
            'stroke-linejoin="round"/>'
        )
        # Not an SVG marker: not every viewer draws them.
        (x0, y0), (x, y) = points[-2], points[-1]
        dx, dy = _sign(x - x0), _sign(y - y0)
        wings = [
            (x - 9 * dx + 4.5 * dy, y - 9 * dy + 4.5 * dx),
            (x - 9 * dx - 4.5 * dy, y - 9 * dy - 4.5 * dx),
        ]
        corners = " ".join(f"{_n(a)},{_n(b)}" for a, b in [(x, y), *wings])
        self._parts.append(f'<polygon points="{corners}" fill="{_ARROW}"/>')

    def render(self) -> str:
        """Return the SVG."""
        return "\n".join([*self._parts, "</svg>"]) + "\n"


def text_width(content: str, size: float, *, bold: bool = False) -> float:
    """Estimate the width of a line."""
    return len(content) * size * (_BOLD_CHARACTER if bold else _CHARACTER)


def text_height(lines: int) -> float:
    """Return the height of a title with so many lines below it."""
    return TITLE_SIZE + lines * LEADING


def fit(content: str, room: float, size: float, *, bold: bool = False) -> float:
    """Return the largest font size, at most `size`, at which a line fits into `room`."""
    return min(size, room / max(1.0, text_width(content, 1.0, bold=bold)))


def shape_text(shape: Sequence[int]) -> str:
    """Write a shape, its sides joined by multiplication signs."""
    return " × ".join(f"{side:,}" for side in shape)  # noqa: RUF001


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
