"""What the robot says of a routine, what may be answered to it, and what the answers mean."""

from __future__ import annotations

from typing import Literal

from dolbom.i18n import phrase
from dolbom.routines.due import Due, How
from dolbom.routines.routine import Kind, Routine

Meaning = Literal["done", "not_yet", "later", "refused", "unsure", "unclear"]

# Meanings and intents (locale/*/intents) that may be the answer, and what each says of it.
_MEANINGS: dict[str, dict[str, Meaning]] = {
    "medicine": {
        "medicine_taken": "done",
        "medicine_not_taken": "not_yet",
        "medicine_will_take": "not_yet",
        "medicine_refused": "refused",
        "medicine_unsure": "unsure",
        "later": "later",
        "yes": "done",
        "no": "not_yet",
    },
    "meal": {"meal_eaten": "done", "meal_not_eaten": "not_yet", "later": "later", "yes": "done", "no": "not_yet"},
    "": {"yes": "done", "no": "not_yet", "later": "later"},
}


def answers(kind: Kind) -> tuple[str, ...]:
    """What settles the question of a kind."""
    return tuple(_MEANINGS.get(kind, _MEANINGS[""]))


def meaning(kind: Kind, answer: str) -> Meaning:
    """What an answer says of what was due; what is none of the known ones is unclear."""
    return _MEANINGS.get(kind, _MEANINGS[""]).get(answer, "unclear")


def text(routine: Routine, due: Due, how: How, address: str, lang: str) -> str:
    """What is said first.

    Who may have done it already is not told that it is time for it.
    """
    key = "check" if due.asks_first else "snoozed" if how == "snooze" else "first" if not due.prompts else "again"
    if key == "first" and routine.say is not None:
        return routine.say
    said = phrase(lang, f"routines.{routine.kind}.{key}", address=address, title=routine.title)
    if key == "first" and routine.medicine is not None and routine.medicine.dose:
        said = f"{said} {phrase(lang, 'routines.medicine.dose', dose=routine.medicine.dose)}"
    return said


def question(routine: Routine, lang: str) -> str:
    """What is asked then; empty for what is only told."""
    return phrase(lang, f"routines.{routine.kind}.question", title=routine.title)
