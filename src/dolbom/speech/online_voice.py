"""The online voice: gTTS, with a limit on the whole time, certificates that are checked, and sentences that are kept.

Without leave to go online it says what is kept, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import threading
import time
from typing import Any

import numpy as np

from dolbom.speech.kept import Kept
from dolbom.speech.manner import stretched
from dolbom.speech.sound import Samples, pcm, resampled
from dolbom.speech.synthesis import Cancel, NotThisSentenceError, SynthesisError

LOOK_S = 0.02
LATE_S = 15.0
"""An answer that nobody waits for any more is still taken for so long, to be kept."""
_SOUND = re.compile(r'jQ1olc","\[\\"(.*?)\\"]')


class OnlineVoice:
    """gTTS.

    Args:
        kept: where sentences are kept.
        online: whether the words may be sent.
        limit_s: the whole of a sentence must have come by then. One that comes later is kept for the next time.
        site: the top-level domain of the service.
    """

    name = "gtts"
    licence = "MIT (gTTS); the words go to an online service, under its terms"

    def __init__(self, kept: Kept, *, online: bool = False, limit_s: float = 3.0, site: str = "com") -> None:
        self._kept, self._online, self._limit_s, self._site = kept, online, limit_s, site
        self._asking = threading.Semaphore(2)

    def unready(self, lang: str) -> str:  # noqa: ARG002 (gTTS knows both languages)
        """As `Synthesiser.unready`: what is kept can always be said, so it is asked for every sentence."""
        return "" if self._online or self._kept.count() else "not allowed to go online (parameter online of voice)"

    def render(self, text: str, lang: str, rate: float, cancel: Cancel, *, fixed: bool = False) -> Samples:
        """As `Synthesiser.render`; `fixed`: it is a prompt that is kept for good."""
        key = self._kept.key(self.name, lang, 1.0, text)
        found = self._kept.get(key)
        if found is None:
            if not self._online:
                raise NotThisSentenceError("this sentence is not kept, and going online is not allowed")
            found = self._ask(text, lang, key, cancel, fixed=fixed)
        return stretched(found, rate)

    def warm(self, lang: str) -> None:
        """As `Synthesiser.warm`."""

    def close(self) -> None:
        """As `Synthesiser.close`."""

    def _ask(self, text: str, lang: str, key: str, cancel: Cancel, *, fixed: bool) -> Samples:
        if not self._asking.acquire(blocking=False):
            raise SynthesisError("the online voice still owes earlier sentences")
        answer: list[Samples | SynthesisError] = []
        done = threading.Event()

        def ask() -> None:
            try:
                samples = _fetch(text, lang, self._site)
                self._kept.put(key, samples, fixed=fixed)
                answer.append(samples)
            except SynthesisError as error:
                answer.append(error)
            finally:
                self._asking.release()
                done.set()

        # A name that does not resolve or a portal that sends a byte a second keep to no limit of their own.
        threading.Thread(target=ask, name="online voice", daemon=True).start()
        end = time.monotonic() + self._limit_s
        while not done.wait(LOOK_S):
            if cancel.is_set():
                return np.zeros(0, np.int16)
            if time.monotonic() > end:
                raise SynthesisError(f"the online voice did not answer within {self._limit_s:g} s")
        found = answer[0] if answer else SynthesisError("the online voice failed")
        if isinstance(found, SynthesisError):
            raise found
        return found


def _fetch(text: str, lang: str, site: str) -> Samples:
    import requests
    import soundfile
    from gtts import gTTS

    # gTTS makes the requests; they are sent from here, because it sends them without looking at certificates.
    try:
        prepared: list[Any] = gTTS(text, lang=lang, tld=site, lang_check=False)._prepare_requests()
        sound = b""
        with requests.Session() as session:
            for request in prepared:
                settings = session.merge_environment_settings(request.url, {}, False, None, None)
                answer = session.send(request, timeout=LATE_S, **settings)
                answer.raise_for_status()
                found = _SOUND.search(answer.text)
                if found is None:
                    raise SynthesisError("the online voice gave no sound")
                sound += base64.b64decode(found[1])
    except (requests.RequestException, OSError, AssertionError, ValueError, binascii.Error) as error:
        raise SynthesisError(f"the online voice cannot be reached: {type(error).__name__}") from None
    try:
        samples, rate = soundfile.read(io.BytesIO(sound), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise SynthesisError(f"the online voice gave no sound: {error}") from None
    return pcm(resampled(samples.mean(axis=1), rate))
