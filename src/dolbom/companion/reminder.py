"""A reminder: told, asked after, and settled; interrupted, it is told again, and none is lost."""

from __future__ import annotations

from dolbom.companion.activity import Activity, Decisions, Priority, Why
from dolbom.companion.decisions import Ask, Decision, Finish, ReminderStage, Say, SettleReminder
from dolbom.companion.observations import Answered, Moment, Outcome, ReminderDue, Spoken
from dolbom.i18n import phrase


class Reminder(Activity):
    """Tells and asks what a `ReminderDue` says.

    Args:
        due: what is due.
        lang: of the home.
    """

    needs_company = True

    def __init__(self, due: ReminderDue, lang: str) -> None:
        self.due = due
        self.name = f"reminder {due.goal}"
        self.person = due.person
        self.topic = "medicine" if due.kind == "medicine" else ""
        self._lang = lang
        # Medicine goes before everything else that is due.
        self.priority = Priority.MEDICINE if due.kind == "medicine" else Priority.APPOINTMENT

    def start(self, at: Moment) -> Decisions:  # noqa: ARG002
        return self._tell(self.due.text)

    def resume(self, at: Moment) -> Decisions:  # noqa: ARG002
        return self._tell(phrase(self._lang, "companion.reminder.again", text=self.due.text))

    def spoken(self, spoken: Spoken) -> Decisions:  # noqa: ARG002
        due = self.due
        if not due.question:
            return [SettleReminder(due.goal, Outcome.ANSWERED, told=True), Finish()]
        limit = due.time_limit_s or None
        ask = Ask(
            due.question,
            answers=due.answers,
            again=(due.question,),
            person=due.person,
            picture=due.picture,
            time_limit_s=limit,
            urgency=due.urgency,
        )
        return [ReminderStage(due.goal, "asking"), ask]

    def answered(self, answered: Answered) -> Decisions:
        return [
            SettleReminder(self.due.goal, answered.outcome, answered.answer, answered.heard),
            *self._thanks(answered),
            Finish(),
        ]

    def stop(self, at: Moment, why: Why) -> Decisions:  # noqa: ARG002
        if why is Why.PREEMPTED:
            return [ReminderStage(self.due.goal, "waiting")]
        # "Stop" is no answer: whoever wanted the reminder decides when it is told again.
        answer = "stop" if why is Why.STOP_WORD else ""
        return [SettleReminder(self.due.goal, Outcome.INTERRUPTED, answer), Finish()]

    def _tell(self, text: str) -> list[Decision]:
        due = self.due
        telling = Say(text, person=due.person, picture=due.picture, urgency=due.urgency)
        return [ReminderStage(due.goal, "telling"), telling]

    def _thanks(self, answered: Answered) -> list[Decision]:
        if answered.outcome is not Outcome.ANSWERED:
            return []
        return [Say(phrase(self._lang, "companion.reminder.thanks"), person=self.due.person, urgency=self.due.urgency)]
