"""What is said in the place of an answer: in every game it comes before an answer that any words would be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import pytest

from dolbom.clock import SEOUL
from dolbom.companion.decisions import Ask, Finish, PutAside, Say, Suspect, Unhandled
from dolbom.companion.observations import Answered, Heard, Moment, Outcome, Spoken
from dolbom.dialog.intents import Understanding
from dolbom.dialog.understanding import calls_for_help
from dolbom.games.catalogue import games, items
from dolbom.games.game import Round
from dolbom.games.item import ANY, OWN, Item
from dolbom.games.player import Player, Sitting
from dolbom.games.playing import Playing

AT = datetime(2026, 11, 26, 10, 30, tzinfo=SEOUL)
ALL = list(games())


class Remembering(Understanding):
    """Understands as ever; the same words only once, for they are said in every game."""

    def __init__(self) -> None:
        super().__init__()
        self.of = cache(super().of)  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Remembering()


def some_of(game: str, lang: str) -> list[Item]:
    """Items from the whole file, and each in which anything is an answer."""
    asked = [item for item in items(game, lang) if item.answers[:1] != (OWN,)]
    if game == "word_chain":
        asked = [item for item in asked if item.parts]
    spread = asked[:: max(1, len(asked) // 8)]
    return [*spread, *(item for item in asked if item.answers[:1] == (ANY,) and item not in spread)]


def played(game: str, lang: str, item: Item, understanding: Understanding) -> Playing:
    sitting = Sitting(id="s", person=None, game=game, lang=lang, seed=1, begun=AT, wanted=True)
    playing = Playing(sitting, Player(), lambda sitting, player: None, address="", understanding=understanding)
    playing._serving._all = [item]
    playing.start(Moment(0.0, AT))
    assert playing.round is not None
    return playing


def says(playing: Playing, words: str) -> list[object]:
    return list(playing.answered(Answered(Moment(5.0, AT), "c", Outcome.ANSWERED, heard=words)))


def rounds(game: str, lang: str, understanding: Understanding) -> Iterator[Playing]:
    """Each item just asked; of the words to be kept also the talk between."""
    for item in some_of(game, lang):
        yield played(game, lang, item, understanding)
        if game == "word_memory":
            playing = played(game, lang, item, understanding)
            says(playing, playing.round.solution() or "")  # type: ignore[union-attr]
            yield playing


@dataclass(frozen=True)
class Said:
    """Words that were said in a round, and what came of them."""

    words: str
    playing: Playing
    round: Round
    asked: str
    done: list[object]


def said_in_each(game: str, lang: str, words: Iterable[str], understanding: Understanding) -> Iterator[Said]:
    """Each of some words, said in each round of a game."""
    for one in words:
        for playing in rounds(game, lang, understanding):
            assert playing.round is not None
            yield Said(one, playing, playing.round, playing.round.prompt.text, says(playing, one))


WISHES = {
    "ko": [
        "다리에 쥐났어", "눈이 침침해서 안 보여",
        "외로워", "다리가 저려", "머리가 띵해", "약 먹었어", "아까 혈압약 먹었지", "약 안 먹었어", "지금 몇 시야",
        "속이 안 좋아", "우리 딸한테 전화해 줘", "오늘이 무슨 요일이야",
    ],
    "en": ["I'm lonely", "my knee is sore", "I took my pill", "I haven't taken my pills", "what time is it",
           "call my daughter"],
}  # fmt: skip
ENOUGH = {
    "ko": [
        "이제 피곤해",
        "이제 안 할래",
        "나중에 하자",
        "좀 쉬고 싶어",
        "힘들어서 못 하겠어",
        "안 해",
        "그만하자",
        "치아라",
        "잠 온다",
        "재미 하나도 없다",
        "왜 자꾸 물어",
    ],
    "en": ["I'm tired", "I don't want to play any more", "that will do for today", "another time", "I've had enough"],
}
OTHERS = {
    "ko": ["딴거 하자", "다른 거 하자", "다른 놀이 하자", "다른 걸로 하자"],
    "en": ["let's play something else", "can we do something else", "another game please"],
}
PAUSES = {
    "ko": [
        "잠깐 쉬었다 하자",
        "잠깐만 화장실 다녀올게",
        "전화 왔네 잠깐만",
        "화장실 가고 싶어",
        "물 좀 마시고 올게",
        "화장실 좀 갔다 올게",
        "문 두드리는 소리 나",
        "초인종 울리네",
        "전화벨 울린다",
    ],
    "en": [
        "let's have a break",
        "I need the toilet",
        "I'll be right back",
        "wait a moment, the phone is ringing",
        "someone is knocking",
        "there's a knock at the door",
        "the bell is ringing",
    ],
}
FELT = {
    "ko": {
        "무서워": "곁에", "답답하다": "곁에", "눈물이 나네": "곁에", "우리 엄마 어디 갔어": "보고 싶으",
        "집에 갈래": "집 생각",
        "가스불 켜 놨나": "살펴보고", "냄비 올려놨는데": "살펴보고", "찌개 넘치네": "살펴보고",
        "배고파 죽겠네": "배고프시", "물 좀 줘": "목마르시",
    },
    "en": {
        "I feel like crying": "sorry", "where's my mum": "tell me", "I want to go home": "home",
        "did I leave the gas on": "look", "there's something on the stove": "look", "the kettle is boiling": "look",
        "I'm starving": "hungry", "I'm thirsty": "thirsty",
    },
}  # fmt: skip
GRIEF = {
    "ko": ["어머니는 내가 다섯 살 때 돌아가셨어", "우리 아들 먼저 보냈어", "동무가 다 죽었어", "우리 영감 죽었어"],
    "en": ["my mother died when I was five", "with my Harold, he died last year", "my husband is dead"],
}
ASHAMED = {
    "ko": ["내가 바보 같아", "나는 이제 쓸모가 없어", "아이고 내가 바보지", "머리가 나빠서 그려", "내가 치매인가 봐",
           "치매 걸렸나봐", "이것도 못하네", "애들한테 짐만 되지"],
    "en": ["I'm useless", "I'm stupid", "I'm so stupid", "I must be stupid", "I'm no use to anyone",
           "I think I'm losing my mind", "I must have dementia", "I'm a burden to everyone",
           "I'm just a silly old woman"],
}  # fmt: skip
NOT_ONLY_FELT = {
    "ko": ["내가 바보 같아 죽고 싶어", "늙으면 죽어야지", "영감이 죽었는데 나도 따라 죽고 싶어",
           "영감 죽었어 나도 따라갈래", "무서워 누가 문을 따고 들어와", "머리가 나빠서 그려 가슴이 아파"],
    "en": ["I'm so stupid I want to die", "I'm useless, everybody would be better off without me",
           "my husband died and I can't go on", "my husband is dead on the floor",
           "I'm losing my mind, my chest hurts"],
}  # fmt: skip
STUCK = {"ko": ["이거 어렵네", "모르겠어", "몰러"], "en": ["this is hard", "I don't know", "no idea"]}
THINKS = {"ko": ["이게 뭐더라", "어디 보자"], "en": ["what was it", "let me see"]}


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ALL)
def test_pain_a_dose_loneliness_and_other_wishes_are_never_swallowed_as_an_answer(
    game: str, lang: str, understanding: Understanding
) -> None:
    asked_itself = {"오늘이 무슨 요일이야"} if game == "orientation" else set()
    for said in said_in_each(game, lang, [one for one in WISHES[lang] if one not in asked_itself], understanding):
        assert said.done == [Unhandled(said.words)], (said.words, said.asked)
        assert said.playing.sitting.rounds == []


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ALL)
def test_a_cry_for_help_ends_the_talking_in_every_game(game: str, lang: str, understanding: Understanding) -> None:
    words = "무릎이 너무 아파 도와줘" if lang == "ko" else "help me please"
    assert calls_for_help(words, lang)
    for said in said_in_each(game, lang, [words], understanding):
        assert said.done == []


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ALL)
def test_who_is_tired_is_let_go_in_every_game(game: str, lang: str, understanding: Understanding) -> None:
    for said in said_in_each(game, lang, ENOUGH[lang], understanding):
        assert isinstance(said.done[-1], Finish), said.words
        assert (said.playing.sitting.ended, said.playing.sitting.rounds) == ("enough", [])


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ALL)
def test_who_wants_another_game_is_thanked_for_this_one(game: str, lang: str, understanding: Understanding) -> None:
    for said in said_in_each(game, lang, OTHERS[lang], understanding):
        assert isinstance(said.done[-1], Finish), (said.words, said.asked)
        assert (said.playing.sitting.ended, said.playing.sitting.rounds) == ("enough", [])


def waits_kindly(said: Said) -> str:
    """What was said instead of a question; the game is put aside and nothing counts."""
    [kindly] = said.done
    assert isinstance(kindly, Say), (said.words, kindly)
    assert isinstance(said.playing.spoken(Spoken(Moment(9.0, AT), "c", finished=True))[0], PutAside)
    assert (said.playing.sitting.rounds, said.round.tries) == ([], []), said.words
    return kindly.text


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ALL)
def test_a_pause_is_given_in_every_game_and_nothing_counts_as_missed(
    game: str, lang: str, understanding: Understanding
) -> None:
    for said in said_in_each(game, lang, PAUSES[lang], understanding):
        waits_kindly(said)
        [again] = said.playing.agreed(Moment(300.0, AT))
        while isinstance(again, Say):  # a tune sounds again before it is asked about
            [again] = said.playing.spoken(Spoken(Moment(305.0, AT), "c", finished=True))
        assert isinstance(again, Ask)
        assert again.text.endswith(said.asked)


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ALL)
def test_what_weighs_on_somebody_is_met_with_kindness_and_the_game_waits(
    game: str, lang: str, understanding: Understanding
) -> None:
    for said in said_in_each(game, lang, FELT[lang], understanding):
        assert FELT[lang][said.words] in waits_kindly(said), said


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ALL)
def test_grief_is_never_answered_with_delight_or_the_next_question(
    game: str, lang: str, understanding: Understanding
) -> None:
    kind_words = ("마음이 많이", "많이 그리우", "I am sorry", "That must have")
    for said in said_in_each(game, lang, GRIEF[lang], understanding):
        assert waits_kindly(said).startswith(kind_words), said.words


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ALL)
def test_who_is_ashamed_of_themselves_is_not_agreed_with_but_offered_help(
    game: str, lang: str, understanding: Understanding
) -> None:
    for said in said_in_each(game, lang, ASHAMED[lang], understanding):
        assert ("도와드릴게요" if lang == "ko" else "I will help") in waits_kindly(said), said.words


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ALL)
def test_a_wish_to_die_or_danger_beside_a_feeling_always_comes_first(
    game: str, lang: str, understanding: Understanding
) -> None:
    for said in said_in_each(game, lang, NOT_ONLY_FELT[lang], understanding):
        [first] = said.done or [None]  # what calls for help the voice has told already
        assert first is None or isinstance(first, Suspect | Unhandled), (said.words, first)


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ALL)
def test_not_knowing_and_thinking_aloud_are_never_right(game: str, lang: str, understanding: Understanding) -> None:
    for said in said_in_each(game, lang, (*STUCK[lang], *THINKS[lang]), understanding):
        assert not any(one.grade in ("right", "helped", "partly") for one in said.playing.sitting.rounds), said.words
        assert not any(one.share for one in said.round.tries), said.words


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", [one for one in ALL if one != "word_chain"])
def test_its_own_answer_is_taken_whatever_else_the_words_might_mean(
    game: str, lang: str, understanding: Understanding
) -> None:
    for item in items(game, lang):
        if item.answers[:1] == (OWN,):
            continue
        playing = played(game, lang, item, understanding)
        said = playing.round.solution()  # type: ignore[union-attr]
        if said is not None:
            assert [type(one) for one in says(playing, said)] in ([Ask], [Say]), said


MEMORIES = {
    "ko": ["그때는 늘 바빠서 못 놀았지", "공부하기 싫어서 노래만 불렀어", "동무들하고 지치도록 불렀지",
           "제목은 모르겠는데 동네 잔치에서 다들 불렀어", "노래 듣는 거 좋아해"],
    "en": ["we were always too tired to sing after school in those days", "I like music",
           "my mother was lonely then and sang to us every evening"],
}  # fmt: skip


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_memory_that_speaks_of_tiredness_or_of_what_was_is_listened_to(
    lang: str, understanding: Understanding
) -> None:
    item = next(item for item in items("melody", lang) if item.answers == (ANY,))
    for words in MEMORIES[lang]:
        playing = played("melody", lang, item, understanding)
        says(playing, words)
        assert [one.grade for one in playing.sitting.rounds] == ["talked"], words


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ko", "이천 원에 삼천 원 더하면 어... 그러니까 구만 원"),
        ("en", "two pounds and three pounds, that makes, er, ninety pounds"),
    ],
)
def test_a_wrong_sum_after_a_long_reckoning_is_met_as_any_other_answer(
    lang: str, words: str, understanding: Understanding
) -> None:
    item = next(item for item in items("market", lang) if item.parts[0] == "sum")
    playing = played("market", lang, item, understanding)
    [again] = says(playing, words)
    assert isinstance(again, Ask)
    assert [one.share for one in playing.round.tries] == [0.0]  # type: ignore[union-attr]


def test_words_to_wait_are_thinking_at_first_and_then_a_pause(understanding: Understanding) -> None:
    for lang, words in (("ko", "잠깐만"), ("en", "wait a moment")):
        playing = played("proverbs", lang, items("proverbs", lang)[0], understanding)
        assert isinstance(says(playing, words)[0], Ask)
        assert isinstance(says(playing, words)[0], Say)
        assert playing.sitting.rounds == []


@pytest.mark.parametrize(
    ("words", "taken_up"), [("이제 하자", True), ("나 왔어", True), ("다리가 저려", False), ("오늘 춥네", False)]
)
def test_what_was_put_aside_is_taken_up_by_who_says_so(
    words: str, taken_up: bool, understanding: Understanding
) -> None:
    playing = played("proverbs", "ko", items("proverbs", "ko")[0], understanding)
    heard = Heard(Moment(60.0, AT), words, voice="v", lang="ko", stamp=60.0)
    assert playing.heard(heard, understanding.of(words, "ko")) is None, "nothing was put aside yet"
    says(playing, "화장실 다녀올게")
    playing.spoken(Spoken(Moment(8.0, AT), "c", finished=True))
    assert (playing.heard(heard, understanding.of(words, "ko")) is not None) is taken_up
