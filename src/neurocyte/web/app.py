"""The app: pages, API, guards and the worker put together."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from neurocyte import __version__
from neurocyte.errors import InputError, MissingExtraError, NeurocyteError
from neurocyte.segmentation import Segmenter
from neurocyte.web.api import UPLOAD_PATH, Services, router
from neurocyte.web.errors import RefusedError
from neurocyte.web.guard import LOOPBACK_NAMES, BodyLimit, Guard
from neurocyte.web.limits import Limits
from neurocyte.web.store import JobStore
from neurocyte.web.upload import FORM_OVERHEAD
from neurocyte.web.work import Worker

STATIC = Path(__file__).parent / "static"

_log = logging.getLogger(__name__)
_ABOUT = (
    "Submit an image, ask for its state until it is 'done', fetch the results. Errors are JSON with one "
    "sentence, 'error'. An image for which there is no room is refused with 429 and leaves nothing behind."
)


def create_app(
    folder: Path,
    segmenter: Segmenter,
    limits: Limits | None = None,
    names: Collection[str] = LOOPBACK_NAMES,
    any_address: bool = False,
) -> FastAPI:
    """Make the app over a folder.

    Args:
        folder: where everything is kept; nothing outside of it is read or written.
        segmenter: the loaded model.
        limits: what is taken on; None for the defaults.
        names: the host names the server goes by, lower case.
        any_address: whether it may be addressed by any IP address.

    Returns:
        The app, for an ASGI server.

    Raises:
        UsageError: the folder is in use or cannot be used.
    """
    limits = limits or Limits()
    store = JobStore(folder, limits)
    worker = Worker(store, segmenter)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        worker.start()
        yield
        await run_in_threadpool(worker.stop)
        store.close()

    # The pages that FastAPI makes of the schema load scripts from elsewhere: ours does without. Its telemetry
    # is off whatever the environment says.
    app = FastAPI(
        title="neurocyte",
        version=__version__,
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = Services(store, worker, limits)
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_api_route("/", _page("index.html"), include_in_schema=False)
    app.add_api_route("/api", _page("api.html"), include_in_schema=False)
    app.add_exception_handler(NeurocyteError, _on_refusal)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(Exception, _on_surprise)
    app.add_middleware(
        BodyLimit,
        upload_path=UPLOAD_PATH,
        upload_bytes=limits.upload_bytes + FORM_OVERHEAD,
        other_bytes=limits.json_bytes,
        stall_seconds=limits.stall_seconds,
        total_seconds=limits.upload_seconds,
    )
    # Added last, so it comes first.
    app.add_middleware(Guard, names=names, any_address=any_address)
    return app


def _page(name: str) -> Callable[[], Awaitable[FileResponse]]:
    async def page() -> FileResponse:
        return FileResponse(STATIC / name, media_type="text/html; charset=utf-8")

    return page


def _error(status: int, text: str) -> JSONResponse:
    return JSONResponse({"error": text}, status)


async def _on_refusal(_: Request, exc: Exception) -> JSONResponse:
    if isinstance(exc, RefusedError):
        return _error(exc.status, str(exc))
    if isinstance(exc, InputError):
        return _error(422, str(exc))
    if isinstance(exc, MissingExtraError):
        return _error(501, str(exc))
    # It names paths of the server, which are its owner's business.
    _log.error("%s", exc)
    return _error(507, "The server cannot write: check the space and the permissions of its folder.")


async def _on_http_error(_: Request, exc: Any) -> JSONResponse:
    plain = {404: "There is nothing at this address.", 405: "This address does not take such requests."}
    return _error(exc.status_code, plain.get(exc.status_code, str(exc.detail)))


async def _on_invalid(_: Request, exc: Any) -> JSONResponse:
    first = exc.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    return _error(422, f"{place or 'The request'}: {first['msg']}.")


async def _on_surprise(_: Request, exc: Exception) -> JSONResponse:
    return _error(500, f"Something unexpected happened ({type(exc).__name__}); the server's log has more.")
