"""The page Exercise: who may stand, how it went, what was measured; only with their consent."""

from __future__ import annotations

from datetime import timedelta

from tests.pages.care_web.conftest import ClientFor, LogIn

from dolbom.exercise.sessions import Exercised, ExerciseSession, Mover, TimedStands
from dolbom.store.people import Consent, Purpose
from dolbom.web.care.access import Role
from dolbom.web.care.home import CareHome


def consents(home: CareHome) -> str:
    person = home.routines.people.ids()[0]
    home.routines.people.consent(person, Consent(Purpose.EXERCISE, "herself", home.now() - timedelta(days=60)))
    return person


def exercised(home: CareHome, person: str, days_ago: int, timed: TimedStands | None = None) -> None:
    session = ExerciseSession(
        id=f"{days_ago}", person=person, routine="seated", begun=home.now() - timedelta(days=days_ago),
        done=[Exercised(exercise="arms_up", seen=6), Exercised(exercise="knee_extension", seen=0, voiced=6)],
        timed=timed, ended="tired", felt="hard", spent_s=300,
    )  # fmt: skip
    assert home.exercise.keep(Mover(), person, home.now(), session)


def test_without_consent_nothing_is_shown_or_kept(log_in: LogIn, home: CareHome) -> None:
    worker, person = log_in("sunhee"), home.routines.people.ids()[0]
    assert "아직 운동 기록에 동의하신 분이 없어요" in worker.get("/exercise")
    assert worker.post(f"/exercise/{person}", stands="yes")[0] == 409
    assert not home.exercise.state(person, home.now()).stands


def test_who_may_stand_is_decided_by_whoever_cares_for_them(log_in: LogIn, home: CareHome) -> None:
    worker, person = log_in("sunhee"), consents(home)
    assert "앉아서 하는 운동만 하세요" in worker.get("/exercise")
    assert worker.post(f"/exercise/{person}", stands="yes") == (303, "/exercise")
    assert home.exercise.state(person, home.now()).stands
    assert "서서 하는 운동도 하세요" in worker.get("/exercise")
    assert worker.post(f"/exercise/{person}", stands="no") == (303, "/exercise")
    assert not home.exercise.state(person, home.now()).stands


def test_what_was_done_and_measured_is_shown_in_words_with_its_uncertainty(log_in: LogIn, home: CareHome) -> None:
    worker, person = log_in("sunhee"), consents(home)
    thirty = TimedStands(test="thirty_seconds", count=9, low=9, high=10, seconds=30, error=0, seen=0.95)
    exercised(home, person, 3, thirty)
    exercised(home, person, 1, TimedStands(test="five_times", count=5, low=5, high=5, seconds=17.4, error=0.2, seen=1))
    page = worker.get("/exercise")
    assert "30초 동안 9번 (못 본 것을 헤아리면 9번에서 10번)" in page
    assert "다섯 번에 17.4초 (± 0.2초)" in page
    assert "본 것 6번, 소리로만 센 것 6번" in page
    assert "힘들어하심" in page and "앉아서 하는 체조" in page and "무릎 펴기" in page
    assert "진단이 아니에요" in page


def test_the_interface_gives_the_same(client_for: ClientFor, home: CareHome) -> None:
    person = consents(home)
    exercised(home, person, 1)
    worker = client_for(Role.CARE_WORKER)
    (one,) = worker.get("/api/exercise").json()
    assert one["person"] == person and one["last"][0]["seen"] == 6 and sum(one["weeks"].values()) == 1
    assert worker.put(f"/api/exercise/{person}", json={"stands": True}).status_code == 204
    assert worker.put(f"/api/exercise/{person}", json={"stands": "perhaps"}).status_code == 422
