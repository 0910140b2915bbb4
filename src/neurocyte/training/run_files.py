"""What a run folder keeps of how the run began."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from neurocyte.errors import UsageError
from neurocyte.io.annotations.sample import Sample
from neurocyte.io.atomic import write_text
from neurocyte.training.options import TrainOptions

SPLIT_NAME = "split.json"
OPTIONS_NAME = "options.json"
# What may differ when a run goes on: where it runs, not what it computes; and what comes after it.
_FREE_OPTIONS = (
    "workers",
    "devices",
    "nodes",
    "strategy",
    "license",
    "description",
    "name",
    "encoder_weights",
    "start",
    "refit",
)


@dataclass(frozen=True)
class Split:
    """Which images learn, which choose epoch and threshold, and which only judge (empty outside of folds)."""

    train: Sequence[Sample]
    val: Sequence[Sample]
    test: Sequence[Sample] = ()

    def save(self, path: Path, options: TrainOptions) -> None:
        """Write the names down."""
        names = {part: [s.stem for s in getattr(self, part)] for part in ("train", "val", "test")}
        content = {"seed": options.seed, "val_fraction": options.val_fraction, **names}
        write_text(path, json.dumps(content, indent=2) + "\n")


def keep_options(path: Path, options: TrainOptions, resume: bool) -> None:
    """Write the options down.

    Args:
        path: of the file.
        options: of this call.
        resume: whether a run goes on. An option that is younger than the run had its default then.

    Raises:
        UsageError: the run began with other options.
    """
    now = json.loads(json.dumps(asdict(options)))
    if resume and path.is_file():
        plain = json.loads(json.dumps(asdict(TrainOptions())))
        before = {**plain, **json.loads(path.read_text(encoding="utf-8"))}
        changed = [k for k in now if k not in _FREE_OPTIONS and now[k] != before[k]]
        if changed:
            raise UsageError(
                f"The run in {path.parent} began with another {', '.join(changed)}; resume it with the same "
                "options or train in a new folder."
            )
    write_text(path, json.dumps(now, indent=2) + "\n")
