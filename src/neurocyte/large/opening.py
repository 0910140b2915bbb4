"""Which images are large; apart from the rest of the room, which only these need."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurocyte.errors import InputError
from neurocyte.io.images import told_pixels
from neurocyte.io.selection import Selection
from neurocyte.io.windows import WindowedImage, open_windows
from neurocyte.large import LARGE_PIXELS
from neurocyte.models.config import InputConfig, ScaleResize


@contextmanager
def opened_if_large(
    path: Path, selection: Selection, config: InputConfig, limit: int = LARGE_PIXELS
) -> Iterator[WindowedImage | None]:
    """Open a large image to be read part by part.

    Args:
        path: the file.
        selection: which plane of several.
        config: the model's input section: one that wants all images of one size sees them whole.
        limit: pixels above which an image is large.

    Yields:
        The image; None for a small one, and for one that must be read whole.

    Raises:
        InputError: it cannot be read.
    """
    if not isinstance(config.resize, ScaleResize) or _pixels(path, selection) <= limit:
        yield None
        return
    with open_windows(path, selection) as image:
        yield image


def _pixels(path: Path, selection: Selection) -> int:
    try:
        return told_pixels(path, selection)
    except InputError:
        # Whoever reads it says why not.
        return 0
