"""What somebody wants: text → intent with slots, confidence and what may be done about it (the band).

Built on top of `dialog.understanding`, never against it: what is a call for help there is an emergency here,
whatever else the words resemble. Intents and phrases are data in `locale/<lang>/intents/*.yaml`.

Each intent is scored by its patterns and by its nearest example phrase. A "not" turns an intent into its opposite; who
is spoken of, and hearsay, weaken it. What is best, and by how much, gives the band.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from dolbom.dialog.danger import weigh
from dolbom.dialog.letters import fold, loose, sounds, words_of
from dolbom.dialog.matching import ExampleIndex, holds_core
from dolbom.dialog.morphemes import KiwiMorphemes, Morphemes, Reading, Tense
from dolbom.dialog.phrases import Intent, Language, Pattern, read_language
from dolbom.dialog.slots import find_slots, surface
from dolbom.dialog.understanding import calls_for_help, understand
from dolbom.i18n import with_particles

Band = Literal["act", "confirm", "again", "none"]
"""act: do it. confirm: ask "…라고 하셨어요?" first. again: ask to say it again. none: nothing happens."""

ACT, CONFIRM, AGAIN = 0.80, 0.62, 0.52
"""Least confidence for each band."""
MARGIN = 0.06
"""The best must lead the second by this to be acted on."""
HEARSAY = 0.55
"""What is left of a score when the words are hearsay, or about somebody else."""
ALIKE = 0.64
"""The score of words whose letters are only alike those of a pattern: they are always asked about."""
BROADCAST = 0.85
"""The score of words that a pattern knows to be meant for nobody here; only clearer words go before it."""
ALIKE_EXAMPLE = 0.33
"""An example must be this near, too, before letters that are only alike count."""
DANGER, GRAVE_DANGER = 0.15, 0.95
"""From here on words that no pattern knows are asked about; are taken for a cry for help."""
OVERRULING, NEAR_OVERRULING = 0.35, 0.6
"""Words that weigh so much are asked about even if another intent is understood: "I'll take all my pills and die"; the
second where the intent's own words are half a danger, or answer what is talked about."""
CALMED = 0.4
"""Below this, words of elsewhere are no cry for help, whatever a pattern finds in them."""
UNHEARD, DOUBTED = 0.03, 0.1
"""Below the first, no words at all are one; below the second, what a pattern finds in them is only asked about."""
CERTAIN = 0.9
"""From here on danger is asked about even in words that a pattern takes for a broadcast."""
SHORT = {"ko": 16, "en": 44}
"""Words of at most so many letters may leave out what they are about while it is talked about."""
OF_TOPIC = 0.15
"""So much nearer lie the intents of what is talked about, where others fit as well."""
CORE = 0.63
"""The score of words in which the core of a phrase was misheard."""
_NEAR_DANGER = frozenset({"pain", "grief", "call_family", "call_centre"})
"""Intents whose own words are half a danger."""
_SETTLED = {"fine": "fine", "yes": "yes", "no": "no", "stop": "stop"}


@dataclass(frozen=True)
class Context:
    """What is going on while the words are heard; it may bias, it never decides alone.

    Attributes:
        expected: intents that would answer the question now waiting, as ("medicine_taken", "medicine_not_taken").
        topic: what is talked about now: "medicine", "meal", "sleep", "mood", "health", "outing"; "distress" while a
            safety question waits. Words too short to say what they are about are taken to be about this.
        addressed: the robot was called by its name or a question of its own waits: words that are not understood are
            asked for again instead of being let pass, and thanks, "later" or "stop" are meant for it.
    """

    expected: tuple[str, ...] = ()
    topic: str = ""
    addressed: bool = False


