"""Word chain (끝말잇기): each word begins as the last one ended; ㄹ and ㄴ at the front may change by 두음법칙."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from dolbom.dialog.letters import syllable, words_of
from dolbom.games.answering import Match, bare, exact, hesitates, noun
from dolbom.games.game import Game, Prompt, Result, Round, Step, Table, Try
from dolbom.games.item import Item, raw

_SOFT = "ㅣㅑㅕㅛㅠㅖㅒ"
"""Vowels before which ㄴ falls silent at the front of a word, and ㄹ too."""
_FOLLOWERS = {"ko": (9, 6, 4, 2), "en": (24, 17, 12, 7)}
"""From so many following words on, a word is of level 1, 2, 3, 4; else 5."""
BRIEF = 4
"""A word that the list does not have is taken out of at most so many words."""


class WordChain(Game):
    """Finding a word by its beginning."""

    name = "word_chain"
    domain = "language"

    def items(self, lang: str) -> Sequence[Item]:
        follow = followers(lang)
        return [
            Item(
                id=word,
                level=_level(len(follow[word]), lang),
                ask=word,
                parts=("start",) if word in starts(lang) else (),
            )
            for word in lexicon(lang)
            if follow[word]
        ]

    def round(self, item: Item, table: Table) -> Round:
        return _Link(item, table)

    def playable(self, items: Sequence[Item], table: Table) -> Sequence[Item]:
        follow = followers(table.lang)
        fresh = [item for item in items if item.id not in table.used and _left(follow[item.id], table)]
        if table.link:
            linked = [item for item in fresh if item.id[0] in firsts(table.link, table.lang)]
            if linked:
                return linked
        return [item for item in fresh if item.parts] or fresh


@cache
def lexicon(lang: str) -> tuple[str, ...]:
    """The words that the robot uses."""
    return tuple(dict.fromkeys(str(raw("word_chain", lang)["words"]).split()))


@cache
def starts(lang: str) -> frozenset[str]:
    """Words that a chain may begin with."""
    return frozenset(str(word) for word in raw("word_chain", lang)["starts"])


@cache
def followers(lang: str) -> Mapping[str, tuple[str, ...]]:
    """The words that may follow each word."""
    by_first: dict[str, list[str]] = {}
    for word in lexicon(lang):
        by_first.setdefault(word[0], []).append(word)
    return {
        word: tuple(other for first in firsts(word, lang) for other in by_first.get(first, ()) if other != word)
        for word in lexicon(lang)
    }


def firsts(word: str, lang: str) -> tuple[str, ...]:
    """How the next word may begin: with the last letter, or as 두음법칙 changes it (량 → 양, 녀 → 여, 로 → 노)."""
    last = word[-1]
    if lang != "ko":
        return (last,)
    parts = syllable(last)
    if parts is None:
        return (last,)
    initial, vowel, final = parts
    changed = ""
    if initial == "ㄹ":
        changed = "ㅇ" if vowel in _SOFT else "ㄴ"
    elif initial == "ㄴ" and vowel in _SOFT:
        changed = "ㅇ"
    if not changed:
        return (last,)
    import hangul_jamo

    return (last, hangul_jamo.compose_jamo_characters(changed, vowel, final or None))


def _left(words: Sequence[str], table: Table) -> list[str]:
    """Those that were not said yet, and may be."""
    return [word for word in words if word not in table.used and table.may_say(word)]


def _level(count: int, lang: str) -> int:
    return next((level for level, least in enumerate(_FOLLOWERS[lang], 1) if count >= least), 5)


class _Link(Round):
    def __init__(self, item: Item, table: Table) -> None:
        super().__init__(item, table)
        self._linked = bool(table.link) and item.id[0] in firsts(table.link, table.lang)
        self._first = " / ".join(firsts(item.id, table.lang)) if table.lang == "ko" else item.id[-1].upper()
        self._helped = False
        table.used.add(item.id)
        table.link = ""

    @property
    def answer(self) -> str:
        return ""

    def plain(self, text: str) -> bool:
        return self.sure(text)

    def sure(self, text: str) -> bool:
        word = self._word(text)
        return bool(word) and exact(text, [word], self.table.lang)

    def holds_answer(self, text: str) -> bool:
        # In more words than these one that fits comes by chance: "what time is it".
        return len(words_of(text)) < BRIEF and self._word(text) in lexicon(self.table.lang)

    def late(self, text: str) -> bool:  # noqa: ARG002
        return False

    def solution(self) -> str | None:
        return self._some(1)[0]

    def first(self) -> Prompt:
        key = "word_chain.go_on" if self._linked else "word_chain.start"
        text = self.table.words.say(key, word=self.item.id, first=self._first)
        return Prompt(f"{text} {self._hint()}" if self.table.help else text)

    def judge(self, text: str) -> Match:
        word = self._word(text)
        return "right" if word and word not in self.table.used else "near" if word else ""

    def hear(self, text: str) -> Step:
        words, word = self.table.words, self._word(text)
        if word and word not in self.table.used:
            self.table.used.add(word)
            self.table.link = word
            self.tries.append(Try(min(2, self.table.help + self._helped), 1.0))
            return Result("helped" if self._helped else "right", words.say("word_chain.good", word=word))
        return self._miss("word_chain.used" if word else "missed_help", word=word or "")

    def silence(self) -> Step:
        return self._miss("waiting_help", silent=True)

    def give_up(self) -> Step:
        return self._miss("gave_up")

    def _miss(self, how: str, *, silent: bool = False, word: str = "") -> Step:
        words = self.table.words
        self.tries.append(Try(min(2, self.table.help + self._helped), 0.0))
        if self._helped:
            shown = self._some(1)
            self.table.used.update(shown)
            self.table.link = shown[0] if shown else ""
            told = words.say("told_silent" if silent else "told", answer=words.listed(shown))
            return Result("passed" if silent else "told", told)
        self._helped = True
        return self._ask(Prompt(self._hint(), words.say(how, word=word)))

    def _hint(self) -> str:
        words = self.table.words
        return words.say("word_chain.hint", first=self._first, some=words.listed(self._some(2)))

    def _some(self, count: int) -> list[str]:
        follow = followers(self.table.lang)[self.item.id]
        said_before = [word for word in follow if self.table.may_say(word)]
        return (_left(follow, self.table) or said_before)[:count]

    def _word(self, text: str) -> str:
        """The word that was said and fits, or ""."""
        lang, said = self.table.lang, words_of(text)
        allowed, known = firsts(self.item.id, lang), set(lexicon(lang))
        # In a story a word that begins alike comes by chance.
        brief = len(said) <= BRIEF
        for word in said:
            if not word.startswith(allowed) or len(word) < 2 or hesitates(word, lang):
                continue
            listed = [way for way in (bare(word) if lang == "ko" else [word]) if way in known]
            if listed:
                return listed[0]
            # A word that the list does not have counts as well, if it is a noun.
            new = noun(word, lang) if brief else ""
            if 1 < len(new) <= 12 and new != self.item.id:
                return new
        return ""
