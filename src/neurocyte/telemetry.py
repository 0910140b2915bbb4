"""Keep OpenVINO from reporting its use: neurocyte sends nothing anywhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_REPORTER = "openvino_telemetry"


@contextmanager
def no_telemetry() -> Iterator[None]:
    """Import OpenVINO within this block, and it does not report.

    `import openvino` writes a client's number to the home directory and sends it to Google Analytics. Without
    its reporting package it falls back on a stub that does nothing; within the block that package is absent.
    """
    hidden = _REPORTER not in sys.modules
    if hidden:
        sys.modules[_REPORTER] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules[_REPORTER]
