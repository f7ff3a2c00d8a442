"""Members of staff and programs: passwords, one-time links, logins, tokens, and the pause after failed tries."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from dolbom.staff import audit
from dolbom.staff.access import ADMINISTRATOR, Who
from dolbom.staff.models import Attempt, Login, Token, User
from dolbom.trouble import TroubleError

LOGIN_LIFE = timedelta(hours=12)
LOGIN_IDLE = timedelta(hours=2)
LINK_LIFE = timedelta(hours=24)
PASSWORD_LENGTH = 10
FIRST_USER = "admin"

FREE_TRIES = 5
FREE_TRIES_ADDRESS = 20
LONGEST_PAUSE = timedelta(minutes=15)

_hasher = PasswordHasher()  # argon2id with the library's parameters, RFC 9106's second recommendation


@cache
def _nobody() -> str:
    """Checked when there is no such user, so that the time taken does not tell which names exist."""
    return _hasher.hash(secrets.token_urlsafe())


def hashed(secret: str) -> str:
    """What is kept of a link, a cookie or a token: long random secrets need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class LoginRefused(Exception):
    """Wrong name or password, or too many tries; `wait` says for how long no further try is looked at."""

    def __init__(self, wait: timedelta = timedelta(0)) -> None:
        super().__init__("refused")
        self.wait = wait


class NoSuchUser(TroubleError):
    """Nobody of that name is on the staff."""


class LinkRefused(Exception):
    """A one-time link is wrong, used or expired."""


@dataclass(frozen=True)
class Entry:
    """What a browser gets at login: the cookie and the token that its forms must carry."""

    cookie: str
    csrf: str


def add(session: Session, name: str, role: str, who: Who, now: datetime, lang: str = "ko") -> str:
    """A new member of staff. Returns the secret of the one-time link by which they set their password.

    Raises:
        TroubleError: if the name is taken.
    """
    if session.get(User, name) is not None:
        raise TroubleError("staff.trouble.user_taken", "choose another name", name=name)
    session.add(User(name=name, role=role, lang=lang, password=None))
    session.flush()
    audit.record(session, who, "add_user", now, name, role)
    return link(session, name, who, now)


def link(session: Session, name: str, who: Who, now: datetime) -> str:
    """A new one-time link for somebody who has no password yet or forgot it; an older link ends.

    Raises:
        NoSuchUser
    """
    user = _user(session, name)
    secret = secrets.token_urlsafe(24)
    user.link_hash, user.link_expires = hashed(secret), now + LINK_LIFE
    audit.record(session, who, "link_user", now, name)
    return secret


def _user(session: Session, name: str) -> User:
    user = session.get(User, name)
    if user is None:
        raise NoSuchUser("staff.trouble.no_user", "the list of staff has them", name=name)
    return user


def by_link(session: Session, secret: str, now: datetime) -> User:
    """Whose link this is.

    Raises:
        LinkRefused
    """
    user = session.scalar(select(User).where(User.link_hash == hashed(secret)))
    if user is None or user.link_expires is None or now > user.link_expires or not user.active:
        raise LinkRefused
    return user


def set_password(session: Session, secret: str, password: str, address: str, now: datetime) -> User:
    """Uses up a link; every login of this user ends.

    Raises:
        LinkRefused
        ValueError: if the password is too short.
    """
    user = by_link(session, secret, now)
    if len(password) < PASSWORD_LENGTH:
        raise ValueError("short")
    user.password, user.link_hash, user.link_expires = _hasher.hash(password), None, None
    session.execute(delete(Login).where(Login.user_name == user.name))
    session.execute(delete(Attempt).where(Attempt.whom == f"user:{user.name}"))
    audit.record(session, Who(user.name, user.role, address), "set_password", now, user.name)
    return user


def change(
    session: Session, name: str, who: Who, now: datetime, *, role: str | None = None, active: bool | None = None
) -> User:
    """Gives another role, or lets nobody in under this name any more.

    Raises:
        TroubleError: if there is no such user, or no administrator would be left.
    """
    user = _user(session, name)
    user.role = role or user.role
    user.active = user.active if active is None else active
    session.flush()
    if not has_administrator(session, with_password=False):
        raise TroubleError("staff.trouble.last_administrator", "make another one first")
    if not user.active:
        session.execute(delete(Login).where(Login.user_name == name))
    audit.record(session, who, "change_user", now, name, f"{user.role} {'active' if user.active else 'inactive'}")
    return user


def has_administrator(session: Session, with_password: bool = True) -> bool:
    """Whether somebody can administrate."""
    query = select(User.name).where(User.role == ADMINISTRATOR, User.active.is_(True))
    if with_password:
        query = query.where(User.password.is_not(None))
    return session.scalar(query.limit(1)) is not None


