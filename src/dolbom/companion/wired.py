"""Companion, voice and safety of one home together on scripted time, as the nodes wire them, without sound.

Replays of conversations and virtual days both drive it. Everything that leaves the three comes to `did`, in order; what
is beside them on the robot (routines, outbox, camera) is the driver's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast
from uuid import UUID

from dolbom.companion import decisions as made
from dolbom.companion import observations as seen
from dolbom.companion.companion import Companion
from dolbom.dialog.engine import syllables
from dolbom.dialog.understanding import understand
from dolbom.dialog.voice import CalledForHelp, Decision, End, Ended, Hush, Request, Speak, Urgency, Voice
from dolbom.safety import observations as safety
from dolbom.safety.decisions import Ask, StopAsking
from dolbom.safety.decisions import Decisions as SafetyDecisions
from dolbom.safety.distress import Stage
from dolbom.safety.guard import Guard

ANSWERS = ("fine", "help", "yes", "no", "stop")
STANDS = (Stage.ASKED, Stage.ASKED_AGAIN, Stage.RAISED, Stage.ACKNOWLEDGED)
_OUTCOMES = {
    Ended.ANSWERED: seen.Outcome.ANSWERED,
    Ended.SILENCE: seen.Outcome.SILENCE,
    Ended.UNCLEAR: seen.Outcome.UNCLEAR,
    Ended.INTERRUPTED: seen.Outcome.INTERRUPTED,
    Ended.FAILED: seen.Outcome.FAILED,
}


@dataclass(frozen=True)
class Spoke:
    """The robot begins to speak; `by` safety or the companion."""

    request: Request
    by: Literal["safety", "companion"]


@dataclass(frozen=True)
class FellSilent:
    """The robot stopped in the middle."""


@dataclass(frozen=True)
class SafetyDecided:
    """What safety decided, before anything of it is done: the moment to write it down."""

    decisions: SafetyDecisions


Did = Spoke | FellSilent | SafetyDecided | made.Decision


class Wired:
    """The three, fed with what happens.

    Args:
        companion, guard: as the home has them.
        moment: the present moment.
        did: told everything that leaves them.
        lang: of the home.
        syllables_per_s: pace of the robot's speech.
    """

    def __init__(
        self,
        companion: Companion,
        guard: Guard,
        moment: Callable[[], seen.Moment],
        did: Callable[[Did], None],
        lang: str,
        syllables_per_s: float = 6.0,
    ) -> None:
        self.companion, self.guard, self.voice = companion, guard, Voice()
        self.lang = lang
        self._moment, self._did, self._pace = moment, did, syllables_per_s
        self._speaking: tuple[str, float] | None = None
        self._segment = 0.0
        self._distress = False
        self._safety_says = 0

    @property
    def busy(self) -> bool:
        """Whether the robot speaks or waits for an answer."""
        return self._speaking is not None or self.voice.current is not None

    @property
    def spoken_at(self) -> float | None:
        """When what is being said will have been said; None while nothing is."""
        return self._speaking[1] if self._speaking is not None else None

    def restarted(self, companion: Companion) -> None:
        """Companion and voice died and are there again; what was being said is lost."""
        self.voice, self._speaking, self.companion = Voice(), None, companion

    def guarded_by(self, guard: Guard) -> None:
        """Safety died and is there again, with what it had on disk."""
        self.guard = guard

    # --- what happens -------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Time passed."""
        now = self._moment().now
        if self._speaking is not None and now >= self._speaking[1]:
            id, self._speaking = self._speaking[0], None
            self.voice_does(self.voice.spoken(id, now))
        self.voice_does(self.voice.tick(now))
        self.guard_does(self.guard.observe(safety.Tick(self._moment())))

    def hears(
        self,
        words: str,
        person: str | None = None,
        how: Literal["says", "types", "spots", "then"] = "says",
        began: float | None = None,
    ) -> None:
        """Somebody says or types something; `spots`: a phrase is caught, and `then` come all words of that segment.

        `began`: when they began to speak, behaviour time; now if that is not given.
        """
        at = self._moment()
        voice = "typed" if how == "types" else "mic"
        if how in ("says", "types", "spots"):
            self._segment = at.now if began is None else began
        spotted = how == "spots"
        since = None if how == "types" else self._segment
        heard = self.voice.hear(words, at.now, 1.0, self.lang, voice=voice, began=since, spotted=spotted)
        if spotted and understand(words, self.lang) == "help":
            # The ears tell safety of what they spot themselves.
            self.guard_does(self.guard.observe(safety.Suspected(at, "voice", evidence=words)))
        if not spotted:
            meaning = understand(words, self.lang)
            self.guard_does(self.guard.observe(safety.Heard(at, meaning, words, None)))
        text, phrase_spotted = ("", words) if spotted else (words, "")
        observed = seen.Heard(at, text, voice, person, self.lang, self._segment, phrase_spotted)
        # Both hear it at the same time; what the voice makes of it comes to the companion a moment later.
        self.voice_does([decision for decision in heard if isinstance(decision, Hush)])
        self.companion_does(self.companion.observe(observed))
        self.voice_does([decision for decision in heard if not isinstance(decision, Hush)])

    def observed(self, observation: seen.Observation) -> None:
        """The companion is told something."""
        self.companion_does(self.companion.observe(observation))

    def suspected(self, observation: safety.Observation) -> None:
        """Safety is told something."""
        self.guard_does(self.guard.observe(observation))

    # --- what is done -------------------------------------------------------------------------------------------

    def companion_does(self, decisions: Sequence[made.Decision]) -> None:
        """Carries out what the companion decided."""
        for decision in decisions:
            match decision:
                case made.Say() | made.Ask():
                    self.voice_does(self.voice.request(_request(decision), self._moment().now))
                case made.Cancel():
                    for kind in "sa":
                        self.voice_does(self.voice.cancel(f"c{kind}{decision.id}", self._moment().now))
                case made.Suspect():
                    suspected = safety.Suspected(
                        self._moment(), decision.cause, decision.person, decision.confidence, evidence=decision.text
                    )
                    self.guard_does(self.guard.observe(suspected))
                case _:
                    self._did(decision)

    def guard_does(self, decisions: SafetyDecisions) -> None:
        """Carries out what safety decided."""
        if decisions:
            self._did(SafetyDecided(decisions))
        for act in decisions.acts:
            now = self._moment().now
            if isinstance(act, StopAsking):
                self.voice_does(self.voice.cancel(f"g{act.question}", now))
            elif isinstance(act, Ask):
                request = Request(
                    f"g{act.question}",
                    act.text,
                    self.lang,
                    act.person or "",
                    Urgency.DISTRESS,
                    ANSWERS,
                    act.time_limit_s,
                )
                self.voice_does(self.voice.request(request, now))
            else:
                self._safety_says += 1
                said = Request(f"s{self._safety_says}", act.text, self.lang, act.person or "", Urgency.DISTRESS)
                self.voice_does(self.voice.request(said, now))
        stands = any(d.stage in STANDS for d in self.guard.open)
        if stands != self._distress:
            self._distress = stands
            self.companion_does(self.companion.observe(seen.DistressChanged(self._moment(), stands)))

    def voice_does(self, decisions: Sequence[Decision]) -> None:
        """Carries out what the voice decided."""
        for decision in decisions:
            match decision:
                case Speak():
                    request = decision.request
                    spoken = self._moment().now + syllables(request.text) / self._pace
                    self._speaking = request.id, round(spoken, 1)
                    self._did(Spoke(request, "companion" if request.id.startswith("c") else "safety"))
                case Hush():
                    if self._speaking is not None and self._speaking[0] == decision.id:
                        self._speaking = None
                        self._did(FellSilent())
                case End():
                    self._ended(decision)
                case CalledForHelp():
                    suspected = safety.Suspected(self._moment(), "voice", evidence=decision.text)
                    self.guard_does(self.guard.observe(suspected))

    def _ended(self, end: End) -> None:
        kind, id = cast(Literal["c", "g", "s"], end.id[0]), end.id[1:]
        at = self._moment()
        if kind == "g":
            outcome = safety.Outcome(_OUTCOMES[end.how].value)
            answered = safety.Answered(at, UUID(id), outcome, end.answer, end.heard)
            self.guard_does(self.guard.observe(answered))
        elif kind == "c" and id.startswith("a"):
            answer = seen.Answered(at, id[1:], _OUTCOMES[end.how], end.answer, end.value, end.heard, end.confidence)
            self.companion_does(self.companion.observe(answer))
        elif kind == "c":
            spoken = seen.Spoken(at, id[1:], end.how is Ended.FINISHED)
            self.companion_does(self.companion.observe(spoken))


def _request(act: made.Say | made.Ask) -> Request:
    urgency = Urgency(act.urgency or 0)
    if isinstance(act, made.Say):
        return Request(
            f"cs{act.id}", act.text, act.lang, act.person or "", urgency, picture=act.picture, sound=act.sound
        )
    return Request(
        f"ca{act.id}",
        act.text,
        act.lang,
        act.person or "",
        urgency,
        act.answers,
        act.time_limit_s or 0.0,
        act.schema,
        act.again,
        act.picture,
    )
