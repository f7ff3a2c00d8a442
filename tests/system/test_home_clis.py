"""`dolbom consent`, `memory` and `checkin` on a home's database: what is shown, changed and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dolbom import cli
from dolbom.clock import SystemClock
from dolbom.companion.checkin import CheckInState, Told
from dolbom.companion.schedule import read, write
from dolbom.dialog.intents import Understanding
from dolbom.dialog.memory import Memory
from dolbom.errors import UserError
from dolbom.store.base import open_store
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Purpose

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `dolbom …` in an empty home; what the root command would print as one line is raised."""
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str, answer: str = "") -> str:
        ended = CliRunner().invoke(cli.app, list(arguments), input=answer)
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        assert ended.exit_code == 0, ended.output
        return ended.output

    return command


def told(*words: str, days_ago: int = 0) -> MemoryStore:
    """The only person of the home says this to the robot."""
    store = MemoryStore(open_store())
    memory = Memory(store, understanding := Understanding(morphemes=None))
    for said in words:
        assert memory.told(understanding.of(said), None, SystemClock().civil() - timedelta(days=days_ago)), said
    return store


def test_a_consent_is_given_listed_and_taken_back_with_what_rested_on_it(run: Run) -> None:
    assert "Nobody is known" in run("consent", "list")
    given = run("consent", "give", "김순자", "check_in", "memory", "--given-by", "딸", "--until", "2999-12-31", "--new")
    assert "Recorded for 김순자" in given
    (person,) = json.loads(run("consent", "list", "--json"))
    assert [(c["purpose"], c["given_by"], c["state"]) for c in person["consents"]] == [
        ("check_in", "딸", "holds until 2999-12-31"),
        ("memory", "딸", "holds until 2999-12-31"),
    ]
    assert "김순자" in run("consent", "list")
    told("무릎이 쑤셔", "딸 이름은 미경이야")
    gone = json.loads(run("consent", "withdraw", "김순자", "memory", "--json"))
    assert gone["erased"] == 2
    assert json.loads(run("memory", "show", "--json"))[0]["facts"] == []
    assert "no consent" in run("memory", "show")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_every_purpose_is_said_in_plain_words(run: Run, lang: str) -> None:
    words = json.loads(run("consent", "purposes", "--lang", lang, "--json"))
    assert words.keys() == {one.value for one in Purpose} and all(words.values())


def test_what_is_remembered_is_shown_and_forgotten_for_good(run: Run) -> None:
    run("consent", "give", "김순자", "memory", "--given-by", "herself", "--new")
    store = told("무릎이 쑤셔", "딸 이름은 미경이야", "나는 커피를 좋아해")
    shown = run("memory", "show")
    assert "오늘 무릎이 아프다고 하셨어요." in shown and "딸 이름은 미경이야" in shown
    (person,) = json.loads(run("memory", "show", "--topic", "health", "--json"))
    assert [(one["kind"], one["value"], one["utterance"]) for one in person["facts"]] == [
        ("pain", "knee", "무릎이 쑤셔")
    ]
    assert person["facts"][0]["until"] > SystemClock().civil().isoformat()
    with pytest.raises(UserError, match="say --yes"):
        run("memory", "forget", "--topic", "health")
    assert len(store.facts(person["person"], SystemClock().civil())) == 3, "nothing is lost by asking"
    assert "Forgotten: 1" in run("memory", "forget", "--topic", "health", "--yes")
    assert json.loads(run("memory", "forget", "--yes", "--json")) == {"forgotten": 2}
    assert "Nothing to forget" in run("memory", "forget", "--yes")
    home = Path(str(open_store().path)).parent
    assert "쑤셔".encode() not in b"".join(file.read_bytes() for file in home.iterdir() if file.is_file())


def test_of_several_people_one_must_be_named(run: Run) -> None:
    for name in ("김순자", "박영수"):
        run("consent", "give", name, "memory", "check_in", "--given-by", "self", "--new")
    for command in (("memory", "forget", "--yes"), ("checkin", "now")):
        with pytest.raises(UserError, match=r"several people live here.*김순자, 박영수"):
            run(*command)
    assert "박영수" in run("checkin", "now", "--person", "박영수")