@dataclass(frozen=True)
class Understood:
    """What one utterance means.

    Attributes:
        text, lang: what was understood, and as which language.
        intent: a name from the language's intents, or "none".
        confidence: 0 to 1.
        band: what may be done about it; an emergency and one of two opposites never come as "act".
        slots: values found in the words by slot name, as {"body_part": "knee", "hour": 7}.
        emergency: the safety question must be asked, whatever the intent and band are.
        negated: the words say "not".
        tense: of the last verb.
        candidates: the best intents with their scores, best first.
    """

    text: str
    lang: str
    intent: str = "none"
    confidence: float = 0.0
    band: Band = "none"
    slots: Mapping[str, Any] = field(default_factory=dict)
    emergency: bool = False
    negated: bool = False
    tense: Tense = ""
    candidates: tuple[tuple[str, float], ...] = ()


@dataclass
class _Score:
    value: float = 0.0
    captured: dict[str, str] = field(default_factory=dict)
    span: tuple[int, int] = (0, 0)
    says_not: bool = False


@dataclass(frozen=True)
class _Said:
    """The words in every view that matching needs."""

    words: str
    folded: str
    squeezed: str
    alike: str
    loose: str
    reading: Reading
    negations: tuple[tuple[int, int], ...]


def _read(lang: str, homes: Sequence[Path]) -> tuple[Language, ExampleIndex]:
    language = read_language(lang, homes)
    examples = [
        (name, loose(" ".join(words_of(example)), lang))
        for name, intent in language.intents.items()
        for example in intent.examples
    ]
    return language, ExampleIndex(examples)


@cache
def _shipped(lang: str) -> tuple[Language, ExampleIndex]:
    """What every home has, read once in a process: the ears, the companion and the pages all ask for it."""
    return _read(lang, ())


