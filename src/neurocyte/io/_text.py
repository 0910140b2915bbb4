"""Small helpers for sentences."""


def plural(count: int, noun: str) -> str:
    """Write a count with its noun.

    Args:
        count: How many.
        noun: The singular.

    Returns:
        '1 image', '2 images'.
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
