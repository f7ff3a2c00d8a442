"""What is kept of games, sealed, under a consent, and only for so long: how somebody plays, and each sitting.

Only whose a row is, which game, and when can be read without the key. Whoever is forgotten takes all of it with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.games.player import Player, Sitting
from dolbom.store.base import Base
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Purpose, note_of_erasing
from dolbom.store.sealing import KeyRing

KEPT = timedelta(days=400)
"""A year's charts, and the weeks before."""


class GamePlayerRow(Base):
    """How one person plays."""

    __tablename__ = "game_player"
    person: Mapped[str] = mapped_column(String(48), ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)


class GameSittingRow(Base):
    """One time that a game was played."""

    __tablename__ = "game_sitting"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(48), ForeignKey("person.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    game: Mapped[str] = mapped_column(String(32))
    open: Mapped[bool]
    state: Mapped[bytes] = mapped_column(LargeBinary)


class GameStore:
    """Games in the home's database; nothing is kept or read of somebody without a consent that holds.

    Args:
        memory: whose database, key and consents.
    """

    def __init__(self, memory: MemoryStore) -> None:
        self._memory = memory
        self._store = memory.people.store

    def allows(self, person: str | None, at: datetime) -> bool:
        """Whether somebody consents to being remembered as a player."""
        return person is not None and person in self._memory.allowed(Purpose.GAMES, at)

    def players(self, at: datetime) -> list[str]:
        """Everybody who consents, the first enrolled first."""
        return self._memory.allowed(Purpose.GAMES, at)

    def player(self, person: str | None, at: datetime) -> Player:
        """How somebody plays; somebody new, if nothing is kept or they do not consent.

        Raises:
            UserError: if the key is lost or the row was changed in the file.
        """
        if person is None or not self.allows(person, at):
            return Player()
        with self._store.reading() as session:
            return self._kept(session, self._memory.people.keys(session), person)

    def keep(self, player: Player, person: str, at: datetime, sitting: Sitting | None = None) -> bool:
        """Writes how somebody plays, with a sitting if one is given; all or nothing.

        What was chosen for them (`choose`) stays as it is kept: a game that goes on does not write over it.

        Returns:
            False if they do not consent: nothing was written.
        """
        if not self.allows(person, at):
            return False
        with self._store.writing() as session:
            keys = self._memory.people.keys(session)
            kept = self._kept(session, keys, person)
            chosen = {"games": kept.games, "avoid": kept.avoid, "own": kept.own}
            self._write(session, keys, person, player.model_copy(update=chosen))
            if sitting is not None:
                state = keys.seal(sitting.model_dump_json().encode(), _sitting_seal(person, sitting.id))
                session.merge(
                    GameSittingRow(
                        id=sitting.id, person=person, at=sitting.begun, game=sitting.game, open=not sitting.ended,
                        state=state,
                    )
                )  # fmt: skip
        return True

    def choose(
        self, person: str, at: datetime, games: Sequence[str], avoid: Sequence[str], own: Mapping[str, str]
    ) -> bool:
        """Writes what somebody may play, words of topics to avoid, and their own answers by question.

        Returns:
            False if they do not consent: nothing was written.
        """
        if not self.allows(person, at):
            return False
        with self._store.writing() as session:
            keys = self._memory.people.keys(session)
            kept = self._kept(session, keys, person)
            # A new answer is a new fact: its gaps begin anew.
            facts = {item: fact for item, fact in kept.facts.items() if kept.own.get(item) == own.get(item)}
            chosen = {"games": list(games), "avoid": list(avoid), "own": dict(own), "facts": facts}
            self._write(session, keys, person, kept.model_copy(update=chosen))
        return True

    def sittings(self, person: str, at: datetime, since: date | None = None) -> list[Sitting]:
        """Somebody's sittings, the oldest first; none without a consent that holds."""
        if not self.allows(person, at):
            return []
        with self._store.reading() as session:
            query = select(GameSittingRow).where(GameSittingRow.person == person)
            if since is not None:
                begin = datetime(since.year, since.month, since.day, tzinfo=at.tzinfo)
                query = query.where(GameSittingRow.at >= begin)
            rows = session.scalars(query.order_by(GameSittingRow.at, GameSittingRow.id)).all()
            if not rows:
                return []
            keys = self._memory.people.keys(session)
            return [
                Sitting.model_validate_json(keys.open(row.state, _sitting_seal(row.person, row.id))) for row in rows
            ]

    @staticmethod
    def _kept(session: Session, keys: KeyRing, person: str) -> Player:
        row = session.get(GamePlayerRow, person)
        return Player() if row is None else Player.model_validate_json(keys.open(row.state, _player_seal(person)))

    @staticmethod
    def _write(session: Session, keys: KeyRing, person: str, player: Player) -> None:
        sealed = keys.seal(player.model_dump_json().encode(), _player_seal(person))
        session.merge(GamePlayerRow(person=person, state=sealed))

    def purge(self, at: datetime) -> int:
        """Erases what is past its time or rests on no consent any more.

        Returns:
            How many rows that were.
        """
        players = self.players(at)
        old = (GameSittingRow.at <= at - KEPT) | GameSittingRow.person.not_in(players)
        alone = GamePlayerRow.person.not_in(players)
        with self._store.reading() as session:
            if (
                not session.scalars(select(GameSittingRow.id).where(old).limit(1)).first()
                and not session.scalars(select(GamePlayerRow.person).where(alone).limit(1)).first()
            ):
                return 0
        with self._store.writing() as session:
            gone = len(session.execute(delete(GameSittingRow).where(old).returning(GameSittingRow.id)).all())
            gone += len(session.execute(delete(GamePlayerRow).where(alone).returning(GamePlayerRow.person)).all())
            session.add(note_of_erasing(at, "end of keeping"))
        self._memory.people.finish_wiping()
        return gone


def seal_anew(session: Session, keys: KeyRing) -> None:
    """Seals everything here with the newest key, in the transaction of whoever changes the key."""
    players: Sequence[GamePlayerRow] = session.scalars(select(GamePlayerRow)).all()
    for player in players:
        about = _player_seal(player.person)
        player.state = keys.seal(keys.open(player.state, about), about)
    for sitting in session.scalars(select(GameSittingRow)):
        about = _sitting_seal(sitting.person, sitting.id)
        sitting.state = keys.seal(keys.open(sitting.state, about), about)


def _player_seal(person: str) -> str:
    return f"{person} player"


def _sitting_seal(person: str, id: str) -> str:
    return f"{person} sitting {id}"
