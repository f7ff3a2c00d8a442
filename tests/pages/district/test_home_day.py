"""The desk's page of one home: what its robot told of the day, how it is, and something to say there."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from fastapi.testclient import TestClient
from tests.pages.district.conftest import ClientFor
from tests.pages.district.test_access import csrf
from tests.pages.district.test_check_ins import desk, take, tell
from tests.pages.district.test_doses import dose
from tests.web.district_pages import NAME, add_robot, raise_alarm

from dolbom.clock import ManualClock
from dolbom.district.access import Role
from dolbom.district.repositories import intake
from dolbom.district.repositories.intake import Arrived
from dolbom.district.service import District
from dolbom.events import (
    DistressUpdated,
    DoseReminded,
    DoseTaken,
    ExerciseMeasured,
    FallSuspected,
    GameChanged,
    new_event,
    source,
)
from dolbom.platform.messages import Answer

__all__ = ["desk"]


def test_the_day_is_what_was_told_and_of_a_dose_what_it_is_now(
    district: District, clock: ManualClock, client_for: ClientFor
) -> None:
    add_robot(district, "dasom-2", "h503", "앞집")
    operator = client_for(Role.OPERATOR)
    tell(district, DoseReminded(**dose(district), step=0, how=["voice"]))
    alarm = raise_alarm(district)
    tell(
        district,
        DistressUpdated(distress_id=uuid4(), cause="fall", sources=["fall"], since=district.now(), alarm_id=alarm),
    )
    tell(district, FallSuspected(since=district.now(), confidence=0.3))
    other = DoseTaken(**dose(district), taken_at=district.now())
    take(district, "dasom-2", new_event(other, at=district.now(), source=source(NAME, "h503", "dasom-2")))
    clock.advance(60)
    tell(district, DoseTaken(**dose(district), taken_at=district.now()))
    found = operator.get("/api/homes/h502/day").json()
    kinds = [one["kind"] for one in found]
    assert (kinds[-1], kinds.count("dose.taken")) == ("dose.taken", 1)
    assert "distress.raised" in kinds
    assert not {"dose.reminded", "distress.updated", "fall.suspected"} & set(kinds)
    page = operator.get("/homes/h502/day").text
    assert "혈압약" in page
    assert f"/alarms/{alarm}" in page
    assert "/homes/h502/day" in operator.get("/").text
    clock.advance(86_400)
    assert operator.get("/api/homes/h502/day").json() == []
    assert (
        len(operator.get("/api/homes/h502/day", params={"on": (district.now() - timedelta(days=1)).date()}).json()) > 1
    )
    assert operator.get("/homes/nowhere/day").status_code == 404
    assert client_for(Role.TECHNICIAN).get("/homes/h502/day").status_code == 403


def test_what_is_said_from_there_stands_on_the_page_with_the_robots_answer(
    desk: TestClient, district: District, client_for: ClientFor
) -> None:
    sent = {"csrf": csrf(desk), "robot": "dasom-1", "text": "곧 찾아뵐게요"}
    assert desk.post("/homes/h502/say", data=sent).status_code == 200
    page = desk.get("/homes/h502/day").text
    assert "곧 찾아뵐게요" in page
    with district.database.reading() as session:
        [(asked, _)] = intake.downlinks.spoken(
            session, ["dasom-1"], district.now() - timedelta(1), district.now() + timedelta(1)
        )
    answer = Answer(to=asked.id, at=district.now(), ok=False, said="no voice")
    with district.database.writing() as session:
        intake.take_status(session, Arrived(f"dolbom.v1.{NAME}.dasom-1.status", answer.to_json()), district.now())
    assert "no voice" in desk.get("/homes/h502/day").text
    assert desk.post("/homes/h502/say", data=sent | {"text": "  "}).status_code == 200, "nothing to say"
    assert client_for(Role.TECHNICIAN).post("/homes/h502/say", data=sent).status_code == 403


def test_a_change_in_games_and_a_measure_are_told_in_words(desk: TestClient, district: District) -> None:
    tell(district, GameChanged(domain="memory", sittings=9, lower=7, until=district.now().date(), beside=["sleep"]))
    measured = {"count": 9, "low": 9, "high": 10, "seconds": 30, "error": 0, "seen": 0.97}
    tell(district, ExerciseMeasured(test="thirty_seconds", **measured))
    page = desk.get("/homes/h502/day").text
    assert "기억: 평소보다 덜 떠올리세요, 놀이하신 9일 중 7일" in page
    assert "요즘 안부에서 안 좋으셨던 것: 잠" in page
    assert "30초 동안 9번" in page
