"""The one place that says what a ratio of counts is worth when there is nothing to divide by.

Truth and prediction both empty is perfect agreement and scores :data:`EMPTY_SCORE`. One of them empty and
the other not is no agreement and scores 0. No smoothing term is ever added to a count.
"""

EMPTY_SCORE = 1.0


def ratio(part: float, whole: float, *, both_empty: bool) -> float:
    """Divide a count by a count, with the package's rule for an empty whole.

    Args:
        part: Numerator, >= 0.
        whole: Denominator, >= 0.
        both_empty: Whether neither truth nor prediction holds anything to score.

    Returns:
        part / whole; where whole is 0, ``EMPTY_SCORE`` (1.0) if both are empty, else 0.0.
    """
    if whole:
        return float(part / whole)
    return EMPTY_SCORE if both_empty else 0.0
