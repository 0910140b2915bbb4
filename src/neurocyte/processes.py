"""What worker processes of any command share, and how many processors there are for them."""

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """Let this worker process end when the one that started it does, even with kill -9.

    Nobody else would end it, and it would hold its memory and write its files for nobody.
    """
    threading.Thread(target=_watch, name="neurocyte-parent", daemon=True).start()


def _watch() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError("this process is nobody's worker")
    parent.join()
    os._exit(1)


def processors() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
