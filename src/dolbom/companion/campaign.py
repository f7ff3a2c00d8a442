"""A disaster check-in: tells what happened and what to do, asks whether all is well, and reports; again and again until
somebody answers or the deadline has come.

One round is one activity: told, asked up to three times, reported. Between rounds the mouth is free for other things.
How far it is stands on disk, so that a restart neither forgets a home nor tells it twice. An answer of "no" or a call
for help in it is reported as an alarm at once; no answer is not: that alarm is the district's, at its deadline.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from dolbom.companion.activity import Activity, Decisions, Priority, Why
from dolbom.companion.decisions import Ask, Decision, Emit, Finish, Say
from dolbom.companion.observations import (
    Answered,
    CampaignCame,
    CampaignWithdrawn,
    Heard,
    Moment,
    Observation,
    Outcome,
    Seen,
    Spoken,
    Unseen,
)
from dolbom.dialog.understanding import calls_for_help, understand
from dolbom.errors import UserError
from dolbom.events import Asked, CampaignNeedsHelp, CampaignNoAnswer, CampaignOk, CampaignReport, CampaignTold
from dolbom.i18n import phrase
from dolbom.log import get_log
from dolbom.platform import standing
from dolbom.store.base import Store

log = get_log(__name__)

QUESTIONS = ("ask", "ask_again", "ask_again")
PAUSES_S = (180.0, 300.0, 600.0)
"""Between one round and the next; the last one from then on."""
FAILED_PAUSE_S = 30.0
"""After a round in which the voice failed."""
SURE = 0.5
"""A bare "yes" or "no" settles it only if the recognition is at least so sure of it."""
LONGEST = 400
KEEP_AGAIN_S = 5.0

Result = Literal["", "ok", "needs_help"]
Understood = Literal["fine", "help", "unclear", "silence", "not_asked"]


class Progress(BaseModel):
    """How far a check-in is; what is kept of it on disk."""

    model_config = ConfigDict(extra="ignore")

    told: bool = False
    rounds: int = 0
    next_at: AwareDatetime | None = None
    no_answer_told: bool = False
    result: Result = ""
    asked: list[Asked] = []


class Journal(Protocol):
    """Keeps the progress of each check-in over a restart."""

    def load(self, campaign: UUID) -> dict[str, Any] | None:
        """What was kept last, empty at first; None for a check-in that was withdrawn."""
        ...

    def save(self, campaign: UUID, progress: dict[str, Any]) -> None: ...


class HomeJournal:
    """The journal in the home's database, beside what the bridge has written of the check-in."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self, campaign: UUID) -> dict[str, Any] | None:
        return standing.talk(self._store, campaign)

    def save(self, campaign: UUID, progress: dict[str, Any]) -> None:
        standing.set_talk(self._store, campaign, progress)


class Check:
    """One check-in that stands: what the district wants, how far it is, and when its next round is due."""

    def __init__(self, came: CampaignCame, id: UUID, progress: Progress) -> None:
        self.id = id
        self.came = came
        self.progress = progress
        self.busy = False
        self.withdrawn = False
        self.cried = ""
        """A call for help in this round that safety has taken up."""
        self.asking = False
        self.closed = False
        """A round has said that it is over."""
        self._saved = progress.model_copy(deep=True)
        waits = 0.0
        if progress.next_at is not None:
            waits = min(max(0.0, (progress.next_at - came.at.civil).total_seconds()), PAUSES_S[-1])
        self.due_at = came.at.now + waits

    @property
    def settled(self) -> bool:
        """Somebody answered."""
        return self.progress.result != ""

    def passed(self, at: Moment) -> bool:
        """Its deadline has come."""
        return self.came.deadline is not None and at.civil >= self.came.deadline

    def keep(self, journal: Journal) -> None:
        """Writes what is news.

        Raises:
            UserError: if it could not be written; it is news still.
        """
        if self.progress != self._saved:
            journal.save(self.id, self.progress.model_dump(mode="json"))
            self._saved = self.progress.model_copy(deep=True)

    def pause(self, at: Moment, seconds: float) -> None:
        """The next round is due then."""
        self.due_at = at.now + seconds
        self.progress.next_at = at.civil + timedelta(seconds=seconds)


