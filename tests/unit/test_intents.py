"""From words to intents, without a model: letters, slots, opposites, bands, context, a home's own phrases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples

from dolbom.dialog.intents import Context, Understanding
from dolbom.dialog.letters import fold, loose
from dolbom.dialog.phrases import IntentSpec
from dolbom.dialog.slots import number
from dolbom.dialog.understanding import calls_for_help
from dolbom.errors import UserError
from dolbom.evaluation.jamo_noise import misheard

BY_LETTERS = Understanding(morphemes=None)


def test_letters_that_sound_the_same_look_the_same() -> None:
    assert fold("괜찮아 얘기했어", "ko") == fold("괸찬아 예기헷어", "ko")
    assert loose("먹었어", "ko") == loose("머거써", "ko")
    assert loose("켜 줘", "ko") != loose("꺼 줘", "ko")


def test_folding_keeps_lengths_so_that_places_stay() -> None:
    text = "값을 얹고 왠지 됐다 (?<!이)[가-힣]{0,3}"
    assert len(fold(text, "ko")) == len(fold(text, "ko", alike=True)) == len(text)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("하나", 1), ("스물셋", 23), ("쉰", 50), ("아흔아홉", 99), ("이십삼", 23), ("백오", 105), ("삼천이백", 3200),
        ("이만오천", 25_000), ("십", 10), ("일이삼", 123), ("7", 7), ("약", None), ("", None),
    ],
)  # fmt: skip
def test_numbers_are_read_in_both_korean_ways(words: str, value: int | None) -> None:
    assert number(words) == value


@pytest.mark.parametrize(
    ("lang", "text", "slots"),
    [
        ("ko", "십오 분만 있다가", {"duration_s": 900}),
        ("ko", "한 시간 반 있다가 할게", {"duration_s": 5400}),
        ("ko", "저녁 일곱 시 반에 약 먹을게", {"hour": 19, "minute": 30, "part": "evening"}),
        ("ko", "밤 12시 10분에 약 먹을게", {"minute": 10, "part": "night"}),
        ("ko", "내일 일정 알려 줘", {"day": 1}),
        ("ko", "다음 주 수요일에 약속 있어", {"weekday": 2, "weeks": 1}),
        ("ko", "무릎이 쑤셔", {"body_part": "knee"}),
        ("ko", "큰아들한테 전화 걸어 줘", {"person": "eldest_son"}),
        ("ko", "텔레비전 좀 켜 줘", {"device": "television"}),
        ("ko", "동백 아가씨 틀어 줘", {"song": "동백 아가씨"}),
        ("ko", "혈압약은 벌써 먹었어", {"medicine": "blood_pressure", "already": "yes"}),
        ("ko", "내 생일이 삼월 오일이라고 기억해 줘", {"fact": "내 생일이 삼월 오일"}),
        ("ko", "넘어졌어요 도와주세요", {"kind": "help"}),
        ("en", "remind me in ten minutes", {"duration_s": 600}),
        ("en", "my left knee hurts", {"body_part": "knee"}),
        ("en", "call my granddaughter", {"person": "granddaughter"}),
        ("en", "turn off the telly", {"device": "television"}),
        ("en", "play moon river", {"song": "moon river"}),
    ],
)
def test_values_are_found_in_the_words(lang: str, text: str, slots: dict[str, Any]) -> None:
    found = BY_LETTERS.of(text, lang).slots
    assert {name: found.get(name) for name in slots} == slots


OPPOSITES = {
    "ko": [
        ("약 먹었어", "medicine_taken", "약 안 먹었어", "medicine_not_taken"),
        ("밥 먹었어요", "meal_eaten", "밥 못 먹었어요", "meal_not_eaten"),
        ("불 켜", "turn_on", "불 꺼", "turn_off"),
        ("테레비 키라", "turn_on", "테레비 끄라", "turn_off"),
        ("선풍기 켜", "turn_on", "선풍기 켜지 마", "turn_off"),
        ("카메라 켜 줘", "camera_on", "카메라 꺼 줘", "camera_off"),
        ("경로당 갈래", "going_out", "경로당 안 갈래", "staying_in"),
        ("잘 잤어", "slept_well", "잘 못 잤어", "slept_badly"),
        ("기분이 좋아", "mood_good", "기분이 안 좋아", "mood_bad"),
        ("약 먹을래", "medicine_will_take", "약 안 먹을래", "medicine_refused"),
        ("이거 기억해", "remember_this", "이거 기억하지 마", "forget_that"),
    ],
    "en": [
        ("I took my pills", "medicine_taken", "I haven't taken my pills", "medicine_not_taken"),
        ("I had lunch", "meal_eaten", "I didn't have lunch", "meal_not_eaten"),
        ("turn the light on", "turn_on", "turn the light off", "turn_off"),
        ("camera on", "camera_on", "camera off", "camera_off"),
        ("I'm going out", "going_out", "I'm not going out", "staying_in"),
        ("I slept well", "slept_well", "I didn't sleep well", "slept_badly"),
        ("I feel good", "mood_good", "I don't feel good", "mood_bad"),
        ("remember this", "remember_this", "don't remember this", "forget_that"),
    ],
}


@pytest.mark.parametrize(
    ("lang", "text", "intent"),
    [
        (lang, text, intent)
        for lang, pairs in OPPOSITES.items()
        for one, meant, other, reverse in pairs
        for text, intent in ((one, meant), (other, reverse))
    ],
)
def test_opposites_are_told_apart_and_always_asked_about(lang: str, text: str, intent: str) -> None:
    understood = BY_LETTERS.of(text, lang)
    assert (understood.intent, understood.band) == (intent, "confirm")


@settings(max_examples=examples(200), deadline=None)  # the first call reads the phrases
@given(
    st.sampled_from([text for pairs in OPPOSITES.values() for one, _, other, _ in pairs for text in (one, other)]),
    st.integers(0, 1000),
)
def test_however_misheard_an_opposite_is_never_acted_on_unasked(text: str, seed: int) -> None:
    lang = "en" if text.isascii() else "ko"
    understood = BY_LETTERS.of(misheard(text, 0.3, str(seed)), lang)
    pairs = {name for pairs in OPPOSITES.values() for _, a, _, b in pairs for name in (a, b)}
    assert understood.band != "act" or understood.intent not in pairs


@settings(max_examples=examples(200), deadline=None)  # the first call reads the phrases
@given(
    st.text(max_size=200),
    st.sampled_from(["ko", "en"]),
    st.sampled_from([Context(), Context(topic="medicine", addressed=True), Context(topic="distress")]),
)
def test_whatever_letters_come_nothing_breaks_and_no_opposite_is_acted_on(
    text: str, lang: str, context: Context
) -> None:
    understood = BY_LETTERS.of(text, lang, context)
    assert BY_LETTERS.confirmation(understood)
    assert understood.text == text
    if understood.band == "act":
        assert BY_LETTERS.intents(lang)[understood.intent].spec.highest == "act"


@settings(max_examples=examples(200), deadline=None)  # the first call reads the phrases
@given(
    st.lists(
        st.sampled_from(
            [text for pairs in OPPOSITES.values() for one, _, other, _ in pairs for text in (one, other)]
            + ["안", "못", "아니", "not", "😀", "\x00", "119", "그런데", "지 마"]
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["ko", "en"]),
    st.sampled_from(["", "medicine", "meal", "outing"]),
)
def test_opposites_run_together_are_at_most_asked_about(said: list[str], lang: str, topic: str) -> None:
    understood = BY_LETTERS.of(" ".join(said), lang, Context(topic=topic, addressed=True))
    pairs = {name for pairs in OPPOSITES.values() for _, a, _, b in pairs for name in (a, b)}
    assert understood.band != "act" or understood.intent not in pairs


EMERGENCIES = {
    "ko": "살려 주세요|나 좀 도와줘|넘어졌어|못 일어나겠어|119 불러 줘|불이야|"
    "숨이 안 쉬어져|가슴이 조여|싸려주이소|너머져써 도와조|"
    "까스 냄새가 나|안 괜찮아",
    "en": "help|I've fallen|I can't breathe|there's a fire|call an ambulance|my chest is tight|I'm bleeding badly",
}


@pytest.mark.parametrize(
    ("lang", "text"), [(lang, text) for lang, texts in EMERGENCIES.items() for text in texts.split("|")]
)
def test_an_emergency_asks_the_safety_question_and_never_acts(lang: str, text: str) -> None:
    understood = BY_LETTERS.of(text, lang)
    assert understood.emergency
    assert understood.band == "confirm"


@settings(max_examples=examples(200), deadline=None)  # the first call reads the phrases
@given(
    st.text("살려주세요도와119불이야넘어졌어아파못일나 안괜찮", max_size=20),
    st.sampled_from(["", "medicine", "meal", "distress"]),
)
def test_what_the_safety_path_takes_for_a_call_is_an_emergency_here_too(text: str, topic: str) -> None:
    if calls_for_help(text, "ko"):
        assert BY_LETTERS.of(text, "ko", Context(topic=topic)).emergency


def test_a_hurting_knee_is_a_pain_that_also_asks_the_safety_question() -> None:
    understood = BY_LETTERS.of("무릎이 아파")
    assert (understood.intent, understood.emergency, understood.slots) == ("pain", True, {"body_part": "knee"})


@pytest.mark.parametrize(
    ("text", "lang", "topic", "intent"),
    [
        ("물이랑 같이 먹었어", "ko", "medicine", "medicine_taken"),
        ("물이랑 같이 먹었어", "ko", "", "none"),
        ("물이랑 같이 먹었어", "ko", "meal", "meal_eaten"),
        ("아직 못 챙겨 먹었어", "ko", "medicine", "medicine_not_taken"),
        ("먹은 것 같기도 하고", "ko", "medicine", "medicine_unsure"),
        ("묵었는가 모르겄다", "ko", "medicine", "medicine_unsure"),
        ("물 떠 와서 먹을게", "ko", "medicine", "medicine_will_take"),
        ("밥은 먹었어", "ko", "medicine", "meal_eaten"),
        ("다시 말해 봐", "ko", "medicine", "repeat"),
        ("I'm not taking that", "en", "medicine", "medicine_refused"),
        ("it's turned out nice", "en", "medicine", "none"),
    ],
)
def test_what_a_short_answer_leaves_out_is_what_is_talked_about(text: str, lang: str, topic: str, intent: str) -> None:
    assert BY_LETTERS.of(text, lang, Context(topic=topic)).intent == intent


@pytest.mark.parametrize(
    ("text", "topic", "intent"),
    [
        ("먹었어", "", "none"),
        ("먹었어", "medicine", "medicine_taken"),
        ("먹었어", "meal", "meal_eaten"),
        ("아직 안 먹었어", "medicine", "medicine_not_taken"),
        ("먹었던가 모르겠네", "medicine", "medicine_unsure"),
        ("갈래", "outing", "going_out"),
        ("안 갈래", "outing", "staying_in"),
    ],
)
def test_short_words_are_about_what_is_talked_about(text: str, topic: str, intent: str) -> None:
    understood = BY_LETTERS.of(text, "ko", Context(topic=topic))
    assert understood.intent == intent
    assert understood.band == ("none" if intent == "none" else "confirm")


def test_words_not_understood_are_asked_for_again_only_when_the_robot_was_addressed() -> None:
    assert BY_LETTERS.of("배추 값이 올랐다네").band == "none"
    assert BY_LETTERS.of("배추 값이 올랐다네", context=Context(addressed=True)).band == "again"
    assert BY_LETTERS.of("  … ", context=Context(addressed=True)).band == "none"


@pytest.mark.parametrize(
    ("text", "lang"),
    [("나중에 하자", "ko"), ("고마워", "ko"), ("그만해", "ko"), ("안녕히 계세요", "ko"), ("call me later", "en")],
)
def test_what_is_meant_for_a_partner_is_acted_on_only_when_it_was_said_to_the_robot(text: str, lang: str) -> None:
    assert BY_LETTERS.of(text, lang).band == "confirm"
    assert BY_LETTERS.of(text, lang, Context(addressed=True)).band == "act"
    assert BY_LETTERS.of(text, lang, Context(topic="medicine")).band == "act"


def test_an_answer_in_a_distress_question_follows_the_safety_path() -> None:
    assert not BY_LETTERS.of("힘들어").emergency
    assert BY_LETTERS.of("힘들어", context=Context(topic="distress")).emergency


@pytest.mark.parametrize(
    "text", ["옆집 할머니가 약을 먹었대", "그 사람이 노래를 틀어 달라고 했대", "친구가 밥을 안 먹었다더라"]
)
def test_hearsay_and_other_people_are_not_the_person(text: str) -> None:
    assert BY_LETTERS.of(text).band == "none"


def test_the_confirming_question_names_what_was_heard() -> None:
    asked = BY_LETTERS.confirmation(BY_LETTERS.of("선풍기 좀 틀어 줘"))
    assert asked == "선풍기를 켜 달라고 하셨어요?"
    assert BY_LETTERS.confirmation(BY_LETTERS.of("turn off the radio", "en")) == "Did you ask me to turn off the radio?"


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_every_intent_has_examples_that_it_is_understood_by_and_a_question(lang: str) -> None:
    for name, intent in BY_LETTERS.intents(lang).items():
        assert len(intent.examples) >= 5, name
        assert intent.spec.confirm, name
        wrong = [
            example
            for example in intent.examples
            if (got := BY_LETTERS.of(example, lang)).intent != name and not (name == "emergency" and got.emergency)
        ]
        assert len(wrong) <= 1, (name, wrong)


def test_both_languages_have_the_same_intents_with_the_same_care() -> None:
    korean, english = BY_LETTERS.intents("ko"), BY_LETTERS.intents("en")
    assert korean.keys() == english.keys()

    def care(spec: IntentSpec) -> tuple[object, ...]:
        return spec.highest, spec.told, spec.negated, spec.lexical

    for name, intent in english.items():
        assert care(intent.spec) == care(korean[name].spec), name


def test_a_home_adds_an_intent_and_phrases_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "ko").mkdir()
    (tmp_path / "ko" / "ours.yaml").write_text(
        "feed_cat:\n  confirm: 나비 밥을 주라고 하셨어요?\n  examples: [나비 밥 줘, 고양이 밥 좀 줘라]\n"
        "time:\n  examples: [시곗바늘이 어디 있노]\n"
    )
    ours = Understanding([tmp_path], morphemes=None)
    assert ours.of("나비 밥 줘라").intent == "feed_cat"
    assert ours.of("시곗바늘이 어디 있노").intent == "time"
    assert ours.of("지금 몇 시야").intent == "time"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a:\n  confirm: x\n  patterns:\n    - ok\n    - '('\n", "line 5: '(' is no regular expression"),
        ("a:\n  patern: [x]\n", "line 2: a.patern: Extra inputs"),
        ("a:\n  highest: maybe\n", "line 2: a.highest"),
        ("a:\n  negated: nowhere\n", "line 2: there is no intent 'nowhere'"),
        ("a:\n  patterns: ['<없는말>']\n", "<없는말> is not among the macros"),
        ("a: [\n", "line 2"),
        ("- a\n", "line 1: intents are names"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "ko").mkdir()
    file = tmp_path / "ko" / "ours.yaml"
    file.write_text(content)
    with pytest.raises(UserError) as error:
        Understanding([tmp_path], morphemes=None).of("네")
    assert str(file) in str(error.value)
    assert told in str(error.value)


def test_a_missing_home_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no folder of intents"):
        Understanding([tmp_path / "nowhere"], morphemes=None).of("네")


def test_a_language_that_is_not_shipped_is_refused() -> None:
    with pytest.raises(ValueError, match="ko, en"):
        BY_LETTERS.of("bonjour", "fr")


def test_mishearing_is_the_same_at_every_run_and_grows_with_its_rate() -> None:
    text = "약을 아직 안 먹었어요"
    assert misheard(text, 0.3, "a") == misheard(text, 0.3, "a")
    assert misheard(text, 0.0, "a") == text
    changed = [sum(misheard(text, rate, str(seed)) != text for seed in range(200)) for rate in (0.02, 0.2)]
    assert changed[0] < changed[1]
