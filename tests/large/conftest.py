"""Small windows, so that small images have many."""

import pytest

from neurocyte.large import labels, measuring, segmenting, survey, writing


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of 64 pixels that see 32 around them."""
    for module in (labels, measuring, segmenting, survey):
        monkeypatch.setattr(module, "CORE", 64)
    monkeypatch.setattr(segmenting, "HALO", 32)
    monkeypatch.setattr(writing, "TILE", 32)
