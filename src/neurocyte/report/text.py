"""Numbers and settings in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def format_number(value: float | None, digits: int = 0) -> str:
    """A number for people: thin spaces between thousands, a dash for what is unknown.

    Args:
        value: The number, or None or NaN.
        digits: How many digits after the point.

    Returns:
        The text.
    """
    if value is None or value != value:
        return "\N{EN DASH}"
    return f"{value:,.{digits}f}".replace(",", "\u2009")


def format_time(text: str | None) -> str | None:
    """A time for people: ISO 8601 to the minute with its zone; anything else as it is."""
    try:
        return datetime.fromisoformat(text or "").strftime("%Y-%m-%d %H:%M %Z").strip()
    except ValueError:
        return text


def details(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values as texts; what is not set is left out."""
    shown = {name: value for name, value in values.items() if value is not None}
    return [(name.replace("_", " "), _said(value)) for name, value in shown.items()]


def _said(value: Any) -> str:
    """A setting's value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_said(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
