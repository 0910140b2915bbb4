"""What every part of the reproduction is given."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from neurocyte.io.annotations.sample import Dataset, Sample
from neurocyte.io.splits import k_folds, train_val_split
from neurocyte.paper.settings import Settings
from neurocyte.training.run_files import Split

VAL_FRACTION = 0.2
# Folds and validation images are the same for every network and every seed of its training.
FOLD_SEED = 0


@dataclass(frozen=True)
class Context:
    """The data, the output folder and the settings of one reproduction.

    Attributes:
        data: the annotated images.
        out: output folder.
        settings: how far to go.
        say: takes sentences for the user.
        jobs: networks trained at the same time.
    """

    data: Dataset
    out: Path
    settings: Settings
    say: Callable[[str], None] = lambda _: None
    jobs: int = 1

    @cached_property
    def data_hash(self) -> str:
        """The data set's content hash."""
        return self.data.content_hash()

    @property
    def figures(self) -> Path:
        """Folder of the drawings and plots; made when first asked for."""
        folder = self.out / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def samples(self) -> list[Sample]:
        """The images that take part, sorted by stem; fewer than all only where the settings say so."""
        ordered = sorted(self.data.samples, key=lambda sample: sample.stem)
        if self.settings.images is None or self.settings.images >= len(ordered):
            return ordered
        _, some = train_val_split(ordered, self.settings.images / len(ordered), FOLD_SEED)
        return some

    def split(self, fold: int) -> Split:
        """Divide the images for one fold: its test images judge, a fifth of the rest chooses the epoch."""
        test = k_folds(self.samples, self.settings.folds, FOLD_SEED)[fold]
        judged = {sample.stem for sample in test}
        rest = [sample for sample in self.samples if sample.stem not in judged]
        return Split(*train_val_split(rest, VAL_FRACTION, FOLD_SEED), test)
