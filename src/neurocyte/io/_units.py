"""Lengths as image files state them, in micrometres."""

from math import isclose, isfinite
from typing import Any

_MICROMETRES = {
    "pm": 1e-6,
    "picometer": 1e-6,
    "å": 1e-4,
    "angstrom": 1e-4,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "µm": 1.0,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "mm": 1e3,
    "millimeter": 1e3,
    "cm": 1e4,
    "centimeter": 1e4,
    "inch": 25.4e3,
    "m": 1e6,
    "meter": 1e6,
}


def in_micrometres(value: Any, unit: Any) -> float | None:
    """Convert a length.

    Args:
        value: A number, or anything else that a damaged file may hold.
        unit: Its unit, by symbol or name.

    Returns:
        Micrometres; None where it is no positive number or no unit of length.
    """
    # ImageJ writes the micro sign escaped; Unicode has two letters for it; some write "metre".
    name = str(unit).replace("\\u00B5", "µ").replace("μ", "µ").strip().lower().replace("metre", "meter")
    if name not in _MICROMETRES or not isinstance(value, int | float):
        return None
    size = float(value) * _MICROMETRES[name]
    return size if isfinite(size) and size > 0 else None


def square(x: float | None, y: float | None) -> float | None:
    """Reduce the two sides of a pixel to one.

    Args:
        x: Width in micrometres, where known.
        y: Height.

    Returns:
        The side; None where neither is known or they differ by more than 1 %.
    """
    if x is None or y is None:
        return x if y is None else None
    return x if isclose(x, y, rel_tol=0.01) else None
