"""What is kept of exercise: how somebody exercises, and each session (`dolbom.store.diary`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from dolbom.exercise.sessions import ExerciseSession, Mover
from dolbom.store.base import Base
from dolbom.store.diary import Diary, EntryRow, StateRow
from dolbom.store.people import Purpose


class ExerciseMoverRow(StateRow, Base):
    """How one person exercises."""

    __tablename__ = "exercise_mover"


class ExerciseSessionRow(EntryRow, Base):
    """One session."""

    __tablename__ = "exercise_session"
    routine: Mapped[str] = mapped_column(String(32))


class ExerciseStore(Diary[Mover, ExerciseSession]):
    """Exercise in the home's database."""

    PURPOSE = Purpose.EXERCISE
    STATE, ENTRY = Mover, ExerciseSession
    STATES, ENTRIES = ExerciseMoverRow, ExerciseSessionRow
    SEALS = ("mover", "exercise")
    CHOSEN = frozenset({"stands"})

    def allow_standing(self, person: str, stands: bool, at: datetime) -> bool:
        """A person of their care said whether somebody may exercise standing.

        Returns:
            False if they do not consent to anything being kept: nothing was written.
        """
        return self._choose(person, at, {"stands": stands})

    def _columns(self, entry: ExerciseSession) -> dict[str, object]:
        return {"routine": entry.routine}
