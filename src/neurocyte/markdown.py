"""Markdown tables, for the documents that commands write."""

from collections.abc import Sequence

_RULES = {"l": ":--", "r": "--:", "c": ":-:"}


def table(header: Sequence[str], rows: Sequence[Sequence[str]], align: str | None = None) -> str:
    """Return a GitHub Markdown table.

    Args:
        header: the column names.
        rows: one sequence of cells a row, as many as there are columns.
        align: one letter a column, ``l``, ``r`` or ``c``; by default the first column left, the rest right.

    Returns:
        Lines that end in a newline each.

    Raises:
        ValueError: a row or `align` has another length than the header, or `align` another letter.
    """
    align = "l" + "r" * (len(header) - 1) if align is None else align
    if len(align) != len(header) or set(align) - set(_RULES):
        raise ValueError(f"align is {align!r}; it must be {len(header)} letters of l, r and c.")
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"A row has {len(row)} cells where the header has {len(header)}: {row}.")
    lines = [_line(header), f"| {' | '.join(_RULES[letter] for letter in align)} |"]
    return "\n".join([*lines, *(_line(row) for row in rows)]) + "\n"


def number(value: float | None, digits: int) -> str:
    """Write a number with a fixed count of decimals and commas between thousands; None as a dash."""
    return "-" if value is None else f"{value:,.{digits}f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_escape(cell) for cell in cells)} |"


def _escape(cell: str) -> str:
    # A pipe would end the cell, a line break the table.
    return " ".join(cell.split()).replace("|", "\\|")
