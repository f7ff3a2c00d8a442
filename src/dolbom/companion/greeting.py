"""Speaking first: good morning at the first sight of the day, and welcome after a long absence, never twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

from dolbom.companion.activity import Activity, Decisions, Priority
from dolbom.companion.decisions import Finish, Say
from dolbom.companion.observations import Answered, Moment, Observation, Seen
from dolbom.i18n import phrase


class Greeting(Activity):
    """Greets one person.

    Args:
        person: whom.
        text: what is said.
        talked: behaviour time at which somebody last answered the robot.
    """

    needs_company = True

    def __init__(self, person: str, text: str, at: Moment, talked: Callable[[], float]) -> None:
        self.priority = Priority.IDLE
        self.person, self._text = person, text
        self._since, self._talked = at.now, talked
        self.name = f"greeting {person}"

    def start(self, at: Moment) -> Decisions:  # noqa: ARG002
        if self._talked() > self._since:
            return [Finish()]  # a good morning after a talk would sound as if that had not been
        return [Say(self._text, person=self.person), Finish()]

    def answered(self, answered: Answered) -> Decisions:  # noqa: ARG002
        return [Finish()]


class Greetings:
    """A source of greetings.

    Args:
        address: how somebody is addressed.
        lang: of the home.
        morning: from when until when the first sight of the day is greeted with "good morning", as HH:MM.
        absence_h: unseen for longer, somebody is welcomed again, hours.
    """

    def __init__(self, address: Callable[[str], str], lang: str, morning: tuple[str, str], absence_h: float) -> None:
        self._address, self._lang, self._absence_s = address, lang, absence_h * 3600
        self._from, self._until = time.fromisoformat(morning[0]), time.fromisoformat(morning[1])
        self._last: dict[str, Moment] = {}
        self._greeted: dict[str, date] = {}
        self._talked = -1e9

    def __call__(self, observation: Observation) -> Activity | None:
        """A greeting, if this is somebody's first sight of the morning or after a long time."""
        if isinstance(observation, Answered) and observation.heard:
            self._talked = observation.at.now
        if not isinstance(observation, Seen):
            return None
        at, person = observation.at, observation.person
        before, self._last[person] = self._last.get(person), at
        today = at.civil.date()
        if self._from <= at.civil.time() < self._until and self._greeted.get(person) != today:
            self._greeted[person] = today
            return self._greet(person, "morning", at)
        # The first sight after a start says nothing about an absence.
        if before is not None and at.now - before.now >= self._absence_s:
            return self._greet(person, "back", at)
        return None

    def _greet(self, person: str, how: str, at: Moment) -> Greeting:
        text = phrase(self._lang, f"companion.greet.{how}", address=self._address(person))
        return Greeting(person, text, at, lambda: self._talked)
