#!/usr/bin/env python3
"""Makes `locale/<lang>/danger/weights.yaml` and `runs.npz`: what groups of words and runs of letters weigh.

A logistic regression drawn toward what the kind of a group suggests. Learns from the sentences of tests/data that are
not held out, from sentences made by tools/danger_grammar, misheard ones among them, from the examples of intents that
are no danger, and from half of two public collections of everyday talk, which are not kept here: FOLDER holds clones of
github.com/songys/Chatbot_data (MIT) and github.com/clinc/oos-eval (CC BY 3.0). Deterministic on one machine.

    bin/dolbom-env python tools/weigh_danger.py FOLDER
"""

from __future__ import annotations

import csv
import json
import random
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sentence_grammar import sentences

from dolbom.dialog.danger import RUNS, groups, runs_in, spoken_of
from dolbom.dialog.phrases import read_language
from dolbom.evaluation.jamo_noise import misheard
from dolbom.i18n import LANGUAGES, LOCALE
from dolbom.places import ROOT

DATA = ROOT / "tests" / "data"
GRAMMAR = ROOT / "tools" / "danger_grammar"
HELD_OUT = {"intents": ("look",), "danger": ("look",), "families": ("locked", "last", "end")}
PRIOR = {"decisive": 2.0, "supporting": 0.9, "intensifying": 0.9, "calming": -1.5, "elsewhere": -3.0}
PRIOR_BIAS = -2.5
GROUPS_TIGHT, RUNS_TIGHT = 20.0, 1.0
"""How strongly the weights are drawn to what is expected of them: groups to their kind, runs to nothing."""
MADE = {"emergency": 20_000, "unrelated": 14_000}
WRITTEN_COUNTS = 8.0
"""Sentences that somebody wrote count more than those of the grammar."""
TALK_COUNTS, EXAMPLES_COUNT = 2.5, 4.0
EMERGENCIES_COUNT = 1.0
SHORT, SHORT_COUNTS = {"ko": 7, "en": 16}, 4.0
"""Made sentences of so many letters count more: a grammar makes few of them, and people say them all day."""
SHUFFLED, SHUFFLED_COUNTS = 0.04, 1.0
"""Share of the made sentences that are learnt as nothing with their letters shuffled: what is no word is no cry."""
NOISE, NOISY, NOISY_COUNTS = 0.07, 0.5, 0.7
"""Share of letters misheard; share of the made sentences that are learnt misheard, too; what these count."""
STEPS = 400
_NEAR_DANGER = ("emergency", "pain", "call_family", "call_centre")


@dataclass
class Learnt:
    """Sentences, whether they mean danger, and what they count."""

    texts: list[str] = field(default_factory=list)
    dangers: list[bool] = field(default_factory=list)
    counts: list[float] = field(default_factory=list)

    def add(self, text: str, danger: bool, count: float) -> None:
        self.texts.append(text)
        self.dangers.append(danger)
        self.counts.append(count * (EMERGENCIES_COUNT if danger else 1.0))


def politely(text: str) -> list[str]:
    """The same said to a stranger: who is in danger says 넘어졌어, 넘어졌어요 or 넘어졌습니다."""
    if text[-1:] in "어아해와돼줘져려여":
        formal = [f"{text[:-1]}습니다"] if text[-2:-1] and (ord(text[-2]) - 0xAC00) % 28 == 20 else []
        return [f"{text}요", *formal]
    return []


def talk(folder: Path, lang: str) -> list[str]:
    """Everyday talk, the half that is learnt: what may be meant as a cry for help is left out."""
    if lang == "ko":
        with (folder / "Chatbot_data" / "ChatbotData.csv").open(encoding="utf-8") as file:
            texts = {row[side] for row in csv.DictReader(file) for side in ("Q", "A")}
    else:
        parts = json.loads((folder / "oos-eval" / "data" / "data_full.json").read_text(encoding="utf-8"))
        texts = {text for part in parts.values() for text, _ in part}
    return [text for text in sorted(texts) if zlib.crc32(text.encode()) % 2 and not _may_be_a_cry(text, lang)]


def _may_be_a_cry(text: str, lang: str) -> bool:
    kinds = {group.kind for group, there in zip(groups(lang), spoken_of(text, lang), strict=True) if there}
    return "decisive" in kinds and "elsewhere" not in kinds


