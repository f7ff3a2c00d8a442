"""Routines go to .ics files and come back whole; what was changed outside is taken over, or said."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.routines.homes import routine

from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.routines.ics import export, read
from dolbom.routines.routine import Routine, routine_from
from dolbom.routines.simulate import HOME, START

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
TODAY = date(2026, 11, 25)


def calendar(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *lines, "END:VCALENDAR", ""]).encode()


def event(*lines: str) -> list[str]:
    return ["BEGIN:VEVENT", "UID:u1@elsewhere", "SUMMARY:치과", *lines, "END:VEVENT"]


def imported(*lines: str) -> tuple[Routine, list[str]]:
    routines, notes = read(calendar(*lines), TODAY, SEOUL)
    assert len(routines) == 1
    return routines[0], notes


def test_a_whole_home_comes_back_as_it_went() -> None:
    home = [routine_from(dict(one), START) for one in HOME]
    home.append(
        routine(
            id="odd", kind="reminder", title='창문, 닫기; "둘"\\',
            schedule={"at": ["09:00"], "weekend_at": ["10:00", "11:00"], "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
                      "end": "2027-04-01", "rdate": ["2026-12-05T10:00"], "exdate": ["2026-12-07", "2026-12-20T10:00"]},
            off=[{"first": "2026-12-24", "last": "2027-01-03"}], quiet="", enabled=False,
        )
    )  # fmt: skip
    back, notes = read(export(home, SEOUL, NOW), START, SEOUL)
    assert sorted(back, key=lambda one: one.id) == sorted(home, key=lambda one: one.id)
    assert notes == []


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=TU,SA", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=DAILY;COUNT=7"]),
    st.lists(st.sampled_from(["06:00", "12:10", "23:59"]), min_size=1, unique=True).map(sorted),
    st.sampled_from([None, date(2026, 12, 3), date(2028, 1, 1)]),
    st.text("가나 ,;:\\\"'\n=", min_size=1).filter(str.strip),
)
def test_any_routine_comes_back_as_it_went(rule: str, at: list[str], end: date | None, title: str) -> None:
    one = routine(kind="reminder", title=title, schedule={"at": at, "rrule": rule, "end": end})
    assert read(export([one], SEOUL, NOW), TODAY, SEOUL) == ([one], [])


def test_a_time_and_a_title_that_were_changed_outside_are_taken_over() -> None:
    text = export([routine(schedule={"at": ["08:00"]}, recording="daughter.wav")], SEOUL, NOW)
    moved = text.replace(b"20261125T080000", b"20261125T083000").replace("SUMMARY:혈압약".encode(), b"SUMMARY:Pill")
    (one,), notes = read(moved, TODAY, SEOUL)
    assert (one.title, one.schedule.at, one.recording) == ("Pill", ("08:30",), "daughter.wav")
    assert len(notes) == 2


def test_a_change_outside_that_cannot_be_taken_over_is_refused_by_name() -> None:
    text = export([routine(schedule={"at": ["08:00"], "weekend_at": ["10:00"]})], SEOUL, NOW)
    with pytest.raises(UserError, match="event ‘pill’: its times were changed outside"):
        read(text.replace(b"T080000", b"T083000"), TODAY, SEOUL)


def test_a_single_event_of_another_zone_is_reminded_of_at_the_home_time() -> None:
    one, notes = imported(*event("DTSTART:20261201T010000Z"))
    assert (one.kind, one.title) == ("reminder", "치과")
    assert [f"{local:%m-%d %H:%M}" for local in one.schedule.rdate] == ["12-01 10:00"]
    assert "another time zone" in notes[0].told("en")


def test_a_whole_day_is_reminded_of_in_the_morning() -> None:
    one, notes = imported(*event("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=WEEKLY;UNTIL=20261231T145900Z"))
    assert (one.schedule.at, one.schedule.rrule) == (("09:00",), "FREQ=WEEKLY;UNTIL=20261231T235900")
    assert "no time of day" in notes[0].told("en")


def test_one_occurrence_that_was_moved_is_moved() -> None:
    main = event(
        "DTSTART;TZID=Asia/Seoul:20261201T100000", "RRULE:FREQ=DAILY", "EXDATE;TZID=Asia/Seoul:20261204T100000"
    )
    moved = event("DTSTART;TZID=Asia/Seoul:20261202T150000", "RECURRENCE-ID;TZID=Asia/Seoul:20261202T100000")
    one, _ = imported(*main, *moved)
    first, last = datetime.fromisoformat("2026-12-01"), datetime.fromisoformat("2026-12-05T23:00")
    assert [f"{local:%d %H}" for local in one.schedule.local_times(first, last)] == ["01 10", "02 15", "03 10", "05 10"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        calendar(),
        calendar(*event()),
        calendar(*event("DTSTART:garbage")),
        calendar(*event("DTSTART:20261201T010000Z", "RRULE:FREQ=SECONDLY")),
        calendar(*event("DTSTART:20261201T010000Z", "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY")),
        calendar(*event("DTSTART:20261201T010000Z", "X-DOLBOM-ROUTINE:!!!")),
        calendar(*event("DTSTART:20261201T010000Z", "X-DOLBOM-ROUTINE:e30=")),
        calendar("BEGIN:VEVENT"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(text: bytes) -> None:
    with pytest.raises(UserError) as refused:
        read(text, TODAY, SEOUL)
    assert "\n" not in str(refused.value)
