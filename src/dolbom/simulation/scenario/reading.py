"""Reads scenario files: parts put together, parameters drawn by the seed, every mistake with file, line and column."""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from dolbom.errors import UserError
from dolbom.simulation.scenario.language import VERBS, Scenario, Step

JOINED = ("routines", "steps", "expect", "needs")
"""Lists of a used file that come before the own ones; tables are put together by key, the rest is replaced."""
_NAMED = re.compile(r"\$([a-z][a-z0-9_]*)")
Path_ = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Mark:
    """Where something stands; lines and columns from 1."""

    file: Path
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, and what to do about it."""

    mark: Mark
    message: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.mark}: {self.message}" + (f" — {self.cure}" if self.cure else "")


@dataclass
class Source:
    """What files say, put together, before anything is drawn.

    Attributes:
        tree: plain values.
        marks: where each of them stands, by its path.
        problems: what is wrong so far.
    """

    file: Path
    tree: dict[str, Any] = field(default_factory=dict)
    marks: dict[Path_, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def mark(self, path: Iterable[Any]) -> Mark:
        """Where a path stands; parts that stand nowhere (of models inside) are passed over."""
        at: Path_ = ()
        for part in path:
            if (*at, part) in self.marks:
                at = (*at, part)
        return self.marks.get(at, Mark(self.file))

    def wrong(self, path: Iterable[Any], message: str, cure: str = "") -> None:
        """Notes a problem."""
        self.problems.append(Problem(self.mark(path), message, cure))


def read(path: Path) -> Source:
    """What a file and all that it uses say.

    Raises:
        UserError: if the file is not there or cannot be read.
    """
    return _read(path, ())


def _read(path: Path, using: tuple[Path, ...]) -> Source:
    source = Source(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"no scenario {path}", "the shipped ones are in sim/scenarios") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        at = error.problem_mark
        said = " ".join(str(error.problem or error.context or "cannot be read").split())
        where = Mark(path, at.line + 1, at.column + 1) if at else Mark(path)
        source.problems.append(Problem(where, f"not YAML: {said}", "look at the indentation and the quotes"))
        return source
    if not isinstance(tree, Mapping):
        source.wrong((), "a scenario begins with names, as `title:`", "see docs/simulation.md")
        return source
    plain = _plain(tree, (), path, source.marks)
    assert isinstance(plain, dict)
    source.tree = plain
    return _with_used(source, (*using, path.resolve()))


def _plain(tree: Any, at: Path_, file: Path, marks: dict[Path_, Mark]) -> Any:
    """The bare value; where it and its parts stand goes into `marks`."""
    if isinstance(tree, Mapping):
        made: dict[str, Any] = {}
        for key in tree:
            line, column = _place(tree, key, marks.get(at))
            marks[(*at, str(key))] = Mark(file, line + 1, column + 1)
            made[str(key)] = _plain(tree[key], (*at, str(key)), file, marks)
        return made
    if isinstance(tree, list):
        items = []
        for index, item in enumerate(tree):
            line, column = tree.lc.item(index)  # type: ignore[attr-defined]
            marks[(*at, index)] = Mark(file, line + 1, column + 1)
            items.append(_plain(item, (*at, index), file, marks))
        return items
    for kind in (bool, int, float, str):
        if isinstance(tree, kind):
            return kind(tree)
    return None if tree is None else str(tree)


def _place(tree: Mapping[Any, Any], key: Any, within: Mark | None) -> tuple[int, int]:
    """Line and column of a key, from 0; of one that was merged in (`<<: *other`) those of what it is merged into."""
    placed = (getattr(tree, "lc", None) and tree.lc.data) or {}  # type: ignore[attr-defined]
    if key in placed:
        return int(placed[key][0]), int(placed[key][1])
    return (within.line - 1, within.column - 1) if within else (0, 0)


def _with_used(own: Source, using: tuple[Path, ...]) -> Source:
    """The file with the files that it uses before it."""
    used = own.tree.get("use", [])
    used = [used] if isinstance(used, str) else used
    if not isinstance(used, list):
        return own
    whole = Source(own.file)
    for index, name in enumerate(used):
        path = own.file.parent / str(name)
        if path.resolve() in using:
            own.wrong(("use", index), f"{name} uses this file again", "take one of the two out")
            continue
        try:
            part = _read(path, using)
        except UserError:
            own.wrong(("use", index), f"there is no file {name}", "write the path from this file's own folder")
            continue
        _join(whole, part)
    if not whole.marks:
        return own
    _join(whole, own)
    return whole


def _join(base: Source, more: Source) -> None:
    """Puts `more` after `base`."""
    shift: dict[str, int] = {}
    for key, value in more.tree.items():
        old = base.tree.get(key)
        if key in JOINED and isinstance(old, list) and isinstance(value, list):
            shift[key] = len(old)
            base.tree[key] = [*old, *value]
        elif isinstance(old, dict) and isinstance(value, dict) and key in ("cast", "parameters"):
            members = {
                name: {**old[name], **one} if isinstance(old.get(name), dict) and isinstance(one, dict) else one
                for name, one in value.items()
            }
            base.tree[key] = {**old, **members}
        else:
            base.tree[key] = value
    for path, mark in more.marks.items():
        if len(path) > 1 and path[0] in shift and isinstance(path[1], int):
            path = (path[0], path[1] + shift[str(path[0])], *path[2:])
        base.marks[path] = mark
    base.problems += more.problems


# --- parameters and models -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loaded:
    """A scenario ready to be played, with what its parameters came to."""

    file: Path
    scenario: Scenario
    seed: int
    drawn: dict[str, Any]
    source: Source

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.file.stem

    def mark(self, *path: Any) -> Mark:
        """Where something of it stands."""
        return self.source.mark(path)


def build(source: Source, seed: int = 0, drawn: dict[str, Any] | None = None) -> Loaded | None:
    """The scenario of a source with its parameters drawn; None if something is wrong, which is in `source.problems`.

    Args:
        seed: draws them.
        drawn: what they came to, instead.
    """
    if source.problems:
        return None
    source = replace(source, problems=source.problems)
    drawn = _draw(source, seed) if drawn is None else drawn
    tree = {key: value for key, value in source.tree.items() if key != "use"}
    filled = {
        key: value if key == "parameters" else _filled(value, (key,), drawn, source) for key, value in tree.items()
    }
    if source.problems:
        return None
    try:
        scenario = Scenario.model_validate(filled)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        for one in _plainest(errors) or errors[:1]:
            _explain(one, source)
        return None
    return Loaded(source.file, scenario, seed, drawn, source)


def load(path: Path, seed: int = 0) -> Loaded:
    """A scenario whose words are right.

    Raises:
        UserError: names file, line and column of the first thing that is wrong.
    """
    source = read(path)
    loaded = build(source, seed)
    if loaded is None:
        first = min(source.problems)
        more = len(source.problems) - 1
        raise UserError(str(first) + (f" (and {more} more: dolbom sim lint {path})" if more else ""))
    return loaded


def extremes(source: Source) -> list[dict[str, Any]]:
    """Drawings in which every member of each `one_of` and both ends of each range come at least once."""
    wanted = source.tree.get("parameters", {})
    values = {name: _values(given) for name, given in wanted.items()} if isinstance(wanted, dict) else {}
    if not all(values.values()):  # `build` says what is wrong with it
        return []
    rounds = max(map(len, values.values()), default=0)
    return [{name: some[turn % len(some)] for name, some in values.items()} for turn in range(rounds)]


def _values(given: Any) -> list[Any]:
    """The members of a `one_of`, the ends of a range."""
    some = given.get("one_of") if isinstance(given, dict) else given
    return some if isinstance(some, list) else []


def _draw(source: Source, seed: int) -> dict[str, Any]:
    wanted = source.tree.get("parameters", {})
    drawn: dict[str, Any] = {}
    if not isinstance(wanted, dict):
        return drawn
    for name, given in wanted.items():
        # Each by its own name: another parameter more does not change this one.
        chance = random.Random(f"{seed}:{name}")  # noqa: S311
        if isinstance(given, list) and len(given) == 2 and all(isinstance(one, int | float) for one in given):
            low, high = given
            if low > high:
                source.wrong(
                    ("parameters", name), f"{name}: from {low} to {high} is nothing", "write the lower one first"
                )
            elif isinstance(low, int) and isinstance(high, int):
                drawn[name] = chance.randint(low, high)
            else:
                drawn[name] = round(chance.uniform(low, high), 3)
        elif isinstance(given, dict) and isinstance(given.get("one_of"), list) and given["one_of"]:
            drawn[name] = chance.choice(given["one_of"])
        else:
            source.wrong(
                ("parameters", name), f"{name} is no parameter", "write [from, to], or {one_of: [one, another]}"
            )
    return drawn


def _filled(value: Any, at: Path_, drawn: dict[str, Any], source: Source) -> Any:
    """The value with `$name` replaced: as it is where it stands alone, as text within text."""
    if isinstance(value, dict):
        return {key: _filled(one, (*at, key), drawn, source) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, (*at, index), drawn, source) for index, one in enumerate(value)]
    if not isinstance(value, str) or "$" not in value:
        return value
    for name in _NAMED.findall(value):
        if name not in drawn:
            source.wrong(at, f"no parameter ${name}", _near(name, drawn) or "give it under `parameters:`")
            return value
    alone = _NAMED.fullmatch(value)
    return drawn[alone[1]] if alone else _NAMED.sub(lambda found: str(drawn[found[1]]), value)


def _plainest(errors: list[Any]) -> list[Any]:
    """Of what does not fit any of several shapes, what is said about the shape that comes nearest."""
    told = []
    for one in errors:
        path = one["loc"]
        shape = path[-1] if path else ""
        bare = isinstance(shape, str) and (shape in ("str", "float", "int") or "-" in shape or "[" in shape)
        others = [other for other in errors if other is not one and other["loc"][: len(path) - 1] == path[:-1]]
        if not (bare and others):
            told.append(one)
    return told


def _explain(error: Any, source: Source) -> None:
    """One mistake that the models found, in plain words."""
    path: Path_ = tuple(error["loc"])
    last, kind, given = path[-1] if path else "", error["type"], error.get("input")
    if kind == "extra_forbidden":
        known = _fields_at(path[:-1])
        source.wrong(path, f"no word {str(last)!r} here", _near(str(last), known) or _some(known))
    elif kind == "missing":
        source.wrong(path[:-1], f"{last} is missing", "write it here")
    elif kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(error["ctx"]["expected"]))
        source.wrong(path, f"{str(given)!r} is none of {', '.join(choices)}", _near(str(given), choices))
    elif kind == "value_error":
        message = str(error["msg"]).removeprefix("Value error, ")
        what, _, cure = message.partition(": ")
        source.wrong(path, what if cure else message, cure)
    elif kind in ("model_type", "model_attributes_type"):
        written = "there is nothing" if given is None else f"{str(given)[:40]!r} stands by itself"
        source.wrong(path, f"{written} where words with values are wanted", "write them as `word: value`")
    else:
        told = str(error["msg"])
        shown = "" if isinstance(given, dict | list) else f", not {str(given)[:40]!r}"
        source.wrong(path, f"{last}: {told[:1].lower()}{told[1:]}{shown}", "")


def _fields_at(path: Path_) -> list[str]:
    """The words that may stand at a path."""
    model: Any = Scenario
    for part in path:
        if isinstance(part, int):
            continue
        fields = getattr(model, "model_fields", {})
        if part not in fields:
            continue
        inner = _models(fields[part].annotation)
        model = inner[0] if inner else model
    names = list(getattr(model, "model_fields", {}))
    return [*VERBS, *(name for name in names if name not in VERBS)] if model is Step else names


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.55)
    return f"did you mean {close[0]}?" if close else ""


def _some(known: list[str]) -> str:
    return f"there are {', '.join(known)}" if known else ""