class Understanding:
    """Understands utterances; one object for the whole process, safe to call from several threads.

    Args:
        homes: folders of a home's own intents, each with `<lang>/*.yaml`.
        morphemes: reads Korean; None: by letters alone (no model is loaded).

    Raises:
        UserError: naming file and line, if a home's file is not what it should be (at the first use or `warm`).
    """

    def __init__(self, homes: Sequence[Path] = (), morphemes: Morphemes | Literal["kiwi"] | None = "kiwi") -> None:
        self._homes = tuple(homes)
        self._morphemes: Morphemes | None = KiwiMorphemes() if morphemes == "kiwi" else morphemes
        self._languages: dict[str, tuple[Language, ExampleIndex]] = {}
        self._lock = threading.Lock()

    def warm(self, *langs: str) -> None:
        """Loads what is needed (seconds, hundreds of MB), so that the first utterance does not wait for it.

        Args:
            langs: all that are shipped, if none is named.
        """
        for lang in langs or ("ko", "en"):
            self.of("약 안 먹었어" if lang == "ko" else "I have not", lang)

    def intents(self, lang: str) -> Mapping[str, Intent]:
        """The intents of a language by name, without "none"."""
        return {name: intent for name, intent in self._language(lang)[0].intents.items() if name != "none"}

    def of(self, text: str, lang: str = "ko", context: Context | None = None) -> Understood:
        """What the words mean.

        Args:
            text: as typed or recognised.
            lang: "ko" or "en".
            context: what is going on.

        Raises:
            ValueError: for a language that is not shipped.
        """
        language, index = self._language(lang)
        context = context or Context()
        said = self._said(text, language)
        if not said.words:
            return Understood(text, lang)
        scores = self._scores(said, language, index, context)
        self._read_as_about(context.topic, text, said, language, index, context, scores)
        settled = _SETTLED.get(understand(text, lang), "")
        # The safety path knows these words; where much more is said, they may be part of something else.
        if settled and settled in scores and len(said.squeezed) <= (8 if lang == "ko" else 20):
            scores[settled].value = max(scores[settled].value, 0.9)
        help_called = calls_for_help(text, lang) or (context.topic == "distress" and understand(text, lang) == "help")
        return self._decide(text, said, language, scores, context, help_called)

    def _read_as_about(
        self,
        topic: str,
        text: str,
        said: _Said,
        language: Language,
        index: ExampleIndex,
        context: Context,
        scores: dict[str, _Score],
    ) -> None:
        """Reads "뭐, 먹었지" as "약 먹었지" while medicine is talked about, for the intents of that topic alone."""
        about = language.topics.get(topic)
        if about is None or len(said.squeezed) > SHORT[language.lang]:
            return
        ours = [name for name, intent in language.intents.items() if intent.spec.topic == topic]
        clear = any(score.value >= (CONFIRM if name in ours else ACT) for name, score in scores.items()
                    if name not in ("yes", "no", "stop"))  # fmt: skip
        if clear or about[1].search(said.squeezed):
            return
        whole = self._scores(self._said(about[0].format(text), language), language, index, context)
        for name in ours:
            if whole[name].value > scores[name].value:
                scores[name] = whole[name]

    def slots(self, names: Sequence[str], text: str, lang: str = "ko") -> dict[str, Any]:
        """The values of the named slots that stand in the words, whatever these mean; as `slots.find_slots`."""
        return find_slots(names, " ".join(words_of(text)), self._language(lang)[0])

    def named(self, slot: str, text: str, lang: str = "ko") -> str:
        """The word itself that gives a listed slot its value, as heard: "혈압약" of "medicine"; "" if there is none."""
        return surface(slot, " ".join(words_of(text)), self._language(lang)[0])

    def confirmation(self, understood: Understood) -> str:
        """The question that a "confirm" asks: "약을 드셨다고 하셨어요?"."""
        language = self._language(understood.lang)[0]
        intent = language.intents.get(understood.intent)
        question = intent.spec.confirm if intent else ""
        if not question:
            korean = understood.lang == "ko"
            return f"“{understood.text}”라고 하셨어요?" if korean else f"Did you say “{understood.text}”?"
        words = " ".join(words_of(understood.text))

        def filled(match: re.Match[str]) -> str:
            return surface(match[1], words, language) or match[2]

        question = re.sub(r"\{(\w+)\|([^}]*)\}", filled, question)
        return with_particles(question) if understood.lang == "ko" else question

    def _language(self, lang: str) -> tuple[Language, ExampleIndex]:
        with self._lock:
            if lang not in self._languages:
                self._languages[lang] = _read(lang, self._homes) if self._homes else _shipped(lang)
            return self._languages[lang]

    def _said(self, text: str, language: Language) -> _Said:
        words = words_of(text)
        bare = list(words)
        while len(bare) > 1 and language.fillers.fullmatch(bare[0]):
            bare.pop(0)
        while len(bare) > 1 and language.fillers.fullmatch(bare[-1]):
            bare.pop()
        joined = " ".join(bare)
        korean = language.lang == "ko"
        folded = fold(joined, language.lang)
        reading = self._morphemes.read(joined) if korean and self._morphemes is not None else Reading()
        negations = list(reading.negations)
        for match in language.negation.finditer(folded):
            before = folded[: match.start()].count(" ") if korean else 0
            inside = match[0].count(" ") if korean else 0
            negations.append((match.start() - before, match.end() - before - inside))
        if not reading.tense:
            tense: Tense = (
                "past" if language.past.search(folded) else "future" if language.future.search(folded) else "present"
            )
            reading = Reading(reading.negations, tense)
        squeezed = folded.replace(" ", "") if korean else folded
        alike = fold(joined, language.lang, alike=True).replace(" ", "") if korean else ""
        return _Said(joined, folded, squeezed, alike, loose(joined, language.lang), reading, tuple(negations))

    def _scores(self, said: _Said, language: Language, index: ExampleIndex, context: Context) -> dict[str, _Score]:
        near = index.nearest(said.loose)
        plain = said.words.replace(" ", "") if language.lang == "ko" else said.words
        reported = language.reported.search(plain) is not None
        others = language.others.search(plain) is not None
        scores: dict[str, _Score] = {}
        for name, intent in language.intents.items():
            patterns = intent.patterns + (intent.short if context.topic and context.topic == intent.spec.topic else [])
            score = _by_patterns(patterns, said, intent.spec.whole, near.get(name, 0.0))
            if name == "none" and score.value:
                score.value = BROADCAST
            if any(regex.search(said.squeezed) for regex in intent.forbids):
                score = _Score()
            else:
                by_example = near.get(name, 0.0)
                if intent.requires and not any(regex.search(said.squeezed) for regex in intent.requires):
                    by_example = min(by_example, AGAIN)
                if by_example > score.value:
                    score = replace(score, value=by_example, span=(0, len(said.squeezed)))
                elif score.value:
                    score.value = min(1.0, score.value + 0.1 * by_example)
                if score.value < CORE and _holds_core(intent, said, language.lang):
                    score.value = CORE
            if name in context.expected and score.value > 0.4:
                score.value = min(1.0, score.value + 0.1)
            if name != "none" and (reported or (others and not intent.spec.anyone)):
                score.value *= HEARSAY
            scores[name] = score
        _turn_by_negation(scores, said, language, near)
        return scores

    def _decide(
        self, text: str, said: _Said, language: Language, scores: dict[str, _Score], context: Context, called: bool
    ) -> Understood:
        topic = context.topic
        near = {name for name, intent in language.intents.items() if topic and intent.spec.topic == topic}
        ranked = sorted(
            ((name, score.value) for name, score in scores.items()),
            key=lambda one: -(one[1] + (OF_TOPIC if one[0] in near and one[1] >= CONFIRM else 0.0)),
        )
        candidates = tuple((name, round(value, 3)) for name, value in ranked[:4] if value > 0.3)
        nothing = Understood(
            text, language.lang, negated=bool(said.negations), tense=said.reading.tense, candidates=candidates
        )
        emergency = scores.get("emergency", _Score())
        peril = weigh(said.words, language.lang)
        # A pattern knows its words, not who says them: what is hearsay, a film or last year is no cry for help. Of what
        # it knows from the first word to the last, runs of letters say nothing more.
        all_known = bool(_kind(emergency)) and emergency.span == (0, len(said.squeezed))
        calmed = peril.share < (CALMED if peril.elsewhere else UNHEARD) and (peril.elsewhere or not all_known)
        found = emergency.value >= CONFIRM and emergency.value >= scores["none"].value and not calmed
        alarmed = called or (found and peril.share >= DOUBTED)
        best, value = ranked[0]
        doubted = found and best == "emergency"
        if best == "emergency" and not alarmed:
            best, value = ranked[1]
        if alarmed and not (best == "pain" and not emergency.captured):
            slots = {"kind": kind} if (kind := _kind(emergency)) else {}
            slots |= find_slots(("body_part",), said.words, language)
            confidence = 1.0 if called else round(emergency.value, 3)
            return replace(
                nothing, intent="emergency", confidence=confidence, band="confirm", slots=slots, emergency=True
            )
        overruling = NEAR_OVERRULING if best in _NEAR_DANGER or best in near else OVERRULING
        unsettled = best == "none" or value < CONFIRM or peril.share >= overruling
        broadcast = scores["none"].value >= BROADCAST
        meant = not broadcast or (peril.share >= CERTAIN and not peril.elsewhere)
        if (unsettled and peril.share >= DANGER and meant) or doubted:
            # Never acted on, and a cry for help only if it is grave: the question it is asked costs little.
            grave = peril.share >= GRAVE_DANGER and not broadcast
            return replace(
                nothing, intent="emergency", confidence=round(peril.share, 3), band="confirm", emergency=grave
            )
        if best == "none" or value < AGAIN:
            return replace(nothing, band="again" if context.addressed else "none", emergency=alarmed)
        intent = language.intents[best]
        rivals = [rival for name, rival in ranked[1:] if name not in (best, "none")]
        lead = value - (rivals[0] if rivals else 0.0)
        band: Band = "act" if value >= ACT and lead >= MARGIN else "confirm" if value >= CONFIRM else "again"
        told = bool(context.addressed or context.topic or context.expected)
        if band == "act" and (intent.spec.highest == "confirm" or (intent.spec.told and not told)):
            band = "confirm"
        if band == "again" and not context.addressed and not alarmed:
            # Nobody asked anything: half-heard words of a television are not asked for again.
            return replace(nothing, confidence=round(value, 3))
        slots = {name: words for name, words in scores[best].captured.items() if not name.startswith("kind_")}
        slots |= find_slots(intent.spec.slots, said.words, language)
        return replace(nothing, intent=best, confidence=round(value, 3), band=band, slots=slots, emergency=alarmed)


