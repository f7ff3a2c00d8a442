"""Words that were meant for the robot, and answers to it, show that somebody lives; a television shows nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dolbom.clock import SEOUL
from dolbom.companion.companion import Companion, CompanionParameters
from dolbom.companion.decisions import Ask, Decision, Say, ShowedLife, TellHappened
from dolbom.companion.observations import Answered, Heard, Moment, Outcome, ReminderDue, Seen, Spoken, Tick
from dolbom.dialog.intents import Understanding

UNDERSTANDING = Understanding(morphemes=None)


def at(now: float) -> Moment:
    return Moment(now, datetime(2026, 11, 22, 9, 0, tzinfo=SEOUL) + timedelta(seconds=now))


def life(decisions: list[Decision]) -> list[str]:
    return [one.how for one in decisions if isinstance(one, ShowedLife)]


@pytest.fixture
def companion() -> Companion:
    return Companion(CompanionParameters(quiet_s=0), UNDERSTANDING)


def test_words_after_its_name_and_typed_ones_show_life(companion: Companion) -> None:
    assert life(companion.observe(Heard(at(1), "돌봄아 지금 몇 시야", "mic", stamp=0.5))) == ["spoke"]
    assert life(companion.observe(Heard(at(5), "오늘 무슨 요일이야", "mic", stamp=4.5))) == ["spoke"], (
        "it still listens"
    )
    assert life(companion.observe(Heard(at(90), "안녕", "typed", stamp=89))) == ["spoke"]


def test_a_television_shows_nothing_even_while_somebody_is_seen(companion: Companion) -> None:
    companion.observe(Seen(at(0), "halmoni"))
    for second, words in enumerate(
        ("오늘 저녁 뉴스를 전해 드립니다", "내일은 전국이 맑겠습니다", "몇 시예요"), start=1
    ):
        assert life(companion.observe(Heard(at(60.0 * second), words, "mic", stamp=60.0 * second - 1))) == []


@pytest.mark.parametrize(
    ("outcome", "shows"),
    [
        (Outcome.ANSWERED, ["answered"]),
        (Outcome.SILENCE, []),
        (Outcome.UNCLEAR, []),
        (Outcome.INTERRUPTED, []),
        (Outcome.FAILED, []),
    ],
)
def test_an_answer_that_was_understood_shows_life_and_nothing_else_that_ends_a_question(
    companion: Companion, outcome: Outcome, shows: list[str]
) -> None:
    due = ReminderDue(at(0), "g1", "d1", "well_being", "한동안 조용하셔서 여쭤봐요.", "잘 계세요?", ("fine", "help"))
    decided = [*companion.observe(due), *companion.observe(Tick(at(61)))]
    said = next(one for one in decided if isinstance(one, Say))
    asked = next(one for one in companion.observe(Spoken(at(65), said.id)) if isinstance(one, Ask))
    answer = "fine" if outcome is Outcome.ANSWERED else ""
    assert life(companion.observe(Answered(at(70), asked.id, outcome, answer, heard=answer))) == shows


def test_whoever_says_that_they_go_out_or_are_back_is_told_of(companion: Companion) -> None:
    def told(now: float, words: str) -> list[str]:
        decided = companion.observe(Heard(at(now), words, "typed", stamp=now - 1))
        question = next((one for one in decided if isinstance(one, Ask)), None)
        if question is not None:
            decided = companion.observe(Answered(at(now + 3), question.id, Outcome.ANSWERED, "yes", heard="응"))
        return [one.event for one in decided if isinstance(one, TellHappened)]

    assert told(10, "시장에 갔다 올게") == ["home.left"]
    assert told(60, "다녀왔어") == ["home.back"]
    assert told(120, "오늘은 안 나갈래") == []
