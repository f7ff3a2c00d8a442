"""What a game is: its items, a round for each of them, and the rule that turns an answer into an outcome.

A round asks at most twice: the question, and once more with a hint or two choices. Whoever does not find the answer is
told it. A round knows nothing of interruptions, other talk or the end of a game: that is `playing`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import ClassVar, Literal

from dolbom.games.answering import Match, exact, match, thought_over, which
from dolbom.games.item import ANY, Domain, Item
from dolbom.games.likeness import same_kind
from dolbom.games.numbers import alone, whole
from dolbom.games.wording import Wording

Grade = Literal["right", "helped", "partly", "told", "passed", "talked"]
"""found at once; with a hint; in part; told the answer; nobody answered; a talk that nothing can be missed in."""
SUCCESSES: frozenset[Grade] = frozenset({"right", "helped", "partly", "talked"})
HELP = (0.0, 1.2, 2.4)
"""How much easier a round becomes by its help, logits: none, a hint, two choices."""
WAIT_S = 14.0
"""Silence after a question, before it is helped along, seconds."""


@dataclass
class Table:
    """What a round may know of the game around it.

    Attributes:
        at: civil time.
        help: how much help the first question carries already: an index of `HELP`.
        own: the person's own answers by item, kept with their consent.
        used: words that were said in this game already.
        link: what the next word must follow.
        others: further items, to offer beside the right answer.
        screen: pictures can be seen.
        avoid: topics that are not spoken of.
    """

    lang: str
    rng: Random
    at: datetime
    words: Wording
    help: int = 0
    own: Mapping[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    link: str = ""
    others: Sequence[Item] = ()
    screen: bool = True
    avoid: Sequence[str] = ()

    def may_say(self, words: str) -> bool:
        """Whether words hold none of the topics that are avoided."""
        return not speaks_of(words, self.avoid)


def speaks_of(words: str, topics: Sequence[str]) -> bool:
    """Whether words hold one of some topics, with or without capitals."""
    return any(topic and topic.casefold() in words.casefold() for topic in topics)


@dataclass(frozen=True)
class Listening:
    """What is to be listened to before a question.

    Attributes:
        lead: said before it.
        sound: its name, for `say`.
        shown: in the place of the sound where there is none.
    """

    lead: str
    sound: str
    shown: str


@dataclass(frozen=True)
class Prompt:
    """What a round wants said and answered.

    Attributes:
        text: the question, and what helps along; said again after an interruption.
        before: what is said before it the first time only: praise, a kind word.
        wait_s: silence that ends it, seconds.
        picture: shown beside it.
        buttons: answers that may be touched.
        may_be_silent: silence is an answer like any other here.
        listening: what sounds before it.
    """

    text: str
    before: str = ""
    wait_s: float = WAIT_S
    picture: str = ""
    buttons: tuple[str, ...] = ()
    may_be_silent: bool = False
    listening: Listening | None = None

    @property
    def said(self) -> str:
        """All that is said the first time."""
        return f"{self.before} {self.text}".strip()


@dataclass(frozen=True)
class Result:
    """How a round ended, and what is said of it."""

    grade: Grade
    say: str


@dataclass(frozen=True)
class Try:
    """One answer for the ratings.

    Attributes:
        help: an index of `HELP`.
        share: how much of it was found, 0 to 1.
    """

    help: int
    share: float


Step = Prompt | Result


class Round(ABC):
    """One item being played. `begin`, then `hear` or `silence` until a `Result` comes.

    Attributes:
        tries: what the ratings learn from it.
        asked: what it asks, for whoever reads of it later.
    """

    def __init__(self, item: Item, table: Table) -> None:
        self.item, self.table = item, table
        self.tries: list[Try] = []
        self.asked = ""
        self.prompt = Prompt("")

    def begin(self) -> Step:
        """The first question."""
        prompt = self.first()
        self.asked = self.asked or prompt.text
        return self._ask(prompt)

    @abstractmethod
    def first(self) -> Prompt:
        """The first question; made once."""

    @abstractmethod
    def judge(self, text: str) -> Match:
        """Whether words answer what was asked last; changes nothing."""

    @abstractmethod
    def hear(self, text: str) -> Step:
        """Somebody answered; whether rightly or not."""

    @abstractmethod
    def silence(self) -> Step:
        """Nobody answered."""

    def give_up(self) -> Step:
        """They say that they do not know; as silence, unless a round knows better."""
        return self.silence()

    def solution(self) -> str | None:
        """What somebody who knows would say now; None: nothing. For demonstrations and for the checks of items."""
        return self.answer

    @property
    def answer(self) -> str:
        """What the robot says that the answer is; "" if there is none."""
        return self.item.answers[0] if self.item.answers else ""

    def holds_answer(self, text: str) -> bool:
        """Whether words hold something of the answer: what sounds like danger in it is the answer's."""
        return self.judge(text) != ""

    def plain(self, text: str) -> bool:
        """Whether so much of the answer was said that what else the words are faintly like is chance."""
        return self.judge(text) == "right" and self.holds_answer(text)

    def sure(self, text: str) -> bool:
        """Whether words are an answer to what was asked and nothing else, whatever they might mean elsewhere."""
        return bool(self.answer) and exact(text, (self.answer, *self.item.answers), self.table.lang)

    def tried(self, text: str) -> bool:  # noqa: ARG002 (what subclasses are told)
        """Whether words are meant as an answer, though they are not it and as many as those of a story."""
        return False

    def late(self, text: str) -> bool:
        """Whether words are this round's answer, after it is over."""
        return bool(self.answer) and self.answer != ANY and match(text, self.item.answers, self.table.lang) == "right"

    def _ask(self, prompt: Prompt) -> Prompt:
        self.prompt = prompt
        return prompt


