"""A reminder: told, asked after, and settled; interrupted, it is told again, and none is lost."""

from __future__ import annotations

from dolbom.companion.activity import Activity, Decisions, Priority, Why
from dolbom.companion.decisions import Approach, Ask, Decision, Finish, ReminderStage, Say, SettleReminder, Unhandled
from dolbom.companion.observations import Answered, Moment, Outcome, ReminderDue, Spoken
from dolbom.companion.talk import Words
from dolbom.dialog.intents import Context, Understood
from dolbom.i18n import phrase

TIMES = 2
"""How often its question is asked."""


class Reminder(Activity):
    """Tells and asks what a `ReminderDue` says.

    Its answers are meanings (yes, no, fine …), which settle it at once, or names of intents (medicine_taken, later …),
    which are understood in whatever words and settle it after "…라고 하셨어요?" and a yes.

    Args:
        due: what is due.
        lang: of the home.
        words: for understanding.
    """

    needs_company = True

    def __init__(self, due: ReminderDue, lang: str, words: Words) -> None:
        self.due = due
        self.name = f"reminder {due.goal}"
        self.person = due.person
        self.topic = "medicine" if due.kind == "medicine" else "meal" if due.kind == "meal" else ""
        # Medicine goes before everything else that is due.
        self.priority = Priority.MEDICINE if due.kind == "medicine" else Priority.APPOINTMENT
        self._lang, self._words = lang, words
        self._asked = 0
        self._aside = self._sings = False
        self._meant: Understood | None = None

    def start(self, at: Moment) -> Decisions:  # noqa: ARG002
        due = self.due
        comes: list[Decision] = [Approach(due.person, due.kind)] if due.come else []
        if not due.song:
            return [*comes, *self._tell(due.text)]
        self._sings = True
        song = Say(phrase(self._lang, "companion.reminder.song"), due.person, urgency=due.urgency, sound=due.song)
        return [*comes, ReminderStage(due.goal, "telling"), song]

    def resume(self, at: Moment) -> Decisions:  # noqa: ARG002
        aside, self._aside, self._sings = self._aside, False, False
        if aside:
            return self._ask()
        return self._tell(phrase(self._lang, "companion.reminder.again", text=self.due.text))

    def spoken(self, spoken: Spoken) -> Decisions:  # noqa: ARG002
        if self._sings:
            self._sings = False
            return self._tell(self.due.text)
        if not self.due.question:
            return [SettleReminder(self.due.goal, Outcome.ANSWERED, told=True), Finish()]
        return [ReminderStage(self.due.goal, "asking"), *self._ask()]

    def answered(self, answered: Answered) -> Decisions:
        meant, self._meant = self._meant, None
        if meant is not None:
            if answered.answer == "yes":
                return self._settle(Outcome.ANSWERED, meant.intent, meant.text)
            # What was said stays unclear: it is never guessed.
            return self._again(Outcome.UNCLEAR, "", f"{meant.text} {answered.heard}".strip())
        if answered.outcome is Outcome.UNCLEAR:
            return self._understand(answered)
        if answered.outcome is Outcome.SILENCE:
            return self._again(answered.outcome, answered.answer, answered.heard)
        return self._settle(answered.outcome, answered.answer, answered.heard)

    def stop(self, at: Moment, why: Why) -> Decisions:  # noqa: ARG002
        if why is Why.PREEMPTED:
            self._meant = None
            return [ReminderStage(self.due.goal, "waiting")]
        # "Stop" is no answer: whoever wanted the reminder decides when it is told again.
        answer = "stop" if why is Why.STOP_WORD else ""
        return [SettleReminder(self.due.goal, Outcome.INTERRUPTED, answer), Finish()]

    def _understand(self, answered: Answered) -> Decisions:
        named = tuple(answer for answer in self.due.answers if answer in self._words.understanding.intents(self._lang))
        context = Context(named, self.topic, addressed=True)
        meant = self._words.understanding.of(answered.heard, self._lang, context)
        if meant.intent in self.due.answers and meant.band in ("act", "confirm"):
            self._meant = meant
            question = self._words.understanding.confirmation(meant)
            return [Ask(question, ("yes", "no"), person=self.person, urgency=self.due.urgency)]
        own = self.topic and meant.intent.startswith(self.topic)
        if meant.band in ("act", "confirm") and meant.intent not in ("yes", "no") and not own:
            # Something else altogether: it is answered first.
            self._aside = self._asked < TIMES
            settled = [] if self._aside else self._settle(answered.outcome, "", answered.heard)
            return [*settled, Unhandled(answered.heard)]
        return self._again(answered.outcome, answered.answer, answered.heard)

    def _again(self, outcome: Outcome, answer: str, heard: str) -> Decisions:
        return self._ask() if self._asked < TIMES else self._settle(outcome, answer, heard)

    @property
    def _picture(self) -> str:
        # The shipped pictures are named like the kinds; a name without a picture shows none.
        return self.due.picture or self.due.kind

    def _ask(self) -> Decisions:
        due = self.due
        self._asked += 1
        limit = due.time_limit_s or None
        return [Ask(due.question, due.answers, None, (), due.person, self._picture, limit, due.urgency)]

    def _tell(self, text: str) -> list[Decision]:
        due = self.due
        telling = Say(text, due.person, self._picture, due.urgency, sound=due.recording)
        return [ReminderStage(due.goal, "telling"), telling]

    def _settle(self, outcome: Outcome, answer: str, heard: str) -> list[Decision]:
        settled: list[Decision] = [SettleReminder(self.due.goal, outcome, answer, heard)]
        if outcome is Outcome.ANSWERED:
            thanks = phrase(self._lang, "companion.reminder.thanks")
            settled.append(Say(thanks, person=self.due.person, urgency=self.due.urgency))
        return [*settled, Finish()]
