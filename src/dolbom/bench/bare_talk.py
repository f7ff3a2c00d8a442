"""The baseline of `dolbom bench voice`: the same sound through the same engines in one plain loop, without ROS.

It detects, spots, recognises and speaks what the robot did in the talk, as fast as it can, one after the other.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import psutil

from dolbom.dialog.intents import Understanding
from dolbom.dialog.voice import VoiceParameters
from dolbom.speech.detector import VoiceDetector
from dolbom.speech.engines import engines_of
from dolbom.speech.hearing import EarsParameters, Hearing, Understood
from dolbom.speech.normaliser import spoken
from dolbom.speech.recognising import Done
from dolbom.speech.recognition import Recogniser, recogniser_for
from dolbom.speech.sentences import sentences
from dolbom.speech.sound import CHUNK_S, Samples, chunks, floats
from dolbom.speech.spotting import spotter_for
from dolbom.speech.synthesis import Cancel
from dolbom.speech.turns import Segment


class RecognisingAtOnce:
    """As `dolbom.speech.recognising.Recognising`, in the same thread.

    Attributes:
        took: seconds of each recognition.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser, self._done = recogniser, list[Done]()
        self.took: list[float] = []

    def begin(self, segment: Segment, lang: str) -> None:
        """As `Recognising.begin`."""
        begun = time.perf_counter()
        found = self._recogniser.recognise(floats(segment.samples), lang)
        self.took.append(time.perf_counter() - begun)
        self._done.append(Done(segment, found, self.took[-1]))

    def take(self) -> Done | None:
        """As `Recognising.take`."""
        return self._done.pop(0) if self._done else None


class Loop:
    """Hears and speaks.

    Attributes:
        rendered: seconds until the first sentence of each reply was sound.
    """

    def __init__(self, lang: str) -> None:
        parameters = EarsParameters()
        recogniser = recogniser_for(parameters, time.monotonic)
        assert recogniser is not None
        self.recognising = RecognisingAtOnce(recogniser)
        self.rendered: list[float] = []
        self._lang = lang
        self._understanding = Understanding()
        self._understanding.warm(lang)
        self._engines = engines_of(VoiceParameters())
        self._engines.warm(lang)
        self._hearing = Hearing(parameters, lang, VoiceDetector(), spotter_for(lang, parameters), self.recognising)
        self._number = 0

    def hear(self, samples: Samples) -> None:
        """Hears a sound, and understands what is said in it."""
        for chunk in chunks(samples):
            self._number += 1
            now = self._number * CHUNK_S
            decisions = self._hearing.hear(chunk, now, self._number)
            for decision in [*decisions, *self._hearing.poll(now)]:
                if isinstance(decision, Understood) and decision.text:
                    self._understanding.of(decision.text, decision.lang)

    def speak(self, text: str) -> None:
        """Makes a reply into sound."""
        begun = time.perf_counter()
        for number, sentence in enumerate(sentences(text)):
            words = spoken(sentence, self._lang)
            if words:
                self._engines.render(words, self._lang, 1.0, Cancel())
            if number == 0:
                self.rendered.append(time.perf_counter() - begun)

    def close(self) -> None:
        """Ends the engines."""
        self._engines.close()


def main() -> None:
    """The worker: FOLDER holds talk.npz and talk.json; writes bare.json."""
    folder, lang = Path(sys.argv[1]), sys.argv[2]
    process = psutil.Process()

    def cpu() -> float:
        # Speech programs that have ended count as children.
        return float(sum(process.cpu_times()[:4]))

    loop = Loop(lang)
    replies = json.loads((folder / "talk.json").read_text(encoding="utf-8"))["replies"]
    with np.load(folder / "talk.npz") as sound:
        before = cpu()
        loop.hear(sound["rest"])
        at_rest = cpu() - before
        before = cpu()
        loop.hear(sound["talk"])
        for text in replies:
            loop.speak(text)
        talking = cpu() - before
    found = {
        "rest_cpu_s": at_rest,
        "talk_cpu_s": talking,
        "memory_mb": process.memory_info().rss / 1e6,
        "recognising_s": loop.recognising.took,
        "rendering_s": loop.rendered,
    }
    loop.close()
    (folder / "bare.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
