"""An utterance from words to the speaker: order, pace, silence when told, and what becomes of a failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dolbom.speech.manner import louder, stretched, trimmed
from dolbom.speech.normaliser import spoken
from dolbom.speech.playback import Progress
from dolbom.speech.prompts import fixed_prompts
from dolbom.speech.sentences import sentences
from dolbom.speech.sound import RATE, Samples
from dolbom.speech.speaking import AHEAD_S, Manner, Speaking, UnheardError
from dolbom.speech.synthesis import Cancel, NotThisSentenceError, Preferred, SynthesisError, SynthesisParameters


class Tone:
    """An engine whose sentences are a tenth of a second a letter, loud as the sentence is long."""

    licence = ""

    def __init__(self, name: str = "tone", takes_s: float = 0.0, fails: Exception | None = None) -> None:
        self.name, self.takes_s, self.fails = name, takes_s, fails
        self.asked: list[str] = []
        self.reason = ""

    def unready(self, lang: str) -> str:
        return self.reason

    def render(self, text: str, lang: str, rate: float, cancel: Cancel) -> Samples:
        self.asked.append(text)
        if self.fails:
            raise self.fails
        time.sleep(self.takes_s)
        return np.full(round(0.02 * len(text) / rate * RATE), 9000, np.int16)

    def warm(self, lang: str) -> None:
        pass

    def close(self) -> None:
        pass


class Loudspeaker:
    """Plays in real time, as a speaker does."""

    def __init__(self) -> None:
        self.pieces: list[tuple[float, Samples, bool]] = []
        self.flushed = 0.0
        self.lost = ""
        self.deaf = False
        self._begun = 0.0

    def begin(self, id: str) -> None:
        self.pieces.clear()
        self.flushed = 0.0

    def put(self, id: str, samples: Samples, *, end: bool) -> None:
        now = time.monotonic()
        self._begun = self._begun if self.pieces else now
        self.pieces.append((now, samples, end))

    def flush(self, id: str) -> None:
        self.flushed = time.monotonic()

    def heard(self, id: str) -> Progress | None:
        if self.deaf or not self.pieces:
            return None
        if self.lost:
            return Progress(id, 0.0, True, self.lost)
        over = self.pieces[-1][2] and time.monotonic() - self._begun >= self.seconds
        return Progress(id, min(self.seconds, time.monotonic() - self._begun), over or bool(self.flushed))

    @property
    def seconds(self) -> float:
        return sum(len(samples) for _, samples, _ in self.pieces) / RATE

    @property
    def samples(self) -> Samples:
        return np.concatenate([samples for _, samples, _ in self.pieces])


NEVER = threading.Event()
QUICK = Manner(pause_s=0.1)


@pytest.fixture
def loudspeaker() -> Loudspeaker:
    return Loudspeaker()


def speak(loudspeaker: Loudspeaker, text: str, *engines: Tone, cancel: threading.Event = NEVER) -> list[float]:
    return list(Speaking(Preferred(engines, time.monotonic), loudspeaker).speak("u", text, "ko", QUICK, cancel))


def test_sentences_sound_in_order_with_pauses_and_it_ends_when_all_was_heard(loudspeaker: Loudspeaker) -> None:
    tone = Tone()
    begin = time.monotonic()
    progress = speak(loudspeaker, "네, 알겠어요. 1시에 뵈어요!", tone)
    assert tone.asked == ["네, 알겠어요.", "한 시에 뵈어요!"]
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)
    assert time.monotonic() - begin >= loudspeaker.seconds
    quiet = np.flatnonzero(loudspeaker.samples == 0)
    # The pause, and on a busy machine as much again for each time that the next piece came late.
    assert len(quiet) >= 0.1 * RATE and len(quiet) % (0.1 * RATE) == 0
    assert [end for _, _, end in loudspeaker.pieces].index(True) == len(loudspeaker.pieces) - 1


def test_nothing_is_handed_on_more_than_the_lead_before_it_sounds(loudspeaker: Loudspeaker) -> None:
    speak(loudspeaker, "가나다라마바사아자차카타파하 " * 3, Tone())
    sent = 0.0
    for at, samples, _ in loudspeaker.pieces:
        sent += len(samples) / RATE
        assert sent <= at - loudspeaker.pieces[0][0] + AHEAD_S + 0.02


def test_the_first_sentence_sounds_before_the_second_is_made(loudspeaker: Loudspeaker) -> None:
    class Waiting(Tone):
        """Makes the second sentence only when the first has been handed to the speaker."""

        def render(self, text: str, lang: str, rate: float, cancel: Cancel) -> Samples:
            end = time.monotonic() + 10
            while self.asked and not loudspeaker.pieces:
                assert time.monotonic() < end
                time.sleep(0.005)
            return super().render(text, lang, rate, cancel)

    tone = Waiting()
    speak(loudspeaker, "하나예요. 둘이에요. 셋이에요.", tone)
    assert tone.asked == ["하나예요.", "둘이에요.", "셋이에요."]


def test_told_to_be_quiet_it_is_so_at_once_also_while_a_sentence_is_being_made(loudspeaker: Loudspeaker) -> None:
    for engine, after in ((Tone(), 0.15), (Tone(takes_s=1.0), 0.1)):
        cancel = threading.Event()
        told: list[float] = []
        timer = threading.Timer(after, lambda told=told, cancel=cancel: (told.append(time.monotonic()), cancel.set()))
        timer.start()
        speak(loudspeaker, "가나다라마바사아자차카타파하 가나다라마바사아자차카타파하", engine, cancel=cancel)
        assert loudspeaker.flushed - told[0] < 0.1
        assert not any(end for _, _, end in loudspeaker.pieces)


def test_the_next_engine_speaks_when_one_cannot_and_the_failed_one_is_left_out_for_a_while() -> None:
    now = [0.0]
    broken, good, absent = Tone("broken", fails=SynthesisError("no model")), Tone("good"), Tone("absent")
    absent.reason = "not installed"
    preferred = Preferred([absent, broken, good], lambda: now[0])
    assert preferred.render("네", "ko", 1.0, NEVER).engine == "good"
    assert preferred.troubles("ko") == {"absent": "not installed", "broken": "no model", "good": ""}
    assert preferred.failures() == {"broken": "no model"}
    preferred.render("네", "ko", 1.0, NEVER)
    assert len(broken.asked) == 1
    now[0] = 31.0
    preferred.render("네", "ko", 1.0, NEVER)
    assert len(broken.asked) == 2


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), UnicodeEncodeError("utf-8", "", 0, 1, "no")])
def test_whatever_an_engine_stumbles_over_the_next_one_speaks(error: Exception) -> None:
    preferred = Preferred([Tone("broken", fails=error), Tone("good")], time.monotonic)
    assert preferred.render("네", "ko", 1.0, NEVER).engine == "good"
    assert type(error).__name__ in preferred.failures()["broken"]


def test_an_engine_that_dies_in_the_middle_leaves_the_rest_to_the_next(loudspeaker: Loudspeaker) -> None:
    class Mortal(Tone):
        def render(self, text: str, lang: str, rate: float, cancel: Cancel) -> Samples:
            self.fails = SynthesisError("it died") if self.asked else None
            return super().render(text, lang, rate, cancel)

    mortal, good = Mortal("mortal"), Tone("good")
    assert speak(loudspeaker, "하나예요. 둘이에요. 셋이에요.", mortal, good)[-1] == 1.0
    assert (mortal.asked, good.asked) == (["하나예요.", "둘이에요."], ["둘이에요.", "셋이에요."])


def test_an_engine_that_lacks_one_sentence_is_asked_for_the_next() -> None:
    choosy = Tone("choosy", fails=NotThisSentenceError("not kept"))
    preferred = Preferred([choosy, Tone("good")], time.monotonic)
    preferred.render("네", "ko", 1.0, NEVER)
    preferred.render("네", "ko", 1.0, NEVER)
    assert len(choosy.asked) == 2
    assert preferred.failures() == {}


def lost(loudspeaker: Loudspeaker) -> None:
    loudspeaker.lost = "unplugged"


def deaf(loudspeaker: Loudspeaker) -> None:
    loudspeaker.deaf = True


@pytest.mark.parametrize(("breaks", "why"), [(lost, "the speaker: unplugged"), (deaf, "no speaker answers")])
def test_a_speaker_that_is_gone_is_noticed_and_what_nobody_heard_is_named(
    loudspeaker: Loudspeaker, breaks: Callable[[Loudspeaker], None], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dolbom.speech.speaking.NEWS_S", 0.2)
    breaks(loudspeaker)
    with pytest.raises(UnheardError, match=why) as caught:
        speak(loudspeaker, "안녕하세요 어르신 반갑습니다. 오늘은 좋은 날이에요.", Tone())
    assert "오늘은 좋은 날이에요." in caught.value.rest
    assert loudspeaker.flushed


@pytest.mark.parametrize("error", [SynthesisError("no model"), RuntimeError("a mistake")])
def test_when_no_engine_can_it_is_told_with_all_that_was_to_be_said(loudspeaker: Loudspeaker, error: Exception) -> None:
    with pytest.raises(UnheardError, match=str(error)) as caught:
        speak(loudspeaker, "네. 그래요.", Tone(fails=error))
    assert caught.value.rest == "네. 그래요."
    with pytest.raises(UnheardError, match="no speech engine is wanted"):
        speak(loudspeaker, "네.")


def test_an_engine_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no speech engine 'festival': there are piper, gtts, espeak"):
        SynthesisParameters(engines=["espeak", "festival"])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("네.", ["네."]),
        ("안녕하세요? 오늘은 36.5도예요. 좋네요!", ["안녕하세요?", "오늘은 36.5도예요.", "좋네요!"]),
        ("Dr. Kim is here. Say hello.", ["Dr. Kim is here.", "Say hello."]),
        ("…", []),
        ("", []),
        ("한 줄\n두 줄", ["한 줄", "두 줄"]),
    ],
)
def test_a_text_is_cut_where_one_breathes(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


@given(text=st.text(alphabet="가나 다.,?!\nab1", max_size=200))
def test_no_word_is_lost_between_sentences(text: str) -> None:
    assert "".join(letter for part in sentences(text) for letter in part if letter.isalnum()) == "".join(
        letter for letter in text if letter.isalnum()
    )


@pytest.mark.parametrize(
    "text",
    [
        "가" * 10_000,
        "말 " * 5000,
        "가, 나" * 2500,
        "1" * 10_000,
        "a" * 10_000,
        "1%" * 5000,
        "<b>&amp;" * 1250,
        "가👍" * 5000,
    ],
)
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_text_without_end_is_cut_so_that_it_can_be_stopped_and_is_begun_at_once(text: str, lang: str) -> None:
    begin = time.monotonic()
    parts = sentences(text)
    assert max(len(spoken(part, lang)) for part in parts[:3]) < 2500
    assert max(map(len, parts)) <= 200
    assert time.monotonic() - begin < 1.0
    assert sum(letter.isalnum() for part in parts for letter in part) == sum(map(str.isalnum, text))


def test_slower_and_louder_are_what_they_say_and_nothing_is_cut_off() -> None:
    tone = (np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE) * 8000).astype(np.int16)
    slow = stretched(tone, 0.8)
    assert len(slow) == pytest.approx(RATE / 0.8, rel=0.03)
    spectrum = np.abs(np.fft.rfft(slow[: RATE // 2].astype(float)))
    assert np.argmax(spectrum) * 2 == pytest.approx(200, abs=6)  # the pitch stays
    assert np.abs(louder(tone, 6.0)).max() == pytest.approx(8000 * 2, rel=0.1)
    assert 28_000 < np.abs(louder(tone, 24.0).astype(int)).max() < 32_768
    assert np.array_equal(louder(tone, 0), tone)
    padded = np.concatenate([np.zeros(RATE, np.int16), tone, np.zeros(RATE, np.int16)])
    assert RATE <= len(trimmed(padded)) <= 1.1 * RATE
    assert len(trimmed(np.zeros(100, np.int16))) == 0


@pytest.mark.parametrize(("lang", "first"), [("ko", "어르신, 괜찮으세요?"), ("en", "Hello, are you all right?")])
def test_the_fixed_prompts_are_whole_sentences_without_a_gap_to_fill(lang: str, first: str) -> None:
    prompts = fixed_prompts(lang)
    assert first in prompts
    assert len(prompts) == len(set(prompts)) > 20
    assert not any(letter in prompt for prompt in prompts for letter in "{}0123456789")


def test_a_sentence_that_was_prepared_is_not_made_again_and_only_for_the_same_pace() -> None:
    tone = Tone()
    engines = Preferred([tone], time.monotonic)
    engines.prepare("네.", "ko", 1.0)
    engines.render("네.", "ko", 1.0, Cancel())
    assert tone.asked == ["네."]
    engines.render("네.", "ko", 0.9, Cancel())
    engines.render("아니요.", "ko", 1.0, Cancel())
    assert tone.asked == ["네.", "네.", "아니요."]
    tone.reason = "gone"
    with pytest.raises(SynthesisError, match="gone"):
        engines.render("네.", "ko", 1.0, Cancel())
