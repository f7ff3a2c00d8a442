"""The coach as an activity of the companion: shows each exercise, counts in the person's rhythm, stops at any trouble.

What is seen comes as sights of the body (`watched`). A sign of trouble ends the exercise at once and goes to safety,
which asks; words of pain do the same. Nothing is ever called wrong, and what was not seen is not said to have been.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from dolbom.companion.activity import Activity, Decisions, Priority, Why
from dolbom.companion.decisions import Ask, Decision, Emit, Finish, Say, Suspect, Unhandled
from dolbom.companion.observations import Answered, BodiesSeen, Heard, Moment, Spoken
from dolbom.companion.replies import REQUESTS
from dolbom.dialog.answers import AnswerSchema
from dolbom.dialog.intents import Context, Understanding, Understood
from dolbom.dialog.understanding import calls_for_help, understand
from dolbom.exercise.doing import ByVoice, Counted, Doing, Hint, Reached, Signal, Still
from dolbom.exercise.exercises import Exercise, exercise, routine
from dolbom.exercise.parameters import ExerciseParameters
from dolbom.exercise.quality import quality
from dolbom.exercise.screen import Screen, State
from dolbom.exercise.sessions import (
    Ended,
    Exercised,
    ExerciseSession,
    Felt,
    Mover,
    TimedStands,
    done_event,
    measured_event,
)
from dolbom.exercise.stands import SECONDS, TIMES, five_times, thirty_seconds
from dolbom.exercise.trouble import Sign, TroubleWatch
from dolbom.exercise.watching import Watched
from dolbom.exercise.words import hurts, says
from dolbom.games.wording import Wording
from dolbom.i18n import catalogue

DISTRESS_WAIT_S = 12.0
"""After words that may be a call for help it stays silent so long, for safety to ask."""
GONE_WAIT_S = 8.0
BACK_S = 1.0
"""Seen again for so long, whoever was gone is back."""
REST_S = 20.0
LONGEST_FIVE_S = 90.0
"""Five times standing up are not waited for any longer."""
RATE_WAIT_S = 8.0
SURE = {"chest": 0.6, "sinking": 0.7, "gone": 0.5}
"""How sure a sign is of a distress; a guess, for nobody knows how often it is one: safety asks in any case."""
_WORDS = AnswerSchema(kind="words")

Save = Callable[[ExerciseSession, Mover], None]


class Coach(Activity):
    """Exercises with somebody.

    Args:
        session: where it stands; changed as it goes on.
        mover: what is known of the person; changed at the end.
        save: called at the end.
        address: how the person is addressed.
        understanding: of what they say.
        invite: ask first whether they would like to.
    """

    priority = Priority.GAME
    asks_to_return = True
    watches = True
    topic = "exercise"

    def __init__(
        self,
        session: ExerciseSession,
        mover: Mover,
        save: Save,
        *,
        address: str,
        understanding: Understanding,
        invite: bool = False,
        parameters: ExerciseParameters | None = None,
    ) -> None:
        self.name, self.person = "exercise", session.person
        self.needs_company = invite
        self.session, self.mover = session, mover
        self.done = False
        self.screen = Screen()
        self._routine = routine(session.routine)
        self._lang, self._address = session.lang, address
        self._understanding, self._save = understanding, save
        self._parameters = parameters or ExerciseParameters()
        self._lines = Wording(self._lang, Random(f"{session.seed} lines"), "exercise")  # noqa: S311
        self.title = self._say(f"routines.{self._routine.name}")
        self._invite, self._phase = invite, ""
        self._at = 0
        self._since: float | None = None
        self._doing: Doing | None = None
        self._counted_before = 0
        self._watched = Watched()
        self._trouble = TroubleWatch()
        self._hints: list[str] = []
        self._talking = self._hurt = self._said_number = self._asked_on = self._blind_before = False
        self._owed = 0
        self._pending: Signal | None = None
        self._back_since: float | None = None
        self._timed_from: float | None = None
        self._silent_until: float | None = None
        self._rest_until: float | None = None

    # --- begun, interrupted, taken up ---------------------------------------------------------------------------

    def start(self, at: Moment) -> Decisions:
        if self._hurt:
            return self._end("put_off", at)  # safety cared for somebody while it waited for its turn
        self._since = at.now
        if self._invite:
            self._phase = "invite"
            return [self._ask(self._say("invite", address=self._address, routine=self.title), ("yes", "no"))]
        return self._begin(at)

    def resume(self, at: Moment) -> Decisions:
        return self._go_on(at, "back")

    def agreed(self, at: Moment) -> Decisions:
        return self._go_on(at, "resume")

    def takes_up(self, text: str, understood: Understood) -> bool:
        other = understood.intent in REQUESTS or hurts(text, understood, self._lang)
        tired = any(says(kind, text, self._lang) for kind in ("enough", "rest", "tired"))
        return not (other or tired) and says("back", text, self._lang)

    def stop(self, at: Moment, why: Why) -> Decisions:
        self._talking = False
        if self.done:
            return [Finish()]
        if self._hurt:
            return self._end("put_off" if self._phase == "invite" else "trouble", at)
        if why is Why.PREEMPTED:
            self._account(at)
            self._since = None
            self._keep_count()
            self.screen.clear()
            return []
        if self._phase == "invite":
            return self._end("declined" if why is Why.STOP_WORD else "put_off", at)
        return self._end("stopped" if why is Why.STOP_WORD else "broken_off", at)

    def hurt(self) -> None:
        """Safety is told of something that ends the exercise: words of pain, a fall, a call for help."""
        self._hurt = True
        self.asks_to_return, self.only_ends = False, True

    # --- what is seen -------------------------------------------------------------------------------------------

    def watched(self, seen: BodiesSeen) -> Decisions:
        if self.done or self._phase in ("", "invite") or self._since is None:
            return []
        if seen.bodies.camera.luminance < self._parameters.dark_below:
            return []  # as if there were no camera: nobody is gone because the light is off
        sight, now = self._watched.see(seen.bodies), seen.at.now
        sign = self._trouble.see(sight)
        if sign in ("chest", "sinking"):
            return self._in_trouble(sign, seen.at)
        if self._phase == "gone":
            self._back_since = None if sight.pose is None else self._back_since if self._back_since is not None else now
            if self._back_since is not None and now - self._back_since >= BACK_S:
                return self._go_on(seen.at, "here_again")
            return []
        if sign == "gone" and self._phase in ("intro", "doing", "resting", "more"):
            return self._is_gone()
        if sign == "sat" and self._phase == "doing" and not self._talking:
            self._phase = "more"
            return [self._ask(self._say("sat"), ("yes", "no"))]
        if self._doing is None or self._phase != "doing":
            return []
        return self._told(self._doing.see(sight, now), seen.at)

    def tick(self, at: Moment) -> Decisions:
        if self.done:
            return []
        if self._hurt and self._phase == "invite":
            return self._end("put_off", at)
        if self._hurt and self._phase != "hushed":
            # Safety has been told; if it asks nothing, the exercise is over all the same.
            self._phase, self._silent_until = "hushed", at.now + DISTRESS_WAIT_S
            self.screen.clear()
        if self._silent_until is not None and at.now >= self._silent_until:
            self._silent_until = None
            return self._end("trouble", at)
        if self._phase == "resting" and self._rest_until is not None and at.now >= self._rest_until:
            self._rest_until, self._phase = None, "more"
            return [self._ask(self._say("still"), ("yes", "no"))]
        if self._phase != "doing" or self._doing is None:
            return []
        if self._timed_from is not None:
            if self._time_is_up(at):
                return self._timed_over()
            if self._routine.timed == "thirty_seconds":
                self.screen.left(SECONDS - (at.now - self._timed_from))
        if self._talking:
            return []
        return self._told(self._doing.tick(at.now), at)

    def spoken(self, spoken: Spoken) -> Decisions:
        self._talking = False
        at = spoken.at
        if self._phase == "intro":
            return self._watch(at)
        if self._phase != "doing" or self._doing is None:
            return []
        if not self._said_number:
            self._doing.wait(at.now)
        if self._pending is not None:
            pending, self._pending = self._pending, None
            return self._told([pending], at)
        if self._owed:
            number, self._owed = self._owed, 0
            return self._count(number)
        return []

    # --- what they say ------------------------------------------------------------------------------------------

    def heard(self, heard: Heard, understood: Understood) -> Decisions | None:
        text = heard.text.strip()
        if self.done or not text:
            return None
        found = self._words(text, understood, heard.at)
        if found is not None:
            return found
        if self._phase == "doing" and says("rest", text, self._lang):
            return self._rest(heard.at)
        if self._phase == "doing" and says("done", text, self._lang) and self._doing is not None:
            return self._reached(heard.at)
        # Who counts along, or says yes, asks for nothing.
        return [] if understood.intent in ("none", "yes", "no") or understood.band == "again" else None

    def answered(self, answered: Answered) -> Decisions:
        self._talking = False
        at, heard = answered.at, answered.heard.strip()
        if self.done:
            return [Finish()]
        if heard and calls_for_help(heard, self._lang):
            self.hurt()  # the voice has told safety already
            return []
        understood = self._understanding.of(heard, self._lang, Context(addressed=True))
        if heard and understood.emergency:
            return self._suspect_words(heard, understood.confidence, at)
        if self._phase == "invite":
            return self._invited(answered, understood)
        if self._phase == "gone":
            return self._after_gone(heard, at)
        if self._phase == "rate":
            return self._rated(heard, understood, at)
        if heard and (found := self._words(heard, understood, at)) is not None:
            return found
        if answered.answer == "yes" or understood.intent == "yes" or says("wants", heard, self._lang):
            return self._go_on(at, "resume")
        if not heard:
            return self._end("quiet", at, self._say("quiet_close"))
        if self._asks_other(understood):
            return [Unhandled(heard)]
        return self._end("enough", at, self._say("enough"))

    def _words(self, text: str, understood: Understood, at: Moment) -> Decisions | None:
        """What is said at any time: it hurts, tired, enough."""
        if hurts(text, understood, self._lang):
            return self._suspect_words(text, max(0.5, understood.confidence), at)
        if understand(text, self._lang) == "stop":
            return self._end("stopped", at, self._say("enough"))
        if says("tired", text, self._lang) and not says("easy", text, self._lang):
            return self._end("tired", at, self._say("tired"))
        if says("enough", text, self._lang):
            return self._end("enough", at, self._say("enough"))
        return None

    def _invited(self, answered: Answered, understood: Understood) -> Decisions:
        at, heard = answered.at, answered.heard.strip()
        if not heard:
            return self._end("put_off", at)
        if hurts(heard, understood, self._lang):
            # Before anything was done it is no sign of effort: the companion asks and tells, as always.
            return [Unhandled(heard), *self._end("put_off", at)]
        no = answered.answer == "no" or understood.intent in ("no", "later", "stop")
        if no or says("enough", heard, self._lang) or says("tired", heard, self._lang):
            return self._end("declined", at, self._say("put_off"))
        yes = answered.answer == "yes" or understood.intent in ("yes", "exercise")
        if yes or says("wants", heard, self._lang):
            return self._begin(at)
        if self._asks_other(understood):
            return [Unhandled(heard)]
        # Neither yes nor no: it is not urged.
        return self._end("put_off", at, self._say("put_off"))

    def _rated(self, heard: str, understood: Understood, at: Moment) -> Decisions:
        felt: Felt = "none"
        if heard and hurts(heard, understood, self._lang):
            return self._suspect_words(heard, max(0.5, understood.confidence), at)
        for kind, sort in (("easy", "easy"), ("tired", "hard"), ("good", "good")):
            if felt == "none" and heard and says(kind, heard, self._lang):  # type: ignore[arg-type]
                felt = sort  # type: ignore[assignment]
        self.session.felt = felt
        if heard and felt == "none" and self._asks_other(understood):
            return [Unhandled(heard), *self._end("complete", at)]
        return self._end("complete", at, self._say(f"rated.{felt}"))

    @staticmethod
    def _asks_other(understood: Understood) -> bool:
        return understood.intent in REQUESTS and understood.band in ("act", "confirm")

    # --- the exercises ------------------------------------------------------------------------------------------

    def _begin(self, at: Moment) -> Decisions:
        self._since = at.now
        first = self._exercise
        key = "start_standing" if first.base == "standing" else "start_chair" if first.stands else "start_seated"
        return self._show(self._say(key))

    @property
    def _exercise(self) -> Exercise:
        return exercise(self._routine.exercises[min(self._at, len(self._routine.exercises) - 1)])

    def _show(self, before: str) -> Decisions:
        """Says and shows the exercise whose turn it is."""
        one = self._exercise
        self._phase, self._doing, self._counted_before, self._hints = "intro", None, 0, []
        self._asked_on = False
        earlier = exercise(self._routine.exercises[self._at - 1]) if self._at else None
        stand_up = [self._say("now_standing")] if earlier and one.base == "standing" != earlier.base else []
        timed = {"thirty_seconds": "timed_30", "five_times": "timed_5"}.get(self._routine.timed, "")
        after = self._say(timed) if timed else self._say("follow")
        self._trouble = TroubleWatch(standing=one.base == "standing", known=self._trouble.known)
        self.screen.show("showing", one, self._lang, 0, self._of)
        return [self._speak(" ".join([before, *stand_up, self._say(f"begin.{one.name}"), after]))]

    def _watch(self, at: Moment) -> Decisions:
        """It begins: from now on it is counted."""
        one = self._exercise
        tempo = self.mover.tempo.get(one.name, one.tempo_s / one.sides)
        self._phase, self._pending, self._owed = "doing", None, 0
        timed = bool(self._routine.timed)
        self._doing = Doing(one, self._of, tempo, at.now, self._counted_before, timed=timed)
        self._trouble = TroubleWatch(standing=one.base == "standing", known=self._trouble.known)
        self._timed_from = at.now if timed else None
        state: State = "timed" if timed else "counting"
        self.screen.show(state, one, self._lang, self._counted_before, self._of)
        return []

    def _told(self, signals: list[Signal], at: Moment) -> Decisions:
        """Says what came of what was seen; of several things the last that matters."""
        out: Decisions = []
        for signal in signals:
            match signal:
                case Counted(number):
                    self.screen.count(number)
                    self._owed = number
                case Hint(form):
                    self._hints.append(form)
                    self._pending = signal
                case Reached() if not self._talking:
                    return self._reached(at)
                case _:
                    self._pending = signal
        if self._talking or self._doing is None:
            return []
        if self._pending is not None:
            pending, self._pending = self._pending, None
            out = self._say_signal(pending, at)
        elif self._owed:
            number, self._owed = self._owed, 0
            out = self._count(number)
        return out

    def _say_signal(self, signal: Signal, at: Moment) -> Decisions:
        assert self._doing is not None
        match signal:
            case Hint(form):
                return [self._speak(self._say(f"forms.{form}"))]
            case ByVoice(legs):
                self.screen.show("by_voice", self._exercise, self._lang, self._doing.count, self._of)
                key = "by_voice_again" if self._blind_before else "by_voice_legs" if legs else "by_voice"
                self._blind_before = True
                return [self._speak(self._say(key))]
            case Still(times) if times == 1:
                return [self._speak(self._say("slowly"))]
            case Still() if self._asked_on:
                # They were asked, and said yes: perhaps it is only not seen. The next one then.
                return self._reached(at)
            case Still():
                self._phase, self._asked_on = "more", True
                return [self._ask(self._say("still"), ("yes", "no"))]
            case _:
                return self._told([signal], at)

    def _count(self, number: int) -> Decisions:
        """The number alone: short, so that it keeps to the rhythm."""
        word = self._number(number)
        last_but_one = self._of and number == self._of - 1 and self._of > 3 and not self._timed_from
        said = self._speak(self._say("one_more", count=word) if last_but_one else word)
        self._said_number = True
        return [said]

    def _reached(self, at: Moment) -> Decisions:
        """This exercise is done: praise, and the next."""
        if self._timed_from is not None:
            return self._timed_over()
        doing = self._doing
        number = doing.count if doing is not None else 0
        self._note()
        last = f"{self._number(number)}. " if 0 < number == self._of else ""
        self._at += 1
        before = last + self._say("praise") if number else ""
        if self._at >= len(self._routine.exercises):
            return self._close(before)
        if self._spent(at) >= self._parameters.limit_s:
            return self._end("time_up", at, f"{before} {self._say('closing')}".strip())
        return self._show(f"{before} {self._say('next')}".strip())

    def _close(self, before: str) -> Decisions:
        self._phase, self._doing = "rate", None
        self.screen.clear()
        text = f"{before} {self._say('closing')} {self._say('rate')}".strip()
        self._talking = True
        return [Ask(text, schema=_WORDS, person=self.person, time_limit_s=RATE_WAIT_S)]

    def _rest(self, at: Moment) -> Decisions:
        self._keep_count()
        self._phase, self._rest_until = "resting", at.now + REST_S
        self.screen.show("resting", self._exercise, self._lang, self._counted_before, self._of)
        return [self._speak(self._say("rest"))]

    def _go_on(self, at: Moment, how: str) -> Decisions:
        if self.done or self._hurt:
            return self._end("trouble" if self._hurt else "broken_off", at)
        if at.civil.date() != self.session.begun.astimezone(at.civil.tzinfo).date():
            return self._end("broken_off", at)
        self._since = at.now if self._since is None else self._since
        self._talking, self._back_since, self._rest_until = False, None, None
        if self._phase == "invite":
            return [self._ask(self._say("invite_again", routine=self.title), ("yes", "no"))]
        if self._phase == "rate":
            return self._end("complete", at, self._say("rated.none"))
        self._keep_count()
        if self._routine.timed:
            return self._show(self._say(how, name=self._say(f"names.{self._exercise.name}")))
        self._phase = "intro"
        return [self._speak(self._say(how, name=self._say(f"names.{self._exercise.name}")))]

    # --- against the clock --------------------------------------------------------------------------------------

    def _time_is_up(self, at: Moment) -> bool:
        assert self._timed_from is not None and self._doing is not None
        longest = SECONDS if self._routine.timed == "thirty_seconds" else LONGEST_FIVE_S
        five = self._routine.timed == "five_times" and self._doing.count >= TIMES
        return five or at.now - self._timed_from >= longest

    def _timed_over(self) -> Decisions:
        doing, began = self._doing, self._timed_from
        assert doing is not None and began is not None
        self._timed_from = None
        done, trace = doing.follower.done, doing.follower.trace
        self._note()
        if self._routine.timed == "thirty_seconds":
            thirty = thirty_seconds(done, trace, began)
            found = TimedStands.thirty(thirty) if thirty is not None else None
        else:
            five = five_times(done, trace)
            found = TimedStands.five(five) if five is not None else None
        self.session.timed = found
        told = [Emit(measured_event(found), self.person)] if found is not None and self.person is not None else []
        self._at += 1
        before = self._say("time_up" if found is not None else "seen_badly")
        return [*told, *self._close(before)]

    # --- trouble ------------------------------------------------------------------------------------------------

    def _in_trouble(self, sign: Sign, at: Moment) -> Decisions:
        suspect = Suspect(self._say(f"evidence.{sign}"), SURE[sign], self.person, "vital")
        return [suspect, *self._end("trouble", at)]

    def _suspect_words(self, words: str, sure: float, at: Moment) -> Decisions:
        return [Suspect(words, sure, self.person), *self._end("trouble", at)]

    def _is_gone(self) -> Decisions:
        self._keep_count()
        self._phase, self._back_since = "gone", None
        self._talking = True
        return [Ask(self._say("gone"), schema=_WORDS, again=(self._say("gone_again"),), person=self.person,
                    time_limit_s=GONE_WAIT_S, urgency=1)]  # fmt: skip

    def _after_gone(self, heard: str, at: Moment) -> Decisions:
        if not heard:
            return self._in_trouble("gone", at)
        if says("hurts", heard, self._lang) or understand(heard, self._lang) == "help":
            return self._suspect_words(heard, 0.6, at)
        return self._end("away", at, self._say("gone_fine"))

    # --- how it ends --------------------------------------------------------------------------------------------

    def _end(self, ended: Ended, at: Moment, closing: str = "") -> list[Decision]:
        if self.done:
            return [Finish()]
        self._note()
        self._account(at)
        self.done, self._since, self.session.ended = True, None, ended
        self.screen.clear()
        self.mover.learn(self.session, self._routine.times)
        self._save(self.session, self.mover)
        told = Emit(done_event(self.session), self.person)
        said: list[Decision] = [Say(closing, person=self.person)] if closing else []
        return [told, *said, Finish(at_once=ended == "trouble")]

    def _note(self) -> None:
        """Writes down what was done of the exercise under way."""
        doing, self._doing = self._doing, None
        if doing is None:
            return
        if not doing.follower.count and not doing.voiced:
            return
        name = doing.exercise.name
        kept = next((one for one in self.session.done if one.exercise == name), None)
        if kept is None:
            kept = Exercised(exercise=name, seen=0)
            self.session.done.append(kept)
        kept.seen += doing.follower.count
        kept.voiced += doing.voiced
        kept.hints = list(dict.fromkeys([*kept.hints, *self._hints]))
        kept.measured(quality(doing.follower.done, doing.follower.trace))

    def _keep_count(self) -> None:
        """An interruption: what was counted so far is kept, and gone on from."""
        if self._doing is not None:
            self._counted_before = self._doing.count
        self._note()
        self._timed_from = None

    # --- small things -------------------------------------------------------------------------------------------

    @property
    def phase(self) -> str:
        """invite, intro, doing, more, resting, gone, rate or hushed."""
        return self._phase

    @property
    def _of(self) -> int:
        if self._routine.timed:
            return self._routine.times
        return self.mover.times.get(self._routine.name, self._routine.times)

    def _number(self, number: int) -> str:
        words = catalogue(self._lang, "exercise")["count"]
        return str(words[min(number, len(words)) - 1])

    def _say(self, key: str, **values: object) -> str:
        return self._lines.say(key, **values)

    def _speak(self, text: str) -> Say:
        self._talking, self._said_number = True, False
        return Say(text, person=self.person, picture=self.screen.picture)

    def _ask(self, text: str, answers: tuple[str, ...]) -> Ask:
        self._talking = True
        picture = self.screen.picture or "exercise"
        buttons = tuple(catalogue(self._lang, "exercise")["buttons"])
        return Ask(text, answers, person=self.person, picture=picture, buttons=buttons)

    def _spent(self, at: Moment) -> float:
        return self.session.spent_s + (at.now - self._since if self._since is not None else 0.0)

    def _account(self, at: Moment) -> None:
        self.session.spent_s = round(self._spent(at), 1)
        self._since = at.now if self._since is not None else None
