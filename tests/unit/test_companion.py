"""The companion's core: whose turn it is, whom it listens to, and what no order of events may break."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.examples import examples

from dolbom.clock import SEOUL
from dolbom.companion.activity import Activity, Decisions, Priority, Why
from dolbom.companion.attention import Attention
from dolbom.companion.coming import said_of_coming
from dolbom.companion.companion import SAFETY_WAIT_S, Companion, CompanionParameters
from dolbom.companion.decisions import (
    Approach,
    Ask,
    Cancel,
    Decision,
    Finish,
    PutAside,
    Say,
    SettleReminder,
    Suspect,
    TellOfMedicine,
)
from dolbom.companion.observations import (
    Answered,
    DistressChanged,
    Heard,
    Moment,
    Observation,
    Outcome,
    ReminderDue,
    ReminderWithdrawn,
    Seen,
    Spoken,
    Tick,
)
from dolbom.companion.replies import clock_words, date_words
from dolbom.dialog.intents import Understanding, Understood
from dolbom.drives.observations import Outcome as DriveOutcome
from dolbom.i18n import LANGUAGES, catalogue

UNDERSTANDING = Understanding(morphemes=None)
START = datetime(2026, 11, 22, 9, 0, tzinfo=SEOUL)


def moment(now: float) -> Moment:
    return Moment(now, START + timedelta(seconds=now))


@dataclass
class Robot:
    """A companion and what it has under way, as the voice would see it."""

    companion: Companion = field(default_factory=lambda: Companion(CompanionParameters(), UNDERSTANDING))
    now: float = 0.0
    open: dict[str, Say | Ask] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    settled: list[SettleReminder] = field(default_factory=list)
    suspects: list[Suspect] = field(default_factory=list)
    most: int = 0

    def take(self, decisions: list[Decision]) -> list[Decision]:
        for decision in decisions:
            if isinstance(decision, Say | Ask):
                self.open[decision.id] = decision
                self.texts.append(decision.text)
            elif isinstance(decision, Cancel):
                self.open.pop(decision.id, None)
            elif isinstance(decision, SettleReminder):
                self.settled.append(decision)
            elif isinstance(decision, Suspect):
                self.suspects.append(decision)
        self.most = max(self.most, len(self.open))
        return decisions

    def observe(self, observation: Observation) -> list[Decision]:
        return self.take(self.companion.observe(observation))

    def at(self) -> Moment:
        return moment(self.now)

    def hear(self, text: str, voice: str = "mic", person: str | None = None) -> list[Decision]:
        self.now += 0.5
        return self.observe(Heard(self.at(), text, voice, person, stamp=self.now))

    def speak(self) -> None:
        """Says everything that is to be said."""
        while said := next((one for one in self.open.values() if isinstance(one, Say)), None):
            del self.open[said.id]
            self.now += 1.0
            self.observe(Spoken(self.at(), said.id))

    def answer(self, answer: str, heard: str = "네") -> list[Decision]:
        self.speak()
        asked = next(one for one in self.open.values() if isinstance(one, Ask))
        del self.open[asked.id]
        self.now += 1.0
        return self.observe(Answered(self.at(), asked.id, Outcome.ANSWERED, answer, None, heard))

    def tick(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += 0.5
            self.observe(Tick(self.at()))


class Game(Activity):
    """Counts aloud, and asks before it goes on."""

    asks_to_return = True

    def __init__(self, priority: Priority = Priority.GAME, name: str = "game") -> None:
        self.priority, self.name = priority, name
        self.log: list[str] = []

    def start(self, at: Moment) -> Decisions:
        self.log.append("start")
        return [Ask("하나 다음은?", person=None)]

    def resume(self, at: Moment) -> Decisions:
        self.log.append("resume")
        return [Ask("어디까지 했죠?")]

    def stop(self, at: Moment, why: Why) -> Decisions:
        self.log.append(why.value)
        return [] if why is Why.PREEMPTED else [Finish()]

    def answered(self, answered: Answered) -> Decisions:
        self.log.append("answered")
        return [Finish()]


def due(robot: Robot, goal: str = "r", kind: str = "medicine", question: str = "드셨어요?") -> ReminderDue:
    return ReminderDue(robot.at(), goal, "d", kind, "약 드실 시간이에요.", question, ("yes", "no"))


@pytest.mark.parametrize(("given", "shown"), [("", "medicine"), ("혈압약", "혈압약")])
def test_a_reminder_shows_its_own_picture_or_that_of_its_kind(given: str, shown: str) -> None:
    robot = Robot(now=100.0)
    told = robot.observe(replace(due(robot), picture=given))
    assert [one.picture for one in told if isinstance(one, Say)] == [shown]


def test_what_is_more_urgent_takes_over_at_once_and_hands_back_with_a_question() -> None:
    robot, game = Robot(now=100.0), Game()
    robot.take(robot.companion.offer(game, robot.at()))
    assert robot.texts == ["하나 다음은?"]
    out = robot.observe(due(robot))
    assert isinstance(out[0], Cancel)
    assert game.log == ["start", "preempted"]
    robot.answer("yes")
    robot.speak()
    assert robot.texts[-1] == "아까 하던 이야기를 계속할까요?"
    robot.answer("yes")
    assert (game.log[-1], robot.texts[-1]) == ("resume", "어디까지 했죠?")


@pytest.mark.parametrize("answer", ["no", ""])
def test_whoever_does_not_want_to_go_on_is_left_in_peace(answer: str) -> None:
    robot, game = Robot(now=100.0), Game()
    robot.take(robot.companion.offer(game, robot.at()))
    robot.observe(due(robot))
    robot.answer("yes")
    robot.answer(answer, "아니")
    robot.speak()
    assert game.log[-1] == "stop_word"
    assert robot.companion.waiting == 0


AGAIN = {
    "ko": ("아까 하던 이야기를 계속할까요?", "‘응’ 하시면 이어서 하고, ‘아니’ 하시면 다음에 할게요. 계속할까요?"),
    "en": ("Shall we go on where we were?", "Say “yes” and we go on, or “no” and we leave it for today. Shall we?"),
}


def asked_to_go_on(lang: str = "ko") -> tuple[Robot, Game]:
    """A game that medicine came into: whether to go on was asked."""
    robot, game = Robot(Companion(CompanionParameters(), UNDERSTANDING, lang), now=100.0), Game()
    robot.take(robot.companion.offer(game, robot.at()))
    robot.observe(due(robot))
    robot.answer("yes", "네" if lang == "ko" else "yes")
    robot.speak()
    assert robot.texts[-1] == AGAIN[lang][0]
    return robot, game


@pytest.mark.parametrize(
    ("words", "lang"),
    [("괜찮아", "ko"), ("응 괜찮아", "ko"), ("that's fine", "en"), ("I'm all right", "en"), ("I'm fine", "en")],
)
def test_괜찮아_may_mean_either_so_it_is_asked_once_more_plainly_and_then_left_for_another_time(
    words: str, lang: str
) -> None:
    robot, game = asked_to_go_on(lang)
    robot.answer("", words)
    assert robot.texts[-1] == AGAIN[lang][1]
    robot.answer("", words)
    robot.speak()
    assert (game.log[-1], robot.companion.waiting) == ("unanswered", 0)
    assert robot.texts[-1] == catalogue(lang, "companion")["another_time"]


@pytest.mark.parametrize(("words", "lang"), [("그래 하자", "ko"), ("okay", "en"), ("All right then.", "en")])
def test_who_agrees_in_other_words_goes_on(words: str, lang: str) -> None:
    robot, game = asked_to_go_on(lang)
    robot.answer("yes" if lang == "ko" else "", words)
    assert game.log[-1] == "resume"


@pytest.mark.parametrize("words", ["", "괜찮아", "지금 몇 시야", "오늘 날씨 어때", "어디 보자", "다리가 저려"])
def test_nobody_is_asked_more_than_twice_whether_to_go_on(words: str) -> None:
    robot, game = asked_to_go_on()
    for _ in range(8):
        robot.speak()
        if not robot.open:
            break
        robot.answer("", words)
    assert sum(text in AGAIN["ko"] for text in robot.texts) == 2
    assert (game.log[-1], robot.companion.waiting) == ("unanswered", 0)


def test_what_breaks_in_anew_is_a_new_reason_to_ask() -> None:
    robot, game = asked_to_go_on()
    robot.answer("", "괜찮아")
    robot.observe(DistressChanged(robot.at(), True))
    robot.observe(DistressChanged(robot.at(), False))
    assert robot.texts[-1] == AGAIN["ko"][0]
    robot.answer("yes")
    assert game.log[-1] == "resume"


class Pausing(Game):
    """Is put aside for a minute at every answer."""

    def answered(self, answered: Answered) -> Decisions:
        return [Say("다녀오세요.")]

    def spoken(self, spoken: Spoken) -> Decisions:
        return [PutAside(60.0)]

    def heard(self, heard: Heard, understood: Understood) -> Decisions | None:
        return [] if "하자" in heard.text else None


def paused() -> tuple[Robot, Pausing]:
    robot, game = Robot(now=100.0), Pausing()
    robot.take(robot.companion.offer(game, robot.at()))
    robot.answer("", "화장실 다녀올게")
    robot.speak()
    assert (robot.texts[-1], game.log) == ("다녀오세요.", ["start", "preempted"])
    assert (robot.companion.busy, robot.companion.waiting) == ("", 1)
    return robot, game


def test_what_is_put_aside_leaves_the_word_to_others_and_is_asked_about_after_its_time() -> None:
    robot, game = paused()
    robot.tick(20)
    robot.observe(due(robot))
    robot.answer("yes")
    robot.speak()
    assert robot.texts[-1] != "아까 하던 이야기를 계속할까요?"
    robot.tick(30)
    assert game.log[-1] == "preempted"
    robot.tick(20)
    assert robot.texts[-1] == "아까 하던 이야기를 계속할까요?"
    robot.answer("yes")
    assert game.log[-1] == "resume"


def test_who_says_so_is_not_asked_whether_to_go_on() -> None:
    robot, game = paused()
    robot.hear("돌봄아 이제 하자")
    assert (game.log[-1], robot.texts[-1]) == ("resume", "어디까지 했죠?")


def test_stop_ends_what_was_put_aside() -> None:
    robot, game = paused()
    robot.hear("돌봄아 그만")
    robot.speak()
    assert (game.log[-1], robot.companion.waiting) == ("stop_word", 0)


def test_nobody_is_asked_to_go_on_while_nobody_is_near() -> None:
    robot, game = paused()
    robot.companion.parameters = CompanionParameters(company_s=50)
    robot.tick(70)
    assert game.log[-1] == "preempted"
    robot.observe(Seen(robot.at(), "p1"))
    robot.tick(1)
    assert robot.texts[-1] == "아까 하던 이야기를 계속할까요?"


def test_during_a_distress_nothing_is_said_and_afterwards_all_goes_on() -> None:
    robot, game = Robot(now=100.0), Game()
    robot.take(robot.companion.offer(game, robot.at()))
    assert robot.observe(DistressChanged(robot.at(), True)) == [Cancel("1")]
    robot.hear("돌봄아 지금 몇 시야")
    robot.observe(due(robot))
    robot.tick(30)
    assert robot.open == {}
    robot.observe(DistressChanged(robot.at(), False))
    robot.tick(5)
    assert robot.texts[-1] == "약 드실 시간이에요."
    robot.answer("yes")
    robot.speak()
    assert robot.texts[-1] == "아까 하던 이야기를 계속할까요?"


def worried() -> tuple[Robot, Pausing]:
    """A game in whose middle the companion asked whether help is needed, and was told yes."""
    robot, game = Robot(now=100.0), Pausing()
    robot.take(robot.companion.offer(game, robot.at()))
    robot.answer("", "잠깐")
    del robot.open[next(iter(robot.open))]  # not asking now: what is heard is for the companion
    robot.hear("돌봄아 누가 내 돈을 훔쳐 갔어")
    assert robot.texts[-1] == "도움이 필요하세요?"
    robot.answer("yes", "응")
    assert [one.text for one in robot.suspects] == ["누가 내 돈을 훔쳐 갔어"]
    assert (robot.texts[-1], game.log[-1]) == ("도움이 필요하세요?", "preempted"), "nothing was said after it"
    return robot, game


def test_after_a_yes_to_its_own_question_for_help_the_word_is_left_to_safety_and_then_it_asks_to_go_on() -> None:
    robot, game = worried()
    said = len(robot.texts)
    robot.tick(1)
    robot.observe(DistressChanged(robot.at(), True))
    robot.tick(300)
    assert (robot.texts[said:], robot.companion.busy, game.log[-1]) == ([], "distress", "preempted")
    robot.observe(DistressChanged(robot.at(), False))
    assert robot.texts[said:] == ["아까 하던 이야기를 계속할까요?"]
    robot.answer("yes")
    assert game.log[-1] == "resume"


def test_if_safety_does_not_say_how_it_stands_it_asks_to_go_on_after_a_while() -> None:
    robot, _ = worried()
    said = len(robot.texts)
    robot.tick(SAFETY_WAIT_S - 1)
    assert robot.texts[said:] == []
    robot.tick(2)
    assert robot.texts[said:] == ["아까 하던 이야기를 계속할까요?"]


def test_words_that_safety_will_ask_about_silence_it_before_safety_does() -> None:
    robot = Robot(now=100.0)
    robot.observe(replace(due(robot), question=""))
    assert robot.open
    robot.hear("도와줘")
    assert (robot.open, robot.companion.busy) == ({}, "distress")


def test_whoever_is_interrupted_while_it_answers_something_else_is_asked_to_go_on_as_well() -> None:
    robot, game = Robot(now=100.0), Pausing()
    robot.take(robot.companion.offer(game, robot.at()))
    robot.answer("", "잠깐")
    del robot.open[next(iter(robot.open))]
    robot.hear("돌봄아 지금 몇 시야")
    assert robot.texts[-1].startswith("지금은")
    robot.observe(DistressChanged(robot.at(), True))
    robot.observe(DistressChanged(robot.at(), False))
    assert (robot.texts[-1], game.log[-1]) == ("아까 하던 이야기를 계속할까요?", "preempted")


def test_what_the_voice_cut_off_is_said_again_and_ever_more_seldom_while_it_fails() -> None:
    robot = Robot(now=100.0)
    robot.observe(due(robot))
    for _ in range(40):
        for said in list(robot.open.values()):
            del robot.open[said.id]
            robot.observe(Spoken(robot.at(), said.id, finished=False))
        robot.tick(5)
    assert 4 <= robot.texts.count("아까 말씀드리던 거예요. 약 드실 시간이에요.") <= 10
    assert robot.settled == []


def test_the_final_of_a_segment_that_stopped_the_robot_says_nothing_new() -> None:
    robot = Robot(now=100.0)
    robot.observe(due(robot))
    robot.observe(Heard(robot.at(), "", "mic", None, "ko", 99.0, "그만"))
    assert robot.settled == [SettleReminder("r", Outcome.INTERRUPTED, "stop")]
    robot.speak()
    said = len(robot.texts)
    robot.observe(Heard(robot.at(), "그만해", "mic", None, "ko", 99.0))
    assert len(robot.texts) == said


def test_words_that_answered_a_question_are_no_new_request_in_whatever_order_they_come() -> None:
    robot = Robot(now=100.0)
    robot.hear("돌봄아 카메라 꺼 줘")
    robot.now += 5
    began = robot.now
    robot.answer("yes", "그래 꺼 줘")
    robot.speak()
    said = len(robot.texts)
    robot.observe(Heard(robot.at(), "그래 꺼 줘", "mic", None, "ko", began))
    assert len(robot.texts) == said


@pytest.mark.parametrize(
    ("words", "called", "rest"),
    [
        ("돌봄아", True, ""),
        ("돌봄아 몇 시야", True, "몇 시야"),
        ("저기 돌봄이", True, ""),
        ("몇 시야 돌봄아", True, "몇 시야"),
        ("돌보미야 몇 시야", True, "몇 시야"),
        ("돌봄 교실이 문을 닫았습니다", False, "돌봄 교실이 문을 닫았습니다"),
        ("요즘은 돌봄 교실이 많다", False, "요즘은 돌봄 교실이 많다"),
        ("돌보미가 왔어", False, "돌보미가 왔어"),
    ],
)
def test_the_name_is_heard_where_somebody_is_called(words: str, called: bool, rest: str) -> None:
    assert Attention(catalogue("ko", "companion")["names"], 20, 10).without_name(words) == (called, rest)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_intent_that_people_may_have_is_answered(lang: str) -> None:
    replies = catalogue(lang, "companion")["reply"]
    # These are answered by other sentences, or by none: safety, stop, and how it comes.
    elsewhere = {"emergency", "stop", "greeting", "repeat", "small_talk", "come_here"}
    for intent in UNDERSTANDING.intents(lang):
        assert intent in elsewhere or intent in replies, intent


def test_times_and_dates_are_said_as_people_say_them() -> None:
    at = datetime(2026, 11, 22, 15, 5, tzinfo=SEOUL)
    assert (clock_words(at, "ko"), date_words(at, "ko")) == ("오후 3시 5분", "11월 22일 일요일")
    assert (clock_words(at, "en"), date_words(at, "en")) == ("3:05 in the afternoon", "Sunday, November 22")
    assert clock_words(at.replace(hour=0, minute=0), "ko") == "밤 12시"
    assert clock_words(at.replace(hour=3, minute=0), "ko") == "새벽 3시"
    assert clock_words(at.replace(hour=12, minute=0), "ko") == "낮 12시"


WORDS = ["돌봄아", "돌봄아 지금 몇 시야", "카메라 꺼 줘", "그만", "으라차차", "네", "아니", "도와줘", "가스 냄새가 나",
         "밥 먹었어", "오늘의 날씨를 전해 드리겠습니다"]  # fmt: skip


@settings(max_examples=examples(120), stateful_step_count=40, deadline=None)
class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order."""

    @initialize()
    def begin(self) -> None:
        self.robot = Robot(now=1000.0)
        self.distress = False
        self.due: set[str] = set()
        self.withdrawn: set[str] = set()
        self.seen: list[Observation] = []
        self.said_in_distress = 0

    def _observe(self, observation: Observation) -> None:
        before = len(self.robot.texts)
        self.seen.append(observation)
        self.robot.observe(observation)
        if self.distress:
            self.said_in_distress += len(self.robot.texts) - before

    @rule(text=st.sampled_from(WORDS), voice=st.sampled_from(["typed", "mic"]))
    def hear(self, text: str, voice: str) -> None:
        self.robot.now += 0.3
        self._observe(Heard(self.robot.at(), text, voice, None, "ko", self.robot.now))

    @rule(text=st.sampled_from(["그만", "돌봄아", "도와줘", "네"]))
    def spot(self, text: str) -> None:
        self._observe(Heard(self.robot.at(), "", "mic", None, "ko", self.robot.now, text))

    @rule(kind=st.sampled_from(["medicine", "water"]), question=st.sampled_from(["", "드셨어요?"]))
    def remind(self, kind: str, question: str) -> None:
        goal = f"r{len(self.due)}"
        self.due.add(goal)
        self._observe(due(self.robot, goal, kind, question))

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        if self.due:
            goal = data.draw(st.sampled_from(sorted(self.due)))
            self.withdrawn.add(goal)
            self._observe(ReminderWithdrawn(self.robot.at(), goal))

    @rule(stands=st.booleans())
    def distress_changes(self, stands: bool) -> None:
        self.distress = stands
        self._observe(DistressChanged(self.robot.at(), stands))

    @rule(finished=st.booleans())
    def voice_ends(self, finished: bool) -> None:
        for said in [one for one in self.robot.open.values() if isinstance(one, Say)]:
            del self.robot.open[said.id]
            self._observe(Spoken(self.robot.at(), said.id, finished))

    @rule(
        outcome=st.sampled_from(Outcome),
        answer=st.sampled_from(["yes", "no", "stop", ""]),
        heard=st.sampled_from(WORDS),
    )
    def answer(self, outcome: Outcome, answer: str, heard: str) -> None:
        for asked in [one for one in self.robot.open.values() if isinstance(one, Ask)]:
            del self.robot.open[asked.id]
            words = "" if outcome is Outcome.SILENCE else heard
            self._observe(Answered(self.robot.at(), asked.id, outcome, answer if words else "", None, words))

    @rule(seconds=st.sampled_from([0.5, 3.0, 70.0]))
    def time_passes(self, seconds: float) -> None:
        self.robot.now += seconds
        self._observe(Tick(self.robot.at()))

    @rule()
    def sight(self) -> None:
        self._observe(Seen(self.robot.at(), "halmoni"))

    @invariant()
    def it_has_one_mouth(self) -> None:
        assert len(self.robot.open) <= 1

    @invariant()
    def it_is_silent_while_safety_speaks(self) -> None:
        assert self.said_in_distress == 0
        assert not (self.distress and self.robot.open)

    def teardown(self) -> None:
        robot = self.robot
        goals = [one.goal for one in robot.settled]
        assert len(goals) == len(set(goals)), "a reminder is settled once"
        # The same again, from the list: the same decisions.
        again = Robot(now=1000.0)
        for observation in self.seen:
            again.observe(observation)
        assert again.texts == robot.texts
        # No reminder is lost: when the house is quiet and somebody answers, all are settled.
        robot.observe(DistressChanged(robot.at(), False))
        for _ in range(60 + 10 * len(self.due)):
            robot.speak()
            if any(isinstance(one, Ask) for one in robot.open.values()):
                robot.answer("yes")
            robot.tick(8)
        settled = {one.goal for one in robot.settled}
        assert self.due - self.withdrawn <= settled
        assert robot.companion.waiting == 0


