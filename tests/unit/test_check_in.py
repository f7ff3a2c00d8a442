"""The daily check-in: asked shortly, graded and never guessed, interrupted and taken up, tried again, told of once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.examples import examples

from dolbom.companion.activity import Activity, Why
from dolbom.companion.checkin import (
    TOPICS,
    CheckIn,
    CheckInParameters,
    CheckInState,
    Report,
    Told,
    positive,
)
from dolbom.companion.decisions import Ask, Decision, Emit, Finish, Say, Suspect, Unhandled
from dolbom.companion.grading import grade_of, how_often, refuses
from dolbom.companion.observations import Answered, Heard, Moment, Outcome, Tick
from dolbom.companion.schedule import LOOK_S, CheckIns, reached
from dolbom.dialog.intents import Understanding
from dolbom.dialog.memory import Memory
from dolbom.events import CheckInScreen, CheckInSummary, CheckInUnanswered, Data, Severity
from dolbom.store.base import Store, open_store
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose

SEOUL = ZoneInfo("Asia/Seoul")
MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=SEOUL)
PERSON = "p1"
UNDERSTANDING = Understanding(morphemes=None)


def moment(seconds: float, start: datetime = MORNING) -> Moment:
    return Moment(seconds, start + timedelta(seconds=seconds))


@dataclass
class Talk:
    """One check-in whose every question is answered by the test."""

    activity: CheckIn
    saved: list[str] = field(default_factory=list)
    now: float = 0.0
    said: list[str] = field(default_factory=list)
    events: list[Data] = field(default_factory=list)
    emitted: list[Emit] = field(default_factory=list)
    other: list[Decision] = field(default_factory=list)
    asking: bool = False
    over: bool = False

    def take(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Say():
                    self.said.append(decision.text)
                case Ask():
                    self.said.append(decision.text)
                    self.asking = True
                case Emit():
                    self.events.append(decision.data)
                    self.emitted.append(decision)
                case Finish():
                    self.over = True
                case _:
                    self.other.append(decision)

    @property
    def at(self) -> Moment:
        return moment(self.now)

    def start(self) -> Talk:
        self.take(self.activity.start(self.at))
        return self

    def answer(self, *words: str, after: float = 4.0) -> Talk:
        for said in words:
            assert self.asking, f"nothing was asked before {said!r}"
            self.now += after
            self.asking = False
            outcome = Outcome.ANSWERED if said else Outcome.SILENCE
            self.take(self.activity.answered(Answered(self.at, "1", outcome, heard=said)))
        return self

    @property
    def summary(self) -> CheckInSummary:
        return next(event for event in self.events if isinstance(event, CheckInSummary))

    @property
    def grades(self) -> dict[str, str]:
        return {one.topic: one.grade for one in self.summary.answers}


def talk(lang: str = "ko", state: CheckInState | None = None, *, with_words: bool = False, **more: Any) -> Talk:
    saved: list[str] = []
    state = state or CheckInState(person=PERSON, day=MORNING.date())
    address = "김순자님" if lang == "ko" else "Mrs Kim"
    activity = CheckIn(
        state,
        lambda kept: saved.append(kept.model_dump_json()),
        lang=lang,
        address=address,
        understanding=UNDERSTANDING,
        allows=lambda purpose, at: with_words or purpose is not Purpose.CHECK_IN_WORDS,
        **more,
    )
    return Talk(activity, saved)


WELL = ("응 좋아", "괜찮아", "밥 먹었어", "잘 잤어", "산책했어", "시장 다녀왔어", "기분 좋아")


def test_a_good_day_is_six_short_questions_and_a_summary() -> None:
    held = talk().start().answer(*WELL)
    assert held.said == [
        "김순자님, 안부 여쭤볼게요. 지금 이야기 괜찮으세요?",
        "몸은 편안하세요?",
        "다행이에요. 식사는 하셨어요?",
        "잘 챙겨 드셨네요. 어젯밤에 잘 주무셨어요?",
        "푹 쉬셨군요. 오늘 몸을 좀 움직이셨어요?",
        "잘하셨어요. 오늘 밖에 나가셨어요?",
        "좋으셨겠어요. 오늘 기분은 괜찮으세요?",
        "저도 기뻐요. 이야기 나눠 주셔서 고맙습니다. 오늘도 편안히 보내세요.",
    ]
    assert held.over
    assert set(held.grades.values()) == {"good"}
    assert held.summary.ended == "complete"
    assert held.emitted[0].severity is None
    assert all(one.said is None for one in held.summary.answers), "their words stay at home without consent"


def test_the_same_in_english() -> None:
    held = talk("en").start().answer(
        "yes", "I'm fine", "I had breakfast", "not well", "no", "I stayed in", "a bit lonely"
    )  # fmt: skip
    assert list(held.grades.values()) == ["good", "good", "bad", "none", "none", "bad"]
    assert held.said[-1].endswith("pass on what troubles you to your care worker.")


def test_what_troubles_is_asked_after_once_and_the_words_go_out_only_with_consent() -> None:
    said = ("응", "영 별로야", "무릎이 쑤셔", "안 먹었어", "설쳤어", "아니", "집에만 있었어", "우울해")
    held = talk(with_words=True, before={"health": "good", "sleep": "bad"}).start().answer(*said)
    assert "그러셨군요. 어디가 불편하세요?" in held.said
    assert list(held.grades.values()) == ["bad", "bad", "bad", "none", "none", "bad"]
    assert held.summary.answers[0].said == "영 별로야 / 무릎이 쑤셔"
    assert (held.summary.worse, held.summary.better) == (["health"], [])
    assert held.emitted[0].severity is Severity.NOTICE
    without = talk().start().answer(*said)
    assert all(one.said is None for one in without.summary.answers)


def test_what_is_not_understood_is_asked_once_more_and_then_not_guessed() -> None:
    held = talk().start().answer("응", "좋은데 힘들어", "거시기 허네", *WELL[2:])
    assert "몸이 불편하세요, 편안하세요?" in held.said
    assert held.grades["health"] == "unclear"


def test_somebody_who_does_not_know_is_not_pressed() -> None:
    held = talk().start().answer("응", "괜찮아", "몰라 기억이 안 나", *WELL[3:])
    assert held.grades["meals"] == "unknown"


def test_a_wish_in_the_place_of_an_answer_comes_first_and_the_question_again_after_it() -> None:
    held = talk().start().answer("응", "지금 몇 시야")
    assert held.other == [Unhandled("지금 몇 시야")]
    assert not held.over
    held.activity.stop(held.at, Why.PREEMPTED)
    held.take(held.activity.resume(held.at))
    assert held.said[-1] == "아까 이야기를 이어서 할게요. 몸은 편안하세요?"


def test_words_that_call_for_help_stop_the_questions_and_are_no_small_matter_afterwards() -> None:
    held = talk().start().answer("응", "허리가 너무 아파")
    assert not held.asking, "safety asks now, nobody else"
    assert not held.over
    held.activity.stop(held.at, Why.PREEMPTED)
    held.now += 60
    held.take(held.activity.resume(held.at))
    assert held.said[-1] == "아까 이야기를 이어서 할게요. 식사는 하셨어요?"
    held.answer(*WELL[2:])
    assert held.grades["health"] == "bad"


def test_danger_that_only_understanding_knows_is_told_to_safety() -> None:
    held = talk().start().answer(*WELL[:6], "사는 게 싫어 그만 살고 싶어")
    assert [one.text for one in held.other if isinstance(one, Suspect)] == ["사는 게 싫어 그만 살고 싶어"]


def test_after_words_of_danger_it_leaves_the_word_to_safety_and_then_goes_on() -> None:
    held = talk().start().answer("응", "허리가 너무 아파")
    held.now += 15
    held.take(held.activity.tick(held.at))
    assert not held.asking
    held.take(held.activity.agreed(held.at))
    assert held.said[-1] == "식사는 하셨어요?"


def test_stop_ends_it_for_today() -> None:
    held = talk().start().answer("응", "괜찮아")
    held.take(held.activity.stop(held.at, Why.STOP_WORD))
    assert held.over
    assert held.summary.ended == "declined"
    assert held.grades["health"] == "good" and held.grades["mood"] == "not_asked"


@pytest.mark.parametrize("said", ["나중에", "아니", "지금 바빠"])
def test_not_now_puts_it_off(said: str) -> None:
    held = talk().start().answer(said)
    assert held.over and held.events == []
    assert held.said[-1] == "네, 나중에 다시 여쭤볼게요."
    assert held.activity.state.next_try == held.at.civil + timedelta(minutes=60)


def test_silence_at_the_greeting_puts_it_off_without_a_word_and_later_silence_after_two_questions() -> None:
    silent = talk().start().answer("")
    assert silent.over and len(silent.said) == 1
    held = talk().start().answer("응", "괜찮아", "", "")
    assert held.over and held.events == []
    assert held.said[-1] == "쉬고 계신가 봐요. 나중에 다시 여쭤볼게요."


def test_it_goes_on_after_a_restart_with_what_was_not_asked_yet() -> None:
    held = talk().start().answer("응", "괜찮아", "밥 먹었어")
    state = CheckInState.model_validate_json(held.saved[-1])
    again = talk(state=state).start()
    assert again.said == ["김순자님, 아까 못 나눈 안부 이야기예요. 지금 괜찮으세요?"]
    again.answer("응")
    assert again.said[-1] == "어젯밤에 잘 주무셨어요?"
    again.answer(*WELL[3:])
    assert set(again.grades.values()) == {"good"} and again.summary.tries == 2


def test_it_takes_five_minutes_at_most() -> None:
    held = talk().start().answer("응", after=60).answer("괜찮아", "밥 먹었어", after=90)
    held.now = 256
    held.answer("잘 잤어", after=0)
    assert held.over and held.summary.ended == "time_up"
    assert held.said[-1] == "오늘은 여기까지 할게요. 이야기 나눠 주셔서 고맙습니다."
    silent = talk().start().answer("응")
    silent.now = 300
    silent.take(silent.activity.tick(silent.at))
    assert silent.over


MOOD = (*WELL,)


@pytest.mark.parametrize(
    ("answers", "sum_is_positive"),
    [(("없었어", "며칠 그랬어"), False), (("며칠", "절반 넘게"), True), (("거의 매일", "없어"), True)],
)
def test_the_questions_on_mood_go_to_a_person_when_positive_and_no_number_is_spoken(
    answers: tuple[str, str], sum_is_positive: bool
) -> None:
    held = talk(screen=True).start().answer(*MOOD, *answers)
    assert held.over
    screen = next(one for one in held.emitted if isinstance(one.data, CheckInScreen))
    assert isinstance(screen.data, CheckInScreen)
    assert screen.data.positive is sum_is_positive is positive(held.activity.state)
    assert (screen.severity is Severity.WARNING) is sum_is_positive
    assert not any(letter.isdigit() for text in held.said for letter in text)
    assert not any(word in text for text in held.said for word in ("우울증", "진단", "점수", "점입니다"))
    assert ("담당 선생님" in held.said[-1]) is sum_is_positive


def test_an_unclear_answer_on_mood_is_asked_with_choices_and_then_makes_no_result() -> None:
    held = talk(screen=True).start().answer(*MOOD, "글쎄 가끔", "좀 그랬지", "없었어")
    assert "없었다, 며칠, 절반 넘게, 거의 매일. 어느 쪽이세요?" in held.said
    assert held.over and not any(isinstance(event, CheckInScreen) for event in held.events)


@pytest.mark.parametrize(
    ("topic", "lang", "said", "grade"),
    [
        ("health", "ko", "나쁘지 않아", "good"),
        ("health", "ko", "안 좋아", "bad"),
        ("health", "ko", "아픈 데 없어", "good"),
        ("health", "ko", "네", "good"),
        ("health", "ko", "아니요", "bad"),
        ("exercise", "ko", "아니요", "none"),
        ("sleep", "ko", "잘 못 잤어", "bad"),
        ("sleep", "ko", "푹 잤지", "good"),
        ("meals", "ko", "아직 안 먹었어", "bad"),
        ("mood", "ko", "좋은데 외로워", None),
        ("mood", "ko", "모르겠어", "unknown"),
        ("mood", "ko", "오늘 비가 오네", None),
        ("health", "en", "not too bad", "good"),
        ("health", "en", "not very well", "bad"),
        ("sleep", "en", "I couldn't sleep", "bad"),
        ("outings", "en", "no", "none"),
        ("mood", "en", "good but lonely", None),
        ("mood", "en", "I don't know", "unknown"),
    ],
)
def test_an_answer_has_the_grade_that_the_data_give_it_or_none(
    topic: str, lang: str, said: str, grade: str | None
) -> None:
    assert grade_of(topic, said, lang) == grade


@pytest.mark.parametrize(
    ("lang", "said", "often"),
    [("ko", "하루도 없었어", 0), ("ko", "며칠 있었지", 1), ("ko", "반 이상", 2), ("ko", "날마다 그래", 3),
     ("ko", "조금", None), ("en", "not at all", 0), ("en", "a few days", 1), ("en", "nearly every day", 3),
     ("en", "hm", None)],
)  # fmt: skip
def test_how_often_is_one_of_four_or_unclear(lang: str, said: str, often: int | None) -> None:
    assert how_often(said, lang) == often


def test_a_plain_no_refuses_and_a_plain_yes_does_not() -> None:
    assert refuses("아니요", "ko") and refuses("not now", "en")
    assert not refuses("네", "ko") and not refuses("응 괜찮아", "ko")


# --- the property: whatever people do, it ends, in time, once, and never makes anything up --------------------------

SAID = st.sampled_from(
    [
        "응",
        "아니",
        "",
        "괜찮아",
        "안 좋아",
        "몰라",
        "밥 먹었어",
        "지금 몇 시야",
        "도와줘",
        "거시기",
        "나중에",
        "매일",
        "없었어",
    ]
)
STEPS = st.lists(
    st.tuples(SAID, st.floats(0, 90), st.sampled_from(["answer", "answer", "answer", "preempt", "restart", "tick"])),
    max_size=40,
)


@settings(max_examples=examples(160), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.booleans())
def test_whatever_people_do_it_ends_once_in_time_and_makes_nothing_up(
    steps: list[tuple[str, float, str]], screen: bool
) -> None:
    held = talk(screen=screen).start()
    answers: list[str] = []
    for said, wait, what in steps:
        if held.over:
            break
        if what == "preempt":
            held.take(held.activity.stop(held.at, Why.PREEMPTED))
            held.now += wait
            held.asking = False
            held.take(held.activity.resume(held.at))
        elif what == "restart":
            state = CheckInState.model_validate_json(held.saved[-1])
            fresh = talk(state=state, screen=screen)
            held = replace(held, activity=fresh.activity, saved=fresh.saved, asking=False)
            held.start()
        elif what == "tick" or not held.asking:
            held.now += wait
            held.take(held.activity.tick(held.at))
        else:
            answers.append(said)
            held.answer(said, after=wait)
    state = held.activity.state
    assert CheckInState.model_validate_json(held.saved[-1]) == state
    assert held.over == (not held.activity.running)
    summaries = [event for event in held.events if isinstance(event, CheckInSummary)]
    assert len(summaries) == (1 if state.ended else 0)
    for topic, told in state.topics.items():
        assert all(said in answers for said in told.said.split(" / ")), topic
    assert len(state.screened) <= 2 and (screen or not state.screened)


# --- when -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home" / "home.db")
    yield opened
    opened.close()


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> MemoryStore:
    return MemoryStore(store, tmp_path / "keys" / "faces.key")


@pytest.fixture
def person(kept: MemoryStore) -> str:
    consent = Consent(Purpose.CHECK_IN, "daughter", MORNING - timedelta(days=99))
    person = kept.people.add("김순자", consent, MORNING)
    kept.people.consent(person, replace(consent, purpose=Purpose.MEMORY))
    return person


def planner(kept: MemoryStore, *, by_routine: bool = False, **parameters: Any) -> CheckIns:
    memory, times = Memory(kept, UNDERSTANDING), CheckInParameters(**parameters)
    address, routine = (lambda _: "김순자님"), (lambda _: by_routine)
    return CheckIns(kept, memory, lambda: UNDERSTANDING, address, "ko", times, routine)


def look(plan: CheckIns, at: datetime) -> Activity | None:
    return plan(Tick(Moment(at.timestamp(), at)))


def carry_out(plan: CheckIns, activity: Activity | None, at: datetime, *words: str) -> list[Decision]:
    """Holds an activity that the plan wants, one answer to each question, and lets the plan see that it was done."""
    assert activity is not None
    now = Moment(at.timestamp(), at)
    out = [*activity.start(now)]
    for said in words:
        out += activity.answered(Answered(now, "1", Outcome.ANSWERED if said else Outcome.SILENCE, heard=said))
    plan(Tick(Moment(now.now + 0.1, at)))
    return out


def hold(plan: CheckIns, at: datetime, *words: str) -> list[Decision]:
    """Holds the check-in that is due now."""
    return carry_out(plan, look(plan, at), at, *words)


def emitted(decisions: Sequence[Decision]) -> list[Data]:
    return [one.data for one in decisions if isinstance(one, Emit)]


def test_it_begins_at_its_time_of_day_once(kept: MemoryStore, person: str) -> None:
    plan = planner(kept)
    assert look(plan, MORNING - timedelta(seconds=20)) is None
    done = hold(plan, MORNING, *WELL)
    assert [type(event) for event in emitted(done)] == [CheckInSummary]
    assert look(plan, MORNING + timedelta(hours=1)) is None
    assert look(planner(kept), MORNING + timedelta(hours=2)) is None, "nor after a restart"
    assert isinstance(look(plan, MORNING + timedelta(days=1)), CheckIn)


def test_without_consent_there_is_no_check_in(kept: MemoryStore, person: str) -> None:
    kept.people.withdraw(person, MORNING, Purpose.CHECK_IN)
    assert look(planner(kept), MORNING) is None


def test_unanswered_it_is_tried_three_times_and_then_told_of_once(kept: MemoryStore, person: str) -> None:
    plan = planner(kept)
    at = MORNING
    for _ in range(3):
        assert hold(plan, at, "")
        assert not isinstance(look(plan, at + timedelta(minutes=30)), CheckIn)
        at += timedelta(minutes=61)
    told = look(plan := planner(kept), at)
    assert isinstance(told, Report)
    (event,) = emitted(carry_out(plan, told, at))
    assert isinstance(event, CheckInUnanswered)
    assert len(event.tries) == 3 and event.days == 1 and event.last_answered is None
    assert look(planner(kept), at + timedelta(minutes=1)) is None


def test_a_routine_decides_the_time_and_the_usual_one_does_not_count(kept: MemoryStore, person: str) -> None:
    plan = planner(kept, by_routine=True)
    evening = MORNING + timedelta(hours=9)
    assert look(plan, MORNING) is None and look(plan, MORNING + timedelta(hours=8)) is None
    assert plan.due(None, Moment(evening.timestamp(), evening))
    assert emitted(hold(plan, evening, *WELL)), "also after the usual latest time"
    assert look(plan, evening + timedelta(hours=1)) is None
    assert look(plan, MORNING + timedelta(days=1)) is None


def test_what_a_routine_began_is_tried_again_after_a_restart_and_then_told_of(kept: MemoryStore, person: str) -> None:
    plan, at = planner(kept, by_routine=True), MORNING + timedelta(hours=3)
    assert plan.due(person, Moment(at.timestamp(), at))
    for _ in range(3):
        assert hold(plan, at, "")
        plan = planner(kept, by_routine=True)
        assert not isinstance(look(plan, at + timedelta(minutes=30)), CheckIn)
        at += timedelta(minutes=61)
    assert isinstance(look(planner(kept, by_routine=True), at), Report)


def test_a_second_routine_of_the_day_holds_it_again_and_nobody_who_does_not_consent_is_asked(
    kept: MemoryStore, person: str
) -> None:
    plan, at = planner(kept, by_routine=True), MORNING
    for _ in range(2):
        assert plan.due(person, Moment(at.timestamp(), at))
        assert emitted(hold(plan, at, *WELL))
        at += timedelta(hours=6)
    kept.people.withdraw(person, at, Purpose.CHECK_IN)
    assert not plan.due(person, Moment(at.timestamp(), at))


def test_a_second_silent_day_says_so(kept: MemoryStore, person: str) -> None:
    for day in range(3):
        at = MORNING + timedelta(days=day)
        plan = planner(kept)
        hold(plan, at, *(WELL if day == 0 else ("",)))
        if day:
            report = look(plan, at := at.replace(hour=18))
            assert isinstance(report, Report)
            (event,) = emitted(carry_out(plan, report, at))
    assert isinstance(event, CheckInUnanswered)
    assert (event.days, event.last_answered) == (2, MORNING.date())


def test_what_was_half_answered_is_told_of_in_the_evening_and_also_the_next_day(kept: MemoryStore, person: str) -> None:
    hold(planner(kept), MORNING, "응", "안 좋아", "", "")
    for late in (MORNING.replace(hour=18), MORNING + timedelta(hours=20)):
        report = look(planner(kept), late)
        assert isinstance(report, Report)
    (event,) = emitted(report.start(Moment(0, late)))
    assert isinstance(event, CheckInSummary)
    assert event.ended == "broken_off" and event.answers[0].grade == "bad"


def test_it_is_taken_up_again_after_a_restart_the_same_day(kept: MemoryStore, person: str) -> None:
    hold(planner(kept), MORNING, "응", "괜찮아")
    done = hold(planner(kept), MORNING + timedelta(minutes=2), "응", *WELL[2:])
    (event,) = emitted(done)
    assert isinstance(event, CheckInSummary)
    assert event.ended == "complete" and event.tries == 2


def test_what_was_told_that_morning_is_not_asked_and_what_was_told_before_is_asked_after(
    kept: MemoryStore, person: str
) -> None:
    memory = Memory(kept, UNDERSTANDING)
    memory.told(UNDERSTANDING.of("어제 무릎이 쑤셨어"), person, MORNING - timedelta(days=1))
    memory.told(UNDERSTANDING.of("간밤에 잘 잤어"), person, MORNING - timedelta(hours=2))
    done = hold(planner(kept), MORNING, "응", "이제 안 아파", *WELL[2:3], *WELL[4:])
    asked = [one.text for one in done if isinstance(one, Ask)]
    assert asked[1] == "무릎은 좀 어떠세요?"
    assert not any("주무셨" in text for text in asked)
    (event,) = emitted(done)
    assert isinstance(event, CheckInSummary)
    assert event.answers[2].unasked and event.answers[2].grade == "good"
    assert [one.fact.kind for one in kept.facts(person, MORNING)][:1] == ["slept_well"]
    assert "better" in [one.fact.kind for one in kept.facts(person, MORNING)]


def test_what_changed_is_against_the_last_time_that_it_was_known(kept: MemoryStore, person: str) -> None:
    for day, words in enumerate((WELL, ("응", "", ""), (WELL[0], "안 아프지 않아 안 좋아", "허리", *WELL[2:]))):
        at = MORNING + timedelta(days=day)
        done = hold(planner(kept), at, *words)
        if day == 1:
            carry_out(plan := planner(kept), look(plan, at.replace(hour=19)), at.replace(hour=19))
    summary = [event for event in emitted(done) if isinstance(event, CheckInSummary)]
    assert not summary or summary[0].answers[0].before == "good"


def test_the_questions_on_mood_come_every_two_weeks_with_consent(kept: MemoryStore, person: str) -> None:
    def asked(day: int) -> bool:
        at = MORNING + timedelta(days=day)
        done = hold(planner(kept), at, *WELL)
        screening = any(isinstance(one, Ask) and "두 주 동안" in one.text for one in done)
        if screening:
            live = CheckInState.model_validate_json(kept.check_ins(person)[-1][1])
            live.screened, live.ended, live.told = [0, 1], "complete", True
            kept.keep_check_in(person, live.day, live.model_dump_json().encode(), at + timedelta(days=120), open=False)
        return screening

    assert not asked(0)
    kept.people.consent(person, Consent(Purpose.MOOD, "herself", MORNING))
    assert asked(1)
    assert not asked(2)
    assert not asked(14)
    assert asked(15)


def test_check_ins_are_kept_for_a_time_and_sealed(kept: MemoryStore, store: Store, person: str) -> None:
    hold(planner(kept), MORNING, "응", "무릎이 쑤셔")
    assert "쑤셔".encode() not in b"".join(file.read_bytes() for file in store.path.parent.iterdir())
    assert kept.check_ins(person)
    kept.purge(MORNING + timedelta(days=119))
    assert kept.check_ins(person)
    kept.purge(MORNING + timedelta(days=121))
    assert kept.check_ins(person) == []


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Europe/Berlin", date(2027, 3, 28)), ("Europe/Berlin", date(2026, 10, 25)), ("Asia/Seoul", date(2026, 11, 24))],
)
def test_a_change_of_the_clocks_neither_skips_nor_doubles_a_check_in(kept: MemoryStore, zone: str, day: date) -> None:
    at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    consent = Consent(Purpose.CHECK_IN, "daughter", at - timedelta(days=1))
    kept.people.add("김순자", consent, at)
    plan = planner(kept, at="02:30", latest="20:00")
    begun: list[datetime] = []
    for minute in range(0, 24 * 60, 5):
        local = (at + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
        if local.date() == day and isinstance(activity := look(plan, local), CheckIn):
            carry_out(plan, activity, local, *WELL)
            begun.append(local)
    assert len(begun) == 1
    assert begun[0].strftime("%H:%M") in ("02:30", "03:30")


def test_a_time_of_day_is_reached_in_the_zone_of_the_home() -> None:
    assert reached(MORNING, MORNING.date(), "10:00")
    assert not reached(MORNING - timedelta(seconds=1), MORNING.date(), "10:00")
    assert LOOK_S < 60


def test_a_state_of_another_day_is_not_talked_about() -> None:
    yesterday = CheckInState(person=PERSON, day=MORNING.date() - timedelta(days=1), topics={"mood": Told(grade="bad")})
    held = talk(state=yesterday).start()
    assert held.over and held.said == []


def test_every_topic_has_its_question_in_both_languages() -> None:
    for lang in ("ko", "en"):
        held = talk(lang).start().answer("네" if lang == "ko" else "yes")
        for _ in TOPICS:
            assert held.asking
            held.answer("네" if lang == "ko" else "yes")
        assert held.over


# --- consent, restarts, and what is wanted now ----------------------------------------------------------------------


def test_a_consent_that_is_taken_back_ends_it_in_the_middle_and_nothing_is_kept_or_told(
    kept: MemoryStore, person: str
) -> None:
    plan = planner(kept)
    activity = look(plan, MORNING)
    assert isinstance(activity, CheckIn)
    at = Moment(MORNING.timestamp(), MORNING)
    activity.start(at)
    activity.answered(Answered(at, "1", Outcome.ANSWERED, heard="응"))
    kept.people.withdraw(person, MORNING, Purpose.CHECK_IN)
    kept.purge(MORNING)
    assert activity.tick(Moment(at.now + 2, MORNING)) == [Finish(at_once=True)]
    assert activity.answered(Answered(at, "1", Outcome.ANSWERED, heard="무릎이 아파")) == [Finish()]
    assert kept.check_ins(person) == []
    assert look(plan, MORNING + timedelta(hours=1)) is None


def test_words_go_out_only_while_the_consent_to_them_holds(kept: MemoryStore, person: str) -> None:
    kept.people.consent(person, Consent(Purpose.CHECK_IN_WORDS, "herself", MORNING - timedelta(days=1)))
    activity = look(planner(kept), MORNING)
    assert isinstance(activity, CheckIn)
    at = Moment(MORNING.timestamp(), MORNING)
    activity.start(at)
    for said in WELL[:-1]:
        activity.answered(Answered(at, "1", Outcome.ANSWERED, heard=said))
    kept.people.withdraw(person, MORNING, Purpose.CHECK_IN_WORDS)
    (event,) = emitted(activity.answered(Answered(at, "1", Outcome.ANSWERED, heard=WELL[-1])))
    assert isinstance(event, CheckInSummary)
    assert all(one.said is None for one in event.answers)


def test_what_a_crash_kept_from_the_district_is_told_after_the_restart_once(kept: MemoryStore, person: str) -> None:
    activity = look(planner(kept), MORNING)
    assert isinstance(activity, CheckIn)
    at = Moment(MORNING.timestamp(), MORNING)
    activity.start(at)
    for said in WELL:
        activity.answered(Answered(at, "1", Outcome.ANSWERED, heard=said))
    # Killed here: the state says that it ended, and nobody wrote the event.
    plan = planner(kept)
    later = MORNING + timedelta(minutes=1)
    report = look(plan, later)
    assert isinstance(report, Report)
    (event,) = emitted(carry_out(plan, report, later))
    assert isinstance(event, CheckInSummary) and event.ended == "complete"
    assert look(plan, later + timedelta(minutes=1)) is None
    assert look(planner(kept), later + timedelta(minutes=2)) is None


def test_while_one_waits_for_its_moment_or_talks_there_is_no_second(kept: MemoryStore, person: str) -> None:
    plan = planner(kept)
    first = look(plan, MORNING)
    assert isinstance(first, CheckIn)
    assert look(plan, MORNING + timedelta(minutes=5)) is None
    late = MORNING + timedelta(minutes=10)
    first.start(Moment(late.timestamp(), late))
    assert look(plan, late + timedelta(minutes=1)) is None


def test_one_that_waited_in_vain_until_the_evening_is_told_of(kept: MemoryStore, person: str) -> None:
    plan = planner(kept)
    waiting = look(plan, MORNING)
    assert isinstance(waiting, CheckIn)
    report = look(plan, evening := MORNING.replace(hour=18))
    assert isinstance(report, Report)
    assert waiting.start(Moment(evening.timestamp(), evening)) == [Finish()]


def test_one_that_is_wanted_now_waits_for_no_time_of_day_and_for_nobody(kept: MemoryStore, person: str) -> None:
    early = MORNING.replace(hour=8)
    state = CheckInState(person=person, day=early.date(), wanted=True)
    kept.keep_check_in(person, early.date(), state.model_dump_json().encode(), early + timedelta(days=1), open=True)
    activity = look(plan := planner(kept), early)
    assert isinstance(activity, CheckIn) and not activity.needs_company
    carry_out(plan, activity, early, "")
    assert look(plan, early + timedelta(minutes=20)) is None, "once"


def test_nobody_answering_whether_to_go_on_is_no_refusal() -> None:
    held = talk().start().answer("응", "괜찮아")
    held.take(held.activity.stop(held.at, Why.PREEMPTED))
    held.take(held.activity.stop(held.at, Why.UNANSWERED))
    assert held.over and held.events == [] and held.activity.state.next_try is not None


def test_who_agreed_to_go_on_is_not_asked_whether_it_is_a_good_time() -> None:
    held = talk().start()
    held.take(held.activity.stop(held.at, Why.PREEMPTED))
    held.take(held.activity.agreed(held.at))
    assert held.said[-1] == "몸은 편안하세요?"


@pytest.mark.parametrize("said", ["시청해 주셔서 고맙습니다", "오늘의 소식을 전해 드립니다"])
def test_a_television_that_answers_the_greeting_does_not_begin_the_talk(said: str) -> None:
    held = talk().start().answer(said)
    assert held.said[-1] == "잠깐 이야기 나눠도 될까요?"
    held.answer(said)
    assert held.over and not held.activity.state.answered and held.activity.state.next_try is not None


def test_a_call_that_the_voice_took_away_is_no_open_question_afterwards(kept: MemoryStore, person: str) -> None:
    plan = planner(kept)
    activity = look(plan, MORNING)
    assert isinstance(activity, CheckIn)
    at = Moment(MORNING.timestamp(), MORNING)
    activity.start(at)
    activity.answered(Answered(at, "1", Outcome.ANSWERED, heard="응"))
    plan(Heard(at, "가슴이 너무 아파"))
    activity.stop(at, Why.PREEMPTED)
    (asked,) = activity.agreed(at)
    assert isinstance(asked, Ask) and asked.text == "식사는 하셨어요?"
    assert activity.state.topics["health"].grade == "bad"
