"""Fixtures shared by every room's tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real images (``data/sartorius``, ``data/pfc-pn``, ``weights``); skips without it."""
    root = os.environ.get("NEUROCYTE_DATA")
    if not root:
        pytest.skip("NEUROCYTE_DATA is not set: the real images are not here")
    return Path(root)
