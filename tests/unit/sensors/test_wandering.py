"""Up at night: a toilet visit concerns nobody; to and fro, staying up and the front door do, once a night."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.unit.sensors.homes import Home

from dolbom.clock import SEOUL
from dolbom.events import ActivityLeftAtNight, ActivityWandering, Severity
from dolbom.sensors.observations import InBed, LostAtTheDoor, Outcome
from dolbom.sensors.parameters import ActivityParameters

THREE = datetime(2026, 3, 2, 3, 0, tzinfo=SEOUL)


def to_and_fro(home: Home, times: int, away_min: float = 2.0) -> None:
    """Somebody comes into view so often."""
    for _ in range(times):
        home.up(6)
        home.wait(minutes=away_min)


def test_a_toilet_visit_tells_nobody_and_nothing_is_said() -> None:
    home = Home(THREE)
    to_and_fro(home, 2, away_min=6)
    home.wait(hours=1)
    assert (home.told(), home.asks) == ([], [])


def test_three_toilet_visits_in_one_night_tell_nobody() -> None:
    home = Home(THREE.replace(hour=0))
    for _ in range(3):
        to_and_fro(home, 2, away_min=4)
        home.wait(hours=1)
    assert (home.told(), home.asks) == ([], [])


def test_to_and_fro_is_told_as_a_notice_and_the_robot_speaks_gently() -> None:
    home = Home(THREE)
    to_and_fro(home, 4)
    assert home.told() == ["activity.wandering"]
    data = home.events[0].typed()
    assert isinstance(data, ActivityWandering)
    assert (data.ways, data.at_the_door, data.night.isoformat()) == (4, False, "2026-03-01")
    assert home.events[0].severity is Severity.NOTICE
    assert [ask.text for ask in home.asks] == ["어르신, 지금은 새벽 3시 6분이에요. 아직 밤이에요."]
    assert home.asks[0].question == "제가 도와드릴 일이 있어요?"


def test_who_stays_up_long_wanders_too() -> None:
    home = Home(THREE)
    home.up(200)
    assert home.told() == ["activity.wandering"]


def test_a_whole_night_of_wandering_is_told_once_and_spoken_to_a_few_times() -> None:
    home = Home(THREE.replace(hour=0))
    for _ in range(80):
        home.up(20)
        home.wait(minutes=3)
        if home.asks and home.watch.night is not None and home.watch.night.prompt is not None:
            home.answer()
    kinds = home.told()
    assert kinds.count("activity.wandering") == 1
    assert len(kinds) <= 8
    assert len(home.asks) == 3


def test_the_second_waking_of_a_night_is_an_update() -> None:
    home = Home(THREE.replace(hour=0))
    to_and_fro(home, 5)
    home.wait(hours=1)
    to_and_fro(home, 5)
    assert home.told() == ["activity.wandering", "activity.wandering_over", "activity.wandering_update"]
    assert len({event.data["episode_id"] for event in home.events}) == 1


def test_it_is_over_when_they_lie_in_bed_or_are_not_seen_any_more() -> None:
    home = Home(THREE)
    to_and_fro(home, 4)
    home.wait(minutes=2)
    home.observe(InBed(home.at))
    assert home.events[-1].data["ended"] == "in_bed"
    home = Home(THREE)
    to_and_fro(home, 4)
    home.wait(minutes=20)
    assert home.events[-1].data["ended"] == "unseen"


def test_by_day_nobody_wanders() -> None:
    home = Home(THREE.replace(hour=14))
    to_and_fro(home, 20)
    assert (home.told(), home.asks) == ([], [])


def test_a_wish_for_help_is_a_warning_and_a_call_goes_to_safety() -> None:
    home = Home(THREE)
    to_and_fro(home, 4)
    home.answer(Outcome.ANSWERED, "yes", "응 도와줘")
    assert home.told()[-1] == "activity.wandering_update"
    assert home.events[-1].severity is Severity.WARNING
    home = Home(THREE)
    to_and_fro(home, 4)
    home.answer(Outcome.ANSWERED, "help", "살려줘")
    assert [one.cause for one in home.suspicions] == ["voice"]


@pytest.mark.parametrize("answer", ["fine", "no"])
def test_no_thank_you_is_kept_and_told_with_the_end(answer: str) -> None:
    home = Home(THREE)
    to_and_fro(home, 4)
    home.answer(Outcome.ANSWERED, answer, "괜찮아")
    home.wait(minutes=20)
    assert home.told() == ["activity.wandering", "activity.wandering_over"]
    assert [one["understood"] for one in home.events[-1].data["asked"]] == ["fine"]


def test_the_front_door_at_night_is_a_warning_at_once_and_nobody_after_it_another() -> None:
    home = Home(THREE)
    home.up(5)
    home.sign("door", "front_door")
    assert home.told() == ["activity.left_at_night"]
    assert home.events[0].severity is Severity.WARNING
    assert "밖은 아직 깜깜해요" in home.asks[0].text
    home.wait(minutes=4)
    states = [event.data["state"] for event in home.events]
    assert states == ["opened", "gone"]
    home.up(5)
    assert [event.data.get("state") for event in home.events][-1] == "back"
    assert home.events[-1].severity is Severity.NOTICE


def test_who_is_gone_is_so_over_the_morning_until_somebody_is_noticed() -> None:
    home = Home(THREE)
    home.up(5)
    home.sign("door", "front_door")
    home.wait(hours=6)
    assert home.told() == ["activity.left_at_night", "activity.left_at_night", "activity.wandering_over"]
    assert "activity.not_back" not in home.told(), "it was told at the door"
    home.sign("spoke")
    assert home.events[-1].data["state"] == "back"
    home.up(5)
    assert home.told()[-1] == "activity.left_at_night"
    assert len(home.events) == 4


def test_who_is_gone_for_longer_than_a_day_is_still_missed() -> None:
    home = Home(THREE)
    home.sign("door", "front_door")
    home.wait(hours=25, step_s=60)
    assert home.watch.night is not None
    assert home.watch.night.door == "gone"
    home.up(3)
    assert home.events[-1].data["state"] == "back"


def test_who_only_opened_the_door_and_is_seen_inside_is_not_gone() -> None:
    home = Home(THREE)
    home.up(5)
    home.sign("door", "front_door")
    home.wait(minutes=1)
    home.up(5)
    home.wait(minutes=30)
    assert [event.data.get("state") for event in home.events].count("gone") == 0


def test_who_is_lost_at_the_door_at_night_is_gone_without_any_sensor() -> None:
    home = Home(THREE)
    home.up(4, at_the_door=True)
    home.observe(LostAtTheDoor(home.at))
    assert home.told() == ["activity.wandering"]
    assert home.events[0].data["at_the_door"]
    home.wait(minutes=4)
    gone = home.events[-1].typed()
    assert isinstance(gone, ActivityLeftAtNight)
    assert (gone.state, gone.how) == ("gone", "seen")


def test_a_wanderer_over_a_restart_is_told_once() -> None:
    home = Home(THREE)
    to_and_fro(home, 4)
    home.begin()
    to_and_fro(home, 3)
    assert home.told() == ["activity.wandering"]


def test_it_can_be_switched_off() -> None:
    home = Home(THREE, ActivityParameters(wandering=False))
    to_and_fro(home, 10)
    home.sign("door", "front_door")
    assert home.told() == []