def first_link(session: Session, who: Who, now: datetime, lang: str = "ko") -> str:
    """As long as nobody can administrate, the secret of a one-time link for the first administrator; else ""."""
    if has_administrator(session):
        return ""
    first = next((u for u in users(session) if u.role == ADMINISTRATOR and u.active), None)
    return (
        add(session, FIRST_USER, ADMINISTRATOR, who, now, lang)
        if first is None
        else link(session, first.name, who, now)
    )


def users(session: Session) -> list[User]:
    """Everybody, by name."""
    return list(session.scalars(select(User).order_by(User.name)))


# --- logins ---


def pause(session: Session, name: str, address: str, now: datetime) -> timedelta:
    """For how long a try under this name from this address is not looked at: grows with each failure."""
    longest = timedelta(0)
    for whom, free in ((f"user:{name[:48]}", FREE_TRIES), (f"address:{address}", FREE_TRIES_ADDRESS)):
        attempt = session.get(Attempt, whom)
        if attempt is not None and attempt.fails >= free:
            wait = min(LONGEST_PAUSE, timedelta(seconds=2 ** min(attempt.fails - free, 20)))
            longest = max(longest, attempt.last_at + wait - now)
    return longest


def check_password(session: Session, name: str, password: str) -> bool:
    """Slow by intent: call it outside of writing transactions."""
    user = session.get(User, name)
    usable = user is not None and user.active and user.password is not None
    try:
        _hasher.verify(user.password if usable and user and user.password else _nobody(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return usable


def log_in(session: Session, name: str, right: bool, address: str, now: datetime) -> Entry:
    """Counts the try, and opens a login if the password was right.

    Raises:
        LoginRefused: the caller must still commit, for the try to count.
    """
    wait = pause(session, name, address, now)
    if wait > timedelta(0):
        raise LoginRefused(wait)
    whoms = [f"user:{name[:48]}", f"address:{address}"]
    if not right:
        for whom in whoms:
            attempt = session.get(Attempt, whom)
            if attempt is None:
                session.add(Attempt(whom=whom, fails=1, last_at=now))
            else:
                attempt.fails, attempt.last_at = attempt.fails + 1, now
        audit.record(session, Who(name[:48], "", address), "login_failed", now)
        raise LoginRefused
    session.execute(delete(Attempt).where(Attempt.whom == whoms[0]))
    return open_login(session, _user(session, name), address, now)


def open_login(session: Session, user: User, address: str, now: datetime) -> Entry:
    """A login for somebody who has shown who they are."""
    session.execute(delete(Login).where(Login.expires < now))
    entry = Entry(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    session.add(
        Login(
            token_hash=hashed(entry.cookie), user_name=user.name, csrf=entry.csrf, made_at=now, used_at=now,
            expires=now + LOGIN_LIFE,
        )
    )  # fmt: skip
    audit.record(session, Who(user.name, user.role, address), "login", now)
    return entry


def login(session: Session, cookie: str, now: datetime) -> Login | None:
    """The login of this cookie, if it still stands."""
    found = session.get(Login, hashed(cookie), options=[joinedload(Login.user)])
    if found is None or now >= found.expires or now - found.used_at >= LOGIN_IDLE or not found.user.active:
        return None
    return found


def used(session: Session, cookie: str, now: datetime) -> None:
    """The login is in use, so its idle time starts again."""
    found = session.get(Login, hashed(cookie))
    if found is not None:
        found.used_at = now


def log_out(session: Session, cookie: str, who: Who, now: datetime) -> None:
    """Ends one login."""
    session.execute(delete(Login).where(Login.token_hash == hashed(cookie)))
    audit.record(session, who, "logout", now)


def set_language(session: Session, name: str, lang: str) -> None:
    """In which language somebody reads their pages."""
    _user(session, name).lang = lang


# --- programs ---


def add_token(session: Session, label: str, role: str, days: int, who: Who, now: datetime) -> tuple[Token, str]:
    """A key for a program. The secret is shown once and not kept."""
    secret = "dolbom_" + secrets.token_urlsafe(32)
    token = Token(
        token_hash=hashed(secret), label=label, role=role, made_by=who.name, made_at=now,
        expires=now + timedelta(days=days), revoked=False,
    )  # fmt: skip
    session.add(token)
    session.flush()
    audit.record(session, who, "add_token", now, f"{token.id} {label}", role)
    return token, secret


def token(session: Session, secret: str, now: datetime) -> Token | None:
    """The token of this secret, if it still stands."""
    found = session.scalar(select(Token).where(Token.token_hash == hashed(secret)))
    return found if found is not None and not found.revoked and now < found.expires else None


def tokens(session: Session) -> list[Token]:
    """All tokens, newest first; never their secrets."""
    return list(session.scalars(select(Token).order_by(Token.id.desc())))


def revoke_token(session: Session, id: int, who: Who, now: datetime) -> bool:
    """Ends a token. False if there is none."""
    found = session.get(Token, id)
    if found is None:
        return False
    found.revoked = True
    audit.record(session, who, "revoke_token", now, f"{id} {found.label}")
    return True
