"""Taking turns: one mouth, the urgent first, and a question that waits from its end."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from dolbom.dialog.engine import SpeechError, TextEngine, syllables
from dolbom.dialog.voice import (
    CalledForHelp,
    Decision,
    End,
    Ended,
    Hush,
    Request,
    Speak,
    Urgency,
    Voice,
    VoiceParameters,
)

DISTRESS_ANSWERS = ("fine", "help", "yes", "no", "stop")


def say(id: str, urgency: Urgency = Urgency.CHAT, text: str = "안녕하세요") -> Request:
    return Request(id, text, "ko", urgency=urgency)


def ask(id: str, urgency: Urgency = Urgency.DISTRESS, text: str = "괜찮으세요?", limit: float = 10.0) -> Request:
    return Request(id, text, "ko", urgency=urgency, answers=DISTRESS_ANSWERS, time_limit_s=limit)


def ends(decisions: list[Decision]) -> dict[str, Ended]:
    return {done.id: done.how for done in decisions if isinstance(done, End)}


def spoken(voice: Voice, request: Request, now: float = 0.0) -> Voice:
    assert Speak(request) in voice.request(request, now)
    assert ends(voice.spoken(request.id, now + 1)) == ({} if request.question else {request.id: Ended.FINISHED})
    return voice


def test_what_is_said_ends_when_the_engine_has_said_it() -> None:
    voice = spoken(Voice(), say("a"))
    assert voice.current is None


def test_silence_is_measured_from_the_end_of_the_question() -> None:
    voice = spoken(Voice(), ask("a"))
    assert voice.listening
    assert voice.tick(10.9) == []
    assert ends(voice.tick(11.0)) == {"a": Ended.SILENCE}


def test_an_understood_answer_ends_the_question_at_once() -> None:
    (end,) = spoken(Voice(), ask("a")).hear("응, 괜찮아", 3.0, 0.8)
    assert end == End("a", Ended.ANSWERED, "fine", "응, 괜찮아", 0.8)


def test_an_answer_over_the_question_silences_the_robot() -> None:
    voice = Voice()
    voice.request(ask("a"), 0.0)
    assert voice.hear("살려줘", 0.3) == [Hush("a"), End("a", Ended.ANSWERED, "help", "살려줘", 1.0)]


def test_words_that_are_not_understood_leave_a_moment_for_clearer_ones() -> None:
    voice = spoken(Voice(), ask("a"))
    assert voice.hear("그게 말이야", 3.0) == []
    assert voice.tick(4.9) == []
    (end,) = voice.tick(5.0)
    assert isinstance(end, End)
    assert (end.how, end.heard) == (Ended.UNCLEAR, "그게 말이야")

    voice = spoken(Voice(), ask("b"))
    voice.hear("그게 말이야", 3.0)
    (end,) = voice.hear("안 괜찮아", 4.0)
    assert isinstance(end, End)
    assert (end.how, end.answer, end.heard) == (Ended.ANSWERED, "help", "그게 말이야 안 괜찮아")


def test_a_whole_sentence_in_a_chat_is_a_wish_of_its_own_and_is_passed_on_at_once() -> None:
    question = Request("a", "날씨를 물으셨어요?", "ko", answers=("yes", "no"), time_limit_s=10.0)
    voice = spoken(Voice(), question)
    voice.hear("아니 지금 몇 시냐고", 3.0)
    assert ends(voice.tick(3.1)) == {"a": Ended.UNCLEAR}
    voice = spoken(Voice(), replace(question, urgency=Urgency.REMINDER))
    voice.hear("아니 지금 몇 시냐고", 3.0)
    assert voice.tick(4.9) == []


def test_unclear_words_over_the_question_leave_the_whole_time_after_it() -> None:
    voice = Voice()
    voice.request(ask("a"), 0.0)
    voice.hear("뭐라고", 0.5)
    voice.spoken("a", 1.0)
    assert voice.tick(10.9) == []
    assert ends(voice.tick(11.0)) == {"a": Ended.UNCLEAR}


def test_any_words_settle_a_question_without_given_answers() -> None:
    voice = Voice()
    voice.request(Request("a", "뭐 드셨어요?", "ko", time_limit_s=5.0), 0.0)
    voice.spoken("a", 1.0)
    (end,) = voice.hear("된장국", 2.0)
    assert end == End("a", Ended.ANSWERED, "", "된장국", 1.0)


def test_distress_interrupts_a_reminder_and_a_reminder_interrupts_chat() -> None:
    voice = Voice()
    voice.request(say("chat"), 0.0)
    out = voice.request(say("reminder", Urgency.REMINDER), 0.1)
    assert out[0] == Hush("chat")
    assert ends(out) == {"chat": Ended.INTERRUPTED}
    assert ends(voice.request(ask("distress"), 0.2)) == {"reminder": Ended.INTERRUPTED}
    assert voice.current is not None
    assert voice.current.id == "distress"


def test_equals_wait_for_each_other_and_the_urgent_goes_first() -> None:
    voice = Voice()
    voice.request(ask("a"), 0.0)
    assert voice.request(say("b"), 0.1) == []
    assert voice.request(ask("c", text="다른 분, 괜찮으세요?"), 0.2) == []
    voice.spoken("a", 1.0)
    out = voice.hear("괜찮아", 2.0)
    assert [done.request.id for done in out if isinstance(done, Speak)] == ["c"]


def test_the_same_question_again_takes_the_place_of_the_one_whose_asker_died() -> None:
    voice = spoken(Voice(), ask("old"))
    out = voice.request(ask("new"), 2.0)
    assert ends(out) == {"old": Ended.INTERRUPTED}
    assert Speak(ask("new")) in out


def test_what_is_cancelled_is_silent_at_once_and_the_next_begins() -> None:
    voice = Voice()
    voice.request(say("a"), 0.0)
    voice.request(say("b"), 0.0)
    voice.request(say("c"), 0.0)
    assert ends(voice.cancel("b", 0.1)) == {"b": Ended.INTERRUPTED}
    out = voice.cancel("a", 0.2)
    assert (out[0], out[-1]) == (Hush("a"), Speak(say("c")))
    assert voice.cancel("nobody", 0.3) == []


def test_an_engine_that_fails_fails_the_question_and_not_the_next() -> None:
    voice = Voice()
    voice.request(ask("a"), 0.0)
    voice.request(say("b", Urgency.DISTRESS), 0.0)
    out = voice.failed("a", "no speaker", 0.1)
    assert out == [End("a", Ended.FAILED, message="no speaker"), Speak(say("b", Urgency.DISTRESS))]


def test_an_engine_that_hangs_counts_as_failed() -> None:
    voice = Voice(VoiceParameters(stuck_s=6.0))
    voice.request(ask("a"), 0.0)
    assert voice.tick(6.0) == []
    assert ends(voice.tick(9.0)) == {"a": Ended.FAILED}
    assert voice.spoken("a", 9.1) == []  # it woke up again: too late


def test_a_call_for_help_that_no_question_waits_for_is_passed_on() -> None:
    voice = Voice()
    assert voice.hear("살려줘", 0.0, 0.7, "ko") == [CalledForHelp("살려줘", 0.7)]
    assert voice.hear("help me", 0.0, lang="en") == [CalledForHelp("help me", 1.0)]
    voice.request(Request("a", "약 드셨어요?", "ko", answers=("yes", "no"), time_limit_s=5.0), 0.0)
    assert CalledForHelp("아파 죽겠어", 1.0) in voice.hear("아파 죽겠어", 1.0)
    assert Voice().hear("오늘 춥네", 0.0) == []
    assert Voice().hear("  ", 0.0) == []


def test_stop_silences_chat_at_once_but_not_an_emergency() -> None:
    voice = Voice()
    voice.request(say("a"), 0.0)
    assert voice.hear("그만해", 0.5)[0] == Hush("a")
    voice.request(say("b", Urgency.DISTRESS), 1.0)
    assert voice.hear("그만해", 1.5) == []


def test_the_line_is_short_and_keeps_the_urgent() -> None:
    voice = Voice(VoiceParameters(waiting_limit=1))
    voice.request(say("now", Urgency.DISTRESS), 0.0)
    voice.request(say("chat"), 0.0)
    assert ends(voice.request(say("more chat"), 0.0)) == {"more chat": Ended.INTERRUPTED}
    assert ends(voice.request(ask("urgent"), 0.0)) == {"chat": Ended.INTERRUPTED}
    assert voice.waiting == 1


def test_nothing_to_say_is_said_so() -> None:
    assert ends(Voice().request(say("a", text=" "), 0.0)) == {"a": Ended.INTERRUPTED}
    assert ends(Voice().request(ask("a", text=""), 0.0)) == {"a": Ended.FAILED}


def test_the_text_engine_shows_the_line_and_takes_as_long_as_speech() -> None:
    shown: list[str] = []
    assert list(TextEngine(0, shown.append).speak("괜찮으세요?", "ko", threading.Event())) == [0.0, 1.0]
    assert shown == ["로봇: 괜찮으세요?"]
    progress = list(TextEngine(50.0, shown.append).speak("괜찮으세요 " * 3, "ko", threading.Event()))
    assert progress == sorted(progress)
    assert len(progress) == 4
    assert syllables("괜찮으세요? 119") == 6.0


def test_the_text_engine_stops_when_it_is_told_to() -> None:
    cancel = threading.Event()
    cancel.set()
    assert list(TextEngine(1.0, lambda _: None).speak("괜찮으세요?", "en", cancel)) == [0.0]


def test_a_terminal_that_is_gone_is_a_speech_error() -> None:
    def gone(_: str) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(SpeechError, match="Broken pipe"):
        list(TextEngine(0, gone).speak("괜찮으세요?", "ko", threading.Event()))


def test_the_text_engine_prints_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    list(TextEngine(0).speak("Hello", "en", threading.Event()))
    assert capsys.readouterr().out == "Robot: Hello\n"


def test_the_cry_that_made_safety_ask_is_not_the_answer_to_its_question_and_the_next_cry_is() -> None:
    voice = Voice()
    voice.request(ask("a"), 5.0)
    assert voice.hear("살려줘", 5.1, voice="mic", began=4.0, spotted=True) == []
    assert voice.hear("살려줘 나 좀 살려줘", 6.5, voice="mic", began=4.0) == []
    decisions = voice.hear("살려줘", 8.0, voice="mic", began=7.5, spotted=True)
    assert ends(decisions) == {"a": Ended.ANSWERED}
