"""Words of danger are weighed: what no pattern knows is still asked about, and stories are let pass."""

from __future__ import annotations

import pytest

from dolbom.dialog.danger import KINDS, danger, groups
from dolbom.dialog.intents import DANGER, DOUBTED, GRAVE_DANGER, Understanding
from dolbom.i18n import LANGUAGES


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding(morphemes=None)


@pytest.mark.parametrize("words", ["숨차지 않아", "숨차지는 않아", "숨 안 차"])
def test_breath_that_is_there_is_no_cry_for_help(understanding: Understanding, words: str) -> None:
    assert not understanding.of(words).emergency


@pytest.mark.parametrize(
    "words", ["숨이 안 쉬어져", "숨을 안 쉬어", "숨이 차서 못 살겠어", "숨이 안 차는데 가슴이 아파"]
)
def test_breath_that_fails_is_one_whatever_is_denied_beside_it(understanding: Understanding, words: str) -> None:
    assert understanding.of(words).emergency


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_group_of_words_has_a_weight_on_its_own_side(lang: str) -> None:
    from dolbom.dialog.danger import _weights

    weights = _weights(lang).groups
    assert set(weights) == {group.name for group in groups(lang)}
    for group in groups(lang):
        assert weights[group.name] <= 0 if group.kind in ("calming", "elsewhere") else weights[group.name] >= 0
    assert {group.kind for group in groups(lang)} == set(KINDS)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("갑자기 다리가 풀려서 바닥에 주저앉았는데 못 움직이겠어", "ko"),
        ("바닥에서 한 시간째 이러고 있어", "ko"),
        ("my knees went and I'm down on the tiles and can't reach the phone", "en"),
        ("my legs have gone from under me", "en"),
    ],
)
def test_danger_in_words_that_no_pattern_knows_is_asked_about(
    understanding: Understanding, text: str, lang: str
) -> None:
    understood = understanding.of(text, lang)
    assert (understood.intent, understood.band) == ("emergency", "confirm")


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("가슴이 조여 와", "ko"),
        ("수미 안 셔져", "ko"),
        ("일어나지를 못하겠다", "ko"),
        ("피가 안 머처", "ko"),
        ("119 좀", "ko"),
        ("어지러버가 쓰러질 거 같다", "ko"),
        ("가스 냄시가 나는디", "ko"),
        ("누가 문을 따고 들어온다", "ko"),
        ("차라리 고마 콱 죽고 싶다", "ko"),
        ("약을 너무 많이 먹었어", "ko"),
        ("손이 말을 안 듣고 말이 어눌해", "ko"),
        ("자빠져가꼬 인나덜 못허겄어", "ko"),
        ("나 호꼼 도와줍서", "ko"),
        ("my mouth has gone all crooked", "en"),
        ("cant breeve", "en"),
        ("there's a bloke trying the back door", "en"),
        ("I've nothing left to live for", "en"),
        ("my sugar has dropped and I'm shaking", "en"),
    ],
)
def test_danger_is_heard_plain_indirect_in_dialect_and_misheard(
    understanding: Understanding, text: str, lang: str
) -> None:
    understood = understanding.of(text, lang)
    assert (understood.intent, understood.band) == ("emergency", "confirm")


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("여기 좀 와 봐 꽃이 피었어", "ko"),
        ("지난겨울에 빙판에서 미끄러졌는데 다 나았어", "ko"),
        ("he passed out the leaflets", "en"),
    ],
)
def test_what_a_pattern_finds_in_words_that_weigh_nothing_is_no_cry_for_help(
    understanding: Understanding, text: str, lang: str
) -> None:
    assert danger(text, lang) < DOUBTED
    assert not understanding.of(text, lang).emergency


@pytest.mark.parametrize(
    "words",
    ["어지럽다", "어지럽네", "어지럽구먼", "어지럽습니다", "어지럽소", "좀 어지럽네", "눈앞이 어지럽네",
     "일어나니까 어지럽네", "어지러우네", "머리가 어지러버", "어지럼증이 나네", "어질어질하네", "현기증 나네",
     "핑 도네", "머리가 핑 돌아", "천장이 빙빙 도네"],
)  # fmt: skip
def test_dizziness_is_asked_about_however_the_sentence_ends(understanding: Understanding, words: str) -> None:
    understood = understanding.of(words)
    assert (understood.intent, understood.band) == ("emergency", "confirm")


