"""Nobody moves: asked before it is told, each stage in its time, and any sign of life ends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.unit.sensors.homes import Home

from dolbom.clock import SEOUL
from dolbom.events import (
    ActivityNotBack,
    InactivityAttention,
    InactivityCaution,
    InactivityDanger,
    InactivityOver,
    InactivityUnknown,
    Severity,
)
from dolbom.sensors.observations import Alarmed, BackHome, Blinded, Leaving, LostAtTheDoor, Outcome
from dolbom.sensors.parameters import ActivityParameters

EVENING = datetime(2026, 3, 2, 20, 0, tzinfo=SEOUL)


def test_the_robot_asks_before_anybody_is_told() -> None:
    home = Home()
    home.wait(hours=3, minutes=1)
    assert [ask.question for ask in home.asks] == ["잘 계세요?"]
    assert home.asks[0].text == "어르신, 한동안 조용하셔서 여쭤봐요."
    assert home.told() == []


def test_no_answer_is_told_as_attention_with_the_last_evidence_and_its_time() -> None:
    home = Home()
    home.wait(minutes=30)
    home.sign("moved")
    last = home.clock.civil()
    home.silent(3.1)
    assert home.told() == ["inactivity.attention"]
    (event,) = home.events
    data = event.typed()
    assert isinstance(data, InactivityAttention)
    assert data.last_sign is not None
    assert (data.last_sign.kind, data.last_sign.at) == ("moved", last)
    assert data.since == last
    assert data.silent_s == pytest.approx(3 * 3600, abs=120)
    assert (data.limit_s, data.learned) == (3 * 3600, False)
    assert [one.understood for one in data.asked] == ["silence"]
    assert (event.severity, event.subject) == (Severity.NOTICE, "halmoni")


def test_the_stages_follow_in_their_times_and_the_last_is_handed_to_safety() -> None:
    home = Home()
    began = home.clock.civil()
    home.silent(8)
    assert home.told() == ["inactivity.attention", "inactivity.caution", "inactivity.danger"]
    after = [(event.time - began).total_seconds() / 3600 for event in home.events]
    assert after == pytest.approx([3.0, 4.5, 7.5], abs=0.1)
    assert [event.severity for event in home.events] == [Severity.NOTICE, Severity.WARNING, Severity.WARNING]
    kinds = [type(event.typed()) for event in home.events]
    assert kinds == [InactivityAttention, InactivityCaution, InactivityDanger]
    suspected = home.suspicions[0]
    assert (suspected.cause, suspected.over) == ("inactivity", False)
    assert "기척이 없음" in suspected.evidence
    assert len(home.asks) == 2, "the third time safety asks"


def test_safety_is_told_again_until_it_has_taken_it_up() -> None:
    home = Home()
    home.silent(7.505)
    assert len(home.suspicions) == 1
    home.wait(minutes=5)
    before = len(home.suspicions)
    assert before > 1
    home.observe(Alarmed(home.at))
    home.wait(minutes=30)
    assert len(home.suspicions) == before


def test_an_answer_is_a_sign_of_life_and_begins_the_silence_anew() -> None:
    home = Home()
    home.wait(hours=3, minutes=1)
    home.answer(Outcome.ANSWERED, "fine", "잘 있어")
    assert home.told() == []
    quiet = home.watch.quiet[""]
    assert quiet.last is not None
    assert quiet.last.kind == "answered"
    home.wait(hours=2.9)
    assert len(home.asks) == 1
    home.wait(hours=0.2)
    assert len(home.asks) == 2


def test_an_answer_after_the_stage_was_told_stands_it_down_with_what_was_noticed() -> None:
    home = Home()
    home.silent(3.1)
    home.sign("spoke")
    assert home.told() == ["inactivity.attention", "inactivity.over"]
    over = home.events[-1].typed()
    assert isinstance(over, InactivityOver)
    assert (over.was, over.sign.kind) == ("attention", "spoke")
    assert str(over.episode_id) == home.events[0].data["episode_id"]


@pytest.mark.parametrize("answer", ["help", "no"])
def test_whoever_answers_that_they_are_not_well_is_handed_to_safety_at_once(answer: str) -> None:
    home = Home()
    home.wait(hours=3, minutes=1)
    home.answer(Outcome.ANSWERED, answer, "아니 아파")
    assert [(one.cause, one.person) for one in home.suspicions] == [("voice", "halmoni")]
    assert home.told() == []


def test_words_that_answer_nothing_may_be_a_television_and_end_nothing() -> None:
    home = Home()
    home.wait(hours=3, minutes=1)
    home.answer(Outcome.UNCLEAR, "", "다음 소식입니다")
    assert home.told() == ["inactivity.attention"]
    assert home.events[0].data["asked"][0]["understood"] == "unclear"


def test_a_question_that_nobody_settles_counts_as_not_asked_and_is_told_all_the_same() -> None:
    home = Home()
    home.wait(hours=3, minutes=10)
    assert home.told() == ["inactivity.attention"]
    assert home.events[0].data["asked"][0]["understood"] == "not_asked"
    assert home.withdrawn == [home.asks[0].prompt]


def test_a_sign_while_it_is_asked_takes_the_question_back() -> None:
    home = Home()
    home.wait(hours=3, minutes=1)
    home.sign()
    assert home.withdrawn == [home.asks[0].prompt]
    home.answer()  # comes too late
    assert home.told() == []


def test_a_sign_in_danger_takes_the_suspicion_back() -> None:
    home = Home()
    home.silent(7.6)
    home.sign()
    assert home.suspicions[-1].over
    assert home.told()[-1] == "inactivity.over"


def test_nobody_is_asked_in_the_usual_hours_of_sleep_and_the_morning_goes_on_counting() -> None:
    home = Home(EVENING)
    home.wait(hours=11.9)
    assert home.asks == []
    home.wait(hours=1.2)  # one hour awake yesterday, and two today are less than three; now it is three
    assert len(home.asks) == 1


def test_a_silence_that_was_told_goes_on_counting_through_the_night() -> None:
    home = Home(datetime(2026, 3, 2, 18, 0, tzinfo=SEOUL))
    home.silent(8)
    assert home.told() == ["inactivity.attention", "inactivity.caution", "inactivity.danger"]


def test_who_says_that_they_go_out_is_not_inactive_while_they_are_away() -> None:
    home = Home()
    home.observe(Leaving(home.at))
    home.wait(minutes=2)
    home.sign()  # looks for the keys
    home.wait(hours=6)
    assert (home.asks, home.told()) == ([], [])
    away = home.watch.quiet[""].away
    assert away is not None
    assert away.because == "words"
    home.observe(BackHome(home.at))
    assert home.watch.quiet[""].away is None
    home.wait(hours=3.1)
    assert len(home.asks) == 1


def test_who_said_so_and_is_still_about_half_an_hour_later_has_stayed() -> None:
    home = Home()
    home.observe(Leaving(home.at))
    for _ in range(40):
        home.wait(minutes=1)
        home.sign()
    home.wait(hours=3.1)
    assert len(home.asks) == 1


def test_the_front_door_and_nothing_after_it_means_away_and_movement_after_it_does_not() -> None:
    home = Home()
    home.sign("door", "front_door")
    home.wait(hours=4)
    assert home.asks == []
    home.sign()
    home.sign("door", "front_door")
    home.wait(minutes=4)
    home.sign()  # somebody was let in
    home.wait(hours=3.1)
    assert len(home.asks) == 1


def test_where_the_door_is_heard_of_words_alone_take_nobody_out_of_the_house() -> None:
    home = Home()
    home.sign("door", "front_door")
    home.wait(minutes=4)
    home.sign()
    home.observe(Leaving(home.at))
    home.wait(hours=3.1)
    assert len(home.asks) == 1


def test_who_is_seen_going_out_of_the_door_is_away() -> None:
    home = Home()
    home.sign()
    home.observe(LostAtTheDoor(home.at))
    home.wait(hours=5)
    assert (home.asks, home.told()) == ([], [])


def test_who_is_not_back_at_bedtime_is_told_of_once() -> None:
    home = Home(datetime(2026, 3, 2, 15, 0, tzinfo=SEOUL))
    home.observe(LostAtTheDoor(home.at))
    home.wait(hours=12)
    assert home.told() == ["activity.not_back"]
    data = home.events[0].typed()
    assert isinstance(data, ActivityNotBack)
    assert data.since.hour == 15
    home.sign()
    assert home.told() == ["activity.not_back", "inactivity.over"]
    assert home.events[-1].data["was"] == "away"


def test_a_robot_that_cannot_see_says_what_it_does_not_know_and_raises_no_stage() -> None:
    home = Home()
    home.wait(hours=1)
    home.observe(Blinded(home.at, "camera_off"))
    home.silent(3)
    assert home.told() == ["inactivity.unknown"]
    data = home.events[0].typed()
    assert isinstance(data, InactivityUnknown)
    assert data.blind == ["camera_off"]
    assert data.silent_s == pytest.approx(3600, abs=60)
    assert data.unseen_s == pytest.approx(2 * 3600, abs=120)
    home.silent(8.5)
    assert home.told() == ["inactivity.unknown"]


@pytest.mark.parametrize("minutes", [0.2, 5, 17])
def test_a_camera_that_only_blinked_asks_nobody_twice(minutes: float) -> None:
    home = Home()
    home.observe(Blinded(home.at, "camera_lost"))
    home.silent(minutes / 60)
    home.observe(Blinded(home.at, ""))
    home.silent(3 - 0.01)
    assert (home.asks, home.told()) == ([], [])
    home.silent(0.1)
    assert (len(home.asks), home.told()) == (1, ["inactivity.attention"])


def test_a_day_of_not_knowing_becomes_a_warning() -> None:
    home = Home(parameters=ActivityParameters(sleep_from="23:00", sleep_until="06:00"))
    home.observe(Blinded(home.at, "dark"))
    home.silent(15)
    assert home.told() == ["inactivity.unknown", "inactivity.unknown"]
    assert [event.severity for event in home.events] == [Severity.NOTICE, Severity.WARNING]


def test_what_was_not_seen_does_not_count_towards_a_stage_when_it_sees_again() -> None:
    home = Home()
    home.observe(Blinded(home.at, "camera_off"))
    home.silent(4)
    home.observe(Blinded(home.at, ""))
    home.silent(2.9)
    assert "inactivity.attention" not in home.told()
    home.silent(0.2)
    assert "inactivity.attention" in home.told()


def test_a_robot_that_was_off_does_not_know() -> None:
    home = Home()
    home.wait(minutes=30)
    home.clock.advance(5 * 3600)
    home.begin()
    home.silent(0.2)
    assert home.told() == ["inactivity.unknown"]
    assert home.events[0].data["blind"] == ["robot_off"]


def test_a_short_restart_neither_doubles_a_stage_nor_loses_the_silence() -> None:
    home = Home()
    for _ in range(80):
        home.silent(0.1)
        home.clock.advance(20)
        home.begin()
    assert home.told() == ["inactivity.attention", "inactivity.caution", "inactivity.danger"]


def test_a_question_that_died_with_the_robot_is_put_again() -> None:
    home = Home()
    home.wait(hours=3, minutes=1)
    home.begin()
    home.wait(minutes=1)
    assert len(home.asks) == 2
    home.answer()
    assert home.told() == ["inactivity.attention"]


@pytest.mark.parametrize("by", [timedelta(days=400), timedelta(days=-400), timedelta(hours=1), timedelta(hours=-1)])
def test_a_calendar_that_is_set_is_no_silence(by: timedelta) -> None:
    home = Home()
    home.wait(hours=2)
    home.jump(by)
    home.wait(minutes=50)
    assert (home.asks, home.told()) == ([], [])


def test_the_night_on_which_the_clocks_change_is_slept_through() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for day in (datetime(2026, 3, 28, 21, 0, tzinfo=berlin), datetime(2026, 10, 24, 21, 0, tzinfo=berlin)):
        home = Home(day, zone=berlin)
        while home.clock.civil().hour != 8:
            home.wait(minutes=10)
        assert home.asks == []


def test_two_people_who_are_watched_each_for_themselves_do_not_hide_each_other() -> None:
    home = Home(parameters=ActivityParameters(persons=["halmoni", "harabeoji"]))
    for _ in range(13):
        home.wait(minutes=15)
        home.sign("moved", person="harabeoji")
    assert [ask.person for ask in home.asks] == ["halmoni"]
    home.answer()
    assert [event.subject for event in home.events] == ["halmoni"]
