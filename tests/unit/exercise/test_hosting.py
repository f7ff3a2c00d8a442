"""Exercise of a home: begun when asked for, seated unless allowed, kept under a consent, forgotten with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from dolbom.clock import SEOUL
from dolbom.companion.decisions import Say
from dolbom.companion.observations import DistressChanged, Heard, Moment, Seen, Tick
from dolbom.companion.replies import Turn
from dolbom.dialog.intents import Understanding
from dolbom.errors import UserError
from dolbom.exercise.cli import app
from dolbom.exercise.coach import Coach
from dolbom.exercise.hosting import Exercises, ExerciseWish
from dolbom.exercise.sessions import Exercised, ExerciseSession, Mover, Value, done_event
from dolbom.exercise.words import called, says
from dolbom.store.base import open_store
from dolbom.store.diary import KEPT
from dolbom.store.exercise import ExerciseStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose

AT = datetime(2026, 11, 26, 10, 30, tzinfo=SEOUL)


@dataclass
class Home:
    memory: MemoryStore
    store: ExerciseStore
    exercises: Exercises
    person: str
    now: float = 100.0

    def moment(self) -> Moment:
        self.now += 1.0
        return Moment(self.now, AT + timedelta(seconds=self.now - 100))

    def tick(self) -> Coach | None:
        found = self.exercises(Tick(self.moment()))
        assert found is None or isinstance(found, Coach)
        return found


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding(morphemes=None)


@pytest.fixture
def home(tmp_path: Path, understanding: Understanding) -> Iterator[Home]:
    database = open_store(tmp_path / "home.db")
    memory = MemoryStore(database, tmp_path / "key")
    person = memory.people.add("김순자", Consent(Purpose.EXERCISE, "herself", AT - timedelta(days=1)), AT)
    store = ExerciseStore(memory)
    made = Exercises(store, lambda: understanding, lambda person: "어르신", "ko", chance=Random(1))
    yield Home(memory, store, made, person)
    database.close()


def session(person: str | None, ended: str = "complete", felt: str = "", days_ago: int = 0) -> ExerciseSession:
    done = [Exercised(exercise="arms_up", seen=6, tempo=Value(mean=3.0, error=0.1))]
    return ExerciseSession(
        id=f"s{days_ago}", person=person, routine="gentle", begun=AT - timedelta(days=days_ago), done=done,
        ended=ended, felt=felt,
    )  # fmt: skip


def test_what_is_wanted_is_begun_once(home: Home) -> None:
    home.exercises.want(ExerciseWish("seated", home.person))
    coach = home.tick()
    assert coach is not None and coach.session.routine == "seated" and coach.session.person == home.person
    assert home.tick() is None


def test_who_may_not_stand_is_given_seated_exercise(home: Home) -> None:
    home.exercises.want(ExerciseWish("stand_up_30", home.person))
    coach = home.tick()
    assert coach is not None and coach.session.routine == "seated"


def test_who_may_stand_is_given_what_was_wanted(home: Home) -> None:
    assert home.store.allow_standing(home.person, True, AT)
    home.exercises.want(ExerciseWish("standing", home.person))
    coach = home.tick()
    assert coach is not None and coach.session.routine == "standing"


def test_an_exercise_kept_later_does_not_take_the_leave_to_stand_away_or_give_it(home: Home) -> None:
    home.store.allow_standing(home.person, True, AT)
    home.store.keep(Mover(stands=False), home.person, AT)
    assert home.store.state(home.person, AT).stands
    home.store.allow_standing(home.person, False, AT)
    home.store.keep(Mover(stands=True), home.person, AT)
    assert not home.store.state(home.person, AT).stands


def test_what_somebody_asks_for_by_name_is_done(home: Home, understanding: Understanding) -> None:
    home.exercises(Seen(home.moment(), home.person))
    turn = Turn(home.moment(), understanding.of("다리 운동 하자", "ko"), home.person)
    assert home.exercises.replies()["exercise"](turn) == []
    coach = home.tick()
    assert coach is not None and coach.session.routine == "ankles"


def test_who_asks_for_standing_exercise_without_leave_is_told_so(home: Home, understanding: Understanding) -> None:
    turn = Turn(home.moment(), understanding.of("의자 잡고 운동하자", "ko"), home.person)
    said = home.exercises.replies()["exercise"](turn)
    assert isinstance(said[0], Say) and "앉아서" in said[0].text
    coach = home.tick()
    assert coach is not None and coach.session.routine == "seated"


def test_more_than_enough_a_day_is_put_off(home: Home, understanding: Understanding) -> None:
    for number in range(3):
        home.store.keep(Mover(), home.person, AT, session(home.person).model_copy(update={"id": f"x{number}"}))
    said = home.exercises.replies()["exercise"](Turn(home.moment(), understanding.of("운동하자", "ko"), home.person))
    assert isinstance(said[0], Say) and "내일" in said[0].text
    assert home.tick() is None


def test_a_routine_that_is_not_there_is_refused_when_it_is_wanted(home: Home) -> None:
    with pytest.raises(UserError, match="no routine marathon"):
        home.exercises.want(ExerciseWish("marathon"))


def test_a_wish_that_has_not_begun_can_be_taken_back(home: Home) -> None:
    wish = ExerciseWish("gentle")
    home.exercises.want(wish)
    assert home.exercises.forget(wish)
    assert home.tick() is None
    assert not home.exercises.forget(wish)


@pytest.mark.parametrize("words", ["아파", "도와줘", "가슴이 답답해"])
def test_words_of_pain_end_what_is_done(home: Home, words: str) -> None:
    home.exercises.want(ExerciseWish("gentle", home.person))
    coach = home.tick()
    assert coach is not None
    coach.start(home.moment())
    home.exercises(Heard(home.moment(), words))
    for _ in range(20):
        coach.tick(home.moment())
    assert coach.done and coach.session.ended == "trouble"


def test_a_distress_ends_what_is_done(home: Home) -> None:
    home.exercises.want(ExerciseWish("gentle", home.person))
    coach = home.tick()
    assert coach is not None
    coach.start(home.moment())
    home.exercises(DistressChanged(home.moment(), True))
    for _ in range(20):
        coach.tick(home.moment())
    assert coach.session.ended == "trouble"


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_a_session_is_kept_sealed_and_read_back(home: Home, tmp_path: Path) -> None:
    assert home.store.keep(Mover(times={"gentle": 7}), home.person, AT, session(home.person))
    assert home.store.state(home.person, AT).times == {"gentle": 7}
    assert [one.repetitions for one in home.store.entries(home.person, AT)] == [6]
    assert b"arms_up" not in (tmp_path / "home.db").read_bytes()


def test_without_consent_nothing_is_kept_and_what_was_kept_is_erased(home: Home) -> None:
    home.store.keep(Mover(), home.person, AT, session(home.person))
    home.memory.people.withdraw(home.person, AT, Purpose.EXERCISE)
    assert not home.store.keep(Mover(), home.person, AT, session(home.person))
    assert home.store.entries(home.person, AT) == []
    assert home.store.purge(AT) == 2
    assert not home.store.allow_standing(home.person, True, AT)


def test_what_is_past_its_time_is_erased(home: Home) -> None:
    home.store.keep(Mover(), home.person, AT, session(home.person, days_ago=KEPT.days + 1))
    home.store.keep(Mover(), home.person, AT, session(home.person))
    assert home.store.purge(AT) == 1
    assert len(home.store.entries(home.person, AT)) == 1
    assert home.store.purge(AT) == 0


def test_who_is_forgotten_takes_it_all_with_them(home: Home) -> None:
    home.store.keep(Mover(), home.person, AT, session(home.person))
    home.memory.people.forget([home.person], "herself", AT)
    assert home.store.people(AT) == []


def test_a_new_key_still_opens_it(home: Home) -> None:
    home.store.keep(Mover(), home.person, AT, session(home.person))
    home.memory.people.new_key()
    assert len(home.store.entries(home.person, AT)) == 1


# --- what is learnt ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "felt", "times"),
    [("complete", "easy", 6), ("complete", "good", None), ("complete", "hard", 3), ("tired", "", 3)],
)
def test_how_it_felt_makes_the_next_one_longer_or_shorter(ended: str, felt: str, times: int | None) -> None:
    mover = Mover()
    mover.learn(session("p", ended, felt), 5)
    assert mover.times.get("gentle") == times
    assert mover.tempo == {"arms_up": 3.0}


def test_what_is_told_of_it_carries_no_word_and_no_skeleton() -> None:
    told = done_event(session("p"))
    assert set(told.model_dump()) == {
        "routine", "exercises", "repetitions", "by_voice", "minutes", "ended", "felt", "wanted",
    }  # fmt: skip


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "lang"),
    [
        ("hurts", "허리가 좀 아프네", "ko"),
        ("hurts", "어지러워서 못 하겠어", "ko"),
        ("hurts", "my knee hurts", "en"),
        ("hurts", "I feel dizzy", "en"),
        ("tired", "아이고 힘들다", "ko"),
        ("tired", "더는 못 하겠어", "ko"),
        ("tired", "I'm tired now", "en"),
        ("enough", "다음에 하자", "ko"),
        ("easy", "거뜬해", "ko"),
        ("rest", "잠깐만 쉬자", "ko"),
    ],
)
def test_what_people_say_is_understood(kind: str, text: str, lang: str) -> None:
    assert says(kind, text, lang)  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "lang"), [("하나도 안 아파", "ko"), ("아프지 않아", "ko"), ("no pain at all", "en")])
def test_who_says_that_it_does_not_hurt_is_not_taken_for_hurt(text: str, lang: str) -> None:
    assert not says("hurts", text, lang)


@pytest.mark.parametrize(
    ("text", "lang", "routine"),
    [("앉아서 체조하자", "ko", "seated"), ("발목 운동", "ko", "ankles"), ("운동하자", "ko", ""),
     ("exercises with my legs", "en", "ankles"), ("let us exercise", "en", "")],
)  # fmt: skip
def test_the_routine_that_is_named_is_found(text: str, lang: str, routine: str) -> None:
    assert called(text, lang) == routine


# --- the terminal -----------------------------------------------------------------------------------------------------


def test_the_terminal_exercises_with_a_drawn_person() -> None:
    done = CliRunner().invoke(app, ["gentle", "--as", "tired"])
    assert done.exit_code == 0, done.output
    assert "힘드셨지요" in done.output and "ended: tired" in done.output


def test_the_terminal_counts_a_clip(tmp_path: Path) -> None:
    CliRunner().invoke(app, ["clips", str(tmp_path), "--each", "1", "--exercise", "arms_up"])
    clip = next(tmp_path.glob("*plain.npz"))
    done = CliRunner().invoke(app, ["arms_up", "--clip", str(clip)])
    assert done.exit_code == 0, done.output
    assert "of arms_up in" in done.output and "reach" in done.output


def test_the_terminal_lists_what_there_is() -> None:
    assert "stand_up_5" in CliRunner().invoke(app, ["list", "--json"]).output
    assert "seated" in CliRunner().invoke(app, ["list", "--lang", "en"]).output


def test_leave_to_stand_is_written_down_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    database = open_store()
    memory = MemoryStore(database)
    now = datetime.now(SEOUL)
    memory.people.add("김순자", Consent(Purpose.EXERCISE, "herself", now - timedelta(days=1)), now)
    database.close()
    done = CliRunner().invoke(app, ["allow", "김순자", "--standing"])
    assert done.exit_code == 0 and "standing" in done.output
    assert '"stands": true' in CliRunner().invoke(app, ["show", "--json"]).output
    assert CliRunner().invoke(app, ["show"]).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["salto"], "no routine salto"),
        (["gentle", "--as", "angry"], "nobody is angry"),
        (["gentle", "--lang", "fr"], "no language"),
        (["arms_up", "--clip", "a", "--camera", "0"], "a clip and a camera at once"),
        (["salto", "--clip", "a"], "no exercise salto"),
        (["arms_up", "--clip", "nowhere.mp4"], "no clip nowhere.mp4"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, UserError) and said in str(done.exception)
