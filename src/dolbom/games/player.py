"""What is kept of somebody who plays: ratings, spaced facts, wishes, and how they liked what; and one sitting of it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from dolbom.games.game import Grade
from dolbom.games.rating import Standing
from dolbom.games.spacing import Spaced

Ended = Literal["", "complete", "time_up", "enough", "stopped", "quiet", "put_off", "declined", "broken_off", "nothing"]
"""open; all rounds; time; the person had enough; said stop; did not answer; later; refused; interrupted; no items."""
Enjoyed = Literal["", "good", "bad", "none"]
LATELY = 60
"""So many items are not played again soon."""


class Attempt(BaseModel):
    """One try of a round, as `game.Try`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    help: int = Field(ge=0, le=2)
    share: float = Field(ge=0, le=1)


class Played(BaseModel):
    """One round that was played.

    Attributes:
        difficulty: the first difficulty of the item, logits: what changes over weeks needs a yardstick that does not.
        asked: the question, as it was said; "" in what was kept before 2026-12.
        said: what the person said, word by word.
    """

    model_config = ConfigDict(extra="forbid")

    item: str
    at: AwareDatetime
    grade: Grade
    difficulty: float
    tries: list[Attempt] = []
    asked: str = ""
    said: list[str] = []


class Sitting(BaseModel):
    """One time that a game was played, as it is kept.

    Attributes:
        seed: of everything left to chance: the same seed and answers, the same game.
        wanted: the person asked for it; else the robot offered it.
        spent_s: how long it has taken, seconds.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    person: str | None = None
    game: str
    lang: str = "ko"
    seed: int = 0
    begun: AwareDatetime
    wanted: bool = False
    rounds: list[Played] = []
    spent_s: float = 0.0
    ended: Ended = ""
    enjoyed: Enjoyed = ""

    @property
    def played(self) -> list[Played]:
        """The rounds that somebody took part in."""
        return [one for one in self.rounds if one.grade != "passed"]


class Tally(BaseModel):
    """How often yes, and how often no; both count less as time goes by."""

    model_config = ConfigDict(extra="forbid")

    yes: float = 0.0
    no: float = 0.0


class Player(BaseModel):
    """One person.

    Attributes:
        facts: how far each spaced fact is, by item.
        own: their own answers, by item; only with their consent.
        chosen: what may be played, as somebody of their care chose; None: nobody chose, everything may.
        avoid: words of topics that are not asked about.
        liked: by game.
        welcomed: by part of the day: whether an offer was taken.
        refused: when an offer was last refused.
        offered: when the robot offered last, and how often on that day.
        lately: items played lately, the newest last.
    """

    model_config = ConfigDict(extra="forbid")

    standing: Standing = Field(default_factory=Standing)
    facts: dict[str, Spaced] = {}
    own: dict[str, str] = {}
    chosen: list[str] | None = None
    avoid: list[str] = []
    liked: dict[str, Tally] = {}
    welcomed: dict[str, Tally] = {}
    refused: AwareDatetime | None = None
    offered: AwareDatetime | None = None
    offers: int = 0
    offers_day: date | None = None
    lately: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _as_kept_before(cls, kept: Any) -> Any:
        """Until 2026-11 it was kept as `games`, and an empty list of them was everything."""
        if isinstance(kept, dict) and "games" in kept:
            kept = dict(kept)
            kept.setdefault("chosen", kept.pop("games") or None)
        return kept

    def may_play(self, game: str) -> bool:
        """Whether a game is among those chosen for them."""
        return self.chosen is None or game in self.chosen

    def note_item(self, key: str) -> None:
        """An item was played."""
        self.lately = [*(one for one in self.lately if one != key), key][-LATELY:]
