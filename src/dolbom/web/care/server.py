"""Serves the care worker's pages, beside the robot and in no process that guards it."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import BaseModel, ConfigDict, Field

from dolbom.places import data_folder
from dolbom.staff import accounts
from dolbom.web.care.access import ROBOT
from dolbom.web.care.app import create_app
from dolbom.web.care.home import CareHome
from dolbom.web.doors import open_door
from dolbom.web.tls import Certified, certified, public_name

WHY_NOT = "whoever reaches it could try passwords"


class CareWebParameters(BaseModel):
    """Where the care worker's pages are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to bind; only loopback, unless allow_network.")
    port: int = Field(8091, ge=0, le=65535, description="TCP port; 0: any free one.")
    allow_network: bool = Field(False, description="Open the pages to the home's network, over TLS.")
    names: list[str] = Field(
        default_factory=list, description="More host names for the robot's own certificate (with allow_network)."
    )
    certificate: str = Field("", description="PEM file of a certificate that was given, its chain behind it.")
    key: str = Field("", description="PEM file of its key. Without both, the robot's own authority makes them.")


def setup_link(home: CareHome) -> str:
    """As long as nobody can administrate, a one-time link for the first administrator; else "".

    Returns:
        Its path.
    """
    with home.database.writing() as session:
        secret = accounts.first_link(session, ROBOT, home.now(), home.lang)
    return f"/welcome/{secret}" if secret else ""


def running_path() -> Path:
    """Where a running robot says at which address its pages are, and the link for a first administrator."""
    return data_folder() / "run" / "pages.json"


def tell_where(url: str, setup: str, tls: Certified | None = None) -> None:
    """Writes it there, for whoever may read the home's folder: with what they are served and is to be trusted."""
    path = running_path()
    path.parent.mkdir(exist_ok=True, mode=0o700)
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        told = {"url": url, "setup": setup}
        if tls is not None:
            told |= {"certificate": str(tls.certificate), "authority": str(tls.authority or "")}
        json.dump(told, file)
    beside.replace(path)


def where() -> dict[str, str]:
    """What was written there last; empty if nothing was."""
    try:
        return dict(json.loads(running_path().read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


class CareServer:
    """Serves the pages until it is stopped.

    Attributes:
        url: where they are.
        setup: the one-time link for the first administrator, or "".

    Raises:
        UserError: when made, if their place cannot be had.
    """

    def __init__(self, parameters: CareWebParameters, home: CareHome) -> None:
        tls = certified(
            parameters.host, parameters.names, parameters.certificate, parameters.key, data_folder() / "tls", home.now()
        )  # fmt: skip
        self._door: socket.socket = open_door(
            parameters.host, parameters.port, allow_network=parameters.allow_network, why=WHY_NOT
        )
        config: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False}
        config |= {"timeout_graceful_shutdown": 1, "limit_concurrency": 200}
        if tls is not None:
            config |= {"ssl_certfile": str(tls.certificate), "ssl_keyfile": str(tls.key)}
        home.secure = tls is not None
        self._home = home
        self._server = uvicorn.Server(uvicorn.Config(create_app(home), lifespan="off", **config))
        host, port = self._door.getsockname()[:2]
        host = public_name(host)
        self.url = f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
        link = setup_link(home)
        self.setup = f"{self.url}{link}" if link else ""
        tell_where(self.url, self.setup, tls)

    def run(self, stopping: threading.Event) -> None:
        """Serves until `stopping` is set; in a thread of its own."""
        threading.Thread(target=self._stop_after, args=(stopping,), daemon=True).start()
        self._server.run(sockets=[self._door])

    def _stop_after(self, stopping: threading.Event) -> None:
        stopping.wait()
        self._home.board.close()
        self._server.should_exit = True
