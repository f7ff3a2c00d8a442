"""The home's own rhythm: learnt from two weeks on, within bounds, and not by its emergencies."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from dolbom.clock import SEOUL
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.rhythm import Hour, Rhythm

DAY = date(2026, 3, 1)
HOUR = 3600.0


def days(count: int, silence: dict[int, float], up: tuple[int, int] = (6, 21), spoilt: bool = False) -> list[Hour]:
    """So many days alike: awake from one hour to another, silent by the hour of the day as told, in hours."""
    return [
        Hour(DAY + timedelta(days=day), hour, HOUR, silence.get(hour, 0.3) * HOUR, int(up[0] <= hour <= up[1]), spoilt)
        for day in range(count)
        for hour in range(24)
    ]


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 4, 1, hour, minute, tzinfo=SEOUL)


def test_without_history_the_set_times_hold() -> None:
    for hours in ([], days(13, {14: 5.0})):
        rhythm = Rhythm(ActivityParameters(), hours)
        assert rhythm.limit(14).seconds == 3 * HOUR
        assert not rhythm.limit(14).learned
        assert (rhythm.sleep.words(), rhythm.night.words()) == ("22:00–07:00", "23:00–05:00")


def test_a_nap_after_lunch_is_learnt_for_its_hours_and_no_others() -> None:
    rhythm = Rhythm(ActivityParameters(), days(21, {13: 1.0, 14: 2.0, 15: 3.0}))
    assert rhythm.limit(15).seconds == pytest.approx(3.75 * HOUR)
    assert rhythm.limit(15).learned
    assert rhythm.limit(9).seconds == 2 * HOUR, "the shortest"


def test_nothing_is_learnt_beyond_the_longest_time() -> None:
    rhythm = Rhythm(ActivityParameters(), days(30, dict.fromkeys(range(24), 20.0)))
    assert rhythm.limit(12).seconds == 8 * HOUR


def test_a_few_strange_days_change_nothing_and_spoilt_ones_do_not_count() -> None:
    usual = days(40, {10: 1.8})
    strange = [
        Hour(one.day, one.hour, HOUR, 7 * HOUR, 1) if one.day <= DAY + timedelta(days=1) else one for one in usual
    ]
    assert Rhythm(ActivityParameters(), strange).limit(10) == Rhythm(ActivityParameters(), usual).limit(10)
    emergency = [*usual, *days(40, {10: 7.0}, spoilt=True)]
    assert Rhythm(ActivityParameters(), emergency).limit(10) == Rhythm(ActivityParameters(), usual).limit(10)


def test_an_hour_that_was_hardly_watched_teaches_no_silence() -> None:
    half = [Hour(one.day, one.hour, 1200.0, 0.0, one.signs) for one in days(30, {})]
    assert not Rhythm(ActivityParameters(), half).limit(10).learned


def test_when_people_sleep_is_learnt_generously_and_the_night_narrowly() -> None:
    early, late = days(10, {}, up=(5, 20)), days(10, {}, up=(7, 22))
    moved = [Hour(one.day + timedelta(days=10), one.hour, HOUR, 0.0, one.signs) for one in late]
    rhythm = Rhythm(ActivityParameters(), [*early, *moved])
    assert rhythm.sleep.learned
    assert (rhythm.sleep.words(), rhythm.night.words()) == ("21:00–08:00", "23:00–05:00")
    assert rhythm.sleep.holds(at(21, 30))
    assert not rhythm.sleep.holds(at(8))
    assert rhythm.night.holds(at(0))
    assert not rhythm.night.holds(at(22, 59))


def test_who_goes_to_bed_after_midnight_does_not_wander_before() -> None:
    owl = [Hour(one.day, one.hour, HOUR, 0.0, one.signs or int(one.hour == 0)) for one in days(20, {}, up=(9, 23))]
    rhythm = Rhythm(ActivityParameters(), owl)
    assert rhythm.night.words() == "01:00–08:00"
    assert not rhythm.night.holds(at(0, 30))


def test_learning_can_be_switched_off() -> None:
    rhythm = Rhythm(ActivityParameters(learn=False), days(60, {10: 1.0}))
    assert not rhythm.limit(10).learned


def test_times_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="caution comes before danger"):
        ActivityParameters(caution_more_h=5, danger_more_h=4)
    with pytest.raises(ValueError, match="is not a place"):
        ActivityParameters(ways_out=["0,0 1,1"])
