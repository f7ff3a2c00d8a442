"""What the robot says around a game or an exercise, varied lest it sound like a machine, from `locale/<lang>`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

from dolbom.dialog.letters import words_of
from dolbom.i18n import catalogue, phrase, with_particles


class Wording:
    """Chooses among phrases of one meaning; the same seed says the same, and nothing twice in a row.

    Args:
        lang: "ko" or "en".
        rng: chooses.
        domain: of the phrases.
    """

    def __init__(self, lang: str, rng: Random, domain: str = "games") -> None:
        self.lang, self._domain = lang, domain
        self._rng = rng
        self._last: dict[str, str] = {}

    def say(self, key: str, **values: object) -> str:
        """One of the phrases under a key, filled."""
        found = self._under(key)
        if isinstance(found, str):
            return _begun(phrase(self.lang, f"{self._domain}.{key}", **values), found)
        chosen = self._rng.choice([one for one in found if one != self._last.get(key)] or list(found))
        self._last[key] = chosen
        text = chosen.format(**values)
        return with_particles(text) if self.lang == "ko" else _begun(text, chosen)

    def fill(self, text: str, **values: object) -> str:
        """A text of the items with its placeholders and particles filled."""
        filled = text.format(**values) if values else text
        return with_particles(filled) if self.lang == "ko" else filled

    def listed(self, words: Sequence[str]) -> str:
        """Words as they are said one after the other."""
        return ", ".join(words)

    def _under(self, key: str) -> str | list[str]:
        node: object = catalogue(self.lang, self._domain)
        for step in key.split("."):
            node = node[step] if isinstance(node, dict) else ""
        if isinstance(node, list):
            return [str(one) for one in node]
        return str(node)


def _begun(text: str, phrase: str) -> str:
    """A phrase that is a sentence with a capital, whatever word it was filled with: "A scone costs 2 pounds."."""
    return text[:1].upper() + text[1:] if phrase.endswith((".", "!", "?", "…")) else text


def name_of(game: str, lang: str) -> str:
    """What a game is called."""
    return phrase(lang, f"games.names.{game}")


def named_game(text: str, lang: str) -> str:
    """The game that words name; "" if they name none."""
    said = ("" if lang == "ko" else " ").join(words_of(text))
    ways: Mapping[str, list[str]] = catalogue(lang, "games")["called"]
    return next((game for game, names in ways.items() if any(re.search(name, said) for name in names)), "")