@pytest.mark.parametrize(
    "words",
    ["안 어지럽네", "어지럽지 않네", "어지럽지는 않아", "방이 어지럽네", "나라가 어지럽네", "눈물이 핑 도네",
     "어지럽던 게 다 나았어"],
)  # fmt: skip
def test_no_dizziness_an_untidy_room_and_tears_are_no_cry_for_help(understanding: Understanding, words: str) -> None:
    assert understanding.of(words).intent != "emergency"


@pytest.mark.parametrize(
    ("words", "lang", "meant"),
    [
        ("우리 영감 죽었어", "ko", "grief"),
        ("어머니가 돌아가셨어", "ko", "grief"),
        ("영감이 죽었는데 숨을 안 쉬어", "ko", "emergency"),
        ("친구가 죽었는데 나도 죽고 싶어", "ko", "emergency"),
        ("드라마에서 남편이 죽었어", "ko", "none"),
        ("my husband is dead", "en", "grief"),
        ("I lost my glasses", "en", "none"),
        ("my husband is dead on the floor", "en", "emergency"),
        ("my husband died and I want to die", "en", "emergency"),
    ],
)
def test_grief_is_no_cry_for_help_but_danger_beside_it_is(
    understanding: Understanding, words: str, lang: str, meant: str
) -> None:
    assert understanding.of(words, lang).intent == meant


def test_danger_in_what_looks_like_a_broadcast_is_asked_about_and_no_more(understanding: Understanding) -> None:
    understood = understanding.of("주변을 둘러보세요 타는 냄새가 나는 것 같아요")
    assert (understood.intent, understood.band, understood.emergency) == ("emergency", "confirm", False)


def test_hearsay_ends_in_대_and_a_report_of_ones_own_in_데() -> None:
    assert danger("숨이 차서 죽겠는데", "ko") > GRAVE_DANGER
    assert danger("숨이 차서 입원했대", "ko") < DANGER


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("오늘 시장에 갔더니 배추가 비싸더라", "ko"),
        ("배고파 죽겠네", "ko"),
        ("나 너무 좋아", "ko"),
        ("please I really do", "en"),
        ("드라마에서 주인공이 다리를 다쳤어", "ko"),
        ("we had a lovely time at the seaside", "en"),
        ("I'm dying for a cup of tea", "en"),
    ],
)
def test_stories_and_sayings_are_let_pass(understanding: Understanding, text: str, lang: str) -> None:
    assert danger(text, lang) < DANGER
    assert understanding.of(text, lang).intent != "emergency"


SUMS = {
    "ko": ["둘", "둘하고 하나는 셋", "삼 더하기 오는 팔", "셋하고 넷, 일곱", "오천 원에서 이천 원 빼면 삼천 원"],
    "en": ["two", "three", "two and one is three", "two and one, three", "five plus three makes eight", "one two three",
           "three and four, seven", "um, two and one is three, I think", "a hundred and ten",
           "ten take away three is seven"],
}  # fmt: skip


@pytest.mark.parametrize(("words", "lang"), [(words, lang) for lang in SUMS for words in SUMS[lang]])
def test_a_sum_is_no_cry_for_help(understanding: Understanding, words: str, lang: str) -> None:
    assert danger(words, lang) < DANGER
    assert understanding.of(words, lang).intent != "emergency"


@pytest.mark.parametrize(
    "words",
    ["nine nine nine", "nine nine", "nine one one", "one one two", "two of them, help me", "three pills too many"],
)
def test_numbers_that_call_for_help_are_heard_among_all_others(understanding: Understanding, words: str) -> None:
    assert understanding.of(words, "en").intent == "emergency"


def test_grave_danger_starts_the_safety_question_and_lesser_danger_only_asks(understanding: Understanding) -> None:
    grave = understanding.of("피가 안 멈추고 정신이 가물가물하고 숨을 못 쉬겠어")
    assert grave.emergency
    lesser = understanding.of("몸이 좀 이상해")
    assert DANGER <= danger(lesser.text, "ko") < GRAVE_DANGER
    assert (lesser.emergency, lesser.band) == (False, "confirm")
