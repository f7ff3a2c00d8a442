"""What somebody can mend, said to people in their language and to programs in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from dolbom.errors import UserError
from dolbom.i18n import phrase


@runtime_checkable
class Tells(Protocol):
    """What can be said in a language: a trouble, a wrong field, a note."""

    def told(self, lang: str) -> str:
        """The words in a language."""
        ...


class TroubleError(UserError):
    """Something that a person can mend.

    Args:
        key: of its phrase, with the file: as ``enrolment.trouble.name_taken``.
        cure: what a terminal adds, in English; a page has its own way to the cure.
        values: fill the phrase; what can be told itself is told in the same language.
    """

    def __init__(self, key: str, cure: str = "", **values: object) -> None:
        self._key, self._values = key, values
        super().__init__(self.told("en"), cure)

    def told(self, lang: str) -> str:
        """The phrase in a language."""
        return told(lang, self._key, self._values)


def told(lang: str, key: str, values: Mapping[str, object]) -> str:
    """A phrase whose values are told in the same language, where they can be."""
    shown = {name: one.told(lang) if isinstance(one, Tells) else one for name, one in values.items()}
    return phrase(lang, key, **shown)


def in_language(error: UserError, lang: str) -> str:
    """What an error says to a person: in their language if it can, else in English with its cure."""
    return error.told(lang) if isinstance(error, TroubleError) else str(error)