class Campaigns:
    """A source of rounds, as the companion asks it at every observation.

    Args:
        journal: where the progress is kept.
        lang: of the home.
    """

    def __init__(self, journal: Journal, lang: str) -> None:
        self._journal = journal
        self._lang = lang
        self._checks: dict[UUID, Check] = {}
        self._here: set[str] = set()
        self._keep_at = -float("inf")

    def __call__(self, observation: Observation) -> Activity | None:
        """The next thing to do about a check-in, if there is one."""
        # What the last observation changed was carried out by now: it is kept only then, so that a report that a
        # crash swallowed is made again.
        self._keep(observation.at)
        match observation:
            case CampaignCame():
                self._came(observation)
            case CampaignWithdrawn():
                for check in self._checks.values():
                    check.withdrawn = check.withdrawn or str(check.id) == observation.id
            case Seen():
                self._here.add(observation.person)
            case Unseen():
                self._here.discard(observation.person)
            case Heard():
                self._heard(observation)
            case _:
                pass
        return self._next(observation.at)

    def _keep(self, at: Moment) -> None:
        if at.now < self._keep_at:
            return
        try:
            for check in self._checks.values():
                check.keep(self._journal)
        except UserError as error:
            # The talk goes on: what cannot be kept is told once more after a restart.
            log.error("progress of a check-in not kept", trouble=str(error))
            self._keep_at = at.now + KEEP_AGAIN_S

    def _came(self, came: CampaignCame) -> None:
        try:
            id = UUID(came.id)
        except ValueError:
            return
        if id in self._checks:
            return
        try:
            kept = self._journal.load(id)
            if kept is None:
                return
            progress = Progress.model_validate(kept)
        except (ValidationError, UserError) as error:
            log.error("progress of a check-in not read", trouble=str(error))
            progress = Progress()
        self._checks[id] = Check(came, id, progress)

    def _heard(self, heard: Heard) -> None:
        words = heard.text or heard.spotted
        if calls_for_help(words, heard.lang):
            for check in self._checks.values():
                if check.asking:
                    check.cried = words

    def _next(self, at: Moment) -> Activity | None:
        for id, check in list(self._checks.items()):
            if check.busy:
                continue
            if check.withdrawn:
                del self._checks[id]
                if check.progress.told and not check.closed:
                    return Over(check, self._lang)
            elif check.settled:
                continue  # kept until it is withdrawn or over, to say that it is over
            elif check.passed(at):
                if not check.progress.no_answer_told:
                    check.busy = True
                    return Unanswered(check)
            elif at.now >= check.due_at:
                check.busy = True
                return Round(check, self._lang, self._here)
        for id in [id for id, check in self._checks.items() if self._old(check, at)]:
            del self._checks[id]
        return None

    def _old(self, check: Check, at: Moment) -> bool:
        deadline = check.came.deadline
        return not check.busy and deadline is not None and at.civil > deadline + timedelta(days=1)


