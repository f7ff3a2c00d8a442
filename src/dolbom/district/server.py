"""Runs a district: broker, consumer, watchdog, desk and enrolment in one process, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from dolbom.clock import Clock
from dolbom.district.access import SYSTEM
from dolbom.district.authority import Authority
from dolbom.district.broker import Broker, free_port
from dolbom.district.consumer import Consumer
from dolbom.district.database import Database
from dolbom.district.feed import Feed
from dolbom.district.repositories import alarms, campaigns, changes, robots
from dolbom.district.routes.enrolment import create_enrolment_app
from dolbom.district.service import District
from dolbom.district.web import create_app
from dolbom.errors import UserError
from dolbom.events import NAME
from dolbom.log import get_log
from dolbom.staff import accounts

log = get_log(__name__)

ROBOTS_CHECK_S = 1.0


@dataclass(frozen=True)
class Settings:
    """How a district is run. Ports of 0 are any free ones.

    Args:
        public_host: the name or address under which robots reach it; `host` if empty.
        database: PostgreSQL's URL; empty for SQLite in the folder.
        silence_s: a robot that is not heard for this long becomes an alarm.
        watch_s: how often that and the alarms' deadlines are looked at.
    """

    folder: Path
    name: str = "district"
    host: str = "127.0.0.1"
    public_host: str = ""
    web_port: int = 8080
    enrol_port: int = 8443
    mqtt_port: int = 8883
    database: str = ""
    silence_s: float = 60.0
    watch_s: float = 1.0


@dataclass(frozen=True)
class Running:
    """Where a running district is reached; in `running.json` of its folder while it runs."""

    pid: int
    name: str
    url: str
    enrol_url: str
    mqtt_host: str
    mqtt_port: int
    setup_link: str | None


def running_path(folder: Path) -> Path:
    return folder / "running.json"


def database_of(folder: Path, url: str = "") -> Database:
    """The district's database, by the URL that it was last started with if none is given."""
    kept = folder / "database-url"
    if not url and kept.exists():
        url = kept.read_text().strip()
    return Database(url or folder / "district.db")


async def serve(settings: Settings, clock: Clock, ready: Callable[[Running], None]) -> None:
    """Runs until SIGINT or SIGTERM.

    Raises:
        UserError: if a port is taken, the folder cannot be used, or nats-server is missing.
    """
    folder = settings.folder
    if not re.fullmatch(NAME, settings.name):
        raise UserError(f"{settings.name!r} is no name for a district", "use lower case letters, digits, - and _")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _only_district(folder, settings.name)
    if settings.database:
        _keep(folder / "database-url", settings.database)
    web_port = free_port(settings.host, settings.web_port, "web")
    enrol_port = free_port(settings.host, settings.enrol_port, "enrolment")
    public = settings.public_host or _public(settings.host)
    secure = settings.host not in ("127.0.0.1", "::1", "localhost")

    authority = Authority(folder / "authority", settings.name, clock.civil())
    certificate, key = authority.server({public, "localhost", "127.0.0.1"}, clock.civil())
    broker = Broker(
        folder / "broker",
        district=settings.name,
        mqtt_host=settings.host,
        mqtt_port=settings.mqtt_port,
        authority=authority.certificate_path,
        certificate=certificate,
        key=key,
    )
    database = database_of(folder)
    feed = Feed(database)
    consumer = Consumer(broker.address, database, feed, district=settings.name, civil=clock.civil)
    loop = asyncio.get_running_loop()

    def admit() -> None:
        with database.reading() as session:
            broker.admit(robots.admitted(session))

    district = District(
        name=settings.name,
        database=database,
        clock=clock,
        feed=feed,
        authority=authority,
        broker_host=public,
        broker_port=broker.mqtt_port,
        enrol_url=f"https://{public}:{enrol_port}",
        secure=secure,
        robots_changed=admit,
        send_soon=lambda: _from_thread(loop, consumer.send_soon),
        touched=lambda: _from_thread(loop, lambda: asyncio.ensure_future(feed.look())),
        health=lambda: {"broker": broker.pid is not None, "consumer": consumer.connected},
    )
    desk = _server(create_app(district), settings.host, web_port, (certificate, key) if secure else None)
    enrolment = _server(create_enrolment_app(district), settings.host, enrol_port, (certificate, key))
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop.set)

    admit()
    broker_ready = asyncio.Event()
    tasks = [
        asyncio.create_task(broker.run(broker_ready)),
        asyncio.create_task(consumer.run()),
        asyncio.create_task(feed.run()),
        asyncio.create_task(_watch(settings, district, admit)),
        asyncio.create_task(desk.serve()),
        asyncio.create_task(enrolment.serve()),
        asyncio.create_task(stop.wait()),
    ]
    starting = asyncio.create_task(_started(broker_ready, desk, enrolment, consumer))
    try:
        await asyncio.wait({starting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            running = Running(
                pid=os.getpid(),
                name=settings.name,
                url=f"{'https' if secure else 'http'}://{public}:{web_port}",
                enrol_url=district.enrol_url,
                mqtt_host=public,
                mqtt_port=broker.mqtt_port,
                setup_link=None,
            )
            running = _with_setup_link(running, district)
            _keep(running_path(folder), json.dumps(asdict(running), indent=2))
            ready(running)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await feed.close()
        desk.should_exit = enrolment.should_exit = True
        await broker.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*tasks[4:6], return_exceptions=True), 5)
        for task in (*tasks, starting):
            if not task.done():
                task.cancel()
        results = await asyncio.gather(*tasks, starting, return_exceptions=True)
        running_path(folder).unlink(missing_ok=True)
        database.close()
    for result in results:
        if isinstance(result, Exception):
            raise result


