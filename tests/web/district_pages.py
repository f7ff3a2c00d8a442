"""A district's pages with people in them, without a broker: for tests of the desk and for its picture in the README."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import uvicorn

from dolbom.clock import Clock, SystemClock
from dolbom.district.access import SYSTEM, Role
from dolbom.district.authority import Authority
from dolbom.district.database import Database
from dolbom.district.feed import Feed
from dolbom.district.models import Robot, RobotState
from dolbom.district.repositories import homes, intake, robots
from dolbom.district.repositories.intake import Arrived
from dolbom.district.service import District
from dolbom.district.web import create_app
from dolbom.events import Asked, CareEvent, DistressRaised, FallDown, new_event, source
from dolbom.platform.messages import Heartbeat
from dolbom.staff import accounts

PASSWORD = "correct horse battery"
NAME = "mapo"


def make_district(folder: Path, database: Database | None = None, clock: Clock | None = None) -> District:
    """A district in `folder`, with nothing in it."""
    clock = clock or SystemClock()
    database = database or Database(folder / "district.db")
    return District(
        name=NAME,
        database=database,
        clock=clock,
        feed=Feed(database),
        authority=Authority(folder / "authority", NAME, clock.civil()),
        broker_host="127.0.0.1",
        broker_port=8883,
        enrol_url="https://127.0.0.1:8443",
    )


def add_staff(district: District, **roles: Role) -> None:
    """Members of staff, all with `PASSWORD`."""
    now = district.now()
    for name, role in roles.items():
        with district.database.writing() as session:
            secret = accounts.add(session, name, role, SYSTEM, now)
            accounts.set_password(session, secret, PASSWORD, "", now)


def add_robot(
    district: District, robot: str, home: str, label: str = "", *, online: bool = True, phone: str = ""
) -> None:
    """An enrolled robot in a home."""
    now = district.now()
    with district.database.writing() as session:
        robots.invite(session, robot, home, SYSTEM, now, label)
        found = session.get(Robot, robot)
        assert found is not None
        found.state, found.certificate_expires = RobotState.ENROLLED, now + timedelta(days=365)
        homes.describe(session, home, label, phone, SYSTEM, now)
    beat = Heartbeat(at=now, version="0.1.0", nodes={"safety": "ok", "fall": "ok", "voice": "ok"}, camera="on")
    with district.database.writing() as session:
        intake.take_status(session, Arrived(f"dolbom.v1.{NAME}.{robot}.status", beat.to_json()), now)
    if not online:
        with district.database.writing() as session:
            found = session.get(Robot, robot)
            assert found is not None
            found.online, found.heard_at = False, now - timedelta(minutes=4)


def take(district: District, robot: str, *events: CareEvent) -> None:
    """These events arrive."""
    batch = [Arrived(f"dolbom.v1.{NAME}.{robot}.event", e.to_json()) for e in events]
    with district.database.writing() as session:
        taken = intake.take_events(session, batch, NAME, district.now())
    assert all(not t.quarantined for t in taken), taken


def raise_alarm(
    district: District, robot: str = "dasom-1", home: str = "h502", person: str = "p1", at: datetime | None = None
) -> UUID:
    """Somebody fell, was asked twice and did not answer."""
    at = at or district.now()
    where = source(NAME, home, robot)
    since = at - timedelta(seconds=24)
    asked = [
        Asked(at=since + timedelta(seconds=2), question="괜찮으세요?", understood="silence"),
        Asked(at=since + timedelta(seconds=13), question="제 말 들리세요? 괜찮으세요?", understood="silence"),
    ]
    down = FallDown(since=since, confidence=0.93, evidence="dropped 1.2 m in 0.8 s, lies still")
    distress = DistressRaised(
        distress_id=uuid4(), cause="fall", sources=["fall"], since=since, asked=asked, confidence=0.93, reason="silence"
    )
    raised = new_event(distress, at=at, source=where, subject=person)
    take(district, robot, new_event(down, at=since, source=where, subject=person), raised)
    return raised.id


def furnish(district: District) -> None:
    """A small neighbourhood. Nobody in it exists."""
    add_staff(district, minji=Role.OPERATOR, seoyeon=Role.SUPERVISOR, junho=Role.TECHNICIAN, admin=Role.ADMINISTRATOR)
    add_robot(district, "dasom-1", "h502", "행복마을 3동 502호", phone="02-555-0132")
    add_robot(district, "dasom-2", "h201", "행복마을 1동 201호", phone="02-555-0177")
    add_robot(district, "dasom-3", "h1104", "은빛아파트 1104호")
    add_robot(district, "dasom-4", "h33", "연남로 33-2", online=False)
    now = district.now()
    with district.database.writing() as session:
        homes.name_person(session, "h502", "p1", "김정자", "보청기를 끼심. 따님 010-5555-0101", SYSTEM, now)
        homes.name_person(session, "h201", "p1", "박영수", "", SYSTEM, now)


class Pages:
    """The web application in a thread of its own, on a free port."""

    def __init__(self, district: District) -> None:
        self.district = district
        self._server = uvicorn.Server(
            uvicorn.Config(create_app(district), port=0, log_level="error", timeout_graceful_shutdown=1, lifespan="off")
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the pages did not start")
            threading.Event().wait(0.02)

    async def _serve(self) -> None:
        self._loop = loop = asyncio.get_running_loop()
        feed = self.district.feed
        self.district.touched = lambda: loop.call_soon_threadsafe(lambda: asyncio.ensure_future(feed.look()))
        watching = asyncio.create_task(feed.run())
        await self._server.serve()
        await watching

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def close(self) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self.district.feed.close(), self._loop).result(5)
        self._server.should_exit = True
        self._thread.join(10)
        self.district.database.close()
