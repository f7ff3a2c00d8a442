"""Word memory with a delay: some words are heard and said once, something else is talked about, then they come back."""

from __future__ import annotations

from collections.abc import Sequence

from dolbom.dialog.letters import words_of
from dolbom.games.answering import Match, exact_all, match
from dolbom.games.game import Game, Prompt, Result, Round, Step, Table, Try
from dolbom.games.item import Item, entries

FILLER_WAIT_S = 10.0


class WordMemory(Game):
    """Keeping a few words while talking of something else."""

    name = "word_memory"
    domain = "memory"
    rounds = 4

    def items(self, lang: str) -> Sequence[Item]:
        return [
            Item(id=str(entry), level=level, parts=tuple(str(entry).split()))
            for level, entry, _ in entries(self.name, lang)
        ]

    def round(self, item: Item, table: Table) -> Round:
        return _Recall(item, table)


class _Recall(Round):
    def __init__(self, item: Item, table: Table) -> None:
        super().__init__(item, table)
        # With help there are fewer words to keep.
        self.words = item.parts[: max(2, len(item.parts) - table.help)]
        self.recalled: list[str] = []
        self._stage = "say"
        self._helped = self._again = False

    @property
    def answer(self) -> str:
        return self.table.words.listed(self.words)

    def solution(self) -> str | None:
        return self.table.words.say("memory") if self._stage == "talk" else self.answer

    def first(self) -> Prompt:
        return Prompt(self.table.words.say("word_memory.listen", words=self.answer), may_be_silent=True)

    def judge(self, text: str) -> Match:
        if self._stage == "talk":
            return "right"  # whatever is said goes on
        if self._stage == "say":
            return "right" if self.holds_answer(text) else ""
        return "right" if self._new(text) else ""

    def holds_answer(self, text: str) -> bool:
        # While something else is talked about any words will do, and none is the answer.
        return self._stage != "talk" and any(match(text, [word], self.table.lang) == "right" for word in self.words)

    def sure(self, text: str) -> bool:
        kept = [one for word in self.words for one in words_of(word)]
        return self._stage != "talk" and exact_all(text, kept, self.table.lang)

    def hear(self, text: str) -> Step:
        words = self.table.words
        if self._stage == "say":
            said = self.holds_answer(text)
            return self._talk(words.say("word_memory.good")) if said else self._pass_over("word_memory.slowly")
        if self._stage == "talk":
            self._stage = "recall"
            heard = words.say("word_memory.heard") if text else ""
            return self._ask(Prompt(words.say("word_memory.recall", n=len(self.words)), heard))
        self.recalled += self._new(text)
        if len(self.recalled) == len(self.words):
            self.tries.append(Try(self.table.help, 1.0))
            return Result("helped" if self._helped else "right", words.say("praise", answer=self.answer))
        if self._helped:
            return self._end()
        return self._help("word_memory.more" if self.recalled else "missed_help")

    def silence(self) -> Step:
        if self._stage != "recall":
            return self._pass_over("word_memory.slowly")
        return self._end(silent=not self.recalled) if self._helped else self._help("waiting_help")

    def give_up(self) -> Step:
        if self._stage != "recall":
            return self._pass_over("word_memory.never_mind")
        return self._end() if self._helped else self._help("gave_up")

    def late(self, text: str) -> bool:
        return match(text, self.words, self.table.lang) == "right"

    def _talk(self, before: str) -> Step:
        self._stage = "talk"
        text = self.table.words.say("word_memory.talk")
        return self._ask(Prompt(text, before, wait_s=FILLER_WAIT_S, may_be_silent=True))

    def _pass_over(self, how: str) -> Step:
        """Nothing was said after the words: they are heard once more; nor in the talk: it goes on."""
        if self._stage == "talk":
            return self.hear("")
        words = self.table.words
        if self._again:
            return self._talk(words.say("word_memory.never_mind"))
        self._again = True
        again = words.say("word_memory.again", words=self.answer)
        return self._ask(Prompt(again, words.say(how), may_be_silent=True))

    def _help(self, how: str) -> Step:
        self._helped = True
        self.tries.append(Try(self.table.help, len(self.recalled) / len(self.words)))
        left = next(word for word in self.words if word not in self.recalled)
        words = self.table.words
        before = words.say(how, said=words.listed(self.recalled))
        another = words.say("word_memory.another") if self.recalled else ""
        return self._ask(Prompt(f"{another} {words.say('hint_first', first=left[0])}".strip(), before))

    def _end(self, *, silent: bool = False) -> Result:
        words, share = self.table.words, len(self.recalled) / len(self.words)
        self.tries.append(Try(min(2, self.table.help + 1), share))
        if share >= 0.5:
            return Result("partly", words.say("partly", answer=self.answer))
        return Result(
            "passed" if silent else "told", words.say("told_silent" if silent else "told", answer=self.answer)
        )

    def _new(self, text: str) -> list[str]:
        return [
            word for word in self.words if word not in self.recalled and match(text, [word], self.table.lang) == "right"
        ]
