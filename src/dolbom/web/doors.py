"""Who may speak to the robot's page: only this machine, only by its own name, only from the page itself.

Without a login the page is as open as the place it is bound to. So it is bound to loopback; a foreign page that
makes its own name point here (DNS rebinding) is refused by its `Host`, and one that posts here is refused by its
`Origin`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dolbom.errors import UserError
from dolbom.web.headers import SECURITY_HEADERS

LOOPBACK = ("localhost", "127.0.0.1", "::1")
READING = ("GET", "HEAD", "OPTIONS")
LARGEST = 16_384
"""Bytes of a request's body: a sentence, a switch."""
HEADERS = SECURITY_HEADERS | {"Cache-Control": "no-store"}


class Doors:
    """ASGI middleware: refuses foreign names and foreign pages, and sends the headers that keep the page to itself.

    Args:
        app: what is behind the doors.
        names: host names (without port) under which the page may be asked for.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str] = LOOPBACK) -> None:
        self._app = app
        self._names = {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    found.setdefault(name, value)
            await send(message)

        if (refusal := self._refusal(scope["method"], headers)) is not None:
            await PlainTextResponse(refusal, 403)(scope, receive, answer)
            return
        body = await _body(receive)
        if body is None:
            await PlainTextResponse("that is too much", 413)(scope, receive, answer)
            return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()  # the end of the connection
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, answer)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if _name(host) not in self._names:
            return "this page is not served under that name"
        if method in READING:
            return None
        # Every browser sends the origin of a post. What sends none is no page, and has other ways to the robot.
        if headers.get("origin") not in (f"http://{host}", f"https://{host}"):
            return "this page only takes what it sent itself"
        return None


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None if it is too large."""
    found: bytes = b""
    while True:
        message = await receive()
        found += bytes(message.get("body", b""))
        if len(found) > LARGEST:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return found


def _name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


NO_LOGIN = "it has no login, and whoever reaches it could answer"


def open_door(host: str, port: int, *, allow_network: bool, why: str = NO_LOGIN) -> socket.socket:
    """A listening socket for the page.

    Args:
        host: address to bind.
        port: 0 takes a free one.
        allow_network: bind other addresses than loopback, too.
        why: it is not bound there without leave.

    Raises:
        UserError: if that would open the page to others without leave, or the port is taken or not ours.
    """
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise UserError(
            f"{host!r} is no address to bind the page to", "use 127.0.0.1, or one like 192.168.0.10"
        ) from None
    if not address.is_loopback and not allow_network:
        raise UserError(
            f"the robot's page is not opened on {host}: {why}",
            "use host 127.0.0.1, or set allow_network if this network is trusted",
        )
    door = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((str(address), port))
        door.listen(64)
    except OSError as error:
        door.close()
        if isinstance(error, PermissionError):
            raise UserError(
                f"no permission to use port {port}", "choose one over 1023 (the parameter port of this node)"
            ) from None
        raise UserError(
            f"the robot's page cannot use port {port} on {host}: {error.strerror}",
            "choose another (the parameter port of this node)",
        ) from None
    return door
