"""How a job's progress is shown: a bar on a terminal, lines elsewhere, failures always."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from neurocyte.cli.common import say_error, shows_progress
from neurocyte.io._text import plural
from neurocyte.jobs import Failure, Outcome


class Failures:
    """Says why images failed and nothing else, which is what `--quiet` asks for."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear what is shown; there is nothing."""

    def planned(self, todo: int, skipped: int) -> None:
        """Hear how many images will be worked on; it is not said."""

    def finished(self, outcome: Outcome) -> None:
        """Say why an image failed."""
        if isinstance(outcome, Failure):
            say_error(outcome.error)


class Lines(Failures):
    """A line on stderr for each image."""

    def __init__(self) -> None:
        self._total = self._done = 0

    def planned(self, todo: int, skipped: int) -> None:
        """Say how many images are skipped."""
        self._total = todo
        if skipped:
            say_error(f"{plural(skipped, 'image')} done before")

    def finished(self, outcome: Outcome) -> None:
        """Say how many cells an image has, or why it failed."""
        self._done += 1
        if isinstance(outcome, Failure):
            super().finished(outcome)
        else:
            count = plural(len(outcome.cells), "cell")
            say_error(f"{self._done}/{self._total} {outcome.stem}: {count}")


class Bar(Failures):
    """A progress bar on the terminal, with failures above it."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("segmenting", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._progress.stop()

    def planned(self, todo: int, skipped: int) -> None:
        """Show how many images there are."""
        self._progress.update(self._task, total=todo + skipped, completed=skipped)

    def finished(self, outcome: Outcome) -> None:
        """Move on by one image."""
        if isinstance(outcome, Failure):
            self._console.print(outcome.error, markup=False, soft_wrap=True)
        self._progress.advance(self._task)


def progress(quiet: bool) -> Failures:
    """Choose how to show progress on this stderr."""
    if quiet:
        return Failures()
    return Bar() if shows_progress(quiet) else Lines()
