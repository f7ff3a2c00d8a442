"""One thing that a game asks: an item with its first difficulty, and the shared reading of item files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dolbom.errors import UserError
from dolbom.i18n import LOCALE

Domain = Literal["orientation", "memory", "language", "numbers", "attention", "everyday"]
DOMAINS: tuple[Domain, ...] = ("orientation", "memory", "language", "numbers", "attention", "everyday")
LEVELS = range(1, 6)
LEVEL_STEP = 1.2
"""Between two levels of first difficulty, logits."""
ANY = "*"
"""The answer of a question that whatever is said answers."""
OWN = "=own"
"""The answer of a question that only the person's own answer, written down with consent, answers."""


class Item(BaseModel):
    """What is asked in one round.

    Attributes:
        id: names it in its game and language; what is learnt of its difficulty is kept under it.
        level: first difficulty, 1 easy to 5 hard.
        ask: the question, or what the round is made of.
        answers: what answers it; the first is the one that the robot says. `=name` is filled on the day.
        choices: what may be offered beside the answer.
        picture: name of the picture that belongs to it.
        riddle: said with a picture, so that it can be played without a screen; with a tune, said to help along.
        tune: name of the tune that sounds before it is asked.
        parts: what a game with more than a question is made of: words, steps, sums.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=120)
    level: int = Field(ge=1, le=5)
    ask: str = ""
    answers: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    picture: str = ""
    riddle: str = ""
    tune: str = ""
    parts: tuple[str, ...] = ()

    @property
    def first_difficulty(self) -> float:
        """Where it stands before anybody has played it, logits: 0 is found by half of those of ability 0."""
        return (self.level - 3) * LEVEL_STEP


def entries(game: str, lang: str, folder: Path = LOCALE) -> Iterator[tuple[int, Any, Any]]:
    """Every entry of an item file as (level, key, value); of a list, the key is the entry and the value None.

    Raises:
        UserError: naming the file, if it is missing or is not levels 1 to 5 of entries.
    """
    for level, held in levels(game, lang, folder).items():
        if isinstance(held, Mapping):
            yield from ((level, key, value) for key, value in held.items())
        elif isinstance(held, list):
            yield from ((level, one, None) for one in held)
        else:
            raise UserError(f"{path(game, lang, folder)}: level {level} holds no items")


def levels(game: str, lang: str, folder: Path = LOCALE) -> dict[int, Any]:
    """The item file by level; as `entries`."""
    found = raw(game, lang, folder)
    wrong = [key for key in found if key not in LEVELS]
    if wrong:
        raise UserError(f"{path(game, lang, folder)}: {wrong[0]!r} is no level", "levels are 1 (easy) to 5 (hard)")
    return found


def raw(game: str, lang: str, folder: Path = LOCALE) -> dict[Any, Any]:
    """The item file as it is written."""
    file = path(game, lang, folder)
    try:
        found = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{file} is missing", f"every game needs items in {lang}") from None
    except YAMLError as error:
        raise UserError(f"{file} is no YAML: {error}") from None
    if not isinstance(found, dict):
        raise UserError(f"{file} is no item file", "it maps levels to items")
    return found


def path(game: str, lang: str, folder: Path = LOCALE) -> Path:
    """Where the items of a game are."""
    return folder / lang / "games" / f"{game}.yaml"


def split(text: object, sign: str = "|") -> tuple[str, ...]:
    """The parts of a line of data, without the spaces around them."""
    return tuple(part.strip() for part in re.split(rf"\s*{re.escape(sign)}\s*", str(text).strip()) if part.strip())
