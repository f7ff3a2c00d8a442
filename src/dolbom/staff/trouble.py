"""What somebody can mend, said on a page in the reader's language and to programs in English."""

from __future__ import annotations

from dolbom.errors import UserError
from dolbom.i18n import phrase


class TroubleError(UserError):
    """Something that a member of staff can mend.

    Args:
        key: of its phrase, with the file: as ``enrolment.trouble.name_taken``.
        values: fill the phrase.
    """

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(phrase("en", key, **values))
        self._key, self._values = key, values

    def told(self, lang: str) -> str:
        """The phrase in a language."""
        return phrase(lang, self._key, **self._values)
