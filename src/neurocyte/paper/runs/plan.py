"""Which networks the reproduction trains, where each one lies, and what is done."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurocyte.paper.context import Context
from neurocyte.paper.runs.scores import Record
from neurocyte.paper.settings import Row

SCORES_NAME = "scores.json"
# Rows above this cost come after all others.
_CHEAP = 2.5


@dataclass(frozen=True)
class Run:
    """One training: a row of Table 4, a seed, a fold."""

    row: Row
    seed: int
    fold: int

    def folder(self, out: Path) -> Path:
        """Return where its checkpoints, weights, history and scores lie."""
        return out / "runs" / self.row.key / f"seed-{self.seed}" / f"fold-{self.fold}"

    def is_done(self, out: Path) -> bool:
        """Tell whether it is trained and scored."""
        return (self.folder(out) / SCORES_NAME).is_file()

    def __str__(self) -> str:
        return f"{self.row.key}, seed {self.seed}, fold {self.fold}"


@dataclass(frozen=True)
class Finished:
    """What a finished run has left: the content of its scores.json.

    Attributes:
        run: which.
        info: epochs, updates, best_epoch, seconds_per_epoch, train, val, test, start, threads, versions.
        chosen: test images as the epoch with the best validation score predicts them.
        last: as the last epoch does.
        history: rows of history.csv.
    """

    run: Run
    info: dict[str, Any]
    chosen: tuple[Record, ...]
    last: tuple[Record, ...]
    history: tuple[dict[str, float], ...]


def planned(context: Context) -> list[Run]:
    """List the runs, cheap rows first and fold by fold, so that what is done at any time is comparable."""
    settings = context.settings
    runs = [
        Run(row, seed, fold)
        for row in settings.rows
        for seed in settings.seeds_of(row)
        for fold in range(settings.folds)
    ]
    # The sort is stable: within a fold the rows stay in their order.
    return sorted(runs, key=lambda run: (run.row.cost > _CHEAP, run.seed, run.fold))


def finished(context: Context) -> Iterator[Finished]:
    """Yield the runs that are done, in planned order."""
    for run in planned(context):
        found = read_finished(run, context.out)
        if found is not None:
            yield found


def read_finished(run: Run, out: Path) -> Finished | None:
    """Return what a run has left, or None if it is not done."""
    if not run.is_done(out):
        return None
    content = json.loads((run.folder(out) / SCORES_NAME).read_text(encoding="utf-8"))
    return Finished(
        run,
        {key: value for key, value in content.items() if key not in ("chosen", "last", "history")},
        tuple(Record.from_dict(one) for one in content["chosen"]),
        tuple(Record.from_dict(one) for one in content["last"]),
        tuple(content["history"]),
    )
