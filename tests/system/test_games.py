"""Games as people play them: golden conversations, and what comes first when something happens in the middle."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from dolbom.clock import SEOUL
from dolbom.companion import observations as seen
from dolbom.dialog.intents import Understanding
from dolbom.events import GamePlayed
from dolbom.games.at_table import PERSONAS, AtTable, Reply, at_the_table, persona
from dolbom.games.catalogue import games
from dolbom.games.playing import Playing
from dolbom.i18n import phrase
from dolbom.safety import observations as safety

GOLDEN = Path(__file__).parents[1] / "games"
AT = datetime(2026, 11, 26, 10, 30, tzinfo=SEOUL)
WHO = {"robot": "→", "person": "  ", "safety": "→ safety:"}


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding()


def written(game: str, lang: str, understanding: Understanding) -> str:
    parts = [f"# {game}: a happy, a slow, a silent and a rambling player\n"]
    for name in PERSONAS:
        table = at_the_table(game, persona(name, lang, 1), understanding, AT, lang, seed=1, rounds=4, screen=True)
        table.play()
        lines = [f"{WHO[who]} {words}".rstrip() for who, words in table.lines]
        ended = [
            f"{one.ended}, {one.rounds} rounds, {one.enjoyed}" for one in table.told if isinstance(one, GamePlayed)
        ]
        parts.append(f"\n## {name}: {'; '.join(ended)}\n\n```\n" + "\n".join(lines) + "\n```\n")
    return "".join(parts)


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", list(games()))
def test_the_game_is_played_as_it_is_written(game: str, lang: str, understanding: Understanding) -> None:
    file = GOLDEN / lang / f"{game}.md"
    played = written(game, lang, understanding)
    if os.environ.get("DOLBOM_REWRITE_GOLDEN"):  # after a change that was meant; read the diff
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(played, encoding="utf-8")
    assert played == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("game", list(games()))
def test_a_happy_player_finds_all_and_a_silent_one_is_left_in_peace(game: str, understanding: Understanding) -> None:
    happy = at_the_table(game, persona("happy", "ko", 2), understanding, AT, seed=2, rounds=4)
    happy.play()
    assert {one.grade for one in happy.playing.sitting.rounds} <= {"right", "talked"}
    assert happy.playing.sitting.ended == "complete"
    silent = at_the_table(game, persona("silent", "ko", 2), understanding, AT, seed=2)
    silent.play()
    # Two rounds without a word, and it ends by itself.
    assert (silent.playing.sitting.ended, len(silent.playing.sitting.rounds)) == ("quiet", 2)
    assert not silent.playing.player.standing.abilities[games()[game].domain].count


@pytest.mark.parametrize("game", list(games()))
def test_the_same_seed_and_answers_are_the_same_game(game: str, understanding: Understanding) -> None:
    lines = []
    for _ in range(2):
        table = at_the_table(game, persona("slow", "ko", 3), understanding, AT, seed=3, rounds=3)
        table.play()
        lines.append(table.lines)
    assert lines[0] == lines[1]


# --- what comes first -------------------------------------------------------------------------------------------------


def whether_to_go_on(table: AtTable) -> str:
    return phrase("ko", "companion.go_on_with", what=table.playing.title)


def falls(table: AtTable) -> None:
    table.wired.suspected(safety.FallSeen(table.moment(), "b1", safety.Fall("down"), confidence=0.9))
    table.pass_time(6.0)
    assert table.lines[-1][0] == "safety"
    table.wired.hears("괜찮아")
    table.wired.suspected(safety.FallSeen(table.moment(), "b1", safety.Fall("recovered"), confidence=0.9))


def calls(table: AtTable) -> None:
    table.wired.hears("도와줘")
    table.pass_time(4.0)
    assert table.lines[-1][0] == "safety"
    table.wired.hears("아니야 괜찮아")


def until_asked(table: AtTable, words: str) -> None:
    while not (table.wired.voice.listening and words in table.lines[-1][1]):
        assert table.now < 120, table.lines
        table.pass_time(0.1)


def says_yes_when_asked_for_help(table: AtTable) -> None:
    table.says("누가 내 돈을 훔쳐 갔어")
    until_asked(table, "도움이 필요하세요?")
    said = len(table.lines)
    table.wired.hears("응")
    until_asked(table, "부를까요?")
    table.wired.hears("괜찮아")
    assert {who for who, _ in table.lines[said:]} == {"safety"}


def takes_medicine(table: AtTable) -> None:
    due = seen.ReminderDue(
        table.moment(), "1", "due", "medicine", "혈압약 드실 시간이에요.", "약 드셨어요?", ("yes", "no")
    )
    table.wired.observed(due)
    table.pass_time(4.5)
    assert "혈압약" in table.lines[-1][1] or "약 드셨어요?" in table.lines[-1][1]
    while not table.wired.voice.listening:
        table.pass_time(0.1)
    table.wired.hears("응")


@pytest.mark.parametrize("happens", [falls, calls, says_yes_when_asked_for_help, takes_medicine],
                         ids=["fall", "call", "own question", "medicine"])  # fmt: skip
@pytest.mark.parametrize("game", list(games()))
def test_who_falls_calls_or_has_a_medicine_due_is_served_first_and_the_game_goes_on_where_it_was(
    game: str, happens: Callable[[AtTable], None], understanding: Understanding
) -> None:
    asked: list[str] = []

    def meanwhile(number: int, table: AtTable) -> None:
        if number == 2:
            assert table.playing.round is not None
            asked.append(table.playing.round.prompt.text)
            happens(table)

    table = at_the_table(game, replies(), understanding, AT, seed=4, rounds=3, meanwhile=meanwhile)
    table.play()
    words = [text for _, text in table.lines]
    interrupted = next(at for at, text in enumerate(words) if text.endswith(asked[0]))
    question = whether_to_go_on(table)
    assert question in words[interrupted:]
    again = words[words.index(question) :]
    goes_on = next(at for at, text in enumerate(again[1:], 1) if text.startswith("아까 하던 "))
    # A tune sounds again between the two.
    assert any(text.endswith(asked[0]) for text in again[goes_on : goes_on + 3]), again
    assert table.playing.sitting.ended == "complete"
    assert len(table.playing.sitting.rounds) == 3


@pytest.mark.parametrize("yes", ["응", "도와줘"])
def test_while_an_alarm_is_open_no_game_goes_on_and_afterwards_it_is_asked_about(
    yes: str, understanding: Understanding
) -> None:
    def meanwhile(number: int, table: AtTable) -> None:
        if number != 1:
            return
        table.says("누가 내 돈을 훔쳐 갔어")
        until_asked(table, "도움이 필요하세요?")
        said = len(table.lines)
        table.wired.hears(yes)
        until_asked(table, "부를까요?")
        table.wired.hears("응")
        table.pass_time(10.0)
        [alarm] = [one.alarm_id for one in table.wired.guard.open if one.alarm_id]
        table.wired.suspected(safety.Received(table.moment(), alarm, safety.ReceiptKind.ACKNOWLEDGED))
        table.pass_time(300.0)
        assert {who for who, _ in table.lines[said:]} == {"safety"}
        table.wired.suspected(safety.Received(table.moment(), alarm, safety.ReceiptKind.CLOSED))

    table = at_the_table("proverbs", replies(), understanding, AT, seed=3, rounds=2, meanwhile=meanwhile)
    table.play()
    robot = [words for who, words in table.lines if who == "robot"]
    assert robot[2] == whether_to_go_on(table)
    assert robot[3].startswith("아까 하던 ") and robot[3].endswith(robot[0].split("이어 주세요. ")[1])
    assert table.playing.sitting.ended == "complete"


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("name", PERSONAS)
def test_somebody_scripted_tells_safety_that_all_is_well(name: str, lang: str, understanding: Understanding) -> None:
    def meanwhile(number: int, table: AtTable) -> None:
        if number == 1:
            table.wired.hears({"ko": "도와줘", "en": "help me"}[lang])

    table = at_the_table("proverbs", persona(name, lang, 1), understanding, AT, lang, rounds=2, meanwhile=meanwhile)
    table.play()
    asked = next(at for at, (who, _) in enumerate(table.lines) if who == "safety")
    assert table.lines[asked + 1] == ("person", phrase(lang, "games.scripted.fine"))
    assert "distress.stood_down" in [one.kind for one in table.told]


def test_where_nobody_can_be_reached_it_is_said_once_and_the_game_ends(understanding: Understanding) -> None:
    table = at_the_table(
        "proverbs", lambda playing, question: "도와줘", understanding, AT, to_safety=lambda question: "응"
    )
    table.play()
    assert sum("연락이 닿지 않았어요" in words for _, words in table.lines) == 1
    assert table.lines[-1][0] == "safety"
    assert (table.playing.sitting.ended, table.playing.sitting.rounds) == ("broken_off", [])


def test_after_an_interruption_a_question_comes_without_the_praise_before_it(understanding: Understanding) -> None:
    said: list[str] = []

    def meanwhile(number: int, table: AtTable) -> None:
        if table.playing.round is not None and "그런데" in table.lines[-1][1] and not said:
            said.append(table.lines[-1][1])
            takes_medicine(table)

    table = at_the_table("word_memory", replies(), understanding, AT, seed=4, rounds=1, meanwhile=meanwhile)
    table.play()
    [talk] = said
    [again] = [words for _, words in table.lines if words.startswith("아까 하던 ") and "그런데" in words]
    assert talk.startswith("네, ") and talk.endswith(again[again.index("그런데") :])
    assert again.startswith("아까 하던 낱말 기억하기") and "네, " not in again


def replies() -> Reply:
    """A happy player who wants to go on after the interruption."""
    happy = persona("happy", "ko", 4)

    def reply(playing: Playing, question: str) -> str | None:
        return "그래" if "계속할까요" in question else happy(playing, question)

    return reply


@pytest.mark.parametrize("game", list(games()))
def test_who_asks_for_a_pause_is_asked_afterwards_whether_to_go_on_with_the_same_question(
    game: str, understanding: Understanding
) -> None:
    asked: list[str] = []
    happy = replies()

    def reply(playing: Playing, question: str) -> str | None:
        if not asked and playing.round is not None and len(playing.sitting.rounds) == 1:
            asked.append(playing.round.prompt.text)
            return "잠깐 쉬었다 하자"
        return happy(playing, question)

    table = at_the_table(game, reply, understanding, AT, seed=4, rounds=3)
    table.play()
    words = [text for _, text in table.lines]
    before = words[: words.index(whether_to_go_on(table))]
    assert before[-2] == "잠깐 쉬었다 하자", before[-3:]
    again = words[len(before) :]
    assert again[2].startswith("아까 하던 ")
    assert any(line.endswith(asked[0]) for line in again[2:5]), "at once, or after the tune"
    assert (table.playing.sitting.ended, len(table.playing.sitting.rounds)) == ("complete", 3)


@pytest.mark.parametrize(
    ("words", "ended"), [("이제 다시 하자", "complete"), ("그만", "stopped")], ids=["goes on", "stops"]
)
def test_during_a_pause_who_comes_back_is_not_asked_and_who_stops_is_left_in_peace(
    words: str, ended: str, understanding: Understanding
) -> None:
    happy = replies()
    said: list[str] = []

    def reply(playing: Playing, question: str) -> str | None:
        said.append(question)
        return "화장실 다녀올게" if len(said) == 1 else happy(playing, question)

    table = at_the_table("proverbs", reply, understanding, AT, seed=4, rounds=2)
    table.play(25.0)
    assert not table.playing.done
    table.says(f"돌봄아 {words}")
    while not table.playing.done and table.now < 600:
        table.pass_time(0.1)
        if table.wired.voice.listening and table.wired.voice.current.text not in said:  # type: ignore[union-attr]
            table.says(reply(table.playing, table.wired.voice.current.text))  # type: ignore[union-attr]
    assert whether_to_go_on(table) not in [text for _, text in table.lines]
    assert table.playing.sitting.ended == ended


def test_a_cry_for_help_in_other_words_is_asked_about_and_is_no_answer(
    understanding: Understanding,
) -> None:
    def reply(playing: Playing, question: str) -> str | None:
        return "가슴이 꽉 조이고 식은땀이 나네" if not playing.sitting.rounds else None

    table = at_the_table("proverbs", reply, understanding, AT, seed=1, rounds=2)
    table.play(60.0)
    assert table.lines[2][0] == "safety", table.lines[:4]
    assert not any(one.tries and one.tries[0].share for one in table.playing.sitting.rounds)


@pytest.mark.parametrize("words", ["숨이 너무 차", "가슴이 꽉 조이네", "나 지금 숨쉬기가 힘들어"])
@pytest.mark.parametrize("game", list(games()))
def test_words_of_danger_are_asked_about_in_every_game_also_where_anything_is_an_answer(
    game: str, words: str, understanding: Understanding
) -> None:
    def reply(playing: Playing, question: str) -> str | None:
        return words if not playing.sitting.rounds else None

    table = at_the_table(game, reply, understanding, AT, seed=len(words), rounds=1)
    table.play(20.0)
    asked = table.lines[2]
    assert asked[0] == "safety" or "도움이 필요하세요" in asked[1], table.lines[:4]


@pytest.mark.parametrize(
    ("words", "ended"), [("이제 피곤해", "enough"), ("그만해", "stopped"), ("나중에 하자", "enough")]
)
def test_who_has_had_enough_is_thanked_and_left_in_peace(words: str, ended: str, understanding: Understanding) -> None:
    def reply(playing: Playing, question: str) -> str | None:
        return words

    table = at_the_table("proverbs", reply, understanding, AT, seed=1)
    table.play()
    assert table.playing.sitting.ended == ended
    assert len(table.lines) <= 3, table.lines


@pytest.mark.parametrize(
    ("words", "ended"), [("아니 싫어", "declined"), (None, "put_off"), ("오늘 우리 아들 온대", "put_off")]
)
def test_an_offer_that_is_not_taken_is_not_urged(words: str | None, ended: str, understanding: Understanding) -> None:
    table = at_the_table("proverbs", lambda playing, question: words, understanding, AT, seed=1, invite=True)
    table.play()
    assert table.playing.sitting.ended == ended
    assert sum(text.endswith("?") for who, text in table.lines if who == "robot") == 1


@pytest.mark.parametrize("first", ["다른 놀이 하자", "초인종 울리네"], ids=["at once", "when asked whether to go on"])
def test_where_there_is_no_other_game_who_wants_one_is_kindly_let_go(first: str, understanding: Understanding) -> None:
    said = iter([first, *["다른 놀이 하자"] * 3])
    table = at_the_table("proverbs", lambda playing, question: next(said), understanding, AT, seed=3)
    table.play()
    assert table.lines[-1] == ("robot", "네, 그럼 이 놀이는 여기까지 해요. 함께해 주셔서 고마워요.")
    assert table.playing.sitting.rounds == []


def test_a_question_of_another_kind_is_answered_before_the_game_goes_on(understanding: Understanding) -> None:
    said = iter(["지금 몇 시야", *["모르겠어"] * 20])
    table = at_the_table("market", lambda playing, question: next(said), understanding, AT, seed=1, rounds=1)
    table.play()
    assert table.lines[2][1].startswith("지금은 오전 10시")
    assert table.lines[3][1].endswith(table.lines[0][1].split("같이 장 보러 가요. ")[1])


def test_the_answer_to_the_round_before_is_taken_late(understanding: Understanding) -> None:
    answers: list[str] = []

    def reply(playing: Playing, question: str) -> str | None:
        answers.append(playing.round.answer if playing.round else "")
        return {1: None, 2: None, 3: answers[0]}.get(len(answers), "그만")

    table = at_the_table("proverbs", reply, understanding, AT, seed=1)
    table.play()
    assert answers[0] in table.lines[6][1]
    assert "아까" in table.lines[6][1]