class Round(Activity):
    """Tells, asks, reports.

    Args:
        check: what about.
        lang: of the home.
        here: who is in view, as it is now.
    """

    def __init__(self, check: Check, lang: str, here: set[str]) -> None:
        self.priority = Priority.CAMPAIGN
        self.name = f"campaign {check.id}"
        self.topic = "distress"
        self._check = check
        self._lang = lang
        self._spoken_in = _written_in(check.came.text + check.came.instruction, lang)
        self._here = here
        self._telling = True
        self._asked = 0
        self._question = ""
        self._at: datetime | None = None
        self._failed = False

    # --- the round ---

    def start(self, at: Moment) -> Decisions:
        progress = self._check.progress
        if self._check.withdrawn:
            return self._over(told=progress.told)
        if self._check.passed(at):
            return self._give_up(at)
        return [self._say("tell_again" if progress.told else "tell")]

    def resume(self, at: Moment) -> Decisions:
        if self._check.cried:
            return self._help(at, self._check.cried)
        if self._telling or self._check.withdrawn or self._check.passed(at):
            return self.start(at)
        if self._check.asking:
            self._asked -= 1  # nobody could answer that one
        return self._ask(at)

    def spoken(self, spoken: Spoken) -> Decisions:
        if not self._telling:
            return []
        self._telling = False
        out: list[Decision] = []
        if not self._check.progress.told:
            self._check.progress.told = True
            out.append(Emit(CampaignTold(campaign_id=self._check.id)))
        return [*out, *self._ask(spoken.at)]

    def answered(self, answered: Answered) -> Decisions:
        self._check.asking = False
        meaning = self._meaning(answered)
        said: Understood = meaning if answered.outcome is not Outcome.FAILED else "not_asked"
        self._record(said, answered.heard)
        if meaning == "help" or self._check.cried:
            return self._end(answered.at, "needs_help")
        if meaning == "fine":
            return self._end(answered.at, "ok")
        self._failed = answered.outcome is Outcome.FAILED
        if self._asked < len(QUESTIONS) and not self._failed:
            return self._ask(answered.at)
        return self._give_up(answered.at)

    def tick(self, at: Moment) -> Decisions:  # noqa: ARG002
        return self._over(told=True) if self._check.withdrawn else []

    def stop(self, at: Moment, why: Why) -> Decisions:
        if why is Why.PREEMPTED:
            return []
        # "Stop" is no answer: it is quiet now and asks again later.
        self._record("unclear", "")
        self._check.asking = False
        self._pause(at)
        return [*self._report_silence(), Finish()]

    # --- its parts ---

    def _over(self, *, told: bool) -> list[Decision]:
        self._check.busy, self._check.closed = False, True
        return [*([Say(phrase(self._lang, "campaign.over"), urgency=1)] if told else []), Finish()]

    def _ask(self, at: Moment) -> list[Decision]:
        question = QUESTIONS[min(self._asked, len(QUESTIONS) - 1)]
        if question == "ask" and len(self._here) > 1:
            question = "ask_all"
        self._asked += 1
        self._question, self._at = phrase(self._lang, f"campaign.{question}"), at.civil
        self._check.asking = True
        return [Ask(self._question, answers=("fine", "help"), urgency=1, lang=self._lang)]

    def _meaning(self, answered: Answered) -> Literal["fine", "help", "unclear", "silence"]:
        if answered.outcome is Outcome.ANSWERED and answered.answer in ("fine", "help"):
            return "fine" if answered.answer == "fine" else "help"
        if not answered.heard.strip():
            return "silence"
        # To "are you all right?" most people say yes or no. It is taken from the words of the whole turn only: what a
        # spotter hears in a television must not stand a home down.
        if answered.confidence >= SURE:
            bare = understand(answered.heard, self._lang)
            if bare in ("yes", "fine"):
                return "fine"
            if bare in ("no", "help"):
                return "help"
        return "unclear"

    def _record(self, said: Understood, heard: str) -> None:
        if self._at is None:
            return
        asked = Asked(at=self._at, question=self._question, answer=heard[:500] or None, understood=said)
        self._check.progress.asked = [*self._check.progress.asked, asked][-12:]

    def _help(self, at: Moment, words: str) -> list[Decision]:
        self._record("help", words)
        return self._end(at, "needs_help")

    def _end(self, at: Moment, result: Literal["ok", "needs_help"]) -> list[Decision]:  # noqa: ARG002
        check = self._check
        check.progress.result = result
        check.busy = check.asking = False
        kind: type[CampaignReport] = CampaignOk if result == "ok" else CampaignNeedsHelp
        return [Emit(kind(campaign_id=check.id, asked=check.progress.asked), self._who()), self._say(result), Finish()]

    def _give_up(self, at: Moment) -> list[Decision]:
        self._check.asking = False
        self._pause(at)
        last = self._failed or self._check.passed(at)
        closing: list[Decision] = [] if last else [self._say("no_answer")]
        return [*self._report_silence(), *closing, Finish()]

    def _report_silence(self) -> list[Decision]:
        progress = self._check.progress
        if progress.no_answer_told:
            return []
        progress.no_answer_told = True
        return [Emit(CampaignNoAnswer(campaign_id=self._check.id, asked=progress.asked))]

    def _pause(self, at: Moment) -> None:
        progress = self._check.progress
        pause = FAILED_PAUSE_S if self._failed else PAUSES_S[min(progress.rounds, len(PAUSES_S) - 1)]
        progress.rounds += 1
        self._check.pause(at, pause)
        self._check.busy = False

    def _who(self) -> str | None:
        """Who answered, where that cannot be anybody else."""
        return next(iter(self._here)) if len(self._here) == 1 else None

    def _say(self, key: str) -> Say:
        came = self._check.came
        lang = self._lang if key == "no_answer" else self._spoken_in
        text = phrase(lang, f"campaign.{key}", what=_sentence(came.text), instruction=_sentence(came.instruction))
        return Say(text[: 2 * LONGEST], urgency=1, lang=lang)


class Unanswered(Activity):
    """The deadline came before anything could be reported: reports that, and says nothing."""

    def __init__(self, check: Check) -> None:
        self.priority = Priority.CAMPAIGN
        self.name = f"campaign {check.id}"
        self._check = check

    def start(self, at: Moment) -> Decisions:  # noqa: ARG002
        self._check.progress.no_answer_told = True
        self._check.busy = False
        return [Emit(CampaignNoAnswer(campaign_id=self._check.id, asked=self._check.progress.asked)), Finish()]

    def answered(self, answered: Answered) -> Decisions:  # noqa: ARG002
        return [Finish()]


class Over(Activity):
    """Says that what was told is over."""

    def __init__(self, check: Check, lang: str) -> None:
        self.priority = Priority.CAMPAIGN
        self.name = f"campaign over {check.id}"
        self._text = phrase(lang, "campaign.over")

    def start(self, at: Moment) -> Decisions:  # noqa: ARG002
        return [Say(self._text, urgency=1), Finish()]

    def answered(self, answered: Answered) -> Decisions:  # noqa: ARG002
        return [Finish()]


def _written_in(text: str, lang: str) -> str:
    """The language of the district's words: it may not have written them in the home's."""
    hangul = any("가" <= letter <= "힣" for letter in text)
    latin = any("a" <= letter.lower() <= "z" for letter in text)
    return "ko" if hangul else "en" if latin else lang


def _sentence(text: str) -> str:
    """With a full stop, so that it is spoken as a sentence of its own."""
    text = text.strip()[:LONGEST]
    return text if not text or text[-1] in ".!?…" else f"{text}."
