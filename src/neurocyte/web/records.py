"""What is known of an uploaded image, as it is kept in job.json."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

from neurocyte.models.config import ConfidenceConfig, Decoding, Task
from neurocyte.models.schema import decode

State = Literal["queued", "running", "done", "failed"]
_VERSION = 2


@dataclass(frozen=True)
class Step:
    """One state of an image's labels, to which `undo` can go back.

    Args:
        number: of its label file; never used twice, so it names the content.
        what: how it came about: "decode", or the correction.
        threshold: least probability the cells were decoded with.
        min_area: least area the cells were decoded with, pixels.
        corrections: corrections since they were decoded.
        cells: number of cells.
    """

    number: int
    what: str
    threshold: float
    min_area: int
    corrections: int
    cells: int


@dataclass(frozen=True)
class Job:
    """An uploaded image and what has been done with it.

    Args:
        id: random, 32 hexadecimal digits.
        name: the cleaned file name, for people.
        created_ns: when it was uploaded, nanoseconds since 1970.
        height: in pixels.
        width: in pixels.
        pixel_size_um: in micrometres, None if unknown; as given with the upload until the file is read.
        state: how far it is.
        error: why it failed.
        attempts: how often the work was begun.
        model: the name of the model that segmented it.
        task: as the model was trained.
        instances: how probabilities became cells at first.
        confidence: how sure the model is of a cell; None where it has no calibration.
        pixel_ratio: an image pixel's side over a model pixel's.
        steps: states of the labels, the last one current; empty until it is done.
        saved: number of the step that was last saved as training data.
    """

    id: str
    name: str
    created_ns: int
    height: int
    width: int
    pixel_size_um: float | None = None
    state: State = "queued"
    error: str | None = None
    attempts: int = 0
    model: str | None = None
    task: Task = "cells"
    instances: Decoding | None = None
    confidence: ConfidenceConfig | None = None
    pixel_ratio: float = 1.0
    steps: tuple[Step, ...] = ()
    next_number: int = 1
    saved: int | None = None

    @property
    def current(self) -> Step:
        """The step that is shown; only a job that is done has one."""
        return self.steps[-1]

    def with_step(self, step: Step, keep: int) -> "Job":
        """Add a step and forget all but the last so many."""
        return replace(self, steps=(*self.steps, step)[-keep:], next_number=step.number + 1)

    def to_json(self) -> str:
        """Give the text of job.json."""
        return json.dumps({"format": "neurocyte-job", "format_version": _VERSION, **asdict(self)}) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the text of job.json.

        Raises:
            ValueError: It is none that this version wrote.
        """
        try:
            data: dict[str, Any] = json.loads(text)
            if (data.pop("format"), data.pop("format_version")) != ("neurocyte-job", _VERSION):
                raise ValueError("no job of this version")
            return decode(cls, data)
        except (TypeError, KeyError, AttributeError) as exc:
            raise ValueError("no job of this version") from exc