TestAnyOrder = AnyOrder.TestCase


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.sampled_from(WORDS[:7] + WORDS[9:]), max_size=8))
def test_without_name_and_face_no_words_make_it_speak(said: list[str]) -> None:
    robot = Robot(now=100.0)
    for words in said:
        robot.hear(words.removeprefix("돌봄아").strip() or "어머")
    assert robot.texts == []


def test_a_reminder_comes_closer_sings_and_then_a_familiar_voice_tells_and_the_robot_asks() -> None:
    robot = Robot(now=100.0)
    wanted = replace(due(robot), come=True, song="아리랑.mp3", recording="daughter.wav", person="p1")
    told = robot.observe(wanted)
    assert [one for one in told if isinstance(one, Approach)] == [Approach("p1", "medicine")]
    assert [(one.sound, one.text) for one in robot.open.values()] == [("아리랑.mp3", "♪ 좋아하시는 노래예요.")]
    robot.speak()
    assert robot.texts == ["♪ 좋아하시는 노래예요.", "약 드실 시간이에요.", "드셨어요?"]
    assert [one.sound for one in told if isinstance(one, Say)] == ["아리랑.mp3"]
    robot.answer("yes")
    assert [(one.outcome, one.answer) for one in robot.settled] == [(Outcome.ANSWERED, "yes")]


