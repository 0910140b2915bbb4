"""What a TIFF file states about itself: pixel size and channel names, in OME-XML or ImageJ metadata."""

from typing import Any

import tifffile

from neurocyte.io._units import in_micrometres, square


def tiff_pixel_size(tif: tifffile.TiffFile, image: int = 0) -> float | None:
    """Return the side of a pixel, if the file says it with a unit of length.

    A bare resolution tag (72 dpi) is not trusted: only OME-XML, and ImageJ's unit with the resolution tags.

    Args:
        tif: The open file.
        image: Which of its pictures, counted from 0.

    Returns:
        Micrometres; None where the file does not say, or the pixels are not square (to 1 %).
    """
    if tif.is_ome:
        return _ome_pixel_size(tif, image)
    if tif.is_imagej:
        return _imagej_pixel_size(tif)
    return None


def channel_names(tif: tifffile.TiffFile, image: int = 0) -> tuple[str, ...]:
    """Return the channels' names from OME-XML.

    Args:
        tif: The open file.
        image: Which of its pictures, counted from 0.

    Returns:
        A name for each channel, none where the file does not name all of them.
    """
    channels = _as_list(_ome_pixels(tif, image).get("Channel", [])) if tif.is_ome else []
    named = all("Name" in channel for channel in channels)
    return tuple(str(channel["Name"]) for channel in channels) if named else ()


def _ome_pixels(tif: tifffile.TiffFile, image: int) -> dict[str, Any]:
    """Return the Pixels element of an image."""
    try:
        parsed = tifffile.xml2dict(tif.ome_metadata or "")
    except SyntaxError:
        # What the XML parser raises: damaged metadata say nothing, the picture is still good.
        return {}
    images = _as_list(parsed.get("OME", {}).get("Image", []))
    pixels: dict[str, Any] = images[image].get("Pixels", {}) if image < len(images) else {}
    return pixels


def _as_list(element: Any) -> list[Any]:
    """Return the elements of one name: the parser gives a lone one without a list."""
    return element if isinstance(element, list) else [element]


def _ome_pixel_size(tif: tifffile.TiffFile, image: int) -> float | None:
    pixels = _ome_pixels(tif, image)
    x = in_micrometres(pixels.get("PhysicalSizeX"), pixels.get("PhysicalSizeXUnit", "µm"))
    y = in_micrometres(pixels.get("PhysicalSizeY"), pixels.get("PhysicalSizeYUnit", "µm"))
    return square(x, y)


def _imagej_pixel_size(tif: tifffile.TiffFile) -> float | None:
    unit = (tif.imagej_metadata or {}).get("unit")
    tags = tif.pages.first.tags
    sides = [in_micrometres(_inverse(tags.valueof(name)), unit) for name in ("XResolution", "YResolution")]
    return square(sides[0], sides[1])


def _inverse(ratio: Any) -> float | None:
    """Turn a tag's (pixels, units) into units a pixel."""
    if not ratio or not ratio[0]:
        return None
    return float(ratio[1]) / float(ratio[0])
