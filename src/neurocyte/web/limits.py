"""What the server takes on: sizes, counts and times."""

from dataclasses import dataclass

MEBIBYTE = 1024**2


@dataclass(frozen=True)
class Limits:
    """The limits of a server.

    Args:
        upload_bytes: of one image file.
        jobs: images kept at once, those being uploaded included.
        pixels: of one image.
        json_bytes: of the body of any other request.
        points: of an outline or a line.
        stall_seconds: a request whose body does not go on for so long is given up.
        upload_seconds: a request whose body is not complete by then is given up.
        undo_steps: corrections of one image that can be taken back.
    """

    upload_bytes: int = 64 * MEBIBYTE
    jobs: int = 200
    pixels: int = 50_000_000
    json_bytes: int = MEBIBYTE
    points: int = 2000
    stall_seconds: float = 30.0
    upload_seconds: float = 600.0
    undo_steps: int = 50