@pytest.mark.parametrize(("words", "asks"), [("돌봄아 이리 와", []), ("돌봄아 이리 좀 와 봐", ["도움이 필요하세요?"])])
def test_it_comes_when_it_is_called_and_asks_where_need_may_be_heard(words: str, asks: list[str]) -> None:
    robot = Robot(now=100.0)
    done = robot.hear(words)
    assert [one for one in done if isinstance(one, Approach)] == [Approach(None, "called", called=True)]
    assert robot.texts == asks


def test_come_here_of_a_television_moves_nothing() -> None:
    robot = Robot(now=100.0)
    robot.observe(Seen(robot.at(), "p1"))
    for words in ("이리 와", "이리 좀 와 봐"):
        assert not [one for one in robot.hear(words) if isinstance(one, Approach)]


def test_while_a_distress_stands_nobody_is_told_how_it_comes() -> None:
    robot = Robot(now=100.0)
    robot.observe(DistressChanged(robot.at(), True))
    assert robot.companion.came("coming", robot.at()) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whoever_called_it_is_told_how_it_goes_but_not_what_they_know(lang: str) -> None:
    told = {how: said_of_coming(how, lang) for how in (*DriveOutcome, "coming", "no_base")}
    silent = {DriveOutcome.STOPPED, DriveOutcome.PREEMPTED, DriveOutcome.DOCKED}
    assert {how for how, said in told.items() if said is None} == silent


def test_after_an_interruption_the_song_is_not_played_again() -> None:
    robot = Robot(now=100.0)
    robot.observe(replace(due(robot), song="아리랑.mp3", recording="daughter.wav"))
    robot.observe(DistressChanged(robot.at(), True))
    robot.tick(1)
    robot.observe(DistressChanged(robot.at(), False))
    robot.tick(1)
    assert [(one.text, one.sound) for one in robot.open.values() if isinstance(one, Say)] == [
        ("아까 말씀드리던 거예요. 약 드실 시간이에요.", "daughter.wav")
    ]


@pytest.mark.parametrize(
    ("words", "what"),
    [("약 먹었어", "taken"), ("약 안 먹을래", "refused"), ("약 아직 안 먹었어", "not_taken")],
)
def test_what_is_said_of_medicine_unasked_is_told_to_the_routines_after_a_yes(words: str, what: str) -> None:
    robot = Robot(now=100.0)
    decisions = robot.hear(f"돌봄아 {words}")
    if not [one for one in decisions if isinstance(one, TellOfMedicine)]:
        decisions = robot.answer("yes")
    told = [one for one in decisions if isinstance(one, TellOfMedicine)]
    assert [(one.what, one.heard) for one in told] == [(what, words)]
