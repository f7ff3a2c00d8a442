"""Exercise as people do it: golden conversations before a drawn camera, and what comes first in the middle of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from dolbom.clock import SEOUL
from dolbom.companion import observations as seen
from dolbom.dialog.intents import Understanding
from dolbom.events import DistressRaised, ExerciseDone, ExerciseMeasured
from dolbom.exercise.at_home import AtHome
from dolbom.exercise.coach import Coach
from dolbom.exercise.drawn import PERSONAS, DrawnPerson, hidden
from dolbom.exercise.exercises import routines
from dolbom.exercise.sessions import ExerciseSession, Mover
from dolbom.safety import observations as safety

GOLDEN = Path(__file__).parents[1] / "exercise"
AT = datetime(2026, 11, 26, 10, 30, tzinfo=SEOUL)
WHO = {"robot": "→", "person": "  ", "safety": "→ safety:"}


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding()


class Home(AtHome):
    """A home with a drawn person."""

    def __init__(
        self,
        understanding: Understanding,
        routine: str = "gentle",
        persona: str = "happy",
        lang: str = "ko",
        invite: bool = False,
        legs_hidden: bool = False,
        stands: bool = True,
    ) -> None:
        self.kept: list[Mover] = []
        session = ExerciseSession(id="s", person="p", routine=routine, lang=lang, seed=1, begun=AT, wanted=not invite)
        address = {"ko": "어르신", "en": "Mrs Kim"}[lang]
        coach = Coach(
            session,
            Mover(stands=stands),
            lambda session, mover: self.kept.append(mover),
            address=address,
            understanding=understanding,
            invite=invite,
        )
        self.drawn = DrawnPerson(coach, persona, 1, hidden() if legs_hidden else None)
        super().__init__(coach, self.drawn.camera, understanding, AT, lang, reply=self.drawn.reply)
        self.begin()

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds - 1e-6
        while self.now < until:
            self.step()
            if (words := self.drawn.says(self.now)) is not None:
                self.says(words)

    def play(self, longest: float = 400.0) -> None:
        while self.now < longest and (not self.coach.done or self.wired.busy):
            self.pass_time(0.1)

    def until_said(self, words: str, longest: float = 120.0) -> None:
        while not any(words == said for _, who, said in self.lines if who == "robot"):
            assert self.now < longest, self.lines
            self.pass_time(0.1)

    @property
    def events(self) -> list[str]:
        return [one.kind for one in self.told]

    @property
    def done(self) -> ExerciseDone:
        return next(one for one in self.told if isinstance(one, ExerciseDone))


def written(lang: str, understanding: Understanding) -> str:
    parts = ["# Exercise with drawn people\n"]
    cases = [(name, "gentle", True, False) for name in PERSONAS]
    cases += [("happy", "ankles", False, True), ("happy", "stand_up_5", False, False)]
    for name, routine, invite, legs_hidden in cases:
        home = Home(understanding, routine, name, lang, invite, legs_hidden)
        home.play()
        lines = [f"{now:6.1f} {WHO[who]} {words}".rstrip() for now, who, words in home.lines]
        title = f"{name}, {routine}{', legs hidden' if legs_hidden else ''}"
        told = []
        for one in home.told:
            if isinstance(one, ExerciseDone):
                told.append(f"{one.kind}: {one.ended}, {one.repetitions} seen, {one.by_voice} by voice, {one.felt}")
            elif isinstance(one, ExerciseMeasured):
                told.append(f"{one.kind}: {one.test}, {one.count}, {one.seconds:.1f} ± {one.error:.1f} s")
            else:
                told.append(one.kind)
        parts.append(f"\n## {title}\n\n```\n" + "\n".join(lines) + "\n```\n\nTold: " + "; ".join(told) + "\n")
    return "".join(parts)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_exercise_goes_as_it_is_written(lang: str, understanding: Understanding) -> None:
    file = GOLDEN / f"{lang}.md"
    played = written(lang, understanding)
    if os.environ.get("DOLBOM_REWRITE_GOLDEN"):  # after a change that was meant; read the diff
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(played, encoding="utf-8")
    assert played == file.read_text(encoding="utf-8")


def test_whoever_says_yes_when_asked_for_help_exercises_no_more(understanding: Understanding) -> None:
    home = Home(understanding)
    home.until_said("셋")
    home.reply = lambda question: "응" if "도움이" in question else "괜찮아"
    home.says("돌봄아 누가 내 돈을 훔쳐 갔어")
    home.until_said("도움이 필요하세요?")
    said = len(home.lines)
    home.play()
    assert {who for _, who, _ in home.lines[said:]} == {"person", "safety"}
    assert home.done.ended == "trouble"


@pytest.mark.parametrize("routine", [name for name, one in routines().items() if not one.timed])
def test_every_routine_is_done_to_its_end_and_all_of_it_is_seen(routine: str, understanding: Understanding) -> None:
    home = Home(understanding, routine)
    home.play()
    one = routines()[routine]
    assert home.done.ended == "complete"
    assert home.done.exercises == list(one.exercises)
    assert home.done.by_voice == 0
    assert home.done.repetitions >= one.times * len(one.exercises)
    assert home.kept and set(home.kept[0].tempo) == set(one.exercises)


# --- trouble ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("persona", ["pain", "sinks", "leaves"])
def test_a_sign_of_trouble_without_an_answer_is_an_alarm_within_a_minute(
    persona: str, understanding: Understanding
) -> None:
    home = Home(understanding, persona=persona)
    home.until_said("셋")
    since = home.now
    home.play()
    assert home.done.ended == "trouble"
    raised = next(one for one in home.told if isinstance(one, DistressRaised))
    assert raised.cause == "vital" and raised.evidence
    asked = [now for now, who, _ in home.lines if who == "safety"]
    assert asked[0] - since < (30 if persona == "leaves" else 6)
    assert asked[2] - since < 60


def test_who_says_that_they_are_fine_is_left_in_peace_and_does_not_go_on(understanding: Understanding) -> None:
    home = Home(understanding, persona="pain")
    home.reply = lambda question: "괜찮아" if home.coach.done else "네"
    home.play()
    home.pass_time(30)
    assert any(who == "safety" for _, who, _ in home.lines)
    assert "distress.raised" not in home.events
    assert "distress.stood_down" in home.events
    assert home.coach.done and not any("이어서" in words for _, who, words in home.lines if who == "robot")


def test_a_hand_at_the_chest_after_the_last_exercise_is_seen_too(understanding: Understanding) -> None:
    home = Home(understanding)
    home.drawn.reply = lambda question: None  # type: ignore[method-assign]
    home.reply = home.drawn.reply
    while home.coach.phase != "rate":
        home.pass_time(0.1)
    home.drawn._persona, home.drawn._since = "pain", home.now
    home.pass_time(4)
    assert home.coach.session.ended == "trouble"
    home.play()
    assert any(who == "safety" for _, who, _ in home.lines)


@pytest.mark.parametrize("begun", [False, True])
def test_an_invitation_that_a_distress_overtook_is_dropped(begun: bool, understanding: Understanding) -> None:
    home = Home(understanding, invite=True)
    home.reply = lambda question: None
    if begun:
        home.pass_time(1)
    home.coach.hurt()
    home.pass_time(3)
    assert home.coach.session.ended == "put_off"


def test_who_went_to_the_toilet_says_so_and_no_alarm_is_made(understanding: Understanding) -> None:
    home = Home(understanding, persona="leaves")
    home.drawn.reply = lambda question: "화장실 좀 다녀올게" if "안 보이" in question else "네"  # type: ignore[method-assign]
    home.reply = home.drawn.reply
    home.play()
    assert home.done.ended == "away"
    assert "distress.raised" not in home.events


@pytest.mark.parametrize("words", ["아파", "가슴이 아파", "어지러워", "무릎이 너무 아파", "숨이 차"])
def test_words_of_pain_stop_it_and_safety_asks(words: str, understanding: Understanding) -> None:
    home = Home(understanding)
    home.until_said("둘")
    home.says(words)
    home.pass_time(4)
    assert home.lines[-1][1] == "safety"
    home.play()
    assert home.done.ended == "trouble"
    assert "distress.raised" in home.events


@pytest.mark.parametrize(
    ("words", "ended"), [("그만", "stopped"), ("힘들어", "tired"), ("다음에 하자", "enough"), ("못 하겠어", "tired")]
)
def test_who_has_had_enough_may_stop_at_any_time(words: str, ended: str, understanding: Understanding) -> None:
    home = Home(understanding)
    home.until_said("둘")
    home.says(words)
    home.play()
    assert home.done.ended == ended
    assert "distress.raised" not in home.events


def test_nobody_who_says_that_it_does_not_hurt_is_asked_by_safety(understanding: Understanding) -> None:
    home = Home(understanding)
    home.until_said("둘")
    home.says("하나도 안 아파")
    home.play()
    assert home.done.ended == "complete"


def test_without_a_camera_it_is_counted_aloud_and_nobody_is_called_gone(understanding: Understanding) -> None:
    home = Home(understanding)
    home.camera = lambda now: None
    home.play()
    assert home.done.ended == "complete"
    assert (home.done.repetitions, home.done.by_voice) == (0, 15)
    assert any("소리로만" in words for _, _, words in home.lines)


def test_with_the_legs_hidden_the_legs_are_counted_aloud_and_the_arms_are_seen(understanding: Understanding) -> None:
    home = Home(understanding, "seated", legs_hidden=True)
    home.play()
    by = {one.exercise: one for one in home.coach.session.done}
    assert by["arms_up"].seen >= 6 and by["arms_up"].voiced == 0
    assert by["knee_extension"].seen == 0 and by["knee_extension"].voiced == 6
    assert by["knee_extension"].reach is None


def test_what_the_network_draws_weakly_is_counted_aloud_where_nothing_was_seen(understanding: Understanding) -> None:
    home = Home(understanding, "ankles", "silent")
    home.pass_time(60)
    assert any("소리로만" in words for _, _, words in home.lines)
    assert home.coach.session.repetitions == 0


# --- what comes first -------------------------------------------------------------------------------------------------


def takes_medicine(home: Home) -> None:
    due = seen.ReminderDue(
        home.moment(), "1", "due", "medicine", "혈압약 드실 시간이에요.", "약 드셨어요?", ("yes", "no")
    )
    home.wired.observed(due)
    home.pass_time(12)


def test_a_medicine_comes_first_and_the_exercise_goes_on_where_it_was(understanding: Understanding) -> None:
    home = Home(understanding)
    home.until_said("셋")
    takes_medicine(home)
    assert any("혈압약" in words for _, _, words in home.lines)
    home.play()
    assert home.done.ended == "complete"
    assert any("계속" in words for _, who, words in home.lines if who == "robot")
    neck = home.coach.session.done[0]
    assert neck.exercise == "neck_turn" and 5 <= neck.seen <= 6


def falls(home: Home) -> None:
    home.wired.suspected(safety.FallSeen(home.moment(), "b1", safety.Fall("down"), confidence=0.9))


def calls(home: Home) -> None:
    home.says("도와줘")


@pytest.mark.parametrize("happens", [falls, calls])
def test_after_a_fall_or_a_call_nobody_is_asked_to_go_on(
    happens: Callable[[Home], None], understanding: Understanding
) -> None:
    home = Home(understanding)
    home.until_said("둘")
    happens(home)
    home.play()
    home.pass_time(20)
    assert home.done.ended == "trouble"
    assert any(who == "safety" for _, who, _ in home.lines)
    after = [words for now, who, words in home.lines if who == "robot"]
    assert not any("계속" in words or "이어서" in words for words in after)


def medicine_is_due(home: Home) -> None:
    home.wired.observed(
        seen.ReminderDue(
            home.moment(), "1", "due", "medicine", "혈압약 드실 시간이에요.", "약 드셨어요?", ("yes", "no")
        )
    )
    home.pass_time(3)


def the_time_is_asked(home: Home) -> None:
    home.wired.hears("돌봄아 지금 몇 시야")
    home.pass_time(0.3)


@pytest.mark.parametrize("interrupts", [medicine_is_due, the_time_is_asked])
@pytest.mark.parametrize("happens", [falls, calls])
def test_an_exercise_that_ends_for_trouble_is_told_at_once_also_while_something_else_has_the_word(
    interrupts: Callable[[Home], None], happens: Callable[[Home], None], understanding: Understanding
) -> None:
    home = Home(understanding)
    home.until_said("둘")
    interrupts(home)
    assert not home.coach.done
    happens(home)
    home.pass_time(0.5)
    assert home.done.ended == "trouble"
    home.pass_time(120)
    assert home.events.count("exercise.done") == 1


def test_a_hard_session_makes_the_next_one_shorter(understanding: Understanding) -> None:
    home = Home(understanding)
    home.until_said("둘")
    home.says("아이고 힘들어")
    home.play()
    assert home.kept[0].times == {"gentle": 3}
