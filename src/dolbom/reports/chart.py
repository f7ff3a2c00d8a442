"""Where the bars of a chart stand; the template draws them as SVG, and a table beside it says the same in numbers.

A bar is a week; its parts are told apart by their fill as well as by their colour: full, hatched, dashed, empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from dolbom.reports.weeks import Series, days_of

WIDTH, HEIGHT = 560, 150
LEFT, TOP, FOOT = 34, 8, 24
"""Room for the numbers on the left and the weeks below, in the units of the drawing."""
FILLS = ("full", "hatched", "dashed", "empty")
"""Of the parts of a bar, in their order."""


@dataclass(frozen=True)
class Piece:
    """One part of one bar."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    part: str


@dataclass(frozen=True)
class Tick:
    """A number at the left edge, or the Monday of a week below."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A drawing."""

    pieces: tuple[Piece, ...]
    scale: tuple[Tick, ...]
    weeks: tuple[Tick, ...]
    top: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - FOOT


def draw(series: Series) -> Chart:
    """The bars of a series, one a week, as high as what was counted."""
    top = max(series.of, max((sum(week) for week in series.counts), default=0), 1)
    step = (WIDTH - LEFT) / len(series.weeks)
    unit = (HEIGHT - TOP - FOOT) / top
    floor = float(HEIGHT - FOOT)
    width = min(step * 0.62, 44.0)
    pieces, names = [], []
    for number, (week, counts) in enumerate(zip(series.weeks, series.counts, strict=True)):
        middle = LEFT + step * (number + 0.5)
        y = floor
        for part, count in enumerate(counts):
            if count:
                high = count * unit
                y -= high
                pieces.append(
                    Piece(round(middle - width / 2, 1), round(y, 1), round(width, 1), round(high, 1),
                          fill_of(series, part), series.parts[part])
                )  # fmt: skip
        names.append(Tick(round(middle, 1), f"{days_of(week)[0]:%m-%d}"))
    scale = [Tick(round(floor - at * unit, 1), str(at)) for at in sorted({0, top // 2 if top > 1 else top, top})]
    return Chart(tuple(pieces), tuple(scale), tuple(names), top)


def fill_of(series: Series, part: int) -> str:
    """How a part is filled: what is not known is empty wherever it stands."""
    return "empty" if series.parts[part] == "unknown" else FILLS[min(part, len(FILLS) - 2)]