def _holds_core(intent: Intent, said: _Said, lang: str) -> bool:
    if not intent.cores or any(regex.search(said.squeezed) for regex in intent.cores_unless):
        return False
    return holds_core(sounds(said.words, lang), intent.cores)


def _as_said(said: _Said, start: int, end: int) -> str:
    """The words themselves, with their spaces, at a place of the squeezed view."""
    if len(said.squeezed) == len(said.words):
        return said.words[start:end].strip()
    places = [at for at, letter in enumerate(said.words) if letter != " "]
    return said.words[places[start] : places[end - 1] + 1]


def _by_patterns(patterns: Sequence[Pattern], said: _Said, whole: bool, by_example: float) -> _Score:
    best = _Score()
    short = len(said.squeezed) < 6
    says_not = False
    for pattern in patterns:
        alike = False
        match = pattern.regex.search(said.squeezed)
        if match is None and pattern.alike is not None and (by_example >= ALIKE_EXAMPLE or short):
            match, alike = pattern.alike.search(said.alike), True
        if match is None:
            continue
        share = (match.end() - match.start()) / len(said.squeezed)
        if alike:
            value = ALIKE + 0.06 * share if share >= 0.6 else 0.0
        else:
            # A long story that ends in a request is one; words in its middle may be about anything.
            at_end = len(said.squeezed) - match.end() <= 4 or pattern.anywhere
            value = 0.80 + 0.16 * share if share >= 0.35 else 0.74 if at_end else 0.58
        if whole and share < 0.5:
            value = min(value, 0.5)
        says_not = says_not or pattern.says_not
        if value > best.value:
            captured = {name: _as_said(said, *match.span(name)) for name, text in match.groupdict().items() if text}
            best = _Score(value, captured, match.span())
    return replace(best, says_not=says_not)


