"""What people read and hear, in both languages."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any

import pytest

import dolbom
from dolbom import i18n
from dolbom.district.access import Role
from dolbom.events import kinds
from dolbom.runtime.nodes import NODES

DISTRICT, STAFF = (Path(dolbom.__file__).parent / part for part in ("district", "staff"))
DOMAINS = sorted({path.stem for path in i18n.LOCALE.glob("*/*.yaml")})


def leaves(node: Any, path: str = "") -> dict[str, Any]:
    if isinstance(node, dict):
        return {k: v for key, child in node.items() for k, v in leaves(child, f"{path}.{key}").items()}
    return {path: node}


def placeholders(text: Any) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name} if isinstance(text, str) else set()


@pytest.mark.parametrize("domain", DOMAINS)
def test_both_languages_have_the_same_phrases_with_the_same_placeholders(
    domain: str,
) -> None:
    korean, english = (leaves(i18n.catalogue(lang, domain)) for lang in i18n.LANGUAGES)
    assert korean.keys() == english.keys()
    assert {k: placeholders(v) for k, v in korean.items()} == {k: placeholders(v) for k, v in english.items()}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("어머니", "어머니가"),
        ("아들", "아들이"),
        ("5", "5가"),
        ("10", "10이"),
        ("R", "R이"),
        ("!", "!가"),
    ],
)
def test_a_korean_particle_follows_the_last_letter(word: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_domain", lambda lang, domain: {"who": "{name}이/가 왔어요"})
    assert i18n.phrase("ko", "test.who", name=word) == f"{said} 왔어요"


def test_a_phrase_is_never_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_domain", lambda lang, domain: {"a": {"b": "x"}})
    for key in ("test.no", "test.a", "test.a.b.c"):
        with pytest.raises(KeyError):
            i18n.phrase("en", key)


def test_a_language_that_is_not_shipped_is_refused() -> None:
    with pytest.raises(ValueError, match="ko, en"):
        i18n.catalogue("fr", "distress")


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_the_desk_has_words_for_every_kind_of_event_every_part_of_a_robot_and_everything_staff_do(lang: str) -> None:
    for kind in kinds():
        assert i18n.phrase(lang, f"desk.event.{kind}")
    for entry in NODES:
        assert i18n.phrase(lang, f"desk.part.{entry.name}")
    for role in Role:
        assert i18n.phrase(lang, f"desk.role.{role}")
    for command in ("ping", "say", "cancel"):
        assert i18n.phrase(lang, f"desk.act.{command}_robot")
    acts = recorded(DISTRICT)
    assert {"acknowledge_alarm", "close_alarm", "revoke_robot"} <= acts, acts
    for act in acts:
        assert i18n.phrase(lang, f"desk.act.{act}")
    acts = recorded(STAFF)
    assert {"login", "add_token", "change_user"} <= acts, acts
    for act in {*acts, "view"}:
        assert i18n.phrase(lang, f"staff.act.{act}")


def recorded(folder: Path) -> set[str]:
    """What the audit trail may say that somebody did."""
    sources = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py")]
    return {act for text in sources for act in re.findall(r'(?:audit\.record|_done)\([^"]*?"(\w+)"', text)}


def test_every_trouble_that_the_code_names_can_be_told() -> None:
    source = Path(dolbom.__file__).parent
    named = {
        key
        for path in source.rglob("*.py")
        for key in re.findall(r"(?:TroubleError|NoSuchUser)\(\s*\"([a-z_.]+)\"", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    for lang in i18n.LANGUAGES:
        known = {domain + key for domain in DOMAINS for key in leaves(i18n.catalogue(lang, domain))}
        assert named <= known
