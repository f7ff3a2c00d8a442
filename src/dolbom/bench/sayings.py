"""What a benchmark says to the robot: made on the spot by espeak-ng, or recordings of a folder with transcripts.csv."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dolbom.bench.pushed_sound import ROOM
from dolbom.dialog.understanding import understand
from dolbom.errors import UserError
from dolbom.evaluation.speech import read_transcripts
from dolbom.i18n import catalogue
from dolbom.speech.detector import VoiceDetector
from dolbom.speech.echo import EchoCanceller
from dolbom.speech.espeak import PROGRAM
from dolbom.speech.hearing import EarsParameters, Hearing, Spotted
from dolbom.speech.manner import trimmed
from dolbom.speech.programs import run
from dolbom.speech.sound import CHUNK, CHUNK_S, RATE, Samples, chunks, floats, level, pcm, read_sound
from dolbom.speech.spotting import Spotter
from dolbom.speech.synthesis import Cancel, SynthesisError

SPOTTED = ("help", "yes", "no", "stop", "name")
VOICES = {
    "ko": (
        ("ko+f2", 140, 60), ("ko+f2", 110, 60), ("ko+f2", 175, 60), ("ko+f3", 140, 60), ("ko+f3", 140, 30),
        ("ko+f5", 140, 60), ("ko+m4", 140, 30),
    ),
    "en": (("en-us", 150, 50), ("en-us+f3", 150, 50), ("en-gb", 140, 50)),
}  # fmt: skip
"""espeak-ng's voice, words a minute, pitch."""
LIMIT_S = 10.0
LOUD_DBFS = -23.0
TIMES = 1
"""So often a sound is tried before it is taken."""
ENOUGH = 5
"""Sounds of one kind."""


@dataclass(frozen=True, eq=False)
class Saying:
    """Something to say to the robot.

    Attributes:
        kind: help, yes, no, stop, name, fine, or talk for whatever else.
        text: its words.
        samples: 16 kHz, without silence before and after, shape (n,).
        voice: who says it: espeak-ng's voice, or the name of the file.
    """

    kind: str
    text: str
    samples: Samples
    voice: str


def spoken_by_espeak(text: str, voice: str, words_a_minute: int, pitch: int) -> Samples:
    """The words as sound, 16 kHz.

    Raises:
        UserError: if espeak-ng is not there or cannot say it.
    """
    with tempfile.TemporaryDirectory(prefix="dolbom-sayings-") as folder:
        file = Path(folder) / "said.wav"
        options = ["-v", voice, "-s", str(words_a_minute), "-p", str(pitch), "-b", "1", "-w", str(file), "--stdin"]
        try:
            run([PROGRAM, *options], text, LIMIT_S, Cancel())
        except SynthesisError as error:
            raise UserError(str(error), "install espeak-ng, or give recordings with --sounds DIR") from None
        return even(pcm(read_sound(file)))


def even(samples: Samples) -> Samples:
    """Without silence around it, and as loud as the others."""
    sound = trimmed(samples)
    if not len(sound):
        return sound
    whole = floats(sound)
    gain = 10 ** ((LOUD_DBFS - level(whole)) / 20)
    return pcm(whole * np.float32(min(gain, 0.98 / float(np.abs(whole).max()))))


def made(lang: str, told: Callable[[str], None] = lambda _: None) -> list[Saying]:
    """Every phrase of `locale/<lang>/bench.yaml` in every voice.

    Args:
        lang: "ko" or "en".
        told: what is being done.

    Raises:
        UserError: if espeak-ng is not there.
    """
    found = []
    for kind, texts in catalogue(lang, "bench")["said"].items():
        told(f"espeak-ng speaks: {kind}")
        for text in texts:
            for voice in VOICES[lang]:
                found.append(Saying(kind, text, spoken_by_espeak(text, *voice), voice[0]))
    return found


def recorded(folder: Path, lang: str) -> list[Saying]:
    """The recordings of a folder; what each is for is known by its words.

    Raises:
        UserError: if the folder, its table or a clip cannot be read.
    """
    found = []
    for row in read_transcripts(folder):
        meaning = understand(row.text, lang)
        kind = meaning if meaning in ("help", "yes", "no", "stop", "fine") else "talk"
        found.append(Saying(kind, row.text, even(pcm(read_sound(folder / row.clip))), row.clip))
    return found


def spotted(spotter: Spotter, lang: str, samples: Samples) -> list[set[str]]:
    """The kinds that the robot spots in a sound, each time that it is said in a quiet room."""
    rng, parameters, found = np.random.default_rng(0), EarsParameters(), []
    for _ in range(TIMES):
        echo, hearing = EchoCanceller(), Hearing(parameters, lang, VoiceDetector(), spotter)
        lead, tail = rng.uniform(0.8, 1.2), parameters.end_of_turn_s + 0.6
        around = np.pad(samples, (round(lead * RATE), round(tail * RATE)))
        room = rng.integers(-ROOM, ROOM + 1, len(around))
        kinds = set[str]()
        for number, chunk in enumerate(chunks((around + room).clip(-32768, 32767).astype(np.int16))):
            echo.played(np.zeros(CHUNK, np.int16))
            for decision in hearing.hear(echo.cancel(chunk), number * CHUNK_S, number):
                if isinstance(decision, Spotted):
                    kinds.add("name" if decision.spot.kind == "wake" else decision.spot.kind)
        found.append(kinds)
    return found


def understandable(
    sayings: Sequence[Saying], spotter: Spotter, lang: str, kinds: Sequence[str] = SPOTTED
) -> dict[str, list[Saying]]:
    """By kind; of the spotted kinds those that the robot hears as such and as nothing else when it is quiet.

    How well it hears is not what is measured, and espeak-ng's Korean is hardly speech.

    Raises:
        UserError: if it hears none of a kind.
    """
    by_kind: dict[str, list[Saying]] = {}
    for saying in sayings:
        tried = saying.kind in SPOTTED and len(by_kind.get(saying.kind, ())) < ENOUGH
        if saying.kind not in SPOTTED or (
            tried and all(saying.kind in kinds for kinds in spotted(spotter, lang, saying.samples))
        ):
            by_kind.setdefault(saying.kind, []).append(saying)
    for kind in kinds:
        if kind not in by_kind:
            raise UserError(
                f"the spotter hears none of the sounds for {kind!r}", "give recordings of it with --sounds DIR"
            )
    return by_kind
