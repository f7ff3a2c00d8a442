"""The page Games: what somebody may play, their own answers, and how it went; only with their consent."""

from __future__ import annotations

from datetime import timedelta

from tests.pages.care_web.conftest import ClientFor, LogIn

from dolbom.games.catalogue import games, items
from dolbom.games.player import Attempt, Played, Player, Sitting
from dolbom.store.people import Consent, Purpose
from dolbom.web.care.access import Role
from dolbom.web.care.home import CareHome

QUESTION = "고향이 어디시지요?"


def consents(home: CareHome) -> str:
    person = home.routines.people.ids()[0]
    home.routines.people.consent(person, Consent(Purpose.GAMES, "herself", home.now() - timedelta(days=60)))
    return person


def played(home: CareHome, person: str, days_ago: int, share: float, said: str = "오는 말이 곱지") -> None:
    begun = home.now() - timedelta(days=days_ago)
    one = Played(
        item=items("proverbs", "ko")[0].id, at=begun, grade="right", difficulty=0.0, said=[said],
        tries=[Attempt(help=0, share=share)],
    )  # fmt: skip
    sitting = Sitting(
        id=f"{days_ago}", person=person, game="proverbs", begun=begun, rounds=[one] * 8, ended="complete",
        enjoyed="good", spent_s=240,
    )  # fmt: skip
    assert home.games.keep(Player(), person, home.now(), sitting)


def test_without_consent_nothing_is_shown_or_kept(log_in: LogIn, home: CareHome) -> None:
    worker, person = log_in("sunhee"), home.routines.people.ids()[0]
    page = worker.get("/games")
    assert "아직 놀이 기록에 동의하신 분이 없어요" in page
    assert worker.post(f"/games/{person}", games="proverbs")[0] == 409
    assert home.games.state(person, home.now()) == Player()


def test_games_topics_and_own_answers_are_chosen_and_kept(log_in: LogIn, home: CareHome) -> None:
    worker, person = log_in("sunhee"), consents(home)
    form = {
        "games": "proverbs",
        "avoid": "바다, 시어머니 ,",
        f"own:{QUESTION}": "전라도 남원",
        "own:큰손주 이름이 무엇이지요?": " ",
    }
    assert worker.post(f"/games/{person}", **form) == (303, "/games")
    kept = home.games.state(person, home.now())
    assert (kept.chosen, kept.avoid, kept.own) == (["proverbs"], ["바다", "시어머니"], {QUESTION: "전라도 남원"})
    page = worker.get("/games")
    assert "전라도 남원" in page
    assert "바다, 시어머니" in page


def test_what_was_played_and_said_is_shown_by_week_without_a_score(log_in: LogIn, home: CareHome) -> None:
    worker, person = log_in("sunhee"), consents(home)
    for ago in (1, 2, 9):
        played(home, person, ago, 1.0)
    page = worker.get("/games")
    assert "오는 말이 곱지" in page
    assert "끝까지" in page
    assert "재미있어하심" in page
    assert "아직 열흘이 안 되어" in page
    assert "%" not in page.split("<main", 1)[1].split("<style", 1)[0].replace("100%", "")


def test_a_round_is_told_by_its_question_and_one_kept_before_by_its_item(log_in: LogIn, home: CareHome) -> None:
    worker, person = log_in("sunhee"), consents(home)
    begun = home.now() - timedelta(days=1)
    rounds = [
        Played(item="< 2 7", at=begun, grade="right", difficulty=0.0, asked="2, 7. 거꾸로 말씀해 주세요."),
        Played(item="3 8", at=begun, grade="right", difficulty=0.0),
    ]
    sitting = Sitting(id="1", person=person, game="number_span", begun=begun, rounds=rounds, ended="complete")
    assert home.games.keep(Player(), person, home.now(), sitting)
    page = worker.get("/games")
    assert "2, 7. 거꾸로 말씀해 주세요." in page and "&lt; 2 7" not in page
    assert "3 8" in page


def test_a_lasting_change_is_told_in_plain_words_and_is_no_diagnosis(log_in: LogIn, home: CareHome) -> None:
    worker, person = log_in("sunhee"), consents(home)
    for ago in range(30, 0, -1):
        played(home, person, ago, 0.85 if ago > 6 else 0.1)
    page = worker.get("/games")
    assert "평소보다 덜 떠올리세요" in page
    assert "진단이 아니에요" in page


def test_the_api_answers_the_same_and_refuses_what_it_does_not_know(client_for: ClientFor, home: CareHome) -> None:
    person, client = consents(home), client_for(Role.CARE_WORKER)
    played(home, person, 1, 1.0)
    [shown] = client.get("/api/games").json()
    assert shown["last"][0]["rounds"][0]["said"] == ["오는 말이 곱지"]
    assert sum(week["sittings"]["language"] for week in shown["weeks"]) == 1
    asked: dict[str, object] = {"games": [], "avoid": [], "own": {}}
    assert client.put(f"/api/games/{person}", json=asked | {"games": ["chess"]}).status_code == 409
    assert client.put(f"/api/games/{person}", json=asked | {"own": {"무엇이지요?": "답"}}).status_code == 409
    assert client.put(f"/api/games/{person}", json=asked).status_code == 204
    assert client.get("/api/games").json()[0]["games"] == []
    assert client.put(f"/api/games/{person}", json=asked | {"games": None}).status_code == 204
    assert client.get("/api/games").json()[0]["games"] is None


def test_no_game_ticked_is_no_game_and_all_ticked_is_every_game(log_in: LogIn, home: CareHome) -> None:
    worker, person = log_in("sunhee"), consents(home)
    boxes = len(games())
    assert worker.get("/games").count(" checked") == boxes, "who was never chosen for may play everything"
    assert worker.post(f"/games/{person}", avoid="") == (303, "/games")
    assert home.games.state(person, home.now()).chosen == []
    assert worker.get("/games").count(" checked") == 0


def test_a_consent_that_is_taken_back_takes_the_games_along(log_in: LogIn, home: CareHome) -> None:
    nurse, person = log_in("hana"), consents(home)
    played(home, person, 1, 1.0)
    assert nurse.post(f"/people/{person}/consents/games/withdraw")[0] == 303
    assert home.games.entries(person, home.now()) == []
    assert home.games.purge(home.now()) == 0, "they were erased at once"