def test_the_check_in_is_shown_with_what_changed_and_wanted_now(run: Run) -> None:
    run("consent", "give", "김순자", "check_in", "--given-by", "self", "--new")
    assert "not asked yet" in run("checkin", "show")
    store = MemoryStore(open_store())
    (person,) = store.people.ids()
    today = SystemClock().civil().date()
    for ago, grade in ((1, "good"), (0, "bad")):
        state = CheckInState(person=person, day=today - timedelta(days=ago), ended="complete", told=True)
        state.topics = {"health": Told.model_validate({"grade": grade, "said": "무릎이 쑤셔"})}
        state.tries = [SystemClock().civil()]
        write(store, state)
    shown = run("checkin", "show")
    assert "안 좋음" in shown and "지난번 좋음" in shown and "무릎이 쑤셔" in shown
    assert "not well" in run("checkin", "show", "--lang", "en")
    (row,) = json.loads(run("checkin", "show", "--days", "2", "--json"))
    assert [day["topics"]["health"]["grade"] for day in row["days"]] == ["good", "bad"]
    due = datetime.fromisoformat(row["next"])
    assert due.date() == today + timedelta(days=1) and due.strftime("%H:%M") == "10:00"

    assert json.loads(run("checkin", "now", "--json"))["anew"]
    state = read(store, person, today)[-1]
    assert state.wanted and not state.ended and state.topics == {}
    (row,) = json.loads(run("checkin", "show", "--json"))
    assert datetime.fromisoformat(row["next"]) <= SystemClock().civil()


def test_a_check_in_routine_is_said_to_decide_the_time(run: Run, tmp_path: Path) -> None:
    run("consent", "give", "김순자", "check_in", "--given-by", "self", "--new")
    file = tmp_path / "hello.yaml"
    file.write_text('{id: hello, kind: check_in, title: 안부, schedule: {at: ["15:00"]}}')
    run("routines", "add", str(file))
    assert "as its routine says" in run("checkin", "show")
    (row,) = json.loads(run("checkin", "show", "--json"))
    assert row["by_routine"] and row["next"] is None


def test_the_times_come_from_the_robots_parameter_file(run: Run, tmp_path: Path) -> None:
    run("consent", "give", "김순자", "check_in", "--given-by", "self", "--new")
    file = tmp_path / "home.yaml"
    file.write_text('companion:\n  ros__parameters:\n    check_in:\n      at: "00:00"\n      latest: "00:01"\n')
    (row,) = json.loads(run("checkin", "show", "--parameters", str(file), "--json"))
    assert datetime.fromisoformat(row["next"]).strftime("%H:%M") in ("00:00", "00:01")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("consent", "give", "x", "memory", "--given-by", "a"), "nobody is enrolled"),
        (("consent", "give", "x", "memory", "--given-by", " ", "--new"), "nobody is named"),
        (("consent", "give", "x", "memory", "--given-by", "a", "--until", "soon", "--new"), "is not a day"),
        (("consent", "give", "x", "face_recognition", "--given-by", "a", "--new"), "not known by its name alone"),
        (("consent", "withdraw", "x", "memory"), "nobody is enrolled"),
        (("consent", "purposes", "--lang", "fr"), "no language"),
        (("memory", "show", "--person", "x"), "nobody is enrolled"),
        (("memory", "forget", "--person", "x"), "nobody is enrolled"),
        (("checkin", "now"), "nobody is enrolled"),
        (("checkin", "show", "--lang", "fr"), "no language"),
    ],
)
def test_bad_input_is_one_clear_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        run(*arguments)
    assert "\n" not in str(caught.value)


def test_without_consent_no_check_in_is_wanted(run: Run) -> None:
    run("consent", "give", "김순자", "memory", "--given-by", "self", "--new")
    with pytest.raises(UserError, match="does not consent to check-ins"):
        run("checkin", "now")


def test_the_same_name_is_not_made_twice(run: Run) -> None:
    run("consent", "give", "김순자", "memory", "--given-by", "self", "--new")
    with pytest.raises(UserError, match="already"):
        run("consent", "give", "김순자", "memory", "--given-by", "self", "--new")
