"""After a blind spell: whoever was up before it and lies, or is not found, is asked about; nobody else is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.perception.stick_figure import ON_BACK, ON_CHAIR, ON_FRONT, STANDING, film

from dolbom.perception.blind import LastLook, LastLookFile
from dolbom.perception.bodies import Bodies
from dolbom.perception.falls import FallDetector, FallEvent, FallKind, FallParameters

START = 100.0
BEFORE = LastLook(stamp=START - 6.0, up=("old1",))
LYING = [(0.0, ON_BACK), (30.0, ON_BACK)]


def after(movement: list, before: LastLook = BEFORE, **parameters: float) -> list[FallEvent]:
    return FallDetector(FallParameters(**parameters), before).replay(film(movement, fps=10, start=START))


def nobody(seconds: float, start: float = START) -> list[Bodies]:
    return [Bodies(start + i / 10, 640, 480) for i in range(round(seconds * 10))]


def told(events: list[FallEvent]) -> list[tuple[str, str]]:
    return [(str(event.kind), event.person) for event in events]


@pytest.mark.parametrize("stance", [ON_BACK, ON_FRONT])
def test_who_was_up_before_and_lies_there_after_it_is_down_within_five_seconds(stance: object) -> None:
    events = after([(0.0, stance), (30.0, stance)])
    assert told(events) == [("suspected", "a"), ("down", "a")]
    assert events[-1].stamp < START + 5.0
    assert events[-1].blind
    assert "lay on the floor when it saw again" in events[-1].words("en")


def test_who_gets_up_after_that_has_recovered() -> None:
    events = after([(0.0, ON_BACK), (8.0, ON_BACK), (10.0, STANDING), (14.0, STANDING)])
    assert [str(event.kind) for event in events] == ["suspected", "down", "recovered"]


def test_who_is_not_found_again_is_asked_about_once() -> None:
    detector = FallDetector(before=BEFORE)
    events = detector.replay(nobody(60))
    assert told(events) == [("suspected", "old1")]
    assert START + 10.0 <= events[0].stamp < START + 10.2
    assert events[0].unseen
    assert events[0].since == BEFORE.stamp
    assert events[0].words("ko") != events[0].words("en")


def test_who_comes_into_view_again_after_that_is_cleared() -> None:
    detector = FallDetector(before=BEFORE)
    events = detector.replay([*nobody(20), *film([(0, STANDING), (5, STANDING)], fps=10, start=START + 20)])
    assert told(events) == [("suspected", "old1"), ("cleared", "old1")]


def test_who_is_found_on_the_floor_after_that_is_down_and_nothing_is_cleared() -> None:
    detector = FallDetector(before=BEFORE)
    events = detector.replay([*nobody(20), *film(LYING, fps=10, start=START + 20), *nobody(200, START + 50)])
    assert told(events)[:3] == [("suspected", "old1"), ("suspected", "a"), ("down", "a")]
    assert FallKind.CLEARED not in [event.kind for event in events]


def test_who_is_never_found_is_suspected_until_the_ladder_has_decided() -> None:
    events = FallDetector(before=BEFORE).replay(nobody(150))
    assert told(events) == [("suspected", "old1"), ("cleared", "old1")]
    assert events[1].stamp - events[0].stamp > 47.0


@pytest.mark.parametrize("stance", [STANDING, ON_CHAIR])
def test_who_is_up_again_is_left_in_peace(stance: object) -> None:
    assert after([(0.0, stance), (120.0, stance)]) == []


def test_who_rests_where_one_rests_is_left_in_peace() -> None:
    bed = "0,0 1,0 1,1 0,1"
    detector = FallDetector(FallParameters(resting_places=[bed]), BEFORE)
    assert detector.replay(film([(0, ON_BACK), (60, ON_BACK)], fps=10, start=START)) == []


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(LastLook(stamp=START - 6.0), id="nobody_was_up"),
        pytest.param(LastLook(stamp=START - 400.0, up=("old1",)), id="too_long_ago"),
        pytest.param(LastLook(stamp=START + 6.0, up=("old1",)), id="the_clock_was_set_back"),
    ],
)
def test_a_last_look_that_says_nothing_of_now_changes_nothing(before: LastLook) -> None:
    assert FallDetector(before=before).replay(nobody(60)) == []
    assert after([(0.0, ON_BACK), (60.0, ON_BACK)], before) == []


def test_of_two_who_were_there_one_who_is_up_does_not_speak_for_the_other() -> None:
    two = LastLook(stamp=START - 6.0, up=("old1", "old2"))
    events = after([(0.0, STANDING), (60.0, STANDING)], two)
    assert [str(event.kind) for event in events] == ["suspected"]


def test_nobody_is_missed_where_that_is_switched_off() -> None:
    assert FallDetector(FallParameters(missing_after=0.0), BEFORE).replay(nobody(60)) == []


def test_the_last_look_names_who_stands_or_sits_and_who_has_just_fallen_and_not_who_lies_down_for_long() -> None:
    for stance, up in ((STANDING, ("a",)), (ON_CHAIR, ("a",)), (ON_BACK, ())):
        detector = FallDetector()
        detector.replay(film([(0, stance), (4, stance)]))
        assert detector.last_look is not None
        assert detector.last_look.up == up
    falling = FallDetector()
    falling.replay(film([(0, STANDING), (2, STANDING), (2.9, replace(ON_FRONT, x=0.6))]))
    assert falling.last_look is not None
    assert falling.last_look.up == ("a",)
    assert FallDetector().last_look is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["up", "lying", "gone"]), min_size=1, max_size=25), st.integers(1, 3))
def test_somebody_missed_is_told_once_and_cleared_at_most_once(course: list[str], people: int) -> None:
    before = LastLook(stamp=START - 3.0, up=tuple(f"old{i}" for i in range(people)))
    detector, events = FallDetector(before=before), []
    for second, what in enumerate(course):
        stamp = START + 6.0 * second
        stance = STANDING if what == "up" else ON_BACK
        frames = nobody(6, stamp) if what == "gone" else film([(0, stance), (6, stance)], fps=5, start=stamp)
        events += detector.replay(frames)
    missed = [str(event.kind) for event in events if event.person.startswith("old")]
    assert missed in ([], ["suspected"], ["suspected", "cleared"])


def test_the_file_keeps_the_last_look_and_a_damaged_one_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "last_look.json"
    assert LastLookFile(path).read() is None
    kept = LastLookFile(path)
    kept.keep(BEFORE)
    assert LastLookFile(path).read() == BEFORE
    kept.keep(LastLook(stamp=5.0))
    assert LastLookFile(path).read() == LastLook(stamp=5.0)
    kept.keep(LastLook(stamp=6.0))
    assert LastLookFile(path).read() == LastLook(stamp=5.0), "nobody is up, as before: nothing to write"
    path.write_text('{"stamp": 1')
    assert LastLookFile(path).read() is None
    assert [file.name for file in tmp_path.iterdir()] == ["last_look.json"]
