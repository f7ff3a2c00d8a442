"""The notice of the day: told once to whoever is seen while it stands, and again when somebody asks for the weather."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from dolbom.companion.activity import Activity, Decisions, Priority
from dolbom.companion.decisions import Decision, Finish, Say
from dolbom.companion.observations import Answered, Moment, Observation, Seen
from dolbom.companion.replies import Reply, Turn, reply_to
from dolbom.errors import UserError
from dolbom.i18n import phrase
from dolbom.platform import standing
from dolbom.platform.messages import Notice
from dolbom.store.base import Store

Standing = Callable[[datetime], Notice | None]
LOOK_S = 30.0


def of_home(store: Store) -> Standing:
    """The notice that the bridge wrote into the home's database; none while that cannot be read."""

    def find(now: datetime) -> Notice | None:
        try:
            return standing.notice(store, now)
        except UserError:
            return None

    return find


def _said(notice: Notice, lang: str) -> tuple[str, str]:
    """Words and their language: the home's if the district wrote them in it."""
    found = "ko" if lang == "ko" else "en"
    if found not in notice.texts:
        found = next(iter(notice.texts))
    return notice.texts[found], found


class Telling(Activity):
    """Tells it to one person."""

    needs_company = True

    def __init__(self, notice: Notice, person: str, lang: str) -> None:
        self.priority = Priority.IDLE
        self.person = person
        self.name = f"notice {notice.notice_id} {person}"
        text, self._lang = _said(notice, lang)
        self._text = phrase(self._lang, "notice.tell", text=text)

    def start(self, at: Moment) -> Decisions:  # noqa: ARG002
        return [Say(self._text, person=self.person, lang=self._lang), Finish()]

    def answered(self, answered: Answered) -> Decisions:  # noqa: ARG002
        return [Finish()]


class Notices:
    """A source of tellings: each notice once to each person. A restart forgets to whom it was told.

    Args:
        find: the notice that stands.
        lang: of the home.
    """

    def __init__(self, find: Standing, lang: str) -> None:
        self._find = find
        self._lang = lang
        self._told: set[str] = set()
        self._looked: dict[str, float] = {}

    def __call__(self, observation: Observation) -> Activity | None:
        if not isinstance(observation, Seen):
            return None
        at, person = observation.at, observation.person
        if at.now - self._looked.get(person, -1e9) < LOOK_S:
            return None
        self._looked[person] = at.now
        notice = self._find(at.civil)
        if notice is None:
            self._told.clear()
            return None
        telling = Telling(notice, person, self._lang)
        if telling.name in self._told:
            return None
        self._told.add(telling.name)
        return telling


def weather(find: Standing, lang: str) -> Reply:
    """Answers "how is the weather" with the notice that stands, else as before."""

    def reply(turn: Turn) -> Sequence[Decision]:
        notice = find(turn.at.civil)
        if notice is None:
            return reply_to(turn)
        text, spoken = _said(notice, lang)
        return [Say(phrase(spoken, "notice.tell", text=text), lang=spoken)]

    return reply
