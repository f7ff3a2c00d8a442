"""Browsers for `dolbom bench web`, without a screen: they ask for pages at a pace, or keep one open and live."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

from dolbom.errors import UserError

WAITS_S = 30.0
NONE: Mapping[str, str] = {}
PAGE_PLANS_S = 0.05
"""An open page waits so long after the news before it asks for what is new: more may come (static/desk/desk.js)."""


class Browser:
    """One connection that is kept open, as a browser's.

    Args:
        url: where the pages are.
        cookie: of a login, as `name=value`; or empty.
    """

    def __init__(self, url: str, cookie: str = "") -> None:
        self._at = urlsplit(url)
        self._headers = {"Cookie": cookie} if cookie else {}
        self._connection = self._connect()

    def _connect(self) -> http.client.HTTPConnection:
        assert self._at.hostname is not None
        return http.client.HTTPConnection(self._at.hostname, self._at.port, timeout=WAITS_S)

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] = NONE
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Status, body, headers."""
        try:
            self._connection.request(method, path, body, {**self._headers, **headers})
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server closed what had been idle for a while, as it may.
            self._connection.close()
            self._connection = self._connect()
            self._connection.request(method, path, body, {**self._headers, **headers})
            answer = self._connection.getresponse()
        return answer.status, answer.read(), answer.headers

    def stream(self, path: str) -> http.client.HTTPResponse:
        """An answer that does not end."""
        self._connection.request("GET", path, headers=self._headers)
        return self._connection.getresponse()

    def close(self) -> None:
        """Ends it, also under a thread that reads: that would hold the end back until the server's next words."""
        if self._connection.sock is not None:
            with suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()


def log_in(url: str, name: str, password: str) -> str:
    """The cookie of a login, as `name=value`.

    Raises:
        UserError: if it is refused.
    """
    browser = Browser(url)
    form = urlencode({"name": name, "password": password}).encode()
    sent = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, headers = browser.ask("/login", "POST", form, sent)
    browser.close()
    if status != 303:
        raise UserError(f"the login of {name} is answered with {status}", "is this the home that was made?")
    return headers["Set-Cookie"].partition(";")[0]


def pace(
    url: str, cookie: str, paths: Sequence[str], rate: float, seconds: float, done: Callable[[], None], hands: int = 8
) -> dict[str, list[float]]:
    """Asks for the pages in turn, so many a second, whether or not the one before was answered.

    Returns:
        By path, milliseconds from when each was to be asked for until its last byte.
    """
    count = max(len(paths), round(rate * seconds))
    took: dict[str, list[float]] = {path: [] for path in paths}
    lock, wrong = threading.Lock(), list[str]()
    numbers = iter(range(count))
    began = time.monotonic() + 0.1

    def work() -> None:
        browser = Browser(url, cookie)
        while not wrong:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            path, due = paths[number % len(paths)], began + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                status = browser.ask(path)[0]
            except OSError as error:
                wrong.append(f"{path}: {error}")
                break
            if status != 200:
                wrong.append(f"{path} is answered with {status}")
            with lock:
                took[path].append((time.monotonic() - due) * 1000)
                done()
        browser.close()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise UserError(wrong[0], "see the log of the pages")
    return took


class OpenPage:
    """A page that stands open: it hears that something changed, and asks for what is new.

    Attributes:
        told: steady times of the news; of one change there may be several.
        shown: what it showed then, each with the steady time at which the last byte had come.
    """

    def __init__(self, url: str, cookie: str, path: str = "/") -> None:
        self._url, self._cookie, self._path = url, cookie, path
        self.listening = threading.Event()
        self.told: list[float] = []
        self.shown: list[tuple[float, bytes]] = []
        self._wire = Browser(url, cookie)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def heard_after(self, at: float) -> float | None:
        """When the first news after a time came; None: not yet."""
        return next((one for one in self.told if one >= at), None)

    def showed(self, words: bytes) -> float | None:
        """When it first showed these words; None: not yet."""
        return next((one for one, part in self.shown if words in part), None)

    def close(self) -> None:
        self._wire.close()

    def _listen(self) -> None:
        page = Browser(self._url, self._cookie)
        try:
            answer = self._wire.stream("/api/changes")
            while line := answer.readline():
                self.listening.set()
                if not line.startswith(b"data: ") or json.loads(line[6:])["change"] == "home":
                    continue
                self.told.append(time.monotonic())
                time.sleep(PAGE_PLANS_S)
                status, part, _ = page.ask(self._path, headers={"HX-Request": "true"})
                if status == 200:
                    self.shown.append((time.monotonic(), part))
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            return  # closed, here or there
        finally:
            page.close()
