"""The engines that the parameters ask for, in their order."""

from __future__ import annotations

import time
from collections.abc import Callable

from dolbom.speech.espeak import Espeak
from dolbom.speech.kept import Kept, default_folder
from dolbom.speech.online_voice import OnlineVoice
from dolbom.speech.piper import Piper
from dolbom.speech.synthesis import Preferred, Synthesiser, SynthesisParameters


def engines_of(
    parameters: SynthesisParameters, kept: Kept | None = None, now: Callable[[], float] = time.monotonic
) -> Preferred:
    """The engines, the best first.

    Args:
        parameters: which, and whether one may go online.
        kept: where sentences are kept; the home's folder if None.
        now: steady time, seconds.
    """
    store = kept or Kept(default_folder(), parameters.cache_mb)
    makers: dict[str, Callable[[], Synthesiser]] = {
        "piper": lambda: Piper(parameters.piper_voice),
        "gtts": lambda: OnlineVoice(store, online=parameters.online, limit_s=parameters.online_limit_s),
        "espeak": Espeak,
    }
    return Preferred([makers[name]() for name in dict.fromkeys(parameters.engines) if name], now)
