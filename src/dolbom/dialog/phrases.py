"""Intents and their phrases, read from `<folder>/<lang>/intents/*.yaml` and checked, with file and line on error.

A home adds its own folder: a new name there is a new intent, a known name gets more phrases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from dolbom.dialog.letters import fold, sounds
from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES, LOCALE

_MACRO = re.compile(r"(?<!\?P)<([^<>=!]+)>")
_LOOKAROUND = re.compile(r"\(\?<?[=!][^()]*(?:\([^()]*\)[^()]*)*\)")
_NOT_SIGNS = {"ko": ("안깨", "지않고", "<안>", "(안", "|안", "없", "못", "마|말"), "en": ("n't", "not", "no ")}
_SHARED = ("words", "slots")
"""Files beside the intents: words that patterns share, and the values of slots."""


class IntentSpec(BaseModel):
    """One intent as it stands in a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    confirm: str = Field("", description="The question that asks whether it was meant; {slot|otherwise} is filled.")
    highest: Literal["act", "confirm"] = Field("act", description="The most that may happen without asking.")
    topic: str = Field("", description="What it is about; `short` phrases count while this is talked about.")
    negated: str = Field("", description="The intent that the same words with a 'not' have.")
    opposite: str = Field("", description="The intent that the same words without the 'not' have.")
    lexical: str = Field("", description="Its opposite by another word, as on and off.")
    anyone: bool = Field(False, description="Also when the words are about somebody else.")
    told: bool = Field(False, description="Acted on only if said to the robot or as an answer; else asked about.")
    whole: bool = Field(False, description="Only if the words say little else.")
    slots: tuple[str, ...] = Field((), description="Values to look for.")
    patterns: tuple[str, ...] = Field((), description="Regular expressions; named groups become slots.")
    short: tuple[str, ...] = Field((), description="As patterns, but only while the topic is talked about.")
    requires: tuple[str, ...] = Field((), description="One of these must be found.")
    forbids: tuple[str, ...] = Field((), description="None of these may be found.")
    examples: tuple[str, ...] = Field((), description="What people say, one by one.")
    cores: tuple[str, ...] = Field((), description="If one of these is in the words, however misheard, it is asked.")
    cores_unless: tuple[str, ...] = Field((), description="Words that only sound like a core.")


class TopicWords(BaseModel):
    """How words too short to say what they are about are read while a topic is talked about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: str = Field(description="The words with what they are about, as '약 {}'.")
    unless: tuple[str, ...] = Field((), description="Words that are about something of their own.")


class Words(BaseModel):
    """What the patterns of a language share (`words.yaml`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    macros: dict[str, str] = {}
    fillers: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    negation: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    future: tuple[str, ...] = ()
    topics: dict[str, TopicWords] = {}


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern; `says_not` if it names the "not" itself, `alike` for letters that are only alike, `anywhere`
    if it counts also in the middle of a long story."""

    regex: re.Pattern[str]
    says_not: bool
    alike: re.Pattern[str] | None
    anywhere: bool = False


@dataclass
class Intent:
    """An intent ready to be matched."""

    name: str
    spec: IntentSpec
    patterns: list[Pattern] = field(default_factory=list)
    short: list[Pattern] = field(default_factory=list)
    requires: list[re.Pattern[str]] = field(default_factory=list)
    forbids: list[re.Pattern[str]] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    cores: list[str] = field(default_factory=list)
    cores_unless: list[re.Pattern[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Language:
    """All that is known of one language."""

    lang: str
    intents: dict[str, Intent]
    fillers: re.Pattern[str]
    reported: re.Pattern[str]
    others: re.Pattern[str]
    negation: re.Pattern[str]
    past: re.Pattern[str]
    future: re.Pattern[str]
    slots: dict[str, dict[str, re.Pattern[str]]]
    topics: dict[str, tuple[str, re.Pattern[str]]]


def read_language(lang: str, homes: Sequence[Path] = ()) -> Language:
    """Reads the shipped intents of a language and those of the homes.

    Args:
        lang: "ko" or "en".
        homes: folders that hold `<lang>/*.yaml`, as `ko/our_words.yaml`.

    Raises:
        UserError: naming file and line, if a file is not what it should be or a home's folder is missing.
        ValueError: for a language that is not shipped.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"no language {lang!r}: there are {', '.join(LANGUAGES)}")
    for home in homes:
        if not home.is_dir():
            raise UserError(f"{home} is no folder of intents", f"make it, with {lang}/*.yaml inside")
    files = [file for folder in (LOCALE / lang / "intents", *(home / lang for home in homes))
             for file in sorted(folder.glob("*.yaml"))]  # fmt: skip
    words = _merged_words([file for file in files if file.stem == "words"])
    compiler = _Compiler(lang, words.macros)
    slots: dict[str, dict[str, re.Pattern[str]]] = {}
    for file in (file for file in files if file.stem == "slots"):
        for slot, values in _load(file).items():
            if not isinstance(values, dict):
                raise _error(file, (slot,), "must map values to a pattern each")
            for value, pattern in values.items():
                slots.setdefault(str(slot), {})[str(value)] = compiler.regex(str(pattern), file, (slot, value))
    intents: dict[str, Intent] = {}
    for file in (file for file in files if file.stem not in _SHARED):
        for name, spec in _specs(file):
            _add(intents, name, spec, file, compiler)
    _check(intents, files)

    def either(patterns: tuple[str, ...], folded: bool = True) -> re.Pattern[str]:
        joined = "|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)"
        return compiler.regex(joined, files[0], ()) if folded else re.compile(joined)

    return Language(
        lang,
        intents,
        fillers=either(words.fillers, folded=False),
        # Hearsay hangs on 대 against 데, others on 걔 against 계: folding makes them one.
        reported=either(words.reported, folded=False),
        others=either(words.others, folded=False),
        negation=either(words.negation),
        past=either(words.past),
        future=either(words.future),
        slots=slots,
        topics={topic: (one.says, either(one.unless)) for topic, one in words.topics.items()},
    )


