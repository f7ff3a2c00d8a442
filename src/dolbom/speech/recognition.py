"""Sound to text: what was said in one turn, offline by Whisper or, where it is allowed, online by Google."""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from dolbom.errors import UserError
from dolbom.places import models_folder
from dolbom.speech.sound import RATE, Floats, pcm

LOCALES = {"ko": "ko-KR", "en": "en-US"}
"""As Google names them; LiveSpeech wants ko_KR."""
# Whisper's own limits, as its authors chose them: text that repeats itself, or that is unlikely in what is likely no
# speech, was made up.
MOST_COMPRESSIBLE = 2.4
LIKELY_NO_SPEECH = 0.6
UNLIKELY_TEXT = -1.0


class RecognitionParameters(BaseModel):
    """How what was said is recognised."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recogniser: Literal["whisper", "google", "none"] = Field(
        "whisper", description="whisper: on the robot; google: online, and whisper where that fails; none: no words."
    )
    beam: int = Field(5, ge=1, le=10, description="Hypotheses followed at once; 1 is a fifth faster.")
    threads: int = Field(2, ge=1, le=16, description="Processor threads of a recognition.")
    online_limit_s: float = Field(3.0, ge=0.5, le=20, description="Seconds that an online answer may take.")


@dataclass(frozen=True)
class Recognised:
    """What was understood of one turn.

    Attributes:
        text: the words; empty if there were none.
        confidence: 0..1; of Whisper the mean probability of a token.
        lang: "ko" or "en".
        engine: who recognised it.
    """

    text: str
    confidence: float
    lang: str
    engine: str = "whisper"


class Recogniser(Protocol):
    """Recognises one turn at a time, called from one thread."""

    def recognise(self, samples: Floats, lang: str) -> Recognised:
        """What was said.

        Args:
            samples: 16 kHz mono, -1..1, shape (n,), at most 30 s.
            lang: "ko" or "en".
        """
        ...


class OfflineError(Exception):
    """An online recogniser gave no answer; the message says why in one line."""


def whisper_model() -> Path:
    """The folder of Whisper's weights.

    Raises:
        UserError: if they are not there.
    """
    path = models_folder() / "whisper-base"
    if not (path / "model.bin").is_file():
        raise UserError(f"no {path.name} in {path.parent}", "`dolbom weights fetch` brings it")
    return path


class WhisperRecogniser:
    """Whisper through CTranslate2, 8 bit, held in memory.

    Args:
        parameters: beam and threads.
        model: folder of the weights.
    """

    def __init__(self, parameters: RecognitionParameters | None = None, model: Path | None = None) -> None:
        from faster_whisper import WhisperModel

        self._parameters = parameters or RecognitionParameters()
        folder = str(model or whisper_model())
        # Nothing is fetched: a folder is given, and it is complete or refused.
        self._model: Any = WhisperModel(
            folder, device="cpu", compute_type="int8", cpu_threads=self._parameters.threads, local_files_only=True
        )

    def warm(self) -> None:
        """The first recognition takes longer; this is it."""
        self.recognise(np.zeros(RATE, np.float32), "ko")

    def recognise(self, samples: Floats, lang: str) -> Recognised:
        """As `Recogniser.recognise`."""
        found, _ = self._model.transcribe(
            samples,
            language=lang,
            beam_size=self._parameters.beam,
            temperature=0.0,
            # Six syllables a second is fast speech, and a syllable is seldom more than two tokens.
            max_new_tokens=min(200, 20 + 12 * math.ceil(len(samples) / RATE)),
            condition_on_previous_text=False,
            # No prompt: it betters clean speech a little, but then silence and noise are heard as the prompt's words.
            without_timestamps=True,
        )
        kept = [one for one in found if not _made_up(one)]
        text = " ".join(one.text.strip() for one in kept).strip()
        if not any(letter.isalnum() for letter in text):
            return Recognised("", 0.0, lang)
        return Recognised(text, float(np.exp(np.mean([one.avg_logprob for one in kept]))), lang)


def _made_up(segment: Any) -> bool:
    unlikely = segment.no_speech_prob > LIKELY_NO_SPEECH and segment.avg_logprob < UNLIKELY_TEXT
    return bool(unlikely or segment.compression_ratio > MOST_COMPRESSIBLE)


class GoogleRecogniser:
    """Google's web recogniser through SpeechRecognition: the sound leaves the home, so only where that was allowed.

    Args:
        limit_s: seconds that an answer may take, from the question to the last byte.
        endpoint: another server that speaks the same protocol.
    """

    def __init__(self, limit_s: float = 3.0, endpoint: str | None = None) -> None:
        import speech_recognition

        self._api = speech_recognition
        self._recogniser = speech_recognition.Recognizer()
        # Of each single wait for the network; a server that sends a byte now and then would never reach it.
        self._recogniser.operation_timeout = limit_s
        self._limit_s = limit_s
        self._options: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}

    def recognise(self, samples: Floats, lang: str) -> Recognised:
        """As `Recogniser.recognise`.

        Raises:
            OfflineError: if it gave no answer in time.
        """
        answers: queue.SimpleQueue[Recognised | OfflineError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._ask(samples, lang))
            except OfflineError as error:
                answers.put(error)
            except Exception as error:  # whatever a strange answer made of it
                answers.put(OfflineError(f"the online recogniser answers nonsense: {type(error).__name__}"))

        # A daemon: one that never ends is left behind, and the next is asked only after a pause.
        threading.Thread(target=ask, name="online recogniser", daemon=True).start()
        try:
            found = answers.get(timeout=self._limit_s)
        except queue.Empty:
            raise OfflineError(f"the online recogniser did not answer within {self._limit_s:g} s") from None
        if isinstance(found, OfflineError):
            raise found
        return found

    def _ask(self, samples: Floats, lang: str) -> Recognised:
        audio = self._api.AudioData(pcm(samples).tobytes(), RATE, 2)
        try:
            text, confidence = self._recogniser.recognize_google(
                audio, language=LOCALES[lang], with_confidence=True, **self._options
            )
        except self._api.UnknownValueError:
            return Recognised("", 0.0, lang, "google")
        except (self._api.RequestError, OSError, ValueError) as error:
            # ValueError: what answered was a portal's page and not the recogniser.
            raise OfflineError(f"the online recogniser does not answer: {error}") from error
        return Recognised(str(text), float(confidence), lang, "google")


class WithFallback:
    """Asks the online recogniser first, and the one on the robot when that does not answer.

    Args:
        online, offline: the two.
        now: behaviour time, seconds.
        pause_s: after a failure it is not asked for so long.
    """

    def __init__(
        self, online: Recogniser, offline: Recogniser, now: Callable[[], float], pause_s: float = 60.0
    ) -> None:
        self._online, self._offline, self._now, self._pause_s = online, offline, now, pause_s
        self._not_before = -math.inf
        self.trouble = ""
        """Why the online recogniser was last given up, empty while it answers."""

    def recognise(self, samples: Floats, lang: str) -> Recognised:
        """As `Recogniser.recognise`."""
        if self._now() >= self._not_before:
            try:
                found = self._online.recognise(samples, lang)
            except OfflineError as error:
                self.trouble, self._not_before = str(error), self._now() + self._pause_s
            else:
                self.trouble = ""
                return found
        return self._offline.recognise(samples, lang)


def recogniser_for(parameters: RecognitionParameters, now: Callable[[], float]) -> Recogniser | None:
    """The recogniser that the parameters name, loaded and warm; None if they want none.

    Args:
        parameters: which one.
        now: behaviour time, seconds.

    Raises:
        UserError: if its weights are not there.
    """
    if parameters.recogniser == "none":
        return None
    whisper = WhisperRecogniser(parameters)
    whisper.warm()
    if parameters.recogniser == "whisper":
        return whisper
    return WithFallback(GoogleRecogniser(parameters.online_limit_s), whisper, now)
