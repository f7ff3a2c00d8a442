"""The ladder under random observations, kills and wrong calendars, and what must hold after each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.examples import examples

from dolbom.events import CareEvent, Cause, Severity
from dolbom.safety.decisions import Ask, Decisions, StopAsking
from dolbom.safety.distress import ALARM, ASKING, Distress, Stage
from dolbom.safety.guard import Guard
from dolbom.safety.ladder import Ladder, LadderParameters
from dolbom.safety.observations import (
    Answered,
    Fall,
    FallSeen,
    Heard,
    Moment,
    Observation,
    Outcome,
    ReceiptKind,
    Received,
    SeenTogether,
    Suspected,
    TakenBack,
    Tick,
)

PARAMETERS = LadderParameters()
BODIES = st.sampled_from(["b1", "b2", "b3"])
PEOPLE = st.sampled_from([None, None, "halmoni", "haraboji"])
CAUSES: st.SearchStrategy[Cause] = st.sampled_from(["voice", "button", "inactivity", "hazard", "vital"])
MEANINGS = st.sampled_from(["fine", "help", "yes", "no", "stop"])
TICK_S = 0.5


class Home(RuleBasedStateMachine):
    """A home whose robot may be killed at any instant; what is on disk is all that a new process has."""

    def __init__(self) -> None:
        super().__init__()
        self.ladder = Ladder(PARAMETERS, "/district/d/home/h/robot/r")
        self.guard = Guard(self.ladder)
        self.now = 1000.0
        self.skew = 0.0
        self.disk: dict[UUID, str] = {}
        self.outbox: list[CareEvent] = []
        self.asked: dict[UUID, UUID] = {}
        self.urgent = self.called = self.reassured = False
        self.undecided_since: dict[UUID, float] = {}
        self.restarts: dict[UUID, int] = {}

    def at(self) -> Moment:
        start = datetime(2026, 11, 22, tzinfo=UTC)
        return Moment(self.now, start + timedelta(seconds=self.now + self.skew))

    def do(self, decisions: Decisions, act: bool = True) -> None:
        self.disk |= {id: d.model_dump_json() for id, d in decisions.changed.items()}
        self.outbox += decisions.events
        for done in decisions.acts if act else []:
            if isinstance(done, Ask):
                self.asked[done.question] = done.distress
            elif isinstance(done, StopAsking):
                self.asked.pop(done.question, None)
        for d in self.guard.distresses:
            if d.stage in ASKING:
                self.undecided_since.setdefault(d.id, self.now)
            else:
                self.undecided_since.pop(d.id, None)
                self.restarts.pop(d.id, None)

    def see(self, observation: Observation) -> None:
        self.do(self.guard.observe(observation))

    @initialize(body=BODIES, person=PEOPLE)
    def somebody_falls(self, body: str, person: str | None) -> None:
        self.fall(body, Fall.DOWN, person)

    @rule(body=BODIES, state=st.sampled_from(Fall), person=PEOPLE)
    def fall(self, body: str, state: Fall, person: str | None) -> None:
        self.see(FallSeen(self.at(), body, state, person))

    @rule(bodies=st.frozensets(BODIES))
    def together(self, bodies: frozenset[str]) -> None:
        self.see(SeenTogether(self.at(), bodies))

    @rule(cause=CAUSES, person=PEOPLE, ask=st.booleans())
    def suspicion(self, cause: Cause, person: str | None, ask: bool) -> None:
        self.urgent |= not ask
        self.called |= cause in ("voice", "button")
        self.see(Suspected(self.at(), cause, person, ask=ask))

    @rule(cause=CAUSES, person=PEOPLE)
    def taken_back(self, cause: Cause, person: str | None) -> None:
        self.reassured |= cause in ("voice", "button")
        self.see(TakenBack(self.at(), cause, person))

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), outcome=st.sampled_from(Outcome), answer=MEANINGS, person=PEOPLE)
    def answer(self, data: st.DataObject, outcome: Outcome, answer: str, person: str | None) -> None:
        question = data.draw(st.sampled_from(sorted(self.asked)))
        del self.asked[question]
        self.called |= outcome is Outcome.ANSWERED and answer in ("help", "yes", "no")
        self.reassured |= outcome is Outcome.ANSWERED and answer in ("fine", "yes", "no")
        self.see(Answered(self.at(), question, outcome, answer, "…", person))

    @precondition(lambda self: self.asked)
    @rule(outcome=st.sampled_from([Outcome.SILENCE, Outcome.FAILED, Outcome.UNCLEAR, Outcome.INTERRUPTED]))
    def no_answer(self, outcome: Outcome) -> None:
        question, _ = self.asked.popitem()
        self.see(Answered(self.at(), question, outcome))

    @rule(meaning=MEANINGS, person=PEOPLE)
    def heard(self, meaning: str, person: str | None) -> None:
        self.called |= meaning == "help"
        self.reassured |= meaning == "fine"
        self.see(Heard(self.at(), meaning, "…", person))

    @precondition(lambda self: any(e.kind == "distress.raised" for e in self.outbox))
    @rule(data=st.data(), kind=st.sampled_from(ReceiptKind))
    def receipt(self, data: st.DataObject, kind: ReceiptKind) -> None:
        alarms = [event.id for event in self.outbox if event.kind == "distress.raised"]
        self.see(Received(self.at(), data.draw(st.sampled_from(alarms)), kind))

    @rule(seconds=st.sampled_from([TICK_S, 5.0, 12.0, 25.0, 200.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        """Ticks come every half second; those at which nothing is due are left out."""
        until = self.now + seconds
        while self.now < until:
            dues = [t.due for d in self.guard.open for t in (d.timer, d.long_lie) if t is not None]
            self.now = min([until, *(due + TICK_S for due in dues if due >= self.now)])
            self.see(Tick(self.at()))
            self.no_wait_is_longer_than_the_ladder()

    @rule(jump=st.sampled_from([-1e6, -3600.0, -5.0, 5.0, 3600.0, 1e6]))
    def calendar_jumps(self, jump: float) -> None:
        self.skew += jump

    @rule(
        dead_s=st.sampled_from([0.0, 3.0, 60.0, 5000.0]),
        jump=st.sampled_from([0.0, 0.0, -3600.0, 3600.0]),
        cut_short=st.booleans(),
        body=BODIES,
    )
    def killed(self, dead_s: float, jump: float, cut_short: bool, body: str) -> None:
        if cut_short:  # on disk already, but nothing of it was said
            self.do(self.guard.observe(FallSeen(self.at(), body, Fall.DOWN)), act=False)
        self.now += dead_s
        self.skew += jump
        self.guard = Guard(self.ladder)
        kept = [Distress.model_validate_json(json) for json in self.disk.values()]
        self.do(self.guard.restore(kept, self.at()))
        for d in self.guard.open:
            if d.stage in ASKING:
                self.undecided_since[d.id] = self.now  # each restart may cost the step it fell into, and no more

    @invariant()
    def what_is_decided_is_on_disk(self) -> None:
        for d in self.guard.open:
            assert self.disk[d.id] == d.model_dump_json()

    @invariant()
    def no_wait_is_longer_than_the_ladder(self) -> None:
        for d in self.guard.open:
            if d.stage in ASKING:
                assert d.timer is not None
                assert d.timer.due - self.now <= d.timer.limit_s <= PARAMETERS.longest_s
                assert self.now - self.undecided_since[d.id] <= PARAMETERS.longest_s + TICK_S * 4

    @invariant()
    def one_distress_is_one_alarm_at_most(self) -> None:
        raised = [event.data["distress_id"] for event in self.outbox if event.kind == "distress.raised"]
        assert len(raised) == len(set(raised))

    @invariant()
    def no_alarm_comes_without_a_question_unless_it_is_urgent_or_asked_for(self) -> None:
        for event in self.outbox:
            if event.kind != "distress.raised":
                continue
            reason, asked = event.data["reason"], [a["understood"] for a in event.data["asked"]]
            if reason == "urgent":
                assert self.urgent or self.reassured
            elif reason == "help":
                assert self.called
            elif reason == "voice_failed":
                assert asked[-1] == "not_asked"
            else:
                assert asked[-1] == reason

    @invariant()
    def an_alarm_stands_until_a_human_closes_it_or_the_person_takes_it_back(self) -> None:
        for event in self.outbox:
            if event.kind == "distress.raised":
                kept = Distress.model_validate_json(self.disk[UUID(event.data["distress_id"])])
                assert kept.stage in (*ALARM, Stage.CLOSED, Stage.CANCELLED)
                assert kept.alarm_id == event.id

    @invariant()
    def whoever_is_fine_and_on_the_floor_is_watched(self) -> None:
        for d in self.guard.distresses:
            if d.stage is Stage.STOOD_DOWN and d.on_the_floor and d.watching:
                assert d.timer is not None
                assert d.long_lie is not None

    def teardown(self) -> None:
        # Left alone, everything that was suspected ends in exactly one of alarm, stood down, cleared.
        self.no_wait_is_longer_than_the_ladder()
        self.pass_time(PARAMETERS.longest_s + 2.0)
        ends = {event.kind for event in self.outbox}
        assert ends <= {f"distress.{k}" for k in ("raised", "stood_down", "cancelled", "updated")}
        for d in self.guard.distresses:
            assert d.stage not in ASKING or self.now - self.undecided_since[d.id] < PARAMETERS.longest_s


def test_a_behaviour_clock_that_begins_anew_makes_no_wait_longer() -> None:
    guard, start = Guard(Ladder(PARAMETERS, "/district/d/home/h/robot/r")), datetime(2026, 11, 22, tzinfo=UTC)
    guard.observe(FallSeen(Moment(1e6, start), "b1", Fall.DOWN))
    kinds: list[str] = []
    for now in range(int(PARAMETERS.longest_s)):
        kinds += [event.kind for event in guard.observe(Tick(Moment(now, start))).events]
    assert kinds == ["distress.raised"]


def test_the_longest_words_still_fit_into_the_alarm() -> None:
    guard = Guard(Ladder(PARAMETERS, "/district/d/home/h/robot/r"))
    start, long = datetime(2026, 11, 22, tzinfo=UTC), "\U0001f631" * 5000

    def at(now: float) -> Moment:
        return Moment(now, start + timedelta(seconds=now))

    guard.observe(FallSeen(at(0.0), "b1", Fall.DOWN, evidence=long))
    for cause in ("inactivity", "hazard", "vital", "voice"):
        guard.observe(Suspected(at(0.0), cause, evidence=long))  # type: ignore[arg-type]
    events: list[CareEvent] = []
    for now in range(5, 1000, 5):
        (d,) = guard.distresses
        if d.question is not None:
            events += guard.observe(Answered(at(now), d.question.id, Outcome.ANSWERED, "fine", long)).events
        events += guard.observe(Tick(at(now))).events
    assert [event.kind for event in events if event.severity is Severity.ALARM] == ["distress.raised"]
    assert len(events) > 3


TestHome = Home.TestCase
TestHome.settings = settings(max_examples=examples(400), stateful_step_count=30, deadline=None, derandomize=True)
