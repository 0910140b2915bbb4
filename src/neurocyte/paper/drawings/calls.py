"""In which order functions run."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def recorded(watched: Mapping[str, Callable[..., Any]]) -> Iterator[list[str]]:
    """Watch Python functions while the block runs.

    Args:
        watched: functions by the name under which they are written down.

    Yields:
        The names in the order of the first calls; complete when the block ends.
    """
    names = {function.__code__: name for name, function in watched.items()}
    order: list[str] = []
    before = sys.getprofile()

    def see(frame: FrameType, event: str, _argument: Any) -> None:
        name = names.get(frame.f_code) if event == "call" else None
        if name is not None and name not in order:
            order.append(name)

    sys.setprofile(see)
    try:
        yield order
    finally:
        sys.setprofile(before)
