"""The REST API: images in, their state and results out. Every error is JSON with one sentence."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from neurocyte import __version__
from neurocyte.errors import InputError, NeurocyteError
from neurocyte.web import corrections, edits, results
from neurocyte.web.errors import RefusedError
from neurocyte.web.limits import Limits
from neurocyte.web.names import stem_of
from neurocyte.web.records import Job
from neurocyte.web.schemas import (
    CellsOut,
    DecodeIn,
    DeleteIn,
    EditIn,
    ErrorOut,
    InfoOut,
    JobOut,
    JobsOut,
    MergeIn,
    SavedOut,
    SplitIn,
)
from neurocyte.web.store import Entry, JobStore
from neurocyte.web.upload import drain, look_at, receive_form
from neurocyte.web.work import Worker

UPLOAD_PATH = "/api/jobs"

Result = TypeVar("Result")

_UPLOAD_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image"],
                    "properties": {
                        "image": {
                            "type": "string",
                            "format": "binary",
                            "description": "a PNG, JPEG, BMP or TIFF file",
                        },
                        "pixel_size_um": {
                            "type": "number",
                            "description": "in micrometres; without it, as the file says",
                        },
                    },
                }
            }
        },
    }
}


@dataclass(frozen=True)
class Services:
    """What the routes work with.

    Args:
        store: the jobs.
        worker: the queue.
        limits: what is taken on.
    """

    store: JobStore
    worker: Worker
    limits: Limits

    def show(self, job: Job) -> JobOut:
        """Give a job as the API shows it."""
        picture = self.store.folder(job.id).image.exists()
        return JobOut.of(job, self.worker.progress(job.id), picture)


def _services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Served = Annotated[Services, Depends(_services)]


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ErrorOut} for status in statuses}


router = APIRouter(prefix="/api")


@router.get("/info", summary="The server, its model and limits")
async def info(served: Served) -> InfoOut:
    """Tell what clients need to know beforehand."""
    return InfoOut(
        version=__version__,
        model=served.worker.model_name,
        license=served.worker.model_license,
        max_upload_bytes=served.limits.upload_bytes,
        max_jobs=served.limits.jobs,
        max_pixels=served.limits.pixels,
        max_points=served.limits.points,
    )


@router.post(
    "/jobs",
    status_code=201,
    summary="Submit an image",
    openapi_extra=_UPLOAD_FORM,
    responses=_answers(400, 408, 413, 415, 422, 429),
)
async def submit(request: Request, served: Served) -> JobOut:
    """Take an image and put it into the queue."""
    try:
        with served.store.slot() as place:
            form = await receive_form(request, place, served.limits.upload_bytes)
            pixel_size = _pixel_size(form.fields.get("pixel_size_um", ""))
            name = form.name or "image"
            shape = await run_in_threadpool(look_at, place, name, served.limits.pixels)
            job = await run_in_threadpool(served.store.add, place, name, shape, pixel_size)
    except NeurocyteError:
        await drain(request)
        raise
    served.worker.submit(job.id)
    return served.show(job)


# Without the thread pool: however busy that is, a page hears how its images are.
@router.get("/jobs", summary="List the images")
async def list_jobs(served: Served) -> JobsOut:
    """List all images, the newest first."""
    return JobsOut(jobs=[served.show(job) for job in served.store.jobs()])


@router.get("/jobs/{job_id}", summary="The state of an image", responses=_answers(404))
async def status(job_id: str, served: Served) -> JobOut:
    """Tell how far an image is."""
    return served.show(served.store.get(job_id))


@router.delete("/jobs/{job_id}", status_code=204, summary="Delete an image", responses=_answers(404))
def delete(job_id: str, served: Served) -> None:
    """Remove an image and its results; saved training data stay."""
    served.store.delete(job_id)


@router.get(
    "/jobs/{job_id}/image.png", summary="The image, 8 bits, contrast stretched", responses=_answers(404)
)
def image(job_id: str, served: Served) -> FileResponse:
    """Give the picture that a page shows."""
    path = served.store.folder(job_id).image
    if not path.exists():
        raise RefusedError(404, "The image is not read yet: ask again when 'picture' is true.")
    return FileResponse(path, media_type="image/png")


@router.get("/jobs/{job_id}/labels.bin", summary="The labels for a page", responses=_answers(404, 409))
def label_bytes(job_id: str, served: Served) -> Response:
    """Give the labels as height * width little-endian uint32, gzipped on the way."""
    content = _result(served, job_id, results.label_bytes)
    return Response(content, media_type="application/octet-stream", headers={"Content-Encoding": "gzip"})


@router.get("/jobs/{job_id}/cells", summary="Some columns of the table", responses=_answers(404, 409))
def cells(job_id: str, served: Served) -> CellsOut:
    """Give where the cells are, how large and how sure."""

    def make(entry: Entry) -> CellsOut:
        return CellsOut(revision=entry.job.current.number, cells=results.cell_rows(entry))

    return _result(served, job_id, make)


@router.get("/jobs/{job_id}/labels.tif", summary="The label image", responses=_answers(404, 409))
def labels_tif(job_id: str, served: Served) -> Response:
    """Give the labels: 0 is background; numbers may have gaps after corrections."""
    return _download(
        served, job_id, lambda entry: entry.folder.labels(entry.job.current.number).read_bytes(), "labels.tif"
    )


@router.get("/jobs/{job_id}/labels.png", summary="The outlines over the image", responses=_answers(404, 409))
def labels_png(job_id: str, served: Served) -> Response:
    """Give the image with the cells' coloured outlines."""
    return _download(served, job_id, results.overlay_png, "overlay.png")


