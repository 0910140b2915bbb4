"""Where things lie in the folder of results."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from neurocyte.io.atomic import remove_orphans
from neurocyte.io.folder_lock import FolderLock


@dataclass(frozen=True)
class OutFolder:
    """The paths of one folder of results.

    Args:
        root: the folder; it need not exist.
    """

    root: Path

    @property
    def cells(self) -> Path:
        """The table with a row a cell."""
        return self.root / "cells.csv"

    @property
    def images(self) -> Path:
        """The table with a row an image."""
        return self.root / "images.csv"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.root / "report.html"

    @property
    def run(self) -> Path:
        """The record of the run."""
        return self.root / "run.json"

    @property
    def overlays(self) -> Path:
        """The folder of overlays."""
        return self.root / "overlays"

    @property
    def records(self) -> Path:
        """The hidden folder of what is known of each image done, which later runs go on from."""
        return self.root / ".neurocyte"

    @property
    def previews(self) -> Path:
        """The hidden folder of what the report shows of each image."""
        return self.records / "previews"

    @property
    def tables(self) -> tuple[Path, ...]:
        """The files that sum up all images."""
        return (self.cells, self.images, self.report)

    def labels_of(self, stem: str) -> Path:
        """Give the label image of an image."""
        return self.root / "labels" / f"{stem}.tif"

    def mask_of(self, stem: str) -> Path:
        """Give the mask of an image."""
        return self.root / "masks" / f"{stem}.png"

    def overlay_of(self, stem: str) -> Path:
        """Give the overlay of an image."""
        return self.overlays / f"{stem}.png"

    def record_of(self, stem: str) -> Path:
        """Give the record of an image."""
        return self.records / f"{stem}.json"

    def preview_of(self, stem: str) -> Path:
        """Give what the report shows of an image."""
        return self.previews / f"{stem}.json"

    def results_of(self, stem: str) -> tuple[Path, ...]:
        """Give the pictures an image has when it is done."""
        return (self.labels_of(stem), self.mask_of(stem), self.overlay_of(stem))

    def discard(self, stem: str) -> None:
        """Remove an image's results, its record first; what cannot be removed stays, unrecorded."""
        for path in (self.record_of(stem), *self.results_of(stem), self.preview_of(stem)):
            with suppress(OSError):
                path.unlink()

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Keep other runs out of the folder, and remove what a killed one left half-written.

        Raises:
            UsageError: another run has the folder, or it cannot be written to.
        """
        name = f"{self.records.name}/lock"
        try:
            with FolderLock(self.root, name, "another run", "wait until that is done", "choose another -o"):
                self._remove_orphans()
                try:
                    yield
                finally:
                    # Of workers that died meanwhile.
                    self._remove_orphans()
        finally:
            with suppress(OSError):
                # It is empty where the call was refused.
                self.records.rmdir()

    def _remove_orphans(self) -> None:
        remove_orphans(self.root, (".csv", ".html", ".json", ".yaml"))
        for hidden in (self.records, self.previews):
            remove_orphans(hidden, (".json",))
        for pictures in {path.parent for path in self.results_of("any")}:
            remove_orphans(pictures, (".png", ".tif"))
