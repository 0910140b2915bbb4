"""Taking an uploaded image in: streamed to its place and counted on the way, looked at before it is kept."""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import tifffile
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from neurocyte.errors import InputError
from neurocyte.io._tiff import is_tiff
from neurocyte.io.images import guarded, image_shape
from neurocyte.web.errors import RefusedError
from neurocyte.web.names import clean_name

# Of the other fields of a form; a number has fewer characters.
_FIELD_BYTES = 100
FORM_OVERHEAD = 64 * 1024
"""What a form adds to its file at most, in bytes."""


@dataclass
class Form:
    """An upload's form.

    Args:
        name: the image's cleaned file name, None if there is no image.
        fields: the other fields by name.
        size: bytes of the image so far.
    """

    name: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    size: int = 0


async def receive_form(request: Request, place: Path, limit: int) -> Form:
    """Read a form with one file, the file straight to disk.

    Args:
        request: with a body of multipart/form-data; the file's field is "image".
        place: where the file goes.
        limit: its largest size in bytes.

    Returns:
        The form; the file is complete.

    Raises:
        RefusedError: The form is none, has no image or several, or the image is too large or empty.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise RefusedError(415, "Send the image as multipart/form-data, in the field 'image'.")
    with place.open("wb") as file:
        reader = _FormReader(file, limit)
        try:
            parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
            async for chunk in request.stream():
                # Off the event loop: a slow disk must not hold up the other requests.
                await run_in_threadpool(parser.write, chunk)
            parser.finalize()
        except FormParserError as exc:
            raise RefusedError(400, "The form is damaged: send the image again.") from exc
        except ClientDisconnect as exc:
            raise RefusedError(400, "The client went away.") from exc
    if not reader.complete:
        raise RefusedError(400, "The form broke off: send the image again.")
    if reader.form.name is None:
        raise RefusedError(422, "The form holds no file in the field 'image'.")
    if reader.form.size == 0:
        raise RefusedError(422, f"{reader.form.name} is empty: copy the file again.")
    return reader.form


async def drain(request: Request) -> None:
    """Read a body that is not wanted, so that the client hears why instead of a broken connection."""
    with contextlib.suppress(Exception):
        async for _ in request.stream():
            pass


def look_at(path: Path, name: str, most_pixels: int) -> tuple[int, int]:
    """Look at an uploaded file's header.

    Args:
        path: the file.
        name: what it is called in sentences.
        most_pixels: the limit.

    Returns:
        Height and width in pixels.

    Raises:
        RefusedError: It is no image, or too large.
    """
    try:
        height, width = guarded(path, _tiff_shape) if is_tiff(path) else image_shape(path)
    except InputError as exc:
        raise RefusedError(415, str(exc).replace(str(path), name)) from exc
    if height * width > most_pixels:
        raise RefusedError(
            413,
            f"{name} has {height * width:,} pixels, more than this server takes ({most_pixels:,}): crop it.",
        )
    return height, width


def _tiff_shape(path: Path) -> tuple[int, int]:
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        return page.imagelength, page.imagewidth


class _FormReader:
    """Hears of the parts of a form as they come in."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self.form, self.complete = Form(), False
        self._file, self._limit = file, limit
        self._header, self._value, self._disposition = bytearray(), bytearray(), b""
        self._field: str | None = None
        self._text = bytearray()

    def callbacks(self) -> dict[str, object]:
        """Give what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        field_name = options.get(b"name", b"").decode("utf-8", "replace")
        self._text.clear()
        self._field = None if b"filename" in options and field_name == "image" else field_name
        if self._field is None:
            if self.form.name is not None:
                raise RefusedError(422, "Send one image a request.")
            self.form.name = clean_name(options[b"filename"].decode("utf-8", "replace"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._field is not None:
            self._text.extend(data[start:end])
            if len(self._text) > _FIELD_BYTES:
                raise RefusedError(422, "A field of the form is too long; only 'image' holds a file.")
            return
        self.form.size += end - start
        if self.form.size > self._limit:
            raise RefusedError(413, f"The image is larger than this server takes ({self._limit:,} bytes).")
        self._file.write(data[start:end])

    def _end(self) -> None:
        if self._field is not None:
            if len(self.form.fields) >= 10:
                raise RefusedError(422, "The form has too many fields.")
            self.form.fields[self._field] = self._text.decode("utf-8", "replace")

    def _finish(self) -> None:
        self.complete = True
