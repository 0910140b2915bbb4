"""What a TIFF file states about itself: pixel size and channel names, in OME-XML or ImageJ metadata."""

from math import isclose, isfinite
from typing import Any

import tifffile

_MICROMETRES = {
    "pm": 1e-6,
    "å": 1e-4,
    "nm": 1e-3,
    "µm": 1.0,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometre": 1.0,
    "mm": 1e3,
    "cm": 1e4,
    "inch": 25.4e3,
    "m": 1e6,
}


def tiff_pixel_size(tif: tifffile.TiffFile) -> float | None:
    """Return the side of a pixel, if the file says it with a unit of length.

    A bare resolution tag (72 dpi) is not trusted: only OME-XML, and ImageJ's unit with the resolution tags.

    Args:
        tif: The open file.

    Returns:
        Micrometres; None where the file does not say, or the pixels are not square (to 1 %).
    """
    if tif.is_ome:
        return _ome_pixel_size(tif)
    if tif.is_imagej:
        return _imagej_pixel_size(tif)
    return None


def channel_names(tif: tifffile.TiffFile) -> list[str]:
    """Return the channels' names from OME-XML.

    Args:
        tif: The open file.

    Returns:
        The names, none where the file does not say.
    """
    channels = _ome_pixels(tif).get("Channel", []) if tif.is_ome else []
    return [str(channel["Name"]) for channel in _as_list(channels) if "Name" in channel]


def _ome_pixels(tif: tifffile.TiffFile) -> dict[str, Any]:
    """Return the Pixels element of the first image."""
    try:
        parsed = tifffile.xml2dict(tif.ome_metadata or "")
    except SyntaxError:
        # What the XML parser raises: damaged metadata say nothing, the picture is still good.
        return {}
    images = _as_list(parsed.get("OME", {}).get("Image", []))
    pixels: dict[str, Any] = images[0].get("Pixels", {}) if images else {}
    return pixels


def _as_list(element: Any) -> list[Any]:
    """Return the elements of one name: the parser gives a lone one without a list."""
    return element if isinstance(element, list) else [element]


def _ome_pixel_size(tif: tifffile.TiffFile) -> float | None:
    pixels = _ome_pixels(tif)
    x = _in_micrometres(pixels.get("PhysicalSizeX"), pixels.get("PhysicalSizeXUnit", "µm"))
    y = _in_micrometres(pixels.get("PhysicalSizeY"), pixels.get("PhysicalSizeYUnit", "µm"))
    return _square(x, y)


def _imagej_pixel_size(tif: tifffile.TiffFile) -> float | None:
    unit = (tif.imagej_metadata or {}).get("unit")
    tags = tif.pages.first.tags
    sides = [_in_micrometres(_inverse(tags.valueof(name)), unit) for name in ("XResolution", "YResolution")]
    return _square(sides[0], sides[1])


def _inverse(ratio: Any) -> float | None:
    """Turn a tag's (pixels, units) into units a pixel."""
    if not ratio or not ratio[0]:
        return None
    return float(ratio[1]) / float(ratio[0])


def _in_micrometres(value: Any, unit: Any) -> float | None:
    # ImageJ writes the micro sign escaped; Unicode has two letters for it.
    name = str(unit).replace("\\u00B5", "µ").replace("μ", "µ").strip().lower()
    if name not in _MICROMETRES or not isinstance(value, int | float):
        return None
    size = float(value) * _MICROMETRES[name]
    return size if isfinite(size) and size > 0 else None


def _square(x: float | None, y: float | None) -> float | None:
    if x is None or y is None:
        return x if y is None else None
    return x if isclose(x, y, rel_tol=0.01) else None