@cache
def _compiled(source: str) -> re.Pattern[str]:
    """More patterns than `re` itself remembers: a second reading in a process, as in a test, costs little."""
    return re.compile(source)


class _Compiler:
    def __init__(self, lang: str, macros: dict[str, str]) -> None:
        self.lang = lang
        self.macros = macros

    def regex(self, pattern: str, file: Path, path: Sequence[Any], alike: bool = False) -> re.Pattern[str]:
        def macro(match: re.Match[str]) -> str:
            if match[1] not in self.macros:
                raise _error(file, path, f"<{match[1]}> is not among the macros of words.yaml")
            return f"(?:{expanded(self.macros[match[1]])})"

        def expanded(source: str) -> str:
            return _MACRO.sub(macro, source)

        try:
            return _compiled(fold(expanded(pattern), self.lang, alike))
        except re.error as error:
            raise _error(file, path, f"{pattern!r} is no regular expression: {error}") from None

    def pattern(self, pattern: str, anywhere: bool, file: Path, path: Sequence[Any]) -> Pattern:
        bare = _LOOKAROUND.sub("", pattern)
        # A pattern of a positive intent that itself says "not" (안 깨고 잤어) is not turned round by that "not".
        says_not = any(sign in bare for sign in _NOT_SIGNS[self.lang])
        # What is caught word for word (a song, a fact) must not come from letters that are only alike.
        near = self.lang == "ko" and not re.search(r"\(\?P<(?!kind_)", pattern)
        alike = self.regex(pattern, file, path, alike=True) if near else None
        return Pattern(self.regex(pattern, file, path), says_not, alike, anywhere)


def _add(intents: dict[str, Intent], name: str, spec: IntentSpec, file: Path, compiler: _Compiler) -> None:
    intent = intents.get(name)
    if intent is None:
        intent = intents[name] = Intent(name, spec)
    else:
        # A home's file adds phrases; of the rest it changes only what it states.
        intent.spec = intent.spec.model_copy(update={key: getattr(spec, key) for key in spec.model_fields_set})
    anywhere = name in ("emergency", "none")
    for kind in ("patterns", "short"):
        for at, source in enumerate(getattr(spec, kind)):
            getattr(intent, kind).append(compiler.pattern(source, anywhere, file, (name, kind, at)))
    for kind in ("requires", "forbids", "cores_unless"):
        for at, source in enumerate(getattr(spec, kind)):
            getattr(intent, kind).append(compiler.regex(source, file, (name, kind, at)))
    intent.examples.extend(spec.examples)
    intent.cores.extend(sounds(core, compiler.lang) for core in spec.cores)


def _check(intents: dict[str, Intent], files: Sequence[Path]) -> None:
    for name, intent in intents.items():
        for link in ("negated", "opposite", "lexical"):
            target = getattr(intent.spec, link)
            if target and target not in intents:
                file = next(f for f in reversed(files) if name in _load(f))
                raise _error(file, (name, link), f"there is no intent {target!r}")


def _specs(file: Path) -> Iterator[tuple[str, IntentSpec]]:
    for name, content in _load(file).items():
        try:
            yield str(name), IntentSpec.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in (name, *first["loc"]))
            raise _error(file, (name, *first["loc"]), f"{where}: {first['msg']}") from None


def _merged_words(files: Sequence[Path]) -> Words:
    merged: dict[str, Any] = {"macros": {}, "topics": {}}
    for file in files:
        try:
            words = Words.model_validate(_load(file))
        except ValidationError as error:
            first = error.errors()[0]
            raise _error(file, first["loc"], f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        merged["macros"] |= words.macros
        merged["topics"] |= words.topics
        for key in set(Words.model_fields) - {"macros", "topics"}:
            merged[key] = (*merged.get(key, ()), *getattr(words, key))
    return Words.model_validate(merged)


def _load(file: Path) -> Any:
    return _shipped(file) if file.is_relative_to(LOCALE) else _read(file)


@cache
def _shipped(file: Path) -> Any:
    """What is shipped does not change while the robot runs; a home's files may."""
    return _read(file)


def _read(file: Path, kind: str = "safe") -> Any:
    try:
        loaded = YAML(typ=kind).load(file.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{file}, line {line}: {error.problem or 'no YAML'}", "mend the line") from None
    except UnicodeDecodeError:
        raise UserError(f"{file} is not UTF-8 text", "save it as UTF-8") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise UserError(f"{file}, line 1: intents are names with phrases below", "see docs/voice.md")
    return loaded


def _error(file: Path, path: Sequence[Any], message: str) -> UserError:
    """The line is looked for only now: reading with lines is slow."""
    # Without a type: only ruamel's own dictionaries know their lines.
    node: Any = _read(file, "rt")
    line = 1
    for step in path:
        try:
            at = node.lc.key(step) if isinstance(node, CommentedMap) else node.lc.item(step)
            line, node = at[0] + 1, node[step]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return UserError(f"{file}, line {line}: {message}", "see docs/voice.md, “How to add an intent”")
