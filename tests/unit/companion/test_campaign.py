"""The disaster check-in: told and asked, answered, interrupted, restarted, withdrawn, and past the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples

from dolbom.companion.activity import Activity
from dolbom.companion.campaign import PAUSES_S, Campaigns, HomeJournal
from dolbom.companion.companion import Companion
from dolbom.companion.decisions import Ask, Cancel, Decision, Emit, Say
from dolbom.companion.observations import (
    Answered,
    CampaignCame,
    CampaignWithdrawn,
    DistressChanged,
    Heard,
    Moment,
    Observation,
    Outcome,
    ReminderDue,
    Seen,
    Spoken,
    Tick,
)
from dolbom.dialog.intents import Understanding
from dolbom.events import CampaignNeedsHelp, CampaignNoAnswer, CampaignOk, CampaignReport, CampaignTold
from dolbom.platform import standing
from dolbom.platform.messages import Campaign
from dolbom.store.base import open_store

START = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # three in the morning in Seoul
ID = UUID("01a201d3-41b8-7ac0-b361-de8dacb88e80")
UNDERSTANDING = Understanding(morphemes=None)


class Memory:
    """A journal that outlives its companion."""

    def __init__(self) -> None:
        self.kept: dict[UUID, dict[str, Any]] = {}
        self.withdrawn: set[UUID] = set()

    def load(self, campaign: UUID) -> dict[str, Any] | None:
        return None if campaign in self.withdrawn else self.kept.get(campaign, {})

    def save(self, campaign: UUID, progress: dict[str, Any]) -> None:
        self.kept[campaign] = progress


class Home:
    """A companion, the mouth that speaks for it, and what the district hears."""

    def __init__(self, lang: str = "ko") -> None:
        self.lang = lang
        self.now = 1000.0
        self.journal = Memory()
        self.events: list[CampaignReport] = []
        self.subjects: list[str | None] = []
        self.said: list[str] = []
        self.under_way: Say | Ask | None = None
        self.begin()

    def begin(self) -> None:
        """A companion that knows only what was kept."""
        self.under_way = None
        self.companion = Companion(
            understanding=UNDERSTANDING, lang=self.lang, sources=[Campaigns(self.journal, self.lang)]
        )

    @property
    def at(self) -> Moment:
        return Moment(self.now, START + timedelta(seconds=self.now))

    def observe(self, observation: Observation) -> None:
        self.take(self.companion.observe(observation))

    def take(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Say() | Ask():
                    assert self.under_way is None, "one mouth"
                    self.under_way = decision
                    self.said.append(decision.text)
                case Cancel() if self.under_way is not None and self.under_way.id == decision.id:
                    self.under_way = None
                case Emit() if isinstance(decision.data, CampaignReport):
                    self.events.append(decision.data)
                    self.subjects.append(decision.subject)
                case _:
                    pass

    def came(self, minutes: float = 30, text: str = "지진이 났어요") -> None:
        deadline = START + timedelta(seconds=self.now) + timedelta(minutes=minutes)
        self.deadline = deadline
        self.observe(CampaignCame(self.at, str(ID), text, "식탁 아래로 들어가세요.", "", deadline))

    def came_again(self) -> None:
        """As the bridge tells after a restart."""
        self.observe(CampaignCame(self.at, str(ID), "지진이 났어요", "식탁 아래로 들어가세요.", "", self.deadline))

    def spoken(self, *, finished: bool = True) -> None:
        said, self.under_way = self.under_way, None
        assert isinstance(said, Say), said
        self.observe(Spoken(self.at, said.id, finished))

    def answer(
        self, heard: str = "", answer: str = "", outcome: Outcome | None = None, confidence: float = 0.9
    ) -> None:
        asked, self.under_way = self.under_way, None
        assert isinstance(asked, Ask), asked
        outcome = outcome or (Outcome.ANSWERED if answer else Outcome.UNCLEAR if heard else Outcome.SILENCE)
        self.observe(Answered(self.at, asked.id, outcome, answer, None, heard, confidence))

    def silence(self) -> None:
        """A whole round in which nobody answers."""
        self.spoken()
        for _ in range(3):
            self.answer()
        self.spoken()

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.observe(Tick(self.at))

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


def test_it_tells_asks_and_reports_that_all_is_well_even_at_night() -> None:
    home = Home()
    home.came()
    assert home.said == ["센터에서 급한 소식이 왔어요. 지진이 났어요. 식탁 아래로 들어가세요."]
    home.spoken()
    assert home.said[-1] == "지금 괜찮으세요?"
    home.answer("응 괜찮아", "fine")
    assert home.said[-1] == "네, 다행이에요. 식탁 아래로 들어가세요."
    home.spoken()
    assert home.kinds() == ["campaign.told", "campaign.ok"]
    assert isinstance(home.events[1], CampaignOk)
    assert [(a.understood, a.answer) for a in home.events[1].asked] == [("fine", "응 괜찮아")]
    home.pass_time(3600)
    assert (home.under_way, len(home.events)) == (None, 2), "and that is all"


@pytest.mark.parametrize(
    ("heard", "kind"),
    [
        ("네", "campaign.ok"),
        ("응", "campaign.ok"),
        ("아니", "campaign.needs_help"),
        ("안 괜찮아", "campaign.needs_help"),
    ],
)
def test_a_bare_yes_or_no_counts_by_the_words_of_the_whole_turn(heard: str, kind: str) -> None:
    home = Home()
    home.came()
    home.spoken()
    home.answer(heard)
    assert home.kinds()[-1] == kind


def test_a_yes_that_was_hardly_understood_is_asked_again() -> None:
    home = Home()
    home.came()
    home.spoken()
    home.answer("네", confidence=0.2)
    assert home.kinds() == ["campaign.told"]
    assert home.said[-1] == "‘괜찮아’ 또는 ‘도와줘’ 하고 말씀해 주세요."


def test_needing_help_is_told_at_once() -> None:
    home = Home()
    home.came()
    home.spoken()
    home.answer()
    home.answer("도와줘", "help")
    assert home.kinds() == ["campaign.told", "campaign.needs_help"]
    assert "도와드릴 분을 부를게요" in home.said[-1]


def test_silence_is_reported_once_and_asked_again_with_pauses_until_the_deadline() -> None:
    home = Home()
    home.came(minutes=25)
    home.silence()
    assert home.kinds() == ["campaign.told", "campaign.no_answer"]
    home.pass_time(PAUSES_S[0] - 1)
    assert home.under_way is None
    home.pass_time(1)
    assert home.said[-1].startswith("다시 알려 드릴게요.")
    home.silence()
    home.pass_time(PAUSES_S[1])
    home.silence()
    home.pass_time(PAUSES_S[2])
    home.spoken()
    home.answer("괜찮다니까", "fine")
    home.spoken()
    assert home.kinds() == ["campaign.told", "campaign.no_answer", "campaign.ok"], "late is better than never"
    home.pass_time(3600)
    assert home.under_way is None


def test_at_the_deadline_it_falls_silent() -> None:
    home = Home()
    home.came(minutes=2)
    home.silence()
    said = len(home.said)
    for _ in range(100):
        home.pass_time(60)
    assert len(home.said) == said
    assert home.kinds() == ["campaign.told", "campaign.no_answer"]


def test_a_deadline_that_comes_before_anything_was_said_is_reported() -> None:
    home = Home()
    home.observe(DistressChanged(home.at, True))
    home.came(minutes=2)
    home.pass_time(180)
    assert home.said == []
    home.observe(DistressChanged(home.at, False))
    assert home.kinds() == ["campaign.no_answer"]
    assert home.said == []


def test_a_fall_goes_before_it_and_afterwards_it_takes_up_the_question() -> None:
    home = Home()
    home.came()
    home.spoken()
    asked = home.under_way
    home.observe(DistressChanged(home.at, True))
    assert home.under_way is None
    home.pass_time(60)
    home.observe(DistressChanged(home.at, False))
    assert isinstance(home.under_way, Ask)
    assert asked is not None
    assert home.under_way.text == asked.text
    home.answer("괜찮아", "fine")
    assert home.kinds()[-1] == "campaign.ok"


def test_a_cry_for_help_that_safety_took_up_is_no_silence() -> None:
    home = Home()
    home.came()
    home.spoken()
    home.observe(Heard(home.at, "살려 주세요", "mic", None, "ko", home.now))
    home.observe(DistressChanged(home.at, True))
    home.pass_time(30)
    home.observe(DistressChanged(home.at, False))
    assert home.kinds()[-1] == "campaign.needs_help"


def test_it_goes_before_medicine_and_medicine_is_told_between_the_rounds() -> None:
    home = Home()
    home.observe(Seen(home.at, "p1"))
    due = ReminderDue(home.at, "g", "m", "medicine", "약 드실 시간이에요.")
    home.came()
    home.observe(due)
    home.silence()
    home.pass_time(61)
    assert home.said[-1] == "약 드실 시간이에요."


def test_stop_is_no_answer_it_is_quiet_and_asks_again_later() -> None:
    home = Home()
    home.came()
    home.spoken()
    home.answer("그만", "stop", Outcome.INTERRUPTED)
    assert home.kinds() == ["campaign.told", "campaign.no_answer"]
    home.spoken()
    home.pass_time(PAUSES_S[0])
    assert home.said[-1].startswith("다시 알려 드릴게요.")


def test_two_people_are_asked_together_and_nobody_is_named_for_both() -> None:
    home = Home()
    for person in ("p1", "p2"):
        home.observe(Seen(home.at, person))
    home.under_way = None
    home.begin()
    for person in ("p1", "p2"):
        home.observe(Seen(home.at, person))
    home.came()
    home.spoken()
    assert home.said[-1] == "지금 모두 괜찮으세요?"
    home.answer("둘 다 괜찮아", "fine")
    assert home.subjects[-1] is None


def test_one_person_who_is_there_alone_is_named() -> None:
    home = Home()
    home.observe(Seen(home.at, "p1"))
    home.came()
    home.spoken()
    home.answer("괜찮아", "fine")
    assert home.subjects[-1] == "p1"


def test_withdrawn_while_it_speaks_asks_or_waits_it_says_that_it_is_over() -> None:
    for moment in ("telling", "asking", "waiting", "answered"):
        home = Home()
        home.came()
        if moment != "telling":
            home.spoken()
        if moment == "waiting":
            for _ in range(3):
                home.answer()
            home.spoken()
        if moment == "answered":
            home.answer("괜찮아", "fine")
            home.spoken()
        home.observe(CampaignWithdrawn(home.at, str(ID)))
        home.pass_time(0.1)
        assert home.said[-1] == "아까 알려 드린 일은 끝났대요.", moment
        home.spoken()
        home.pass_time(3600)
        assert home.said.count("아까 알려 드린 일은 끝났대요.") == 1, moment


def test_withdrawn_before_anything_was_told_nothing_is_said() -> None:
    home = Home()
    home.observe(DistressChanged(home.at, True))
    home.came()
    home.observe(CampaignWithdrawn(home.at, str(ID)))
    home.observe(DistressChanged(home.at, False))
    home.pass_time(1)
    assert (home.said, home.events) == ([], [])


def test_after_a_restart_it_goes_on_where_it_was() -> None:
    home = Home()
    home.came()
    home.silence()
    home.pass_time(1)
    home.begin()
    home.came_again()
    assert home.under_way is None, "the pause is not over"
    home.pass_time(PAUSES_S[0])
    assert home.said[-1].startswith("다시 알려 드릴게요.")
    home.spoken()
    home.answer("괜찮아", "fine")
    home.spoken()
    home.pass_time(1)
    home.begin()
    home.came_again()
    home.pass_time(1000)
    assert home.under_way is None, "an answer is not asked for twice"
    assert home.kinds() == ["campaign.told", "campaign.no_answer", "campaign.ok"]
    home.journal.withdrawn.add(ID)
    home.begin()
    home.came_again()
    assert home.under_way is None


def test_the_districts_words_in_another_language_are_spoken_in_theirs() -> None:
    home = Home(lang="ko")
    home.came(text="There was an earthquake")
    assert isinstance(home.under_way, Say)
    assert home.under_way.lang == "ko", "some of it is Korean"
    english = Home(lang="en")
    english.observe(CampaignCame(english.at, str(ID), "Fire", "Leave the house", "", START + timedelta(hours=5)))
    assert english.said == ["There is urgent news from the care centre. Fire. Leave the house."]


def test_the_progress_is_kept_in_the_homes_database(tmp_path: Path) -> None:
    store = open_store(tmp_path / "home.db")
    text = {"what": "지진이 났어요", "instruction": "나가세요."}
    message = Campaign.model_validate(
        {
            "id": ID, "kind": "campaign", "campaign_id": ID, "texts": {"ko": text}, "made_at": START,
            "deadline": START + timedelta(hours=1),
        }
    )  # fmt: skip
    with store.writing() as session:
        standing.keep(session, message, START)
    journal = HomeJournal(store)
    assert journal.load(ID) == {}
    home = Home()
    home.journal = journal  # type: ignore[assignment]
    home.begin()
    home.came()
    home.spoken()
    home.answer("괜찮아", "fine")
    home.pass_time(1)
    kept = journal.load(ID)
    assert kept is not None
    assert kept["result"] == "ok"
    with store.writing() as session:
        standing.keep(session, message.model_copy(update={"withdrawn": True}), START)
    assert journal.load(ID) is None
    store.close()


STEPS = st.one_of(
    st.tuples(st.just("time"), st.sampled_from([0.1, 5.0, 181.0, 600.0])),
    st.tuples(st.just("spoken"), st.booleans()),
    st.tuples(
        st.just("answer"),
        st.sampled_from([("fine", "괜찮아"), ("help", "도와줘"), ("", ""), ("", "날씨가"), ("stop", "그만")]),
    ),
    st.tuples(st.just("distress"), st.booleans()),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("withdraw"), st.none()),
    st.tuples(st.just("hear"), st.sampled_from(["살려 주세요", "아이고", "지금 몇 시야"])),
)


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_whatever_happens_it_reports_each_thing_once_and_ends(steps: list[tuple[str, Any]]) -> None:
    home = Home()
    home.came(minutes=40)
    withdrawn = False
    for step, value in steps:
        match step:
            case "time":
                home.pass_time(value)
            case "spoken" if isinstance(home.under_way, Say):
                home.spoken(finished=value)
            case "answer" if isinstance(home.under_way, Ask):
                outcome = Outcome.INTERRUPTED if value[0] == "stop" else None
                home.answer(value[1], value[0], outcome)
            case "distress":
                home.observe(DistressChanged(home.at, value))
            case "restart":
                home.pass_time(0.1)  # what was decided was carried out
                home.begin()
                if not withdrawn:
                    home.came_again()
            case "withdraw":
                withdrawn = True
                home.journal.withdrawn.add(ID)
                home.observe(CampaignWithdrawn(home.at, str(ID)))
            case "hear":
                home.observe(Heard(home.at, value, "mic", None, "ko", home.now))
    kinds = home.kinds()
    for kind in (CampaignTold, CampaignOk, CampaignNeedsHelp, CampaignNoAnswer):
        assert kinds.count(kind.kind) <= 1, kinds
    assert not {"campaign.ok", "campaign.needs_help"} <= set(kinds), "one home, one answer"
    # Left alone, it comes to an end by itself, and the silence of an unanswered home was reported.
    home.observe(DistressChanged(home.at, False))
    for _ in range(60):
        if isinstance(home.under_way, Say):
            home.spoken()
        elif home.under_way is not None:
            home.answer()
        home.pass_time(60)
    assert home.under_way is None
    assert home.companion.busy == ""
    if not withdrawn:
        assert {"campaign.ok", "campaign.needs_help", "campaign.no_answer"} & set(home.kinds())
    said = len(home.said)
    home.pass_time(1000)
    assert len(home.said) == said


def test_a_round_is_an_activity_above_all_but_distress() -> None:
    source = Campaigns(Memory(), "ko")
    at = Moment(0.0, START)
    came = CampaignCame(at, str(ID), "지진", "나가세요", "", START + timedelta(hours=1))
    activity = source(came)
    assert isinstance(activity, Activity)
    assert activity.priority.name == "CAMPAIGN"
    assert not activity.needs_company
    assert source(came) is None, "the same again is the same"
    assert source(CampaignCame(at, "no uuid", "x", "y", "", None)) is None
