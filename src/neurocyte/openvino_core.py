"""OpenVINO without its reporting, and the one core of this process.

The processor plugin of a core takes over the alternate signal stack of the thread that made it and, when the
core goes, gives back the one that it found. Cores that do not go in the reverse of the order in which they
came leave a stack that is unmapped, and the next signal that Python handles (Ctrl-C, a child that ends) is a
segmentation fault. So there is one core, and it stays.
"""

import threading

from neurocyte.telemetry import no_telemetry

with no_telemetry():
    import openvino as ov

__all__ = ["openvino_core", "ov"]

_made: list[ov.Core] = []
_lock = threading.Lock()


def openvino_core() -> ov.Core:
    """Give the core, made when it is first asked for."""
    with _lock:
        if not _made:
            _made.append(ov.Core())
    return _made[0]
