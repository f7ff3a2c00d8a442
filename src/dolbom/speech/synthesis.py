"""What makes sound out of words, and the order in which the ways to do so are tried."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from dolbom.speech.sound import Samples

EngineName = Literal["piper", "gtts", "espeak"]
PAUSE_S = 30.0
"""An engine that failed is not asked again for so long."""
Cancel = threading.Event


class SynthesisError(Exception):
    """A text could not be made into sound; the message says why in one line."""


class NotThisSentenceError(SynthesisError):
    """It cannot say these words, but perhaps the next."""


class SynthesisParameters(BaseModel):
    """What speaks, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    engines: list[str] = Field(
        default_factory=lambda: ["piper", "gtts", "espeak"],
        description="What speaks, the first that can: piper, gtts, espeak; none of them: only text is shown.",
    )
    online: bool = Field(
        False, description="Let gtts send the words to an online service; otherwise it only says what it has kept."
    )
    online_limit_s: float = Field(3.0, ge=0.5, le=30, description="The online voice must have answered by then, s.")
    piper_voice: str = Field("", description="Name of a Piper voice; empty: the first one of the language.")
    rate: float = Field(1.0, ge=0.5, le=1.5, description="Pace for everybody; 1: the voice's own, less is slower.")
    volume_db: float = Field(0.0, ge=-30, le=12, description="Louder or softer than the voice's own, dB.")
    pause_s: float = Field(0.35, ge=0, le=3, description="Silence between two sentences, seconds.")
    cache_mb: int = Field(200, ge=0, le=10_000, description="Room for sentences that are kept as sound, MB.")

    @field_validator("engines")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        for name in names:
            if name and name not in get_args(EngineName):
                raise ValueError(f"no speech engine {name!r}: there are {', '.join(get_args(EngineName))}")
        return names


class Synthesiser(Protocol):
    """Makes sound out of words that hold no digits or signs (see `dolbom.speech.normaliser`)."""

    name: str
    licence: str

    def unready(self, lang: str) -> str:
        """Why it cannot speak this language now, in one line; empty if it can. Quick: asked before every sentence."""
        ...

    def render(self, text: str, lang: str, rate: float, cancel: Cancel) -> Samples:
        """The sentence as sound; may take seconds.

        Args:
            text: one sentence.
            lang: "ko" or "en".
            rate: pace, 1 is the voice's own.
            cancel: set when it is wanted no more; what comes then does not matter.

        Returns:
            16 kHz mono, shape (n,).

        Raises:
            SynthesisError: if it could not.
        """
        ...

    def warm(self, lang: str) -> None:
        """Loads what takes long, so that the first sentence does not wait for it."""
        ...

    def close(self) -> None:
        """Ends what runs; may be called twice."""
        ...


@dataclass(frozen=True, eq=False)
class Rendered:
    """A sentence as sound, and who made it."""

    samples: Samples
    engine: str


class Preferred:
    """Asks one engine after the other until one can; one that failed is left out for a while.

    Args:
        engines: the best first.
        now: steady time, seconds.
    """

    def __init__(self, engines: Sequence[Synthesiser], now: Callable[[], float]) -> None:
        self.engines = list(engines)
        self._now = now
        self._lock = threading.Lock()
        self._failed: dict[str, tuple[float, str]] = {}
        self._prepared: dict[tuple[str, str, float, str], Samples] = {}

    def prepare(self, text: str, lang: str, rate: float) -> None:
        """Makes a sentence before it is wanted: then it is said at once. Kept in memory for as long as the engines.

        Raises:
            SynthesisError: if none could.
        """
        made = self.render(text, lang, rate, Cancel())
        with self._lock:
            self._prepared[made.engine, lang, rate, text] = made.samples

    def render(self, text: str, lang: str, rate: float, cancel: Cancel) -> Rendered:
        """As `Synthesiser.render`.

        Raises:
            SynthesisError: if none could; the message names why for each.
        """
        reasons = []
        for engine in self.engines:
            if reason := self.trouble(engine, lang):
                reasons.append(f"{engine.name}: {reason}")
                continue
            with self._lock:
                prepared = self._prepared.get((engine.name, lang, rate, text))
            if prepared is not None:
                return Rendered(prepared, engine.name)
            try:
                samples = engine.render(text, lang, rate, cancel)
            except Exception as error:  # whatever an engine stumbles over, the next one is to speak
                why = str(error) if isinstance(error, SynthesisError) else f"{type(error).__name__}: {error}"
                if not isinstance(error, NotThisSentenceError):
                    with self._lock:
                        self._failed[engine.name] = (self._now(), why)
                reasons.append(f"{engine.name}: {why}")
                continue
            if cancel.is_set():
                return Rendered(np.zeros(0, np.int16), engine.name)
            if not len(samples):
                reasons.append(f"{engine.name}: it gave no sound")
                continue
            with self._lock:
                self._failed.pop(engine.name, None)
            return Rendered(samples, engine.name)
        raise SynthesisError("; ".join(reasons) or "no speech engine is wanted")

    def trouble(self, engine: Synthesiser, lang: str) -> str:
        """Why an engine is not asked now, empty if it is."""
        with self._lock:
            failed = self._failed.get(engine.name)
        if failed is not None and self._now() - failed[0] < PAUSE_S:
            return failed[1]
        return engine.unready(lang)

    def failures(self) -> dict[str, str]:
        """What failed lately, and why."""
        with self._lock:
            return {name: why for name, (at, why) in self._failed.items() if self._now() - at < PAUSE_S}

    def troubles(self, lang: str) -> dict[str, str]:
        """For each engine why it is not asked now, empty if it is."""
        return {engine.name: self.trouble(engine, lang) for engine in self.engines}

    def warm(self, lang: str) -> None:
        """Warms the engine that would be asked now."""
        for engine in self.engines:
            if not self.trouble(engine, lang):
                engine.warm(lang)
                return

    def close(self) -> None:
        """Ends all engines."""
        for engine in self.engines:
            engine.close()