def _turn_by_negation(scores: dict[str, _Score], said: _Said, language: Language, near: Mapping[str, float]) -> None:
    """Moves the score of an intent whose words are negated to the intent that the negated words have."""
    for name, intent in language.intents.items():
        target, score = intent.spec.negated, scores[name]
        if not target or score.value < 0.4 or score.says_not:
            continue
        start, end = score.span
        # "I don't really feel good": in English the "not" stands further before the verb.
        before = 4 if language.lang == "ko" else 16
        if any(start - before < at < end + 4 for at, _ in said.negations):
            forbidden = any(regex.search(said.squeezed) for regex in language.intents[target].forbids)
            if scores[target].value < score.value and not forbidden:
                scores[target] = replace(score, captured={})
            scores[name] = _Score(min(score.value, 0.3))
    for name, intent in language.intents.items():
        positive = intent.spec.opposite
        by_pattern = scores[name].value > near.get(name, 0.0)
        if positive and not said.negations and not by_pattern and scores[name].value <= scores[positive].value + 0.15:
            # Near to a negated example, but nothing is negated: it is the opposite, or neither.
            scores[name] = _Score(min(scores[name].value, 0.3))


def _kind(score: _Score) -> str:
    return next((name.removeprefix("kind_") for name in score.captured if name.startswith("kind_")), "")