def learnt(lang: str, folder: Path) -> Learnt:
    all_of = Learnt()
    for name in ("intents", "danger", "families"):
        with (DATA / f"{name}_{lang}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["part"] not in HELD_OUT[name]:
                    for text in [row["text"], *(politely(row["text"]) if lang == "ko" else ())]:
                        all_of.add(text, row["intent"] == "emergency", WRITTEN_COUNTS)
    for name, intent in read_language(lang, ()).intents.items():
        if name not in _NEAR_DANGER:
            for example in intent.examples:
                all_of.add(example, False, EXAMPLES_COUNT)
    for text in talk(folder, lang):
        all_of.add(text, False, TALK_COUNTS)
    chance = random.Random(lang)  # noqa: S311 - not for secrets
    for kind, number in MADE.items():
        for text in sentences(GRAMMAR / f"{kind}_{lang}.txt", number, chance):
            all_of.add(text, kind == "emergency", SHORT_COUNTS if len(text) <= SHORT[lang] else 1.0)
            if chance.random() < SHUFFLED:
                all_of.add("".join(chance.sample(text, min(len(text), 12))), False, SHUFFLED_COUNTS)
            if chance.random() < NOISY:
                all_of.add(misheard(text, NOISE, "learning"), kind == "emergency", NOISY_COUNTS)
    return all_of


def spoken(texts: list[str], lang: str) -> csr_matrix:
    """A row a sentence: what runs are in it, what groups it speaks of, and 1 for the bias."""
    rows, columns, values = [], [], []
    width = RUNS + len(groups(lang)) + 1
    for at, text in enumerate(texts):
        taken, each = runs_in(text, lang)
        there = [RUNS + place for place, one in enumerate(spoken_of(text, lang)) if one]
        rows += [at] * (len(taken) + len(there) + 1)
        columns += [*taken, *there, width - 1]
        values += [each] * len(taken) + [1.0] * (len(there) + 1)
    return csr_matrix((values, (rows, columns)), shape=(len(texts), width))


def fitted(all_of: Learnt, lang: str) -> NDArray[np.float64]:
    """The weights of runs, groups and bias."""
    there = spoken(all_of.texts, lang)
    meant, counts = np.array(all_of.dangers, float), np.array(all_of.counts)
    kinds = [PRIOR[group.kind] for group in groups(lang)]
    prior = np.array([0.0] * RUNS + kinds + [PRIOR_BIAS])
    tight = np.array([RUNS_TIGHT] * RUNS + [GROUPS_TIGHT] * len(kinds) + [0.0])
    # A word of danger never calms, and a calming one never alarms, whatever some sentences say.
    free: list[tuple[float | None, float | None]] = [(None, None)]
    bounds = free * RUNS + [(0.0, None) if kind > 0 else (None, 0.0) for kind in kinds] + free

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, off = there @ weights, weights - prior
        wrong = (1 / (1 + np.exp(-total)) - meant) * counts
        lost = counts @ (np.logaddexp(0, total) - meant * total) + 0.5 * tight @ off**2
        return float(lost), there.T @ wrong + tight * off

    return np.asarray(minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS}).x)


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: weigh_danger.py FOLDER, with clones of songys/Chatbot_data and clinc/oos-eval", file=sys.stderr)
        return 2
    for lang in LANGUAGES:
        all_of = learnt(lang, Path(sys.argv[1]))
        weights = fitted(all_of, lang)
        step = float(np.abs(weights[:RUNS]).max()) / 127
        np.savez_compressed(
            LOCALE / lang / "danger" / "runs.npz", weights=np.round(weights[:RUNS] / step).astype(np.int8)
        )
        lines = [
            "# Made by tools/weigh_danger.py from words.yaml, tools/danger_grammar and tests/data; not by hand.",
            f"bias: {weights[-1]:.2f}",
            f"run_step: {step:.5f}",
            "groups:",
        ]
        lines += [
            f"  {group.name}: {weight + 0.0:.2f}" for group, weight in zip(groups(lang), weights[RUNS:-1], strict=True)
        ]
        (LOCALE / lang / "danger" / "weights.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{lang}: {len(groups(lang))} groups and {RUNS} runs from {len(all_of.texts)} sentences")
    return 0


if __name__ == "__main__":
    sys.exit(main())
