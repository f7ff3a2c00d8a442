"""Drawings side by side in one picture, each on its numbered card, put together of the game's shipped drawings.

A row is named after its drawings: `row-apple-apple-bus`; a drawing may be changed: `house__less` lacks a part,
`apple__x3` is there three times, `boat__turned` stands on its head, `balloon__small` is small and of another colour.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from xml.etree import ElementTree

from dolbom.web.pictures import SHIPPED

SVG = "http://www.w3.org/2000/svg"
SIZE, GAP, FOOT = 240, 24, 56
"""Of one drawing; between two; for the number below."""
LACKS = {
    "boat": (2, 3), "bus": (5, 6, 7, 8), "butterfly": (1, 3), "candle": (2,), "clock": (13, 14), "cup": (1,),
    "glasses": (1,), "house": (2,), "snowman": (6, 7),
}  # fmt: skip
"""Which parts of a drawing are left out: sails, wheels, a side's wings, flame, hands, handle, a lens, door, hat."""
COLOURS = {"#d94f3d": "#4a86c5", "#4a86c5": "#d94f3d", "#f29bb0": "#8c62a8", "#ee8b3a": "#5c9a4b"}
_NAME = re.compile(r"row((?:-[a-z0-9_]+){2,4})")
_ROUND_CENTRE = f"{SIZE / 2} {SIZE / 2}"


@lru_cache(maxsize=64)
def row(name: str) -> str | None:
    """The picture of a row as SVG; None for what names none."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    cells = [_cell(cell) for cell in found[1].removeprefix("-").split("-")]
    if any(cell is None for cell in cells):
        return None
    width, height = len(cells) * (SIZE + GAP) - GAP, SIZE + FOOT
    whole = _element("svg", xmlns=SVG, viewBox=f"0 0 {width} {height}", role="img")
    for number, cell in enumerate(cells):
        card = _element("g", transform=f"translate({number * (SIZE + GAP)} 0)")
        card.append(_element("rect", x="3", y="3", width=f"{SIZE - 6}", height=f"{height - 6}", rx="24",
                             fill="#fffdf8", stroke="#7a7466", **{"stroke-width": "4"}))  # fmt: skip
        assert cell is not None
        card.append(cell)
        sign = _element("text", x=f"{SIZE / 2}", y=f"{height - 22}", fill="#21201c", **{
            "font-size": "48", "font-weight": "700", "font-family": "sans-serif", "text-anchor": "middle"})  # fmt: skip
        sign.text = str(number + 1)
        card.append(sign)
        whole.append(card)
    return ElementTree.tostring(whole, encoding="unicode")


def _cell(name: str) -> ElementTree.Element | None:
    thing, changed, change = name.partition("__")
    file = SHIPPED / f"game-{thing}.svg"
    if not file.is_file() or (changed and change not in CHANGES) or (change == "less" and thing not in LACKS):
        return None
    drawing = _element("g", transform="translate(18 14) scale(.85)")
    # Without its namespace: which prefix ElementTree writes for one is a setting that the whole process shares.
    plain = file.read_text(encoding="utf-8").replace(f' xmlns="{SVG}"', "")
    parts = list(ElementTree.fromstring(plain))  # noqa: S314 (the project's own files)
    drawing.extend(CHANGES[change](thing, parts) if change else parts)
    return drawing


def _less(thing: str, parts: list[ElementTree.Element]) -> list[ElementTree.Element]:
    return [part for at, part in enumerate(parts) if at not in LACKS[thing]]


def _turned(thing: str, parts: list[ElementTree.Element]) -> list[ElementTree.Element]:  # noqa: ARG001
    return [_group(f"rotate(180 {_ROUND_CENTRE})", parts)]


def _small(thing: str, parts: list[ElementTree.Element]) -> list[ElementTree.Element]:  # noqa: ARG001
    """Small as well as of another colour: whoever does not tell colours apart sees it as well."""
    small = deepcopy(parts)
    for part in small:
        part.set("fill", COLOURS.get(part.get("fill", ""), part.get("fill", "none")))
    return [_group("translate(60 60) scale(.5)", small)]


def _two(thing: str, parts: list[ElementTree.Element]) -> list[ElementTree.Element]:  # noqa: ARG001
    return [_group(f"translate({x} 60) scale(.5)", deepcopy(parts)) for x in (0, 120)]


def _three(thing: str, parts: list[ElementTree.Element]) -> list[ElementTree.Element]:  # noqa: ARG001
    return [_group(f"translate({x} {y}) scale(.5)", deepcopy(parts)) for x, y in ((60, 0), (0, 120), (120, 120))]


CHANGES: dict[str, Callable[[str, list[ElementTree.Element]], list[ElementTree.Element]]] = {
    "less": _less, "turned": _turned, "small": _small, "x2": _two, "x3": _three,
}  # fmt: skip


def _group(transform: str, parts: list[ElementTree.Element]) -> ElementTree.Element:
    group = _element("g", transform=transform)
    group.extend(parts)
    return group


def _element(tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.Element(tag, attributes)
