"""Running the app: address, socket, end."""

import ipaddress
import socket
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from neurocyte.errors import UsageError
from neurocyte.segmentation import Segmenter
from neurocyte.web.app import create_app
from neurocyte.web.guard import LOOPBACK_NAMES
from neurocyte.web.limits import Limits

# A client that does not take its answer must not keep the server from ending.
_GRACE_SECONDS = 2


def bind(host: str, port: int) -> socket.socket:
    """Open the socket to listen on.

    Args:
        host: an address or a name of this machine.
        port: 0 for any free one.

    Raises:
        UsageError: the port is in use, or the address is not this machine's.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as exc:
        raise UsageError(
            f"{host} is no address of this machine ({exc.strerror or exc}): see --host."
        ) from exc
    try:
        if sys.platform != "win32":  # There it would take a port away from who listens on it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Here and not later, so that the address can be used as soon as it is told.
        listener.listen(128)
    except OSError as exc:
        listener.close()
        reason = exc.strerror or exc
        raise UsageError(
            f"Port {port} of {host} cannot be opened ({reason}): choose another --port."
        ) from exc
    return listener


def address_of(listener: socket.socket) -> str:
    """Give the address to type into a browser."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def is_local(listener: socket.socket) -> bool:
    """Tell whether only this machine can reach the socket."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def serve(
    listener: socket.socket,
    folder: Path,
    segmenter: Segmenter,
    limits: Limits,
    allowed: Collection[str],
    ready: Callable[[], None],
) -> None:
    """Serve until interrupted.

    Args:
        listener: as `bind` gave it.
        folder: where everything is kept.
        segmenter: the loaded model.
        limits: what is taken on.
        allowed: host names the server goes by besides this machine's own.
        ready: called when the folder is open, just before the first request is answered.

    Raises:
        UsageError: the folder is in use or cannot be used.
    """
    host = ipaddress.ip_address(listener.getsockname()[0])
    names = {*LOOPBACK_NAMES, str(host), *(name.lower() for name in allowed)}
    if not host.is_loopback:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    config = configure(create_app(folder, segmenter, limits, names, any_address=not host.is_loopback))
    ready()
    uvicorn.Server(config).run(sockets=[listener])


def configure(app: FastAPI) -> uvicorn.Config:
    """Give the ASGI server's settings: HTTP/1.1 only, no word about itself, errors to stderr."""
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
