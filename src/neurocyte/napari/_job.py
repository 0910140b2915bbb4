"""One piece of work at a time in the background: progress, a stop button, errors as notifications."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

from magicgui.widgets import Container, ProgressBar, PushButton
from napari.qt.threading import thread_worker
from napari.utils.notifications import show_error
from superqt.utils import ensure_main_thread

from neurocyte.errors import NeurocyteError

T = TypeVar("T")
# Told the share done, 0 to 1.
Tell = Callable[[float], None]
Work = Callable[[Tell, Event], T]
_STEPS = 1000


class Stopped(Exception):  # noqa: N818 (nothing went wrong)
    """The user has stopped the work."""


@dataclass(frozen=True)
class Failed:
    """Why the work failed, in a sentence for the user."""

    sentence: str


class Job(Container):  # type: ignore[misc]
    """A progress bar with a stop button, there while there is work.

    Args:
        start: the button that starts the work; it is off while the work goes on.
    """

    def __init__(self, start: PushButton) -> None:
        self._start_button = start
        self._stopped = Event()
        self.running = False
        self.bar = ProgressBar(value=0, max=_STEPS)
        self.stop_button = PushButton(text="Stop")
        super().__init__(widgets=[self.bar, self.stop_button], layout="horizontal", labels=False)
        self.margins = (0, 0, 0, 0)
        self.visible = False
        self.stop_button.changed.connect(self.stop)
        # A closed viewer leaves no work behind.
        self.native.destroyed.connect(self._stopped.set)

    def run(self, work: Work[T], done: Callable[[T], None]) -> None:
        """Work in another thread.

        Args:
            work: called there with a function that it tells its progress, and an event that asks it to stop:
                it then raises `Stopped`, or returns what it has.
            done: called in this thread with what the work returns.
        """
        self._stopped.clear()
        self.running = True
        self._start_button.enabled, self.stop_button.enabled, self.visible = False, True, True
        self._show(0.0)
        worker = thread_worker(_caught)(work, ensure_main_thread(self._show), self._stopped)
        worker.returned.connect(lambda result: self._end(result, done))
        worker.finished.connect(self._rest)
        worker.start()

    def stop(self) -> None:
        """Ask the work to stop, if there is any."""
        self.stop_button.enabled = False
        self._stopped.set()

    def _show(self, share: float) -> None:
        self.bar.value = round(_STEPS * share)

    def _end(self, result: Any, done: Callable[[Any], None]) -> None:
        if isinstance(result, Failed):
            show_error(result.sentence)
        elif result is not None:
            done(result)

    def _rest(self) -> None:
        self.running = False
        self._start_button.enabled, self.visible = True, False


def _caught(work: Work[T], tell: Tell, stopped: Event) -> T | Failed | None:
    """Do the work; an error that the user can mend comes without a traceback, as a sentence."""
    try:
        return work(tell, stopped)
    except Stopped:
        return None
    except NeurocyteError as exc:
        return Failed(str(exc))
    except MemoryError:
        return Failed("The image does not fit into memory: crop it, or close other programs.")
