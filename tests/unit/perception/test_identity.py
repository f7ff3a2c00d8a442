"""Looks vote on who somebody is, and a doubt stays a doubt."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import ValidationError
from tests.examples import examples

from dolbom.perception.faces import Face, Look, Quality
from dolbom.perception.identity import (
    Gallery,
    Identified,
    Identifier,
    IdentityParameters,
    UnknownVisitor,
    Verdict,
    Withdrawn,
    confidence,
    one_vote,
    ranked,
)

CLEAR = Quality(size=120, brightness=130, contrast=45, sharpness=0.3, yaw=0, pitch=0, score=0.93)
SMALL = dataclasses.replace(CLEAR, size=15)
SOFT = dataclasses.replace(CLEAR, size=35)
FACE = Face(np.array([10, 10, 120, 150], np.float32), np.zeros((5, 2), np.float32), 0.93)
AXES = np.eye(128, dtype=np.float32)
MOTHER, SON, STRANGER = AXES[0], AXES[1], AXES[2]


def like(person: np.ndarray, cosine: float, towards: np.ndarray = AXES[60]) -> np.ndarray:
    """A template with this cosine to a person's, the rest of it in another direction."""
    return np.asarray(cosine * person + np.sqrt(1 - cosine**2) * towards, dtype=np.float32)


def look(template: np.ndarray, quality: Quality = CLEAR) -> Look:
    return Look(FACE, quality, template)


def family(**changes: float) -> Identifier:
    return Identifier(Gallery({"p1": [MOTHER], "p2": [SON]}), IdentityParameters(**changes))  # type: ignore[arg-type]


def watch(
    who: Identifier, face: str, template: np.ndarray, n: int, start: float = 0.0, quality: Quality = CLEAR
) -> list:
    """`n` looks, four a second."""
    return [event for i in range(n) for event in who.observe(start + i / 4, face, look(template, quality))]


def test_one_look_is_not_enough_for_a_name() -> None:
    who = family()
    assert watch(who, "f1", like(MOTHER, 0.9), 2) == []
    assert who.identity("f1").verdict is Verdict.UNSURE


def test_looks_that_agree_give_the_name_once() -> None:
    who = family()
    events = watch(who, "f1", like(MOTHER, 0.7), 20)
    assert [type(e) for e in events] == [Identified]
    assert events[0].person == "p1" and events[0].stamp == 0.5 and events[0].confidence > 0.95
    assert who.identity("f1").person == "p1"


def test_a_face_just_below_the_threshold_stays_unsure() -> None:
    who = family()
    assert watch(who, "f1", like(MOTHER, 0.51), 40) == []
    assert who.identity("f1").verdict is Verdict.UNSURE


def test_a_face_between_two_enrolled_people_is_neither() -> None:
    who = family()
    between = like(MOTHER, 0.6, towards=SON)  # 0.6 to one, 0.8 to the other; then nearer together:
    nearly = np.asarray((0.66 * MOTHER + 0.62 * SON + 0.42 * AXES[60]), np.float32)
    assert [e.person for e in watch(who, "f1", between, 4)] == ["p2"]
    assert watch(who, "f2", nearly / np.linalg.norm(nearly), 40, start=5) == []


def test_a_stranger_is_told_once_after_staying() -> None:
    who = family()
    events = watch(who, "f1", STRANGER, 80)
    assert [type(e) for e in events] == [UnknownVisitor]
    assert events[0].since == 0.0 and events[0].stamp == pytest.approx(10.0)
    assert who.identity("f1").verdict is Verdict.UNKNOWN and who.identity("f1").person is None


def test_a_stranger_who_turns_away_and_back_is_not_told_again() -> None:
    who = family()
    watch(who, "f1", STRANGER, 60)
    who.lost(16.0, "f1")
    assert watch(who, "f2", like(STRANGER, 0.8), 80, start=60) == []
    assert [type(e) for e in watch(who, "f3", AXES[5], 80, start=60)] == [UnknownVisitor]


def test_the_same_stranger_another_day_is_told_again() -> None:
    who = family()
    watch(who, "f1", STRANGER, 60)
    who.lost(16.0, "f1")
    assert [type(e) for e in watch(who, "f2", STRANGER, 60, start=5000)] == [UnknownVisitor]


def test_a_face_too_small_or_dark_is_unsure_whatever_it_resembles() -> None:
    for quality in (SMALL, dataclasses.replace(CLEAR, brightness=8), dataclasses.replace(CLEAR, yaw=70)):
        who = family()
        assert watch(who, "f1", MOTHER, 40, quality=quality) == []
        assert watch(who, "f2", STRANGER, 80, start=20, quality=quality) == []
        assert one_vote({"p1": 0.9}, look(MOTHER, quality), who.parameters) == (Verdict.UNSURE, None)


def test_a_face_not_seen_clearly_is_never_called_a_stranger_but_can_be_recognised() -> None:
    who = family()
    assert watch(who, "f1", STRANGER, 80, quality=SOFT) == []
    assert [type(e) for e in watch(who, "f2", MOTHER, 4, start=30, quality=SOFT)] == [Identified]


def test_a_name_survives_a_few_bad_looks_but_not_a_contradiction() -> None:
    who = family()
    watch(who, "f1", like(MOTHER, 0.7), 8)
    assert watch(who, "f1", like(MOTHER, 0.45), 3, start=2) == []
    events = watch(who, "f1", like(SON, 0.8), 40, start=3)
    assert [type(e) for e in events] == [Withdrawn, Identified]
    assert (events[0].person, events[1].person) == ("p1", "p2")


