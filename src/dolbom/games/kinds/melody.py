"""Melody and memories: lines of old songs to go on with, tunes to know again, and talk, in which nothing is missed.

A tune sounds as a recording of the home would: `say` with its name. Where nothing can sound its first notes are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dolbom.errors import UserError
from dolbom.games.game import Game, Listening, Prompt, Question, Round, Table
from dolbom.games.item import Item, entries, path, split
from dolbom.i18n import catalogue
from dolbom.speech.tunes import PREFIX, tunes

SIGN = "♪"
"""An entry that begins with it is a tune: its name, and what is asked if not which song it is."""
SHOWN = 12
"""So many notes are shown, where a tune cannot be heard."""
PICTURE = "music"
EVERY, FIRST = 3, 1
"""Of so many rounds one is a tune; the first of them comes after so many others."""


class Melody(Game):
    """Songs of long ago, and what they bring back."""

    name = "melody"
    domain = "everyday"

    def items(self, lang: str) -> Sequence[Item]:
        return [_item(str(ask), held, level, lang) for level, ask, held in entries(self.name, lang)]

    def round(self, item: Item, table: Table) -> Round:
        table.used.add(item.id)
        # Beside a song only songs are offered, and beside a line no songs.
        alike = replace(table, others=[other for other in table.others if bool(other.tune) == bool(item.tune)])
        return _Tune(item, alike) if item.tune else super().round(item, alike)

    def playable(self, items: Sequence[Item], table: Table) -> Sequence[Item]:
        tune = len(table.used) % EVERY == FIRST
        return [item for item in items if bool(item.tune) == tune] or items


def _item(ask: str, held: Any, level: int, lang: str) -> Item:
    if not ask.startswith(SIGN):
        return Item(id=ask, level=level, ask=ask, answers=split(held))
    name, _, question = ask.removeprefix(SIGN).strip().partition(" ")
    if name not in tunes():
        raise UserError(f"{path('melody', lang)}: there is no tune {name!r}", f"there are {', '.join(tunes())}")
    answers, clue = (held["answers"], held["clue"]) if isinstance(held, Mapping) else (held, "")
    return Item(id=f"{SIGN} {question.strip() or split(answers)[0]}", level=level, ask=question.strip(),
                answers=split(answers), riddle=str(clue), picture=PICTURE, tune=name)  # fmt: skip


def notes_of(tune: str, lang: str) -> str:
    """The first notes of a tune by their names, as they are read: "♪ 솔 라 솔 라…"."""
    names = catalogue(lang, "games")["melody"]["notes"]
    signs = [sign for sign in tunes()[tune].signs if sign.step]
    return f"{SIGN} {' '.join(names[sign.step] for sign in signs[:SHOWN])}{'…' * (len(signs) > SHOWN)}"


class _Tune(Question):
    """A tune is listened to: which song is it, or what does it bring back?"""

    def text(self) -> str:
        return super().text() if self.item.ask else self.table.words.say("melody.ask")

    def told_of(self, text: str) -> str:
        return self.item.id if self.item.ask else f"{text} ({self.item.id})"

    def akin(self, other: Item) -> bool:
        return bool(other.tune)  # all are names of songs

    def hint(self) -> str:
        return self.table.words.fill(self.item.riddle)

    def _prompt(self, text: str, before: str = "") -> Prompt:
        asked = super()._prompt(text, before)
        lead = self.table.words.say("melody.again" if self.prompt.listening else "melody.listen")
        shown = notes_of(self.item.tune, self.table.lang)
        listening = Listening(lead, f"{PREFIX}{self.item.tune}", shown)
        return replace(asked, listening=listening)
