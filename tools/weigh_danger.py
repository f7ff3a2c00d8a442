#!/usr/bin/env python3
"""Makes `locale/<lang>/danger/weights.yaml`: a logistic regression drawn toward what the kind of a group suggests.

Learns from tests/data/intents_*.csv and tests/data/danger_*.csv, except the parts that are held out. Deterministic.

    bin/dolbom-env python tools/weigh_danger.py
"""

from __future__ import annotations

import csv
import sys

import numpy as np

from dolbom.dialog.danger import groups, spoken_of
from dolbom.i18n import LANGUAGES, LOCALE
from dolbom.places import ROOT

DATA = ROOT / "tests" / "data"
HELD_OUT = ("look",)
PRIOR = {"decisive": 2.0, "supporting": 0.9, "intensifying": 0.9, "calming": -1.5, "elsewhere": -3.0}
PRIOR_BIAS = -2.5
TIGHTNESS = 0.002
EMERGENCIES_COUNT = 2.0
STEPS, RATE = 6000, 3.0


def politely(text: str) -> list[str]:
    """The same said to a stranger: who is in danger says 넘어졌어, 넘어졌어요 or 넘어졌습니다."""
    if text[-1:] in "어아해와돼줘져려여":
        formal = [f"{text[:-1]}습니다"] if text[-2:-1] and (ord(text[-2]) - 0xAC00) % 28 == 20 else []
        return [f"{text}요", *formal]
    return []


def sentences(lang: str) -> list[tuple[str, bool]]:
    found = []
    for name in ("intents", "danger"):
        with (DATA / f"{name}_{lang}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["part"] not in HELD_OUT:
                    said = [row["text"], *(politely(row["text"]) if lang == "ko" else ())]
                    found += [(text, row["intent"] == "emergency") for text in said]
    return found


def fitted(lang: str) -> tuple[float, dict[str, float]]:
    learnt = sentences(lang)
    there = np.array([spoken_of(text, lang) for text, _ in learnt], float)
    meant = np.array([emergency for _, emergency in learnt], float)
    counts = np.where(meant > 0, EMERGENCIES_COUNT, 1.0)
    counts /= counts.sum()
    prior = np.array([PRIOR[group.kind] for group in groups(lang)])
    sign = np.sign(prior)
    weights, bias = prior.copy(), PRIOR_BIAS
    for _ in range(STEPS):
        wrong = (1 / (1 + np.exp(-(there @ weights + bias))) - meant) * counts
        weights -= RATE * (there.T @ wrong + TIGHTNESS * (weights - prior))
        # A word of danger never calms, and a calming one never alarms, whatever a few sentences say.
        weights = sign * np.maximum(sign * weights, 0.0)
        bias -= RATE * wrong.sum()
    names = [group.name for group in groups(lang)]
    return round(float(bias), 2), dict(zip(names, (round(float(one), 2) for one in weights), strict=True))


def main() -> int:
    for lang in LANGUAGES:
        bias, weights = fitted(lang)
        lines = [
            "# Made by tools/weigh_danger.py from words.yaml and tests/data; not by hand.",
            f"bias: {bias}",
            "groups:",
        ]
        lines += [f"  {name}: {weight}" for name, weight in weights.items()]
        (LOCALE / lang / "danger" / "weights.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{lang}: {len(weights)} groups from {len(sentences(lang))} sentences")
    return 0


if __name__ == "__main__":
    sys.exit(main())