@router.get("/jobs/{job_id}/cells.csv", summary="The measurements", responses=_answers(404, 409))
def cells_csv(job_id: str, served: Served) -> Response:
    """Give the table, a row a cell."""
    return _download(served, job_id, results.cells_csv, "cells.csv")


@router.get("/jobs/{job_id}/rois.zip", summary="The outlines for ImageJ", responses=_answers(404, 409))
def rois_zip(job_id: str, served: Served) -> Response:
    """Give a file of ImageJ's ROI manager, in the order of the table."""
    return _download(served, job_id, results.rois_zip, "rois.zip")


@router.get("/jobs/{job_id}/cells.geojson", summary="The outlines for QuPath", responses=_answers(404, 409))
def cells_geojson(job_id: str, served: Served) -> Response:
    """Give the outlines in pixels from the top left corner, in the order of the table."""
    return _download(served, job_id, results.cells_geojson, "cells.geojson")


@router.post("/jobs/{job_id}/decode", summary="Other settings", responses=_answers(404, 409, 422))
def decode(job_id: str, settings: DecodeIn, served: Served) -> JobOut:
    """Make cells of the kept probabilities with another threshold and least area."""
    with served.store.hold(job_id) as entry:
        _require(entry, settings.revision)
        corrections.redecode(
            entry,
            settings.threshold,
            settings.min_area,
            settings.discard_corrections,
            served.limits.undo_steps,
        )
        return served.show(entry.job)


@router.post("/jobs/{job_id}/edits", summary="Correct the cells", responses=_answers(404, 409, 422))
def edit(job_id: str, edit: EditIn, served: Served) -> JobOut:
    """Delete, merge, split or draw; points are x, y in pixels from the top left corner of the image."""
    with served.store.hold(job_id) as entry:
        _require(entry, edit.revision)
        corrections.correct(entry, edit.op, _change(edit), served.limits.undo_steps)
        return served.show(entry.job)


@router.post("/jobs/{job_id}/undo", summary="Take the last change back", responses=_answers(404, 409))
def undo(job_id: str, served: Served) -> JobOut:
    """Go back by one correction or one change of settings."""
    with served.store.hold(job_id) as entry:
        corrections.require_done(entry.job)
        corrections.undo(entry)
        return served.show(entry.job)


@router.post("/jobs/{job_id}/save-training", summary="Keep for training", responses=_answers(404, 409))
def save_training(job_id: str, served: Served) -> SavedOut:
    """Write image and labels into training/ of the server's folder, a data set for `neurocyte train`."""
    with served.store.hold(job_id) as entry:
        corrections.require_done(entry.job)
        written = corrections.save_training(entry, served.store.training)
        picture, labels = (path.relative_to(served.store.root).as_posix() for path in written)
        return SavedOut(image=picture, labels=labels)


def _change(edit: EditIn) -> Callable[[corrections.Labels], corrections.Labels]:
    if isinstance(edit, DeleteIn):
        return partial(edits.delete, chosen=edit.labels)
    if isinstance(edit, MergeIn):
        return partial(edits.merge, chosen=edit.labels)
    if isinstance(edit, SplitIn):
        return partial(edits.split, label=edit.label, line=edit.line)
    return partial(edits.draw, outline=edit.outline, label=edit.label)


def _require(entry: Entry, revision: int | None) -> None:
    corrections.require_done(entry.job)
    if revision is not None and revision != entry.job.current.number:
        raise RefusedError(409, "The cells were changed elsewhere meanwhile: look again.")


def _result(served: Services, job_id: str, make: Callable[[Entry], Result]) -> Result:
    """Make a result without holding the job: measuring a large image must not hold up its corrections."""
    entry = served.store.view(job_id)
    corrections.require_done(entry.job)
    try:
        return make(entry)
    except (InputError, FileNotFoundError) as exc:
        if served.store.get(job_id).current == entry.job.current:
            raise
        raise RefusedError(409, "The cells were changed meanwhile: ask again.") from exc


def _download(served: Services, job_id: str, make: Callable[[Entry], bytes], ending: str) -> Response:
    """A result as a file to be saved under the image's name."""
    content = _result(served, job_id, make)
    name = quote(f"{stem_of(served.store.get(job_id).name)}_{ending}")
    kinds = {
        "tif": "image/tiff",
        "png": "image/png",
        "csv": "text/csv; charset=utf-8",
        "zip": "application/zip",
    }
    kind = kinds.get(ending.rpartition(".")[2], "application/geo+json")
    return Response(
        content, media_type=kind, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    )


def _pixel_size(text: str) -> float | None:
    """The pixel size of a form, None where it is left out."""
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise RefusedError(422, "The pixel size has to be a number above 0, in micrometres.")
    return value
