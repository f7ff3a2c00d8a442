"""How the robot speaks to each person and how long it lets them think: for everybody, and for somebody else."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.errors import UserError
from dolbom.store.base import Base, Store
from dolbom.store.people import PersonRow

Step = Literal["slower", "faster", "louder", "quieter"]
RATE_STEP, VOLUME_STEP_DB = 0.1, 3.0


class SpeechSettings(BaseModel):
    """How to speak to somebody; what is None is as for everybody, or as the robot's parameters say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: float | None = Field(None, ge=0.5, le=1.5, description="Pace; 1: the voice's own, less is slower.")
    volume_db: float | None = Field(None, ge=-30, le=12, description="Louder or softer than the voice's own, dB.")
    pause_s: float | None = Field(None, ge=0, le=3, description="Silence between two sentences, seconds.")
    end_of_turn_s: float | None = Field(None, ge=0.3, le=3, description="Silence that ends their turn, seconds.")

    def over(self, other: SpeechSettings) -> SpeechSettings:
        """These, and where they say nothing the others."""
        return other.model_copy(update=self.model_dump(exclude_none=True))


class SpeechRow(Base):
    """The settings of one person, or of everybody (no person)."""

    __tablename__ = "speech_settings"
    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str | None] = mapped_column(String(48), ForeignKey("person.id", ondelete="CASCADE"), unique=True)
    rate: Mapped[float | None]
    volume_db: Mapped[float | None]
    pause_s: Mapped[float | None]
    end_of_turn_s: Mapped[float | None]


class SpeechStore:
    """The speech settings in one home's database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def own(self, person: str | None) -> SpeechSettings:
        """What was set for this person alone; None: for everybody."""
        with self._store.reading() as session:
            return _settings(_row(session, person))

    def of(self, person: str | None) -> SpeechSettings:
        """How to speak to a person: theirs over everybody's. An id that nobody has is as everybody."""
        with self._store.reading() as session:
            everybody = _settings(_row(session, None))
            return _settings(_row(session, person)).over(everybody) if person else everybody

    def set(self, person: str | None, settings: SpeechSettings) -> None:
        """Keeps the settings of a person, None: of everybody; those without any value are erased.

        Raises:
            UserError: for an unknown person.
        """
        with self._store.writing() as session:
            if person is not None and session.get(PersonRow, person) is None:
                raise UserError(f"nobody is enrolled as {person!r}", "see `dolbom faces list`")
            row = _row(session, person)
            values = settings.model_dump()
            if all(value is None for value in values.values()):
                if row is not None:
                    session.delete(row)
                return
            if row is None:
                row = SpeechRow(person=person)
                session.add(row)
            for name, value in values.items():
                setattr(row, name, value)

    def step(self, person: str | None, what: Step) -> SpeechSettings:
        """One step slower, faster, louder or quieter for a person, as they asked; not beyond what is allowed.

        Somebody who is not enrolled changes it for everybody.

        Returns:
            How to speak to them now.
        """
        with self._store.reading() as session:
            if person is not None and session.get(PersonRow, person) is None:
                person = None
        now, own = self.of(person), self.own(person)
        if what in ("slower", "faster"):
            rate = (now.rate or 1.0) + (RATE_STEP if what == "faster" else -RATE_STEP)
            changed = own.model_copy(update={"rate": round(min(max(rate, 0.5), 1.5), 2)})
        else:
            volume = (now.volume_db or 0.0) + (VOLUME_STEP_DB if what == "louder" else -VOLUME_STEP_DB)
            changed = own.model_copy(update={"volume_db": min(max(volume, -30.0), 12.0)})
        self.set(person, changed)
        return self.of(person)


def _row(session: Session, person: str | None) -> SpeechRow | None:
    return session.scalar(select(SpeechRow).where(SpeechRow.person == person))


def _settings(row: SpeechRow | None) -> SpeechSettings:
    if row is None:
        return SpeechSettings()
    return SpeechSettings(**{name: getattr(row, name) for name in SpeechSettings.model_fields})