def _with_setup_link(running: Running, district: District) -> Running:
    """As long as nobody can administrate, each start makes a one-time link for the first administrator."""
    with district.database.writing() as session:
        secret = accounts.first_link(session, SYSTEM, district.now())
    return Running(**{**asdict(running), "setup_link": f"{running.url}/welcome/{secret}"}) if secret else running


async def _watch(settings: Settings, district: District, admit: Callable[[], None]) -> None:
    """Silent robots, passed deadlines, and what another process (the CLI) changed about robots."""
    since = district.now()

    def look() -> None:
        now = district.now()
        with district.database.writing() as session:
            silent = robots.watch(session, now, timedelta(seconds=settings.silence_s), since)
            alarms.escalate(session, now)
            unanswered = campaigns.escalate(session, now)
            changes.prune(session, now)
        for robot in silent:
            log.warning("robot silent", robot=robot)
        if unanswered:
            log.warning("homes did not answer a check-in", homes=len(unanswered))
        admit()

    while True:
        await asyncio.sleep(settings.watch_s)
        try:
            await asyncio.to_thread(look)
        except UserError as error:
            log.error("watchdog", trouble=str(error))
        await district.feed.look()


def _from_thread(loop: asyncio.AbstractEventLoop, what: Callable[[], object]) -> None:
    loop.call_soon_threadsafe(what)


async def _started(broker: asyncio.Event, desk: uvicorn.Server, enrolment: uvicorn.Server, consumer: Consumer) -> None:
    await broker.wait()
    while not (desk.started and enrolment.started and consumer.connected):
        await asyncio.sleep(0.02)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Signals are the district's, not each server's."""
        yield


def _server(app: FastAPI, host: str, port: int, tls: tuple[Path, Path] | None) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=str(tls[0]) if tls else None,
        ssl_keyfile=str(tls[1]) if tls else None,
    )
    return _Server(config)


def _public(host: str) -> str:
    return socket.gethostname() if host in ("0.0.0.0", "::") else host  # noqa: S104


def _only_district(folder: Path, name: str) -> None:
    kept = folder / "name"
    if kept.exists() and (was := kept.read_text().strip()) != name:
        raise UserError(f"{folder} belongs to district {was!r}", f"use --name {was}, or another --data folder")
    if not kept.exists():
        _keep(kept, name)


def _keep(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
