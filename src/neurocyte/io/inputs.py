"""Which files a call means, and the name each result gets."""

from pathlib import Path

from neurocyte.errors import UsageError
from neurocyte.io.images import IMAGE_SUFFIXES


def images_in(folder: Path) -> list[Path]:
    """List the images of a folder, by suffix; hidden files and subfolders are left out.

    Args:
        folder: The folder.

    Returns:
        Paths sorted by name.

    Raises:
        UsageError: The folder does not exist or may not be read.
    """
    try:
        found = sorted(folder.iterdir())
    except OSError as exc:
        raise UsageError(f"{folder} cannot be listed ({exc.strerror}): check the path.") from exc
    return [p for p in found if p.suffix.lower() in IMAGE_SUFFIXES and p.name[0] != "." and p.is_file()]


def plural(count: int, noun: str) -> str:
    """Write a count with its noun.

    Args:
        count: How many.
        noun: The singular.

    Returns:
        '1 image', '2 images'.
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
