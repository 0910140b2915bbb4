"""What stands before the app: who may ask, how much may be sent, what a browser may do with an answer.

A page anywhere on the web can make the browser of whoever reads it send requests to a server on the same
machine, and with DNS rebinding it can read the answers. So the Host header has to name this server, and a
request that a browser says another site caused is refused.
"""

import asyncio
import contextlib
import ipaddress
import time
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

_LINGER_SECONDS = 2.0

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """ASGI middleware that refuses foreign hosts and origins and adds the security headers.

    Args:
        app: what is guarded.
        names: host names this server goes by, lower case.
        any_address: whether any IP address will do as host; rebinding needs a name.
    """

    def __init__(self, app: ASGIApp, names: Collection[str], any_address: bool) -> None:
        self._app, self._names, self._any_address = app, frozenset(names), any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                # Results change with every correction.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal:
            # Closed, because the rest of a refused body would be read as the next request.
            answer = JSONResponse({"error": refusal[1]}, refusal[0], {"Connection": "close"})
            await answer(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        """The status and the sentence with which a request is refused, None if it is not."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_mine(hosts[0]):
            return 421, "This server does not go by that host name: use the address that it printed."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != hosts[0].lower():
            return 403, "The request comes from a page of another site."
        site = headers.get("sec-fetch-site", "none")
        # Following a link to the app is fine; "same-site" includes other ports of this machine.
        followed = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if site not in ("same-origin", "none") and not followed:
            return 403, "The request was caused by a page of another site."
        return None

    def _is_mine(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name = parts.hostname or ""
            # An odd port or user part is no address of this server.
            if parts.port == 0 or "@" in host or "/" in host:
                return False
        except ValueError:
            return False
        if name in self._names:
            return True
        if not self._any_address:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


async def _linger(receive: Receive, complete: bool) -> None:
    """Read on a little, unheard: a client in the middle of sending would not see an answer."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            while not complete:
                message = await receive()
                complete = message["type"] == "http.disconnect" or not message.get("more_body", False)


class BodyLimit:
    """ASGI middleware that counts the body as it comes in, and gives up on one that does not come.

    Args:
        app: what is guarded.
        upload_path: the path whose POST may be large.
        upload_bytes: how large.
        other_bytes: the limit of all others.
        stall_seconds: longest wait for more of a body.
        total_seconds: longest time for all of a body.
    """

    def __init__(
        self,
        app: ASGIApp,
        upload_path: str,
        upload_bytes: int,
        other_bytes: int,
        stall_seconds: float,
        total_seconds: float,
    ) -> None:
        self._app = app
        self._upload_path, self._upload_bytes, self._other_bytes = upload_path, upload_bytes, other_bytes
        self._stall_seconds, self._total_seconds = stall_seconds, total_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a body that is watched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._upload_bytes if scope["path"] == self._upload_path else self._other_bytes
        deadline = time.monotonic() + self._total_seconds
        taken, complete = 0, False

        async def watched() -> Message:
            nonlocal taken, complete
            if complete:
                return await receive()
            wait = min(self._stall_seconds, deadline - time.monotonic())
            try:
                message = await asyncio.wait_for(receive(), wait)
            except TimeoutError:
                raise HTTPException(408, "The request did not go on: send it again.") from None
            except asyncio.CancelledError:
                # The server ends and has waited long enough; for the log that is no failure.
                raise HTTPException(503, "The server ends.") from None
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if taken > limit:
                await _linger(receive, complete)
                complete = True
                raise HTTPException(413, f"The request is larger than {limit:,} bytes.")
            return message

        await self._app(scope, watched, send)
