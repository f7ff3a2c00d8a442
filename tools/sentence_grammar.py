"""Sentences made by a grammar: a text file of rules, and families of sentences that use them.

`= name` begins a rule and `= !name` a family; each line below is one alternative. In a line `<name>` is one of the
alternatives of that rule, `(a|b)` one of these, `[a]` that or nothing (nothing more often). `#` begins a remark.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

PRESENT = 0.4
"""How often what may be left out is there."""
_PART = re.compile(r"<[^<>]+>|[\[\]()|]|[^<>\[\]()|]+")
_LINKED = {"ㄴ": (4, "은"), "ㄹ": (8, "을")}


def read(file: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The rules and the families of a file, by name."""
    rules: dict[str, list[str]] = {}
    families: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("= !"):
            lines = families.setdefault(line[3:], [])
        elif line.startswith("= "):
            lines = rules.setdefault(line[2:], [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return rules, families


def sentences(file: Path, number: int, chance: random.Random) -> list[str]:
    """About so many different sentences, as many of each family.

    Args:
        file: the grammar.
        number: of all families together; a small family gives fewer.
        chance: decides which; the same seed gives the same sentences.
    """
    rules, families = read(file)
    each = number // len(families)
    made: list[str] = []
    for lines in families.values():
        own = dict.fromkeys(_said(lines[turn % len(lines)], rules, chance) for turn in range(2 * each))
        made += list(own)[:each]
    return made


def _said(line: str, rules: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    parts = _PART.findall(line)
    said = _filled(parts, rules, chance)
    # An ending that begins with a final consonant goes into the syllable before, if there is room.
    return re.sub(r" +", " ", re.sub(r"([가-힣])([ㄴㄹ])", _linked, said)).strip()


def _filled(parts: list[str], rules: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    """Takes the parts up to the bracket that closes, and says one of its alternatives."""
    alternatives = [""]
    while parts:
        part = parts.pop(0)
        if part in ("]", ")"):
            break
        if part == "|":
            alternatives.append("")
        elif part in ("[", "("):
            inner = _filled(parts, rules, chance)
            alternatives[-1] += inner if part == "(" or chance.random() < PRESENT else ""
        elif part.startswith("<"):
            alternatives[-1] += _said(chance.choice(rules[part[1:-1]]), rules, chance)
        else:
            alternatives[-1] += part
    return chance.choice(alternatives)


def _linked(match: re.Match[str]) -> str:
    room, apart = _LINKED[match[2]]
    return chr(ord(match[1]) + room) if (ord(match[1]) - 0xAC00) % 28 == 0 else match[1] + apart
