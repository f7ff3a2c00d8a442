"""A game as an activity of the companion: offered, played round by round, interrupted, taken up again, gently ended.

What somebody says is looked at in this order: a cry for help, danger, the answer and nothing else, pain or a dose, what
weighs on them, a pause, a wish to stop, a wish of another kind, the answer among other words, an answer to the round
before, "I don't know", thinking aloud, a story; and only then as another answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from dolbom.companion.activity import Activity, Decisions, Priority, Why
from dolbom.companion.decisions import Ask, Decision, Emit, Finish, PutAside, Say, Suspect, Unhandled
from dolbom.companion.observations import Answered, Heard, Moment, Spoken
from dolbom.companion.replies import REQUESTS
from dolbom.companion.talk import LONG
from dolbom.dialog.answers import AnswerSchema
from dolbom.dialog.intents import Context, Understanding, Understood
from dolbom.dialog.letters import words_of
from dolbom.dialog.understanding import calls_for_help, understand
from dolbom.events import GamePlayed
from dolbom.games.answering import STORY, felt, gives_up, has_enough, hesitates, waits, wants_another, wants_pause
from dolbom.games.answering import found as says
from dolbom.games.catalogue import game as game_of
from dolbom.games.game import Grade, Prompt, Result, Round, Step
from dolbom.games.parameters import GameParameters
from dolbom.games.player import Ended, Enjoyed, Player, Sitting
from dolbom.games.serving import Serving
from dolbom.games.wording import Wording, name_of, named_game

QUIET_ROUNDS = 2
"""After so many rounds without a word it ends."""
RATED_FROM = 3
"""Whether it was enjoyed is asked after at least so many rounds."""
RATE_WAIT_S = 8.0
URGENT = frozenset({
    "pain", "lonely", "going_out", "medicine_taken", "medicine_not_taken", "medicine_refused", "medicine_unsure",
    "medicine_what", "call_family", "call_centre",
})  # fmt: skip
"""What is answered even if the answer is among the words, unless they are the answer and nothing else."""
FIRST = REQUESTS | URGENT
"""What is answered before the game goes on."""
HARMLESS = frozenset({"grief", "ashamed", "sad", "seeks_somebody", "wants_home", "worried_about_the_stove"})
"""What weighs on somebody and is no danger by itself, however its words weigh: "우리 영감 죽었어". Fear may be one."""
FAINT = 0.4
"""A sign of danger that is less sure than this says nothing where the answer was found: 바다, 모자, 포도."""
PAUSE_S = 180.0
"""After so long a pause it is asked whether to go on."""
_WORDS = AnswerSchema(kind="words")

Save = Callable[[Sitting, Player], None]


@dataclass(frozen=True)
class Progress:
    """How far a game is, for whoever wanted it played; `grade` of the round that just ended."""

    round: int
    of: int
    item: str
    grade: Grade


class Playing(Activity):
    """Plays.

    Args:
        sitting: where it stands; changed as it goes on. One with rounds goes on after them.
        player: with what is known of the person; changed as it goes on.
        save: called after every round and at the end.
        address: how the person is addressed.
        understanding: of what they say.
        invite: ask first whether they would like to.
        rounds: so many; None: as many as the game has.
        told: follows the rounds.
        over: what else is to be done when it has ended and was saved.
        another: has another game played after this one, as somebody's words want it; False: there is none.
    """

    priority = Priority.GAME
    asks_to_return = True

    def __init__(
        self,
        sitting: Sitting,
        player: Player,
        save: Save,
        *,
        address: str,
        understanding: Understanding,
        invite: bool = False,
        rounds: int | None = None,
        parameters: GameParameters | None = None,
        told: Callable[[Progress], None] = lambda progress: None,  # noqa: ARG005
        over: Callable[[Moment], list[Decision]] = lambda at: [],  # noqa: ARG005
        another: Callable[[str, Moment], bool] = lambda heard, at: False,  # noqa: ARG005
    ) -> None:
        self.name, self.person = "game", sitting.person
        self.needs_company = invite
        self.sitting, self.player = sitting, player
        self.done = False
        self._game = game_of(sitting.game)
        self._lang, self._address = sitting.lang, address
        self.title = name_of(sitting.game, sitting.lang)
        self._understanding, self._save = understanding, save
        self._told, self._over, self._another = told, over, another
        self._parameters = parameters or GameParameters()
        self._of = rounds or self._game.rounds
        self._words = Wording(self._lang, Random(f"{sitting.seed} {len(sitting.rounds)} words"))  # noqa: S311
        self._invite = invite
        self._phase = ""
        self._serving = Serving(sitting, player, self._words, screen=self._parameters.screen)
        self._said: list[str] = []
        self._held = ""
        self._ahead: list[Decision] = []
        self._thought = self._strayed = False
        self._leaving = self._aside = False
        self._quiet = 0
        self._since: float | None = None

    # --- begun, interrupted, taken up ---------------------------------------------------------------------------

    def start(self, at: Moment) -> Decisions:
        self._since = at.now
        if self._invite:
            self._phase = "invite"
            key = "invite_back" if self.sitting.rounds else "invite"
            return [self._yes_or_no(self._words.say(key, address=self._address, game=self.title))]
        return self._begin(at)

    def resume(self, at: Moment) -> Decisions:
        return self._go_on(at, self._words.say("back"))

    def agreed(self, at: Moment) -> Decisions:
        held, self._held = self._held, ""
        return self._go_on(at, self._words.say("resume", game=self.title), held)

    def takes_up(self, text: str, understood: Understood) -> bool:
        if _long(text, self._lang, LONG) or has_enough(text, self._lang) or wants_pause(text, self._lang):
            return False
        if self._answers(text) or self._names_another(text, understood):
            self._held = text  # who answers has gone on already; who wants another game gets it
            return True
        back = understood.intent in ("yes", "play_game", "coming_home") or says("back", text, self._lang)
        return back and understood.intent not in URGENT

    def stop(self, at: Moment, why: Why) -> Decisions:
        if self.done:
            return [Finish()]
        self._account(at)
        self._ahead.clear()
        if why is Why.PREEMPTED:
            self._since = None
            return []
        if self._phase == "invite":
            return self._end("declined" if why is Why.STOP_WORD else "put_off", at)
        return self._end("stopped" if why is Why.STOP_WORD else "broken_off", at)

    # --- what they say ------------------------------------------------------------------------------------------

    def answered(self, answered: Answered) -> Decisions:
        at, heard = answered.at, answered.heard.strip()
        if self.done:
            return [Finish()]
        if calls_for_help(heard, self._lang):
            return []  # the voice has told safety already
        if self._phase == "invite":
            return self._invited(answered)
        if self._phase == "rate":
            return self._rated(heard, at)
        if self.round is None:
            return self._next(at, "")
        return self._heard(heard, self.round, at) if heard else self._unheard(self.round, at)

    def spoken(self, spoken: Spoken) -> Decisions:  # noqa: ARG002
        if self._leaving:
            self._leaving, self._aside = False, True
            return [PutAside(PAUSE_S)]
        return [self._ahead.pop(0)] if self._ahead else []

    def heard(self, heard: Heard, understood: Understood) -> Decisions | None:
        text = heard.text
        if self._aside:
            return [] if self.takes_up(text, understood) else None
        if not self._ahead or self.round is None:
            return None
        if self._answers(text) or has_enough(text, self._lang) or understood.intent == "goodbye":
            self._ahead.clear()
            return self._heard(text, self.round, heard.at)
        if understood.intent in FIRST | {"emergency"} and understood.band in ("act", "confirm"):
            return None
        return []  # they sing along

    def _invited(self, answered: Answered) -> Decisions:
        at, heard = answered.at, answered.heard.strip()
        if not heard:
            return self._end("put_off", at)
        understood = self._meaning(heard)
        if understood.emergency:
            return [Suspect(heard, understood.confidence, self.person)]
        if answered.answer == "no" or understood.intent in ("no", "later", "stop") or has_enough(heard, self._lang):
            return self._end("declined", at, self._words.say("put_off"))
        if answered.answer == "yes" or understood.intent in ("yes", "play_game") or says("wants", heard, self._lang):
            return self._begin(at)
        if understood.intent in FIRST and understood.band in ("act", "confirm"):
            return [Unhandled(heard)]
        # Neither yes nor no: it is not urged.
        return self._end("put_off", at, self._words.say("put_off"))

    def _heard(self, heard: str, round: Round, at: Moment) -> Decisions:
        self._said.append(heard[:200])
        understood, said, sure = self._meaning(heard), round.judge(heard), round.sure(heard)
        # What is right by itself, not only because any words would do.
        found = said == "right" and round.holds_answer(heard)
        danger = self._danger(heard, understood, round, sure=sure)
        if danger is not None:
            return danger
        if sure:
            return self._take(round.hear(heard), at)
        if (
            other := self._other_wish(heard, understood, round, found=found, loosely=said == "right", at=at)
        ) is not None:
            return other
        if found:
            return self._take(round.hear(heard), at)
        if understood.intent == "repeat" and understood.band == "act":
            return self._pose(self._words.say("again"), round.prompt)
        last, long = self._serving.last, _long(heard, self._lang, LONG)
        if said != "right" and not long and last is not None and last.late(heard):
            late = self._words.say("late", answer=last.answer)
            return self._pose(f"{late} {self._words.say('back')}", round.prompt)
        # In a story where anything is an answer, "the name I forget" is part of it.
        if gives_up(heard, self._lang) and not (long and said == "right"):
            return self._take(round.give_up(), at)
        if hesitates(heard, self._lang) and not self._thought and not round.prompt.may_be_silent:
            self._thought = True
            return [self._ask(self._words.say("think"), round.prompt)]
        if waits(heard, self._lang):
            return self._pause()
        if long and not said and not self._strayed and not round.tried(heard):
            self._strayed = True
            return self._pose(f"{self._words.say('aside')} {self._words.say('back')}", round.prompt)
        return self._take(round.hear(heard), at)

    def _danger(self, heard: str, understood: Understood, round: Round, *, sure: bool) -> list[Decision] | None:
        """What is done about danger in other words than the voice knows; None: there is none."""
        # A proverb may speak of danger by itself; whatever else is in the words counts.
        holds = sure or round.holds_answer(heard)
        if holds and self._meaning(round.solution() or "").intent == "emergency":
            return None
        if understood.emergency:
            return [Suspect(heard, understood.confidence, self.person)]
        faint = understood.confidence < FAINT and round.plain(heard)
        pauses = wants_pause(heard, self._lang) and not _long(heard, self._lang, LONG)
        spent = has_enough(heard, self._lang) or wants_another(heard, self._lang)
        thinks = gives_up(heard, self._lang) or hesitates(heard, self._lang) or pauses or spent
        if understood.intent == "emergency" and not (sure or faint or thinks or self._only_feels(heard)):
            return [Unhandled(heard)]  # it is asked whether they need help
        return None

    def _only_feels(self, heard: str) -> bool:
        """Whether a feeling is all that sounds like danger in the words."""
        feeling, others = felt(heard, self._lang)
        return feeling in HARMLESS and self._meaning(others).intent != "emergency"

    def _other_wish(
        self, heard: str, understood: Understood, round: Round, *, found: bool, loosely: bool, at: Moment
    ) -> Decisions | None:
        """What is wanted rather than to go on; None: nothing.

        Args:
            found: the answer is among the words.
            loosely: any words would do as an answer.
        """
        if understood.intent in URGENT and understood.band in ("act", "confirm"):
            return [Unhandled(heard)]
        feeling, others = felt(heard, self._lang)
        told = _long(heard, self._lang, STORY) and understood.tense == "past"
        # Whoever tells of their dead is asked nothing in the same breath, however long ago it was.
        if feeling == "grief" or (feeling and not told and not (found and round.holds_answer(others))):
            return self._pause(f"feelings.{feeling}.said")
        if wants_pause(heard, self._lang) and not _long(heard, self._lang, STORY):
            return self._pause()
        stops = understand(heard, self._lang) == "stop" or understood.intent == "goodbye"
        if stops or has_enough(heard, self._lang, story=loosely and understood.tense == "past"):
            return self._enough(at)
        if not found and not (loosely and understood.tense == "past"):
            if self._names_another(heard, understood):
                return self._change(heard, at)
            if understood.intent == "play_game" and understood.band == "act":
                # Who only says "let's play" plays already.
                return self._pose(self._words.say("back"), round.prompt)
        # Who talks of songs and of the weather when asked for them wants nothing.
        clear = understood.band == "act" or (understood.band == "confirm" and not loosely)
        talks = loosely and understood.intent == "weather" and not says("asks", heard, self._lang)
        if understood.intent in FIRST and clear and not found and not talks:
            return [Unhandled(heard)]
        return None

    def _names_another(self, heard: str, understood: Understood) -> bool:
        """Whether somebody wants to play something else than this."""
        wanted = understood.intent == "play_game" and understood.band == "act"
        named = wanted and named_game(heard, self._lang) not in ("", self.sitting.game)
        return named or wants_another(heard, self._lang)

    def _pause(self, why: str = "pause") -> Decisions:
        """They will be back: said kindly, and then it is put aside."""
        self._leaving = True
        return [Say(self._words.say(why), person=self.person)]

    def _unheard(self, round: Round, at: Moment) -> Decisions:
        return self._take(round.silence(), at)

    def _rated(self, heard: str, at: Moment) -> Decisions:
        enjoyed: Enjoyed = "none"
        if heard:
            understood = self._meaning(heard)
            if understood.emergency:
                return [Suspect(heard, understood.confidence, self.person)]
            if says("no_fun", heard, self._lang):
                enjoyed = "bad"
            elif says("fun", heard, self._lang):
                enjoyed = "good"
            elif understood.intent in FIRST and understood.band in ("act", "confirm"):
                self.sitting.enjoyed = enjoyed
                return [Unhandled(heard)]
        self.sitting.enjoyed = enjoyed
        return self._end("complete", at, self._words.say(f"rated.{enjoyed}"))

    def _meaning(self, heard: str) -> Understood:
        return self._understanding.of(heard, self._lang, Context(addressed=True))

    # --- the rounds ---------------------------------------------------------------------------------------------

    def _begin(self, at: Moment) -> Decisions:
        self._phase = "round"
        if self.sitting.rounds:
            return self._next(at, self._words.say("resume", game=self.title))
        self.player.standing.begin_session(self._game.domain)
        return self._next(at, self._words.say(f"intro.{self.sitting.game}"))

    def _next(self, at: Moment, before: str) -> Decisions:
        number = len(self.sitting.rounds)
        self._phase = "round"
        if number >= self._of or self._spent(at) >= self._parameters.limit_s:
            return self._rate(at, before)
        if not self._serving.next(at.civil):
            return self._end("nothing", at, f"{before} {self._words.say('nothing', game=self.title)}".strip())
        self._said = []
        self._thought = self._strayed = False
        if number:
            before = f"{before} {self._words.say('last' if number == self._of - 1 else 'next')}".strip()
        round = self._serving.round
        assert round is not None
        return self._take(round.begin(), at, before)

    def _take(self, step: Step, at: Moment, before: str = "") -> Decisions:
        if isinstance(step, Prompt):
            return self._pose(f"{before} {step.before}".strip(), step)
        self._note(step, at)
        if step.grade == "passed":
            self._quiet += 1
            if self._quiet >= QUIET_ROUNDS:
                return self._end("quiet", at, f"{step.say} {self._words.say('quiet_close')}")
        else:
            self._quiet = 0
        return self._next(at, f"{before} {step.say}".strip())

    def _note(self, result: Result, at: Moment) -> None:
        item = self._serving.note(result, at.civil, self._said)
        self._said = []
        self._keep(at)
        self._told(Progress(len(self.sitting.rounds), self._of, item, result.grade))

    def _answers(self, text: str) -> bool:
        """Whether the answer that is waited for is among the words."""
        return self.round is not None and self.round.holds_answer(text) and self.round.judge(text) == "right"

    def _go_on(self, at: Moment, before: str, held: str = "") -> Decisions:
        if self.done or at.civil.date() != self.sitting.begun.astimezone(at.civil.tzinfo).date():
            return self._end("broken_off", at)
        self._since = at.now
        self._leaving = self._aside = False
        if self._phase == "invite":
            return [self._yes_or_no(self._words.say("invite_again", game=self.title))]
        if self._phase == "rate":
            return self._end("complete", at, self._words.say("rated.none"))
        if self.round is None:
            return self._next(at, before)
        return self._heard(held, self.round, at) if held else self._pose(before, self.round.prompt)

    # --- how it ends --------------------------------------------------------------------------------------------

    def _rate(self, at: Moment, before: str) -> Decisions:
        if len(self.sitting.played) < RATED_FROM:
            return self._end("complete", at, f"{before} {self._words.say('closing')}".strip())
        self._phase = "rate"
        text = f"{before} {self._words.say('closing')} {self._words.say('rate')}".strip()
        return [Ask(text, schema=_WORDS, person=self.person, time_limit_s=RATE_WAIT_S)]

    def _change(self, heard: str, at: Moment) -> Decisions:
        """It ends for another one."""
        return self._end("enough", at, self._words.say("another.next" if self._another(heard, at) else "another.none"))

    def _enough(self, at: Moment) -> Decisions:
        return self._end("enough", at, self._words.say("enough"))

    def _end(self, ended: Ended, at: Moment, closing: str = "") -> list[Decision]:
        if self.done:
            return [Finish()]
        self.done, self.sitting.ended = True, ended
        self._keep(at)
        self._since = None
        sitting = self.sitting
        told: list[Decision] = []
        # An offer that nobody heard is nothing to tell.
        if sitting.rounds or ended == "declined":
            told.append(Emit(played(sitting, self._game.domain), self.person))
        said: list[Decision] = [Say(closing, person=self.person)] if closing else []
        return [*told, *self._over(at), *said, Finish()]

    # --- small things -------------------------------------------------------------------------------------------

    @property
    def round(self) -> Round | None:
        """The round that waits for an answer."""
        return self._serving.round

    @property
    def phase(self) -> str:
        """invite, round or rate."""
        return self._phase

    def _pose(self, before: str, prompt: Prompt) -> list[Decision]:
        """The question after something that is said; what is to be listened to sounds between the two."""
        listening = prompt.listening
        if listening is None:
            return [self._ask(f"{before} {prompt.text}".strip(), prompt)]
        sound = Say(listening.shown, person=self.person, picture=prompt.picture, sound=listening.sound)
        self._ahead = [sound, self._ask(prompt.text, prompt)]
        return [Say(f"{before} {listening.lead}".strip(), person=self.person, picture=prompt.picture)]

    def _ask(self, text: str, prompt: Prompt) -> Ask:
        wait = self._parameters.wait_s if self._parameters.wait_s and not prompt.may_be_silent else prompt.wait_s
        return Ask(text, schema=_WORDS, person=self.person, picture=prompt.picture, time_limit_s=wait,
                   buttons=prompt.buttons)  # fmt: skip

    def _yes_or_no(self, text: str) -> Ask:
        return Ask(text, ("yes", "no"), person=self.person, picture="game")

    def _spent(self, at: Moment) -> float:
        return self.sitting.spent_s + (at.now - self._since if self._since is not None else 0.0)

    def _account(self, at: Moment) -> None:
        self.sitting.spent_s = self._spent(at)
        self._since = at.now if self._since is not None else None

    def _keep(self, at: Moment) -> None:
        self._account(at)
        self._save(self.sitting, self.player)


def _long(heard: str, lang: str, letters: Mapping[str, int]) -> bool:
    """Whether words are somebody telling something."""
    return len("".join(words_of(heard))) >= letters[lang]


def played(sitting: Sitting, domain: str) -> GamePlayed:
    """What the district is told of a game: that it was played and how it ended, nothing of what was said or found."""
    return GamePlayed(
        game=sitting.game,
        domain=domain,
        rounds=len(sitting.played),
        minutes=round(sitting.spent_s / 60, 1),
        ended=sitting.ended or "broken_off",
        enjoyed=sitting.enjoyed or "none",
        wanted=sitting.wanted,
    )
