"""A whole game in text: companion, voice and safety on scripted time, with somebody who answers, typed or scripted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from dolbom.companion import decisions as made
from dolbom.companion import observations as seen
from dolbom.companion.companion import Companion
from dolbom.companion.replies import Turn
from dolbom.companion.wired import Did, SafetyDecided, Spoke, Wired
from dolbom.dialog.intents import Understanding
from dolbom.dialog.voice import Request, Urgency
from dolbom.events import Data, new_id
from dolbom.games.answering import wants_another
from dolbom.games.offering import learn
from dolbom.games.parameters import GameParameters
from dolbom.games.player import Player, Sitting
from dolbom.games.playing import Playing
from dolbom.games.wording import Wording, named_game
from dolbom.i18n import catalogue, phrase
from dolbom.safety.guard import Guard
from dolbom.safety.ladder import Ladder, LadderParameters
from dolbom.store.base import open_store
from dolbom.store.games import GameStore
from dolbom.store.memory import MemoryStore

STEP_S = 0.1
LONGEST_S = 3600.0
PERSONAS = ("happy", "slow", "silent", "rambling")

Reply = Callable[[Playing, str], str | None]
"""What somebody says to a question of the robot; None: nothing."""
ToSafety = Callable[[str], str | None]
"""The same to a question of safety."""
_Turn = str | Callable[[str | None], str | None] | None
"""What a scripted person says, or makes of the right answer."""


@dataclass
class AtTable:
    """One home in which a game is played.

    Attributes:
        lines: what was said, as (who, words): robot, person, safety.
        told: what the district was told.

    Args:
        playing: the game.
        reply: who plays.
        at: when it begins.
        shown: told every line as it comes.
        sounded: told the name of every sound that plays in the place of a line.
        to_safety: what is said to a question of safety; None: that all is well.
        meanwhile: called when the robot has asked its so-and-so-manieth question, before it is answered.
    """

    playing: Playing
    reply: Reply
    understanding: Understanding
    at: datetime
    lang: str = "ko"
    shown: Callable[[str, str], None] = lambda who, words: None  # noqa: ARG005
    meanwhile: Callable[[int, AtTable], None] = lambda number, table: None  # noqa: ARG005
    sounded: Callable[[str], None] = lambda sound: None  # noqa: ARG005
    to_safety: ToSafety | None = None
    lines: list[tuple[str, str]] = field(default_factory=list)
    told: list[Data] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = 0.0
        self.playing.needs_company = False  # who is at the table is there
        companion = Companion(None, self.understanding, self.lang, replies={"play_game": self._asked_for})
        guard = Guard(Ladder(LadderParameters(), "/district/d/home/h/robot/r", self.lang))
        self.wired = Wired(companion, guard, self.moment, self._did, self.lang)
        self._asked = 0
        self._heard: set[int] = set()
        self._unreached = self._over = False

    def moment(self) -> seen.Moment:
        """Now."""
        return seen.Moment(self.now, self.at + timedelta(seconds=self.now))

    def play(self, limit_s: float = LONGEST_S) -> None:
        """Plays to the end, or for so long, seconds; or until safety reaches nobody, for there is no district here."""
        self.wired.companion_does(self.wired.companion.offer(self.playing, self.moment()))
        while self.now < limit_s and (self.wired.busy or not (self.playing.done or self._unreached)):
            self.pass_time(STEP_S)
            if self._over:
                self.leave()
            if self.wired.voice.listening and self._asked not in self._heard:
                self._heard.add(self._asked)
                self.meanwhile(self._asked, self)
                question = self.wired.voice.current
                if question is not None and self.wired.voice.listening:
                    self.says(self._reply_to(question))
        if self._unreached:
            self.leave()

    def _asked_for(self, turn: Turn) -> list[made.Decision]:
        """Somebody wants to play, in a pause of the game or when it is asked whether to go on."""
        text = turn.understood.text
        if not wants_another(text, self.lang) and named_game(text, self.lang) in ("", self.playing.sitting.game):
            return []  # it is asked again whether to go on
        self._over = True
        return [made.Say(phrase(self.lang, "games.another.none"))]

    def _reply_to(self, question: Request) -> str | None:
        if question.urgency is not Urgency.DISTRESS:
            return self.reply(self.playing, question.text)
        return self.to_safety(question.text) if self.to_safety else phrase(self.lang, "games.scripted.fine")

    def leave(self) -> None:
        """Whoever plays gets up and goes."""
        if not self.playing.done:
            self.wired.companion_does(self.wired.companion.withdraw(self.playing.name, self.moment()))

    def says(self, words: str | None) -> None:
        """Somebody says something, or nothing."""
        self._line("person", words or "…")
        if words:
            self.wired.hears(words, self.playing.person)

    def pass_time(self, seconds: float) -> None:
        """Time passes."""
        until = self.now + seconds - 1e-6
        while self.now < until:
            self.now = round(self.now + STEP_S, 1)
            self.wired.tick()
            self.wired.observed(seen.Tick(self.moment()))

    def _did(self, did: Did) -> None:
        match did:
            case Spoke():
                self._asked += did.request.question
                self._line("robot" if did.by == "companion" else "safety", did.request.text)
                self._unreached |= did.request.text == phrase(self.lang, "distress.say.not_received")
                if did.request.sound:
                    self.sounded(did.request.sound)
            case SafetyDecided():
                self.told += [event.typed() for event in did.decisions.events]
            case made.Emit():
                self.told.append(did.data)
            case _:
                pass

    def _line(self, who: str, words: str) -> None:
        self.lines.append((who, words))
        self.shown(who, words)


def at_the_table(
    game: str,
    reply: Reply,
    understanding: Understanding,
    at: datetime,
    lang: str = "ko",
    *,
    seed: int = 0,
    rounds: int | None = None,
    person: str = "",
    invite: bool = False,
    shown: Callable[[str, str], None] = lambda who, words: None,  # noqa: ARG005
    meanwhile: Callable[[int, AtTable], None] = lambda number, table: None,  # noqa: ARG005
    sounded: Callable[[str], None] = lambda sound: None,  # noqa: ARG005
    to_safety: ToSafety | None = None,
    screen: bool = False,
) -> AtTable:
    """A table laid for a game.

    Args:
        person: name or id of somebody in this home's database, with what is kept of them; "": somebody new, and nothing
            is kept.
        screen: pictures can be seen there.

    Raises:
        UserError: if nobody is called that.
    """
    player, save, id = Player(), _forget, None
    address = phrase(lang, "distress.address")
    if person:
        memory = MemoryStore(open_store())
        store = GameStore(memory)
        id = memory.people.find(person)
        address = memory.people.name_of(id) or address
        player = store.state(id, at)
        whose = id

        def save(sitting: Sitting, player: Player) -> None:
            if sitting.ended:
                learn(player, sitting, at)
            store.keep(player, whose, at, sitting)

    sitting = Sitting(id=str(new_id()), person=id, game=game, lang=lang, seed=seed, begun=at, wanted=not invite)
    playing = Playing(
        sitting, player, save, address=address, understanding=understanding, invite=invite, rounds=rounds,
        parameters=GameParameters(screen=screen),
    )  # fmt: skip
    return AtTable(playing, reply, understanding, at, lang, shown, meanwhile, sounded, to_safety)


def _forget(sitting: Sitting, player: Player) -> None:
    """Nothing is kept."""


def persona(name: str, lang: str, seed: int = 0) -> Reply:
    """Somebody scripted: happy (knows, and says so), slow (thinks, is silent, needs a hint), silent, rambling (tells
    stories, asks other things, answers beside the point)."""
    words = Wording(lang, Random(f"{seed} {name}"))  # noqa: S311
    turns = _turns(name, words, catalogue(lang, "games")["scripted"])

    def reply(playing: Playing, question: str) -> str | None:  # noqa: ARG001
        if name == "silent":
            return None
        if playing.phase in ("invite", "rate"):
            return words.say(f"scripted.{playing.phase}.{'rambling' if name == 'rambling' else 'happy'}")
        round = playing.round
        if round is None:
            return words.say("scripted.again")
        said = next(turns)
        return said(round.solution()) if callable(said) else said

    return reply


def _turns(name: str, words: Wording, scripted: dict[str, object]) -> Iterator[_Turn]:
    def knows(answer: str | None) -> str | None:
        return words.say("scripted.knows", answer=answer) if answer is not None else None

    if name == "happy":
        while True:
            yield knows
    if name == "slow":
        while True:
            yield words.say("scripted.thinks")
            yield knows
            yield None
            yield knows
            yield words.say("scripted.gives_up")
            yield knows
    stories = scripted["stories"]
    assert isinstance(stories, list)
    while True:
        for story in stories:
            yield str(story)
            yield knows
        yield words.say("scripted.beside")
        yield words.say("scripted.gives_up")