class Question(Round):
    """A question with an answer: asked, helped along once, and then told."""

    def __init__(self, item: Item, table: Table) -> None:
        super().__init__(item, table)
        # Nothing can be missed where anything answers: it needs no help.
        self.help = 0 if item.answers[:1] == (ANY,) else table.help
        self.choices: tuple[str, ...] = ()
        self._helped = False

    @property
    def answers(self) -> tuple[str, ...]:
        """What answers it now."""
        return self.item.answers

    @property
    def answer(self) -> str:
        return self.answers[0]

    def solution(self) -> str | None:
        return self.table.words.say("memory") if self.answers[0] == ANY else self.answer

    def text(self) -> str:
        """The question itself."""
        return self.table.words.fill(self.item.ask)

    def first(self) -> Prompt:
        text = self.text()
        # What helps along holds something of the answer, and a person's own answer is kept in one place only.
        self.asked = self.told_of(text)
        return self._prompt(text)

    def told_of(self, text: str) -> str:
        """The question as it is read later, where nothing is seen or heard beside it."""
        return text

    def judge(self, text: str) -> Match:
        if self.answers[0] == ANY:
            return "right"
        found = match(text, self.answers, self.table.lang)
        if self.choices:
            chosen = which(text, self.choices, self.table.lang)
            if chosen is not None:
                return "right" if self.choices[chosen] == self.answer else ""
        return found

    def holds_answer(self, text: str) -> bool:
        return self.answers[0] != ANY and super().holds_answer(text)

    def sure(self, text: str) -> bool:
        lang, named = self.table.lang, (*self.answers, *self.choices)
        if whole(self.answer, lang) is not None and alone(thought_over(text, lang), lang):
            return True  # a number where one is asked for
        return self.answers[0] != ANY and exact(text, named, lang)

    def hear(self, text: str) -> Step:
        said = self.judge(text)
        words = self.table.words
        if self.answers[0] == ANY:
            return Result("talked", words.say("talked"))
        if said == "right":
            self.tries.append(Try(self.help, 1.0))
            helped = self._helped or self.help > 0
            return Result("helped" if self._helped else "right", self.praise("helped" if helped else "praise"))
        return self._miss("near" if said == "near" else "missed")

    def silence(self) -> Step:
        if self.answers[0] == ANY:
            return Result("passed", words_for(self, "talked_silent"))
        return self._miss("", silent=True)

    def give_up(self) -> Step:
        if self.answers[0] == ANY:
            return Result("talked", words_for(self, "talked_silent"))
        return self._miss("gave_up")

    def praise(self, key: str) -> str:
        """What is said when it was found."""
        return self.table.words.say(key, answer=self.answer)

    def hint(self) -> str:
        """What is said to help along; "": only choices are offered."""
        # "It begins with 1" points at January as well as at the eleventh month.
        if len(self.answer.replace(" ", "")) < 2 or self.answer[0].isdecimal():
            return ""
        return self.table.words.say("hint_first", first=self.answer[0])

    def offered(self) -> tuple[str, ...]:
        """The answer among others, mixed."""
        wrong = self.wrong()
        if wrong is None:
            return ()
        mixed = [self.answer, wrong]
        self.table.rng.shuffle(mixed)
        return tuple(mixed)

    def wrong(self) -> str | None:
        """Something else of the same kind that may be offered beside the answer; None: there is nothing."""
        akin = (other.answers[0] for other in self.table.others if other.answers and self.akin(other))
        likely = [one for one in (*self.item.choices, *akin)
                  if not one.startswith(("*", "=")) and one not in self.answers and self.table.may_say(one)
                  and not match(one, self.answers, self.table.lang)
                  and not match(self.answer, [one], self.table.lang)]  # fmt: skip
        near = [one for one in likely if abs(len(one) - len(self.answer)) <= 2] or likely
        return self.table.rng.choice(sorted(set(near))) if near else None

    def akin(self, other: Item) -> bool:
        """Whether the answer of another question is of the same kind as this one's: a month beside a month."""
        return same_kind((self.item.ask, self.answer), (other.ask, other.answers[0]), self.table.lang)

    def _miss(self, how: str, *, silent: bool = False) -> Step:
        words = self.table.words
        self.tries.append(Try(self.help, 0.0))
        if self._helped or self.help >= len(HELP) - 1:
            told = words.say("told_silent" if silent else "told", answer=self.answer)
            return Result("passed" if silent else "told", told)
        self._helped = True
        self.help += 1
        before = words.say(how) if how else words.say("waiting")
        return self._ask(self._prompt(self.text(), before))

    def _prompt(self, text: str, before: str = "") -> Prompt:
        """The question with as much help as it has."""
        help = ""
        if self.help == 1:
            help = self.hint()
        if self.help == 2 or (self.help == 1 and not help):
            self.choices = self.offered()
            help = self.choice_words() if self.choices else self.hint()
        return Prompt(f"{text} {help}".strip(), before, picture=self.item.picture, buttons=self.choices)

    def choice_words(self) -> str:
        """The choices as they are said."""
        return self.table.words.say("choice", a=self.choices[0], b=self.choices[1])


def words_for(round: Round, key: str) -> str:
    """A phrase that needs nothing of the round."""
    return round.table.words.say(key)


class Game(ABC):
    """One game.

    Attributes:
        name: of its file of items, and in `dolbom play`.
        domain: what it exercises.
        rounds: how many are played, unless somebody has had enough.
    """

    name: ClassVar[str]
    domain: ClassVar[Domain]
    rounds: ClassVar[int] = 10

    @abstractmethod
    def items(self, lang: str) -> Sequence[Item]:
        """All its items of a language.

        Raises:
            UserError: naming the file and the entry, if the file is not what it should be.
        """

    def round(self, item: Item, table: Table) -> Round:
        """A round of one of its items."""
        return Question(item, table)

    def playable(self, items: Sequence[Item], table: Table) -> Sequence[Item]:  # noqa: ARG002
        """Which items may be played now; all of them, unless a game knows better."""
        return items
