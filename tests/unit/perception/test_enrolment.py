"""Learning a face asks for what is missing, and takes nothing from a bad look or another person."""

from __future__ import annotations

import dataclasses

import pytest
from tests.unit.perception.face_fixtures import look

from dolbom.i18n import LANGUAGES, phrase
from dolbom.perception.enrolment import Enrolment, Guidance, SpokenGuidance, is_same_person
from dolbom.perception.faces import View


def test_it_asks_for_each_missing_view_in_turn_and_then_is_done() -> None:
    learning = Enrolment(0.0)
    assert learning.observe(0.1, []) is Guidance.NOBODY and learning.progress == 0
    assert learning.observe(0.2, [look(1, View.FRONT, 60)]) is Guidance.FRONT
    assert learning.observe(0.4, [look(1, View.FRONT, 61)]) is Guidance.LEFT
    assert learning.observe(0.6, [look(1, View.FRONT, 62)]) is Guidance.LEFT
    assert learning.observe(0.8, [look(1, View.LEFT, 63)]) is Guidance.RIGHT and learning.progress == 0.75
    assert learning.observe(1.0, [look(1, View.RIGHT, 64)]) is Guidance.DONE
    assert learning.over and learning.enough and learning.missing == []
    assert [one.quality.view for one in learning.views] == [View.FRONT, View.FRONT, View.LEFT, View.RIGHT]
    assert learning.observe(99, []) is Guidance.DONE


def test_a_second_view_that_shows_nothing_new_is_waited_for_but_somebody_still_is_not_kept_waiting() -> None:
    learning = Enrolment(0.0)
    for i in range(6):
        learning.observe(i / 4, [look(1)])
    assert len(learning.views) == 1
    assert learning.observe(1.75, [look(1)]) is Guidance.LEFT and len(learning.views) == 2


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({"size": 20}, Guidance.CLOSER),
        ({"size": 40}, Guidance.CLOSER),
        ({"brightness": 30}, Guidance.LIGHT),
        ({"brightness": 235}, Guidance.LIGHT),
        ({"contrast": 8}, Guidance.LIGHT),
        ({"sharpness": 0.01}, Guidance.STILL),
        ({"score": 0.6}, Guidance.STILL),
        ({"pitch": 35}, Guidance.FRONT),
    ],
)
def test_a_bad_look_is_not_taken_and_the_cure_is_asked_for(change: dict, asked: Guidance) -> None:
    learning = Enrolment(0.0)
    assert learning.observe(0.1, [look(1, **change)]) is asked
    assert learning.views == []


def test_a_head_turned_too_far_is_asked_back() -> None:
    far = look(1)
    far = dataclasses.replace(far, quality=dataclasses.replace(far.quality, yaw=48))
    assert Enrolment(0.0).observe(0.1, [far]) is Guidance.FRONT


def test_a_second_face_as_near_stops_it_and_one_far_behind_does_not() -> None:
    learning = Enrolment(0.0)
    assert learning.observe(0.1, [look(1), look(2, size=100)]) is Guidance.ONE_AT_A_TIME
    assert learning.views == []
    learning.observe(0.2, [look(2, size=40), look(1)])
    assert len(learning.views) == 1 and is_same_person(learning.views[0], [look(1)])


def test_another_person_who_steps_in_is_not_mixed_in() -> None:
    learning = Enrolment(0.0)
    learning.observe(0.1, [look(1)])
    assert learning.observe(0.2, [look(2, number=70)]) is Guidance.SOMEBODY_ELSE
    assert len(learning.views) == 1


def test_when_time_is_over_three_views_do_and_fewer_do_not() -> None:
    enough = Enrolment(0.0, timeout_s=5)
    for i, view in enumerate((View.FRONT, View.FRONT, View.LEFT)):
        enough.observe(i, [look(1, view, 60 + i)])
    assert enough.observe(6, []) is Guidance.DONE and enough.missing == [View.RIGHT]
    little = Enrolment(0.0, timeout_s=5)
    little.observe(0.5, [look(1)])
    assert little.observe(6, []) is Guidance.TOO_LATE and little.over and not little.enough


def test_every_guidance_has_its_words_in_both_languages() -> None:
    for lang in LANGUAGES:
        for guidance in Guidance:
            assert phrase(lang, f"faces.enrol.{guidance.value}", name="순자")


def test_a_hint_is_spoken_once_until_it_changes_and_never_sooner_than_the_pause() -> None:
    speech = SpokenGuidance(begun=0.0, pause_s=4.0)
    wanted = [(0.2, Guidance.NOBODY), (1.0, Guidance.CLOSER), (3.9, Guidance.CLOSER), (4.0, Guidance.CLOSER),
              (9.0, Guidance.CLOSER), (10.0, Guidance.STILL), (10.2, Guidance.FRONT), (14.5, Guidance.FRONT),
              (20.0, Guidance.CLOSER)]  # fmt: skip
    spoken = [(at, hint) for at, one in wanted if (hint := speech.next(at, one)) is not None]
    assert spoken == [(4.0, Guidance.CLOSER), (10.0, Guidance.STILL), (14.5, Guidance.FRONT), (20.0, Guidance.CLOSER)]


def test_how_learning_ended_is_no_hint() -> None:
    speech = SpokenGuidance(begun=0.0)
    assert speech.next(60.0, Guidance.DONE) is None
    assert speech.next(61.0, Guidance.TOO_LATE) is None
