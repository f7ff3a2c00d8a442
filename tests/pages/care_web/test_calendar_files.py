"""Routines to and from calendar files, on the pages."""

from __future__ import annotations

import pytest
from tests.pages.care_web.conftest import ClientFor, LogIn

from dolbom.web.care.access import Role
from dolbom.web.care.home import CareHome

DENTIST = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:x\r
BEGIN:VEVENT\r
UID:u1@elsewhere\r
SUMMARY:\xec\xb9\x98\xea\xb3\xbc\r
DTSTART;TZID=Asia/Seoul:20261203T100000\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_what_is_taken_out_can_be_put_into_another_home(client_for: ClientFor, log_in: LogIn, home: CareHome) -> None:
    taken = client_for(Role.CARE_WORKER).get("/api/calendar.ics")
    assert taken.headers["content-type"].startswith("text/calendar")
    before = {one.id: one.routine for one in home.routines.all()}
    worker = log_in("sunhee")
    files = {"files": ("home.ics", taken.content, "text/calendar")}
    again = worker.client.post("/calendar/import", data={"csrf": worker.csrf}, files=files)
    assert again.status_code == 409, "they are there already, and none is doubled"
    for id in before:
        home.routines.remove(id, home.now(), "hana")
    page = worker.client.post("/calendar/import", data={"csrf": worker.csrf}, files=files)
    assert page.status_code == 200
    assert f"{len(before)}개를 넣었습니다" in page.text
    assert {one.id: one.routine for one in home.routines.all()} == before


def test_an_event_of_anybodys_calendar_becomes_a_routine_that_can_be_undone(log_in: LogIn, home: CareHome) -> None:
    worker = log_in("sunhee")
    files = {"files": ("family.ics", DENTIST, "text/calendar")}
    page = worker.client.post("/calendar/import", data={"csrf": worker.csrf}, files=files).text
    assert "치과" in page
    assert "치과" in worker.get("/calendar?month=2026-12")
    [made] = [one for one in home.routines.all() if one.routine and one.routine.title == "치과"]
    assert made.by == "sunhee"
    assert worker.post(f"/routines/{made.id}/undo", version=made.version)[0] == 303
    assert "치과" not in worker.get("/calendar?month=2026-12")


@pytest.mark.parametrize(("content", "code"), [(b"no calendar", 409), (b"", 422), (b"x" * 1_000_001, 422)])
def test_what_is_no_calendar_adds_nothing(client_for: ClientFor, home: CareHome, content: bytes, code: int) -> None:
    before = len(home.routines.all())
    nurse = client_for(Role.NURSE)
    assert nurse.post("/api/calendar", files={"files": ("a.ics", content, "text/calendar")}).status_code == code
    assert len(home.routines.all()) == before


def test_a_calendar_that_cannot_be_taken_over_is_refused_in_the_readers_language(log_in: LogIn) -> None:
    worker = log_in("sunhee")
    twice = DENTIST.replace(b"BEGIN:VEVENT", b"BEGIN:VEVENT\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", 1)
    page = worker.client.post(
        "/calendar/import", data={"csrf": worker.csrf}, files={"files": ("a.ics", twice, "text/calendar")}
    )
    assert page.status_code == 409
    assert "되풀이 규칙이 둘 이상입니다" in page.text
