"""Nothing due is skipped or done twice: over restarts, power cuts, jumps of the calendar, other time zones."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from tests.unit.routines.homes import Home, routine

from dolbom.routines.due import State
from dolbom.routines.observations import Outcome


def settled(home: Home) -> Counter[str]:
    return Counter(entry.due for entry in home.entries if entry.what == "settled")


def test_a_restart_before_the_time_changes_nothing() -> None:
    home = Home(routine())
    home.wait(10)
    home.restart(after_s=60)
    assert home.until("08:01") == ["08:00 어르신, 혈압약 드실 시간이에요. 한 알이에요."]


def test_a_look_within_the_second_before_its_time_does_not_put_it_off() -> None:
    home = Home(routine(), start="2026-11-25T07:59:59.500")
    assert home.keeper.next_at(home.at()) == pytest.approx(0.5)


def test_off_over_the_time_but_inside_the_window_it_reminds_late() -> None:
    home = Home(routine())
    home.restart(after_s=3600 + 40 * 60)
    assert [line[:5] for line in home.wait(0.1)] == ["08:40"]


def test_off_over_the_whole_window_it_is_not_known_and_a_person_is_told() -> None:
    home = Home(routine(schedule={"at": ["08:00", "20:00"]}))
    home.restart(after_s=3 * 86_400)
    home.tick()
    assert Counter(home.states().values()) == {"unknown": 6}
    assert {event.data["reason"] for event in home.events} == {"not_watched"}
    assert [act for act in home.acts if hasattr(act, "text")] == []


def test_killed_while_it_speaks_it_asks_whether_it_was_taken_and_not_that_it_is_time() -> None:
    home = Home(routine())
    home.until("08:00")
    home.restart(after_s=20)
    assert home.prompt().text == "어르신, 혈압약 여쭤볼게요."
    assert home.prompt().question == "혈압약은 드셨어요?"
    home.answer("medicine_taken")
    home.restart(after_s=20)
    assert home.until("23:00") == []


def test_killed_after_the_answer_was_written_nothing_is_said_again() -> None:
    home = Home(routine())
    home.until("08:00")
    home.answer("medicine_taken")
    for _ in range(3):
        home.restart(after_s=1)
        assert home.wait(30) == []
    assert settled(home) == {"pill@2026-11-25T08:00": 1}


def test_the_ladder_goes_on_over_a_restart_where_it_stood() -> None:
    home = Home(routine())
    home.until("08:02")
    home.ends(Outcome.SILENCE)
    home.restart(after_s=60)
    assert [line[:5] for line in home.until("08:31")] == ["08:05", "08:10"]
    assert home.states() == {"pill 11-25 08:00": "missed"}


def test_a_reminder_that_is_only_told_once_is_not_lost_by_a_kill() -> None:
    home = Home(routine(id="bins", kind="bin_day", title="재활용"))
    home.until("08:00")
    assert [line[:5] for line in home.said(home.restart(after_s=600))] == ["08:10"]


@pytest.mark.parametrize("hours", [-3, 3, 24 * 400, -24 * 3, 0.3])
def test_a_wrong_calendar_that_is_put_right_costs_no_dose_and_doubles_none(hours: float) -> None:
    home = Home(routine(schedule={"start": "2020-01-01", "at": ["08:00", "20:00"]}), start="2026-11-25T06:30")
    home.jump(hours=hours)
    home.wait(20)
    home.jump(hours=-hours)
    home.tick()
    said = home.until("08:01")
    assert [line[:5] for line in said] == ["08:00"]
    home.answer("medicine_taken")
    assert home.states()["pill 11-25 08:00"] == "taken"
    assert [line[:5] for line in home.until("20:01")] == ["20:00"]


def test_after_taken_a_calendar_set_back_does_not_bring_the_dose_again() -> None:
    home = Home(routine())
    home.until("08:00")
    home.answer("medicine_taken")
    for hours in (-1, -20, 21):
        home.jump(hours=hours)
        assert home.wait(59) == []
    assert settled(home)["pill@2026-11-25T08:00"] == 1


def test_a_jump_years_ahead_and_a_restart_in_it_do_not_make_it_forget_the_day() -> None:
    home = Home(routine())
    home.until("08:00")
    home.answer("medicine_taken")
    home.jump(days=5000)
    home.wait(1)
    home.restart(after_s=5)
    home.wait(1)
    home.jump(days=-5000)
    assert home.wait(30) == []
    assert home.states()["pill 11-25 08:00"] == "taken"


def test_a_calendar_that_jumps_does_not_hurry_the_ladder() -> None:
    home = Home(routine())
    home.until("08:00")
    home.jump(minutes=20)
    home.tick()
    assert home.wait(4.5) == []
    home.restart()
    assert len(home.wait(1)) == 1


def test_what_a_wrong_calendar_had_settled_is_taken_back_and_told() -> None:
    home = Home(routine())
    home.jump(hours=10)
    home.tick()
    assert home.events[-1].kind == "dose.unknown"
    home.jump(hours=-10)
    home.tick()
    assert (home.events[-1].kind, home.events[-1].data["after"]) == ("dose.corrected", "void")
    assert [line[:5] for line in home.until("08:01")] == ["08:00"]


def test_a_calendar_put_right_is_noticed_even_if_nobody_looked_until_the_dose_was_due() -> None:
    home = Home(routine())
    home.jump(hours=3)
    home.wait(20)
    home.jump(hours=-3)
    assert [line[:5] for line in home.until("08:01")] == ["08:01"]


def test_off_under_a_calendar_months_ahead_what_fell_due_meanwhile_is_accounted_for() -> None:
    home = Home(routine(schedule={"start": "2020-01-01", "at": ["08:00"]}))
    home.jump(days=60)
    home.tick()
    home.restart(after_s=3 * 86_400)
    home.tick()
    home.jump(days=-60)
    home.tick()
    due = home.states()
    assert [due[f"pill 11-{day} 08:00"] for day in (25, 26, 27)] == ["unknown"] * 3


def test_moved_to_another_time_zone_no_local_time_is_lost_or_comes_twice() -> None:
    home = Home(routine(schedule={"at": ["08:00", "20:00"]}))
    home.until("08:00")
    home.answer("medicine_taken")
    home.restart(zone=ZoneInfo("Europe/London"))  # it is the evening before there
    assert home.until("08:30") == []
    assert home.states()["pill 11-25 08:00"] == "taken"
    assert [line[:5] for line in home.until("20:01")] == ["20:00"]


def test_moved_east_over_a_time_that_had_not_come_it_is_reminded_of_late() -> None:
    home = Home(routine(schedule={"start": "2026-11-20", "at": ["08:00"]}), start="2026-11-25T07:30")
    home.restart(zone=ZoneInfo("Asia/Tokyo"))  # the same time
    assert home.wait(5) == []
    home.restart(zone=ZoneInfo("Australia/Brisbane"))  # 08:35 there
    assert [line[:5] for line in home.wait(0.1)] == ["08:35"]


def test_over_both_changes_of_the_clocks_each_day_has_each_dose_once() -> None:
    zone = ZoneInfo("America/New_York")
    one = routine(schedule={"start": "2026-01-01", "at": ["02:30", "08:00"]}, quiet="")
    for start in ("2026-03-06T00:00", "2026-10-30T00:00"):
        home = Home(one, start=start, zone=zone)
        home.wait(5 * 24 * 60)
        days = Counter(due.split("T")[0] for due in settled(home))
        assert set(days.values()) == {2}
        assert set(settled(home).values()) == {1}


def test_nothing_is_owed_for_more_than_a_month_back() -> None:
    home = Home(routine(schedule={"start": "2020-01-01", "at": ["08:00"]}))
    home.restart(after_s=400 * 86_400)
    home.tick()
    assert 30 <= len(home.states()) <= 32


@pytest.mark.slow
def test_years_of_history_do_not_slow_the_day_nor_lose_it() -> None:
    days = 900
    home = Home(routine(kind="bin_day", id="bins", title="재활용", schedule={"at": ["06:10", "07:10", "08:10"]}))
    for _ in range(days):
        home.wait(24 * 60)
    assert set(settled(home).values()) == {1}
    assert len(settled(home)) == 3 * days
    assert len(home.keeper.dues) < 1300
    assert all(due.state in (State.MISSED, State.DUE) for due in home.keeper.dues.values())
