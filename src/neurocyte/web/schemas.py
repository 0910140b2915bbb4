"""What the API takes and gives."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from neurocyte.web.limits import Limits
from neurocyte.web.records import Job, State
from neurocyte.web.work import Progress

_MOST_POINTS = Limits().points
_Number = Annotated[float, Field(allow_inf_nan=False)]
Point = tuple[_Number, _Number]
Label = Annotated[int, Field(ge=1, le=2**32 - 1)]
Revision = Annotated[
    int | None,
    Field(description="the revision that was looked at; another one is refused with 409"),
]


class Model(BaseModel):
    """Base: what is not known is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class ErrorOut(Model):
    """Why a request was refused, in one sentence."""

    error: str


class ProgressOut(Model):
    """How far the work on an image is."""

    stage: Annotated[str, Field(description="waiting, reading, segmenting, separating or saving")]
    share: Annotated[float, Field(description="of the network's work done, 0 to 1")]
    ahead: Annotated[int, Field(description="images to be done before this one")]


class JobOut(Model):
    """An uploaded image."""

    id: str
    name: str
    state: State
    error: str | None
    progress: ProgressOut | None
    created: Annotated[float, Field(description="seconds since 1970")]
    height: int
    width: int
    pixel_size_um: float | None
    picture: Annotated[bool, Field(description="image.png can be had")]
    model: str | None
    cells: int | None
    threshold: float | None
    min_area: int | None
    corrections: Annotated[int, Field(description="since the cells were decoded")]
    can_undo: bool
    revision: Annotated[int | None, Field(description="names the labels' content; changes with them")]
    saved: Annotated[bool, Field(description="these very labels are saved as training data")]

    @classmethod
    def of(cls, job: Job, progress: Progress | None, picture: bool) -> "JobOut":
        """Show a job."""
        step = job.steps[-1] if job.steps else None
        return cls(
            id=job.id,
            name=job.name,
            state=job.state,
            error=job.error,
            progress=ProgressOut(**vars(progress))
            if progress and job.state in ("queued", "running")
            else None,
            created=job.created_ns / 1e9,
            height=job.height,
            width=job.width,
            pixel_size_um=job.pixel_size_um,
            picture=picture,
            model=job.model,
            cells=step.cells if step else None,
            threshold=step.threshold if step else None,
            min_area=step.min_area if step else None,
            corrections=step.corrections if step else 0,
            can_undo=len(job.steps) > 1,
            revision=step.number if step else None,
            saved=step is not None and job.saved == step.number,
        )


class JobsOut(Model):
    """All images, the newest first."""

    jobs: list[JobOut]


class CellsOut(Model):
    """Some columns of cells.csv, a row a cell."""

    revision: int
    cells: list[dict[str, Any]]


class InfoOut(Model):
    """The server."""

    version: str
    model: str
    license: Annotated[str, Field(description="of the model's weights")]
    max_upload_bytes: int
    max_jobs: int
    max_pixels: int
    max_points: int


class SavedOut(Model):
    """Where training data were written, below the server's folder."""

    image: str
    labels: str


class DecodeIn(Model):
    """Other settings."""

    threshold: Annotated[float, Field(gt=0, lt=1, description="least probability of a cell's pixel")]
    min_area: Annotated[int, Field(ge=0, le=10**9, description="least area of a cell, pixels")]
    discard_corrections: bool = False
    revision: Revision = None


class DeleteIn(Model):
    """Turn cells into background."""

    op: Literal["delete"]
    labels: Annotated[list[Label], Field(min_length=1, max_length=10_000)]
    revision: Revision = None


class MergeIn(Model):
    """Join cells; the lowest label stays."""

    op: Literal["merge"]
    labels: Annotated[list[Label], Field(min_length=2, max_length=10_000)]
    revision: Revision = None


class SplitIn(Model):
    """Cut a cell along a line; the largest part keeps the label."""

    op: Literal["split"]
    label: Label
    line: Annotated[list[Point], Field(min_length=2, max_length=_MOST_POINTS)]
    revision: Revision = None


class DrawIn(Model):
    """Fill the free pixels inside an outline, as a new cell or as part of one."""

    op: Literal["draw"]
    outline: Annotated[list[Point], Field(min_length=3, max_length=_MOST_POINTS)]
    label: Label | None = None
    revision: Revision = None


EditIn = Annotated[DeleteIn | MergeIn | SplitIn | DrawIn, Field(discriminator="op")]
