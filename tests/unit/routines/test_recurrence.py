"""Which occurrences fall when: rules, weekends, holes and folds of the clock, leap days, and what is wrong with one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.unit.routines.homes import routine

from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.routines.occurrences import occurrences
from dolbom.routines.recurrence import between
from dolbom.routines.routine import Routine, routine_from

NEW_YORK = ZoneInfo("America/New_York")


def local(one: Routine, first: str, days: float, zone: ZoneInfo = SEOUL) -> list[str]:
    begin = datetime.fromisoformat(first).replace(tzinfo=zone)
    return [f"{o.local:%m-%d %H:%M}" for o in occurrences([one], begin, begin + timedelta(days=days), zone)]


def test_weekdays_and_weekends_have_their_own_times_and_excluded_days_have_none() -> None:
    one = routine(schedule={"at": ["08:00"], "weekend_at": ["09:30"], "exdate": ["2026-11-27", "2026-11-28T09:30"]})
    assert local(one, "2026-11-25", 6) == ["11-25 08:00", "11-26 08:00", "11-29 09:30", "11-30 08:00"]


def test_single_times_more_days_off_and_the_last_day_are_kept() -> None:
    one = routine(
        schedule={"at": ["08:00"], "end": "2026-11-29", "rdate": ["2026-11-26T15:00"]},
        off=[{"first": "2026-11-27", "last": "2026-11-28"}],
    )
    assert local(one, "2026-11-25", 9) == ["11-25 08:00", "11-26 08:00", "11-26 15:00", "11-29 08:00"]


def test_a_routine_that_is_switched_off_has_no_occurrence() -> None:
    assert local(routine(enabled=False), "2026-11-25", 9) == []


def test_a_time_in_the_hole_of_spring_comes_once_an_hour_later() -> None:
    one = routine(schedule={"start": "2026-03-01", "at": ["02:30"]})
    found = occurrences([one], datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 3, 9, 12, tzinfo=UTC), NEW_YORK)
    assert [(o.id, o.at.astimezone(NEW_YORK).hour) for o in found] == [
        ("pill@2026-03-08T02:30", 3),
        ("pill@2026-03-09T02:30", 2),
    ]


def test_a_time_that_comes_twice_in_autumn_is_its_first() -> None:
    one = routine(schedule={"start": "2026-03-01", "at": ["01:30"]})
    found = occurrences([one], datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC), NEW_YORK)
    assert [(o.id, o.at) for o in found] == [("pill@2026-11-01T01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC))]


def test_every_hour_over_the_hole_no_two_fall_together() -> None:
    hourly = routine(
        kind="water", title="물", schedule={"start": "2026-03-01", "at": ["00:30"], "rrule": "FREQ=HOURLY"}
    )
    found = occurrences([hourly], datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 8, 9, tzinfo=UTC), NEW_YORK)
    assert [f"{o.local:%H:%M}" for o in found] == ["00:30", "01:30", "03:30", "04:30"]


def test_who_was_born_on_a_leap_day_has_a_birthday_every_year() -> None:
    born = routine(kind="birthday", title="손녀", schedule={"start": "2020-02-29", "at": ["09:00"]})
    found = [local(born, f"{year}-02-27", 4) for year in (2024, 2025, 2026, 2027, 2028)]
    assert found == [["02-29 09:00"], ["02-28 09:00"], ["02-28 09:00"], ["02-28 09:00"], ["02-29 09:00"]]


def test_a_yearly_rule_on_a_leap_day_comes_in_leap_years_only_as_rfc_5545_says() -> None:
    one = routine(kind="reminder", title="x", schedule={"start": "2024-02-29", "at": ["09:00"], "rrule": "FREQ=YEARLY"})
    assert [bool(local(one, f"{year}-02-01", 40)) for year in (2024, 2025, 2026, 2027, 2028)] == [
        True, False, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "FREQ=WEEKLY",
     "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=DAILY;COUNT=400", "FREQ=DAILY;INTERVAL=2;UNTIL=20261201",
     "FREQ=HOURLY;INTERVAL=5", "FREQ=HOURLY;BYHOUR=9,15",
     "FREQ=WEEKLY;INTERVAL=3;WKST=SU;BYDAY=SU,MO"],
)  # fmt: skip
def test_a_window_years_later_finds_what_walking_there_from_the_start_finds(rule: str) -> None:
    start = datetime.fromisoformat("2024-01-03T09:00")
    first, last = datetime.fromisoformat("2026-11-01T12:00"), datetime.fromisoformat("2026-12-01T12:00")
    walked = [time for time in between(rule, start, start, last) if time >= first]
    assert list(between(rule, start, first, last)) == walked


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "pill"}, "kind: ‘pill’ is none of medicine, meal"),
        ({"id": "혈압"}, "id: ‘혈압’ — write small letters"),
        ({"schedul": {}}, "schedul: there is no such field; is it schedule?"),
        ({"schedule": {"at": ["8:00"]}}, "schedule.at[0]: ‘8:00’ is no time of day: write it as 08:00"),
        ({"schedule": {"at": []}}, "schedule.at: there is no time; write at least one"),
        ({"schedule": {"at": ["08:00"], "rrule": "daily"}}, "schedule.rrule: ‘daily’ is no recurrence rule"),
        ({"schedule": {"at": ["08:00"], "rrule": "FREQ=SECONDLY"}}, "FREQ is one of YEARLY"),
        ({"schedule": {"at": ["08:00"], "rrule": "FREQ=DAILY;INTERVAL=0"}}, "INTERVAL is a number from 1 on"),
        ({"schedule": {"at": ["08:00"], "rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}}, "never comes"),
        ({"schedule": {"at": ["08:00"], "exdate": ["morgen"]}}, "‘morgen’ is no date or time"),
        ({"schedule": {"at": ["08:00"], "end": "2020-01-01"}}, "schedule.end: 2020-01-01 is before the start"),
        ({"schedule": {"at": ["08:00", "09:00"]}}, "at: 08:00 and 09:00 are nearer than medicine.min_gap_h, 4 h"),
        ({"medicine": {"as_needed": True}}, "a medicine that is taken as needed has no times"),
        ({"medicine": {"dos": "한 알"}}, "medicine.dos: there is no such field; is it dose?"),
        ({"medicine": {"importance": "high"}}, "medicine.importance: ‘high’ is none of critical, normal, optional"),
        ({"title": " \n"}, "title: there are no words in it"),
        ({"ladder": "steep"}, "ladder: there is no ‘steep’; there are critical, normal"),
        ({"ladder": {"steps": [{"at_min": 0, "do": ["shout"]}]}}, "ladder.steps[0].do[0]"),
        ({"ladder": {"steps": [{"at_min": 0, "do": ["voice"]}, {"at_min": 5, "do": ["voice"]}]}}, "the last step"),
        ({"quiet": "22-6"}, "quiet: ‘22-6’ is no span of hours"),
        ({"quiet": "22:00-6:00"}, "quiet: ‘22:00-6:00’ is no span of hours"),
        ({"off": [{"first": "2026-12-02", "last": "2026-12-01"}]}, "off[0].last: 2026-12-01 is before first"),
        ({"after": {"event": "meal.breakfast", "at_the_latest": "07:00"}}, "at_the_latest: 07:00 is not after 08:00"),
        ({"recording": "../../etc/passwd"}, "recording: "),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_routine_is_said_in_plain_words_with_its_field(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as refused:
        routine(**fields)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "validation error" not in str(refused.value)


@pytest.mark.parametrize("data", [None, [], "text", 3, {"schedule": "daily"}, {"id": "x", "schedule": {"start": 5}}])
def test_what_is_no_routine_at_all_is_refused_in_one_line(data: object) -> None:
    with pytest.raises(UserError):
        routine_from(data, date(2026, 11, 25))
