"""Tunes in the game of songs: heard before the question, known by any of their names, silent when something comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import soundfile

from dolbom.clock import SEOUL
from dolbom.companion import observations as seen
from dolbom.companion.wired import Did, FellSilent, Spoke
from dolbom.dialog.intents import Understanding
from dolbom.errors import UserError
from dolbom.games.at_table import AtTable, at_the_table, persona
from dolbom.games.catalogue import game, items
from dolbom.games.game import Prompt, Result
from dolbom.games.item import ANY, Item
from dolbom.games.kinds import melody
from dolbom.games.lint import DAYS, make_round
from dolbom.games.playing import Playing
from dolbom.safety import observations as safety
from dolbom.speech.sound import RATE
from dolbom.speech.tune_player import TunePlayer
from dolbom.speech.tunes import PREFIX, tunes

AT = datetime(2026, 11, 26, 10, 30, tzinfo=SEOUL)
TUNES = [(lang, item) for lang in ("ko", "en") for item in items("melody", lang) if item.tune]
ASKED = [(lang, item) for lang, item in TUNES if item.answers[0] != ANY]


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding()


def begun(lang: str, item: Item, help: int = 0) -> tuple[Any, Prompt]:
    round = make_round("melody", lang, item, items("melody", lang), DAYS[4], help)
    step = round.begin()
    assert isinstance(step, Prompt)
    return round, step


# --- the round --------------------------------------------------------------------------------------------------------


def test_there_are_tunes_to_know_again_and_tunes_to_talk_of_in_both_languages() -> None:
    for lang in ("ko", "en"):
        own = [item for other, item in TUNES if other == lang]
        assert len(own) >= 15
        assert {item.level for item in own} == {1, 2, 3, 4, 5}
        assert any(item.answers[0] == ANY for item in own)
    assert {item.tune for _, item in TUNES} == set(tunes())


@pytest.mark.parametrize(("lang", "item"), ASKED, ids=lambda one: getattr(one, "id", one))
def test_a_tune_is_known_by_each_of_its_names(lang: str, item: Item) -> None:
    for answer in item.answers:
        round, step = begun(lang, item)
        assert step.listening is not None and step.listening.sound == f"{PREFIX}{item.tune}"
        found = round.hear(answer)
        assert isinstance(found, Result) and found.grade == "right"
        assert item.answers[0].casefold() in found.say.casefold()  # the title is told, and stands on the screen


@pytest.mark.parametrize(("lang", "item"), ASKED, ids=lambda one: getattr(one, "id", one))
def test_neither_question_nor_clue_gives_the_title_away_and_only_songs_are_offered(lang: str, item: Item) -> None:
    titles = {other.answers[0] for other_lang, other in ASKED if other_lang == lang}
    for seed_help in (0, 1):
        _, step = begun(lang, item, seed_help)
        assert item.riddle and item.answers[0].lower() not in step.text.lower()
    _, step = begun(lang, item, 2)
    assert len(step.buttons) == 2 and item.answers[0] in step.buttons
    assert set(step.buttons) <= titles


def test_who_does_not_know_it_hears_it_again_with_a_clue_and_is_then_told() -> None:
    item = next(item for lang, item in ASKED if lang == "ko" and item.tune == "doraji")
    round, first = begun("ko", item)
    again = round.hear("모르겠는데")
    assert isinstance(again, Prompt) and again.listening is not None and first.listening is not None
    assert again.listening.sound == first.listening.sound and item.riddle in again.text
    told = round.silence()
    assert isinstance(told, Result) and told.grade == "passed" and "도라지타령" in told.say


def test_nothing_can_be_missed_where_a_tune_is_only_talked_of() -> None:
    for lang, item in TUNES:
        if item.answers[0] == ANY:
            round, step = begun(lang, item)
            assert step.text == item.ask and step.listening is not None
            assert round.hear("우리 어머니가 부르셨지").grade == "talked"


def test_the_first_notes_are_read_by_their_names() -> None:
    assert melody.notes_of("arirang", "ko") == "♪ 솔 라 솔 라 도 레 도 레 미 레 미 레…"
    assert melody.notes_of("silent_night", "en").startswith("♪ so la so mi so la so mi re re ti")


def test_a_tune_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(melody, "entries", lambda game, lang: iter([(1, "♪ nothing", "x")]))
    with pytest.raises(UserError, match="there is no tune 'nothing'"):
        game("melody").items("ko")


# --- at the table -----------------------------------------------------------------------------------------------------


def playing_a_tune(understanding: Understanding, reply: Callable[[Playing, str], str | None]) -> Any:
    """A table at which a tune has just begun to sound, and what is done there from then on."""
    table = at_the_table("melody", reply, understanding, AT, seed=4, rounds=3)
    done: list[Did] = []
    did = table.wired._did

    def noted(what: Did) -> None:
        if isinstance(what, Spoke | FellSilent):
            done.append(what)
        did(what)

    table.wired._did = noted
    table.wired.companion_does(table.wired.companion.offer(table.playing, table.moment()))
    for _ in range(2000):
        table.pass_time(0.1)
        if done and isinstance(done[-1], Spoke) and done[-1].request.sound:
            done.clear()
            return table, done
        if table.wired.voice.listening:
            table.says(reply(table.playing, ""))
    raise AssertionError("no tune sounded")


def until_asked(table: AtTable, done: list[Did], words: str) -> None:
    """Time passes until a question with these words waits for its answer."""
    for _ in range(600):
        if table.wired.voice.listening and words in spoken(done)[-1]:
            return
        table.pass_time(0.1)
    raise AssertionError(f"{words} was not asked: {spoken(done)}")


def spoken(done: list[Did]) -> list[str]:
    return [what.request.text for what in done if isinstance(what, Spoke)]


def test_a_tune_sounds_between_its_announcement_and_its_question(understanding: Understanding) -> None:
    sounded: list[str] = []
    table = at_the_table("melody", persona("happy", "ko", 4), understanding, AT, seed=4, rounds=3,
                         sounded=sounded.append)  # fmt: skip
    table.play()
    said = [words for who, words in table.lines if who == "robot"]
    at = next(at for at, words in enumerate(said) if words.startswith("♪"))
    assert "가락" in said[at - 1]
    assert said[at + 1].endswith("?") or "요?" in said[at + 1]
    assert len(sounded) == 1 and sounded[0].removeprefix(PREFIX) in tunes()
    assert table.playing.sitting.ended == "complete"


def test_a_medicine_silences_a_tune_at_once_and_it_is_played_again_afterwards(understanding: Understanding) -> None:
    table, done = playing_a_tune(understanding, persona("happy", "ko", 4))
    due = seen.ReminderDue(table.moment(), "1", "due", "medicine", "혈압약 드실 시간이에요.", "약 드셨어요?", ("yes",))
    table.wired.observed(due)
    assert isinstance(done[0], FellSilent)
    table.pass_time(0.2)
    assert "혈압약" in spoken(done)[0]
    until_asked(table, done, "약 드셨어요?")
    table.wired.hears("응")
    until_asked(table, done, "계속할까요?")
    again = len(done)
    table.wired.hears("그래")
    table.pass_time(15.0)
    sounds = [what.request.sound for what in done[again:] if isinstance(what, Spoke)]
    assert sounds[0] == "" and sounds[1].startswith(PREFIX) and sounds[2] == ""


def test_a_fall_silences_a_tune_at_once(understanding: Understanding) -> None:
    table, done = playing_a_tune(understanding, persona("happy", "ko", 4))
    table.wired.suspected(safety.FallSeen(table.moment(), "b1", safety.Fall("down"), confidence=0.9))
    for _ in range(100):
        if any(isinstance(what, Spoke) and what.by == "safety" for what in done):
            break
        table.pass_time(0.1)
    silent = next(at for at, what in enumerate(done) if isinstance(what, FellSilent))
    asks = next(at for at, what in enumerate(done) if isinstance(what, Spoke) and what.by == "safety")
    assert silent < asks and not any(isinstance(what, Spoke) for what in done[:silent])


@pytest.mark.parametrize("words", ["그만", "이제 피곤해"])
def test_who_wants_no_more_silences_it(words: str, understanding: Understanding) -> None:
    table, done = playing_a_tune(understanding, persona("happy", "ko", 4))
    table.wired.hears(words, None, "types")
    assert any(isinstance(what, FellSilent) for what in done)
    table.pass_time(10.0)
    assert table.playing.done
    assert not any(isinstance(what, Spoke) and what.request.sound for what in done)


def test_who_names_the_song_while_it_sounds_is_right_and_need_not_hear_it_out(understanding: Understanding) -> None:
    table, done = playing_a_tune(understanding, persona("happy", "ko", 4))
    title = table.playing.round.answer
    table.wired.hears(f"아 이거 {title} 아니야", None, "types")
    assert isinstance(done[0], FellSilent)
    assert title in spoken(done)[0]
    assert table.playing.sitting.rounds[-1].grade == "right"


def test_who_sings_along_is_not_interrupted(understanding: Understanding) -> None:
    table, done = playing_a_tune(understanding, persona("happy", "ko", 4))
    table.wired.hears("라라라 좋다", None, "types")
    assert not any(isinstance(what, FellSilent | Spoke) for what in done)
    table.pass_time(8.0)
    assert table.playing.round.prompt.text in spoken(done)[0]


def test_whoever_asks_for_something_while_it_sounds_is_answered_and_the_tune_comes_again(
    understanding: Understanding,
) -> None:
    table, done = playing_a_tune(understanding, persona("happy", "ko", 4))
    table.wired.hears("지금 몇 시야", None, "types")
    table.pass_time(15.0)
    assert "10시" in spoken(done)[0]
    assert any(isinstance(what, Spoke) and what.request.sound for what in done)


# --- in the terminal --------------------------------------------------------------------------------------------------


def test_tunes_are_written_one_after_the_other_into_a_file_and_nothing_else_sounds(tmp_path: Path) -> None:
    file = tmp_path / "tunes.wav"
    player = TunePlayer(str(file))
    for name in ("tune-doraji", "daughter.wav", "tune-twinkle"):
        player.play(name)
    player.close()
    seconds = sum(tunes()[name].seconds for name in ("doraji", "twinkle"))
    samples, rate = soundfile.read(file)
    assert rate == RATE and len(samples) / rate == pytest.approx(seconds, abs=0.05)
    TunePlayer("").play("tune-doraji")
    with pytest.raises(UserError, match="cannot be written"):
        TunePlayer(str(tmp_path / "none" / "tunes.wav")).play("tune-doraji")


def test_a_speaker_that_is_not_there_is_one_line() -> None:
    with pytest.raises(UserError):
        TunePlayer("no such speaker").play("tune-doraji")