def test_a_name_is_kept_while_the_face_is_turned_away_and_withdrawn_when_it_is_gone() -> None:
    who = family()
    watch(who, "f1", MOTHER, 8)
    assert watch(who, "f1", STRANGER, 40, start=2, quality=SMALL) == []
    assert who.identity("f1").person == "p1"
    assert [type(e) for e in who.lost(15.0, "f1")] == [Withdrawn]
    assert who.lost(15.0, "f1") == []


def test_nobody_is_in_two_places() -> None:
    who = family()
    for i in range(8):
        events = who.observe(i / 4, "f1", look(like(MOTHER, 0.60)))
        events += who.observe(i / 4, "f2", look(like(MOTHER, 0.80)))
    assert who.identity("f2").person == "p1"
    assert who.identity("f1").verdict is not Verdict.KNOWN


def test_whoever_is_forgotten_loses_the_name_at_once() -> None:
    who = family()
    watch(who, "f1", MOTHER, 8)
    events = who.enrolled(Gallery({"p2": [SON]}))
    assert [type(e) for e in events] == [Withdrawn]
    assert not any(isinstance(e, Identified) for e in watch(who, "f1", MOTHER, 40, start=2))


def test_in_an_empty_home_everybody_is_a_stranger_and_nothing_breaks() -> None:
    who = Identifier(Gallery({}))
    assert [type(e) for e in watch(who, "f1", MOTHER, 80)] == [UnknownVisitor]
    assert Gallery({"p1": []}).people == ()


def test_a_sure_face_is_looked_at_less_often() -> None:
    who = family()
    assert who.wants_look("f1", 0.0)
    watch(who, "f1", MOTHER, 8)
    assert not who.wants_look("f1", 2.0)
    assert who.wants_look("f1", 2.8)


def test_several_views_are_compared_by_their_mean() -> None:
    gallery = Gallery({"p1": [like(MOTHER, 0.8, AXES[70]), like(MOTHER, 0.8, AXES[71])]})
    assert gallery.compare(MOTHER)["p1"] == pytest.approx(0.8 / np.sqrt(0.82), abs=1e-4)
    assert ranked({"a": 0.1, "b": 0.5})[0].person == "b"


def test_confidence_rises_with_likeness_and_never_says_certain() -> None:
    rising = [confidence(score) for score in np.linspace(-1, 1, 50)]
    assert rising == sorted(rising) and rising[0] == 0.01 and rising[-1] == 0.99


@pytest.mark.parametrize("wrong", [{"nobody": 0.6}, {"window_s": 2.0}, {"match": 0.1}, {"unheard": 1}])
def test_thresholds_that_contradict_each_other_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        IdentityParameters(**wrong)


@settings(max_examples=examples(160), deadline=None)
@given(st.lists(st.tuples(st.floats(-0.2, 0.51), st.booleans()), min_size=1, max_size=60))
def test_looks_that_all_stay_below_the_threshold_never_give_a_name(looks: list[tuple[float, bool]]) -> None:
    who = family()
    for i, (cosine, clear) in enumerate(looks):
        events = who.observe(i / 3, "f1", look(like(MOTHER, cosine), CLEAR if clear else SOFT))
        assert not any(isinstance(event, Identified) for event in events)


class Home(RuleBasedStateMachine):
    """Faces of a mother, a son and strangers come, go and are seen well or badly, in any order."""

    @initialize()
    def begin(self) -> None:
        self.who = family()
        self.now = 0.0
        self.named: dict[str, str] = {}

    def take(self, events: list) -> None:
        for event in events:
            if isinstance(event, Withdrawn):
                assert self.named.pop(event.face) == event.person
            elif isinstance(event, Identified):
                assert event.face not in self.named
                assert event.confidence > 0.8
                self.named[event.face] = event.person

    @rule(
        face=st.sampled_from("abc"),
        whose=st.sampled_from([0, 1, 2]),
        cosine=st.floats(0.2, 1.0),
        quality=st.sampled_from([CLEAR, SOFT, SMALL]),
        times=st.integers(1, 6),
        gap=st.floats(0.0, 2.0),
    )
    def seen(self, face: str, whose: int, cosine: float, quality: Quality, times: int, gap: float) -> None:
        for _ in range(times):
            self.now += gap
            self.take(self.who.observe(self.now, face, look(like(AXES[whose], cosine), quality)))

    @rule(face=st.sampled_from("abc"), gap=st.floats(0, 30))
    def gone(self, face: str, gap: float) -> None:
        self.now += gap
        self.take(self.who.lost(self.now, face))
        assert face not in self.named

    @rule(people=st.sampled_from([{"p1": [MOTHER]}, {"p1": [MOTHER], "p2": [SON]}, {}]))
    def enrolled(self, people: dict) -> None:
        self.take(self.who.enrolled(Gallery(people)))
        assert self.named == {}

    @invariant()
    def events_and_state_agree(self) -> None:
        if hasattr(self, "who"):
            for face in "abc":
                assert self.who.identity(face).person == self.named.get(face)
                assert 0 <= self.who.identity(face).confidence <= 0.99


TestHome = Home.TestCase
TestHome.settings = settings(max_examples=examples(80), stateful_step_count=20, deadline=None)
