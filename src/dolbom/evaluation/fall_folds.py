"""Cross-data-set validation: thresholds are chosen on some data sets and judged on those left out.

The three thresholds that matter most are searched on a coarse grid, each clip at its own and at half its frame rate.
Among equally good settings the one nearest the middle of the grid is taken: the shipped defaults are the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from math import log2
from typing import TYPE_CHECKING, Any

from dolbom.evaluation import falls
from dolbom.evaluation.intervals import interval
from dolbom.perception.bodies import Bodies
from dolbom.perception.falls import FallDetector, FallParameters

if TYPE_CHECKING:
    from dolbom.evaluation.falls import ClipResult, Label

GRID = tuple(
    FallParameters(enough=enough, free_drop=free_drop, rest_weight=rest_weight)
    for enough, free_drop, rest_weight in product((0.4, 0.6, 0.8, 1.0, 1.4), (0.3, 0.4, 0.5), (0.0, 0.8, 1.6))
)
Verdicts = dict[tuple[int, int], bool]
"""By place in the grid and by step (1: every frame, 2: every other): whether the clip was judged rightly."""


def verdicts(label: Label, fps: float, frames: Sequence[Bodies]) -> Verdicts:
    """Judges one clip, as it was seen, with every setting of the grid."""
    found: Verdicts = {}
    for step in (1, 2):
        seen = [every_other(frames, i) for i in range(0, len(frames), 2)] if step == 2 else frames
        # No setting of the grid raises a suspicion where the defaults raise none.
        quiet = not FallDetector().replay(seen)
        for place, parameters in enumerate(GRID):
            if quiet:
                found[place, step] = label.label == "adl"
                continue
            result = falls.ClipResult(label, fps=fps, events=FallDetector(parameters).replay(seen))
            falls.judge(result, seen[-1].stamp)
            found[place, step] = result.right
    return found


def every_other(frames: Sequence[Bodies], i: int) -> Bodies:
    """Frame `i` as it is if the one before was not looked at: who was lost with that one is lost with this one."""
    return replace(frames[i], lost=frames[i].lost + frames[i - 1].lost) if i else frames[i]


def held_out(results: Sequence[ClipResult]) -> list[dict[str, Any]]:
    """Every way to choose on some data sets and judge on one or more left out."""
    judged = [(r.label, r.grid) for r in results if r.grid is not None]
    names = sorted({label.data_set for label, _ in judged})
    folds = []
    for size in range(1, len(names)):
        for left_out in combinations(names, size):
            chosen_on = [n for n in names if n not in left_out]
            place = choose([j for j in judged if j[0].data_set in chosen_on])
            test = [j for j in judged if j[0].data_set in left_out]
            folds.append({"chosen_on": chosen_on, "judged_on": ", ".join(left_out), **_fold(place, test)})
    return folds


def choose(judged: list[tuple[Label, Verdicts]]) -> int:
    """The place in the grid with the best mean of sensitivity and specificity, nearest the middle among equals."""

    def good(place: int) -> float:
        shares = []
        for kind in ("fall", "adl"):
            right = [v[place, step] for label, v in judged if label.label == kind for step in (1, 2)]
            if right:
                shares.append(sum(right) / len(right))
        return sum(shares) / max(1, len(shares))

    def far(place: int) -> float:
        p, middle = GRID[place], FallParameters()
        return (
            abs(log2(p.enough / middle.enough))
            + abs(p.free_drop - middle.free_drop) / 0.1
            + abs(p.rest_weight - middle.rest_weight) / 0.8
        )

    return min(range(len(GRID)), key=lambda place: (-round(good(place), 9), far(place)))


def _fold(place: int, test: list[tuple[Label, Verdicts]]) -> dict[str, Any]:
    parameters = GRID[place]
    count = {kind: [v[place, 1] for label, v in test if label.label == kind] for kind in ("fall", "adl")}
    hits = {kind: sum(right) for kind, right in count.items()}
    return {
        "parameters": {k: getattr(parameters, k) for k in ("enough", "free_drop", "rest_weight")},
        "sensitivity": [hits["fall"], len(count["fall"])],
        "specificity": [hits["adl"], len(count["adl"])],
        "intervals": {
            "sensitivity": interval(hits["fall"], len(count["fall"])) if count["fall"] else None,
            "specificity": interval(hits["adl"], len(count["adl"])) if count["adl"] else None,
        },
        "result": f"{hits['fall']}/{len(count['fall'])} falls, {hits['adl']}/{len(count['adl'])} others left in peace",
    }
