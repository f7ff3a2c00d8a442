"""What is kept of games: how somebody plays, and each sitting (`dolbom.store.diary`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from dolbom.games.player import Player, Sitting
from dolbom.store.base import Base
from dolbom.store.diary import Diary, EntryRow, StateRow
from dolbom.store.people import Purpose


class GamePlayerRow(StateRow, Base):
    """How one person plays."""

    __tablename__ = "game_player"


class GameSittingRow(EntryRow, Base):
    """One time that a game was played."""

    __tablename__ = "game_sitting"
    game: Mapped[str] = mapped_column(String(32))
    open: Mapped[bool]


class GameStore(Diary[Player, Sitting]):
    """Games in the home's database."""

    PURPOSE = Purpose.GAMES
    STATE, ENTRY = Player, Sitting
    STATES, ENTRIES = GamePlayerRow, GameSittingRow
    SEALS = ("player", "sitting")
    CHOSEN = frozenset({"chosen", "avoid", "own"})

    def choose(
        self, person: str, at: datetime, games: Sequence[str] | None, avoid: Sequence[str], own: Mapping[str, str]
    ) -> bool:
        """Writes what somebody may play, words of topics to avoid, and their own answers by question.

        Args:
            games: those that may be played; empty: none; None: everything, also what comes later.

        Returns:
            False if they do not consent: nothing was written.
        """
        return self._choose(
            person, at, {"chosen": None if games is None else list(games), "avoid": list(avoid), "own": dict(own)}
        )

    def _with(self, kept: Player, chosen: Mapping[str, object]) -> Player:
        new = super()._with(kept, chosen)
        # A new answer is a new fact: its gaps begin anew.
        facts = {item: fact for item, fact in kept.facts.items() if kept.own.get(item) == new.own.get(item)}
        return new.model_copy(update={"facts": facts})

    def _columns(self, entry: Sitting) -> dict[str, object]:
        return {"game": entry.game, "open": not entry.ended}
