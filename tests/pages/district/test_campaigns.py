"""Disaster check-ins and notices at the district: whom they reach, what comes back, and what a passed deadline does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.pages.district.conftest import ClientFor
from tests.web.district_pages import NAME, add_robot, take

from dolbom.clock import ManualClock
from dolbom.district.access import SYSTEM, Role
from dolbom.district.models import Alarm, AlarmState, Downlink, Origin
from dolbom.district.repositories import campaigns, downlinks, intake, robots
from dolbom.district.repositories.intake import Arrived
from dolbom.district.service import District
from dolbom.events import (
    CampaignNeedsHelp,
    CampaignNoAnswer,
    CampaignOk,
    CampaignReport,
    CampaignTold,
    CareEvent,
    Severity,
    new_event,
    new_id,
    source,
)
from dolbom.platform.messages import COMMAND, Answer, Campaign, Notice
from dolbom.staff.models import Audit

TEXTS = {
    "ko": {"what": "지진이 났어요.", "instruction": "식탁 아래로 들어가세요."},
    "en": {"what": "There was an earthquake.", "instruction": "Get under the table."},
}


@pytest.fixture
def chief(district: District, client_for: ClientFor) -> TestClient:
    """A supervisor's program, in a district of three homes."""
    add_robot(district, "dasom-2", "h201", "행복마을 1동 201호")
    add_robot(district, "dasom-3", "h1104", "은빛아파트 1104호", online=False)
    return client_for(Role.SUPERVISOR)


def start(chief: TestClient, district: District, minutes: float = 30, **other: Any) -> dict[str, Any]:
    asked = {"texts": TEXTS, "deadline": (district.now() + timedelta(minutes=minutes)).isoformat(), **other}
    response = chief.post("/api/campaigns", json=asked)
    assert response.status_code == 201, response.text
    return dict(response.json())


def sent(district: District, robot: str) -> list[Campaign | Notice]:
    """What a robot gets now, and answers."""
    with district.database.writing() as session:
        rows = [r for r in downlinks.to_send(session, district.now()) if r.robot_id == robot]
    read = [COMMAND.validate_json(row.json) for row in rows]
    for message in read:
        answer = Answer(to=message.id, at=district.now())
        with district.database.writing() as session:
            intake.take_status(session, Arrived(f"dolbom.v1.{NAME}.{robot}.status", answer.to_json()), district.now())
    return [m for m in read if isinstance(m, Campaign | Notice)]


def says(district: District, robot: str, home: str, data: CampaignReport, **other: Any) -> CareEvent:
    event = new_event(data, at=district.now(), source=source(NAME, home, robot), **other)
    take(district, robot, event)
    return event


def answers(chief: TestClient, id: str) -> dict[str, str]:
    return {h["home_id"]: h["answer"] for h in chief.get(f"/api/campaigns/{id}").json()["homes"]}


def escalate(district: District) -> list[UUID]:
    with district.database.writing() as session:
        return campaigns.escalate(session, district.now())


def alarms(district: District) -> list[Alarm]:
    with district.database.reading() as session:
        return list(session.scalars(select(Alarm).where(Alarm.cause == "campaign").order_by(Alarm.home_id)))


def test_each_home_is_asked_reached_told_and_answers_for_itself(chief: TestClient, district: District) -> None:
    made = start(chief, district)
    id = UUID(made["id"])
    assert made["counts"] == {"needs_help": 0, "not_reached": 3, "no_answer": 0, "ok": 0}
    (asked,) = sent(district, "dasom-1")
    assert isinstance(asked, Campaign)
    assert (asked.campaign_id, asked.withdrawn, asked.texts["ko"].what) == (id, False, "지진이 났어요.")
    assert answers(chief, made["id"]) == {"h502": "no_answer", "h201": "not_reached", "h1104": "not_reached"}
    says(district, "dasom-1", "h502", CampaignTold(campaign_id=id))
    says(district, "dasom-1", "h502", CampaignOk(campaign_id=id), subject="p1")
    says(district, "dasom-2", "h201", CampaignNoAnswer(campaign_id=id))
    says(district, "dasom-1", "h502", CampaignNoAnswer(campaign_id=id))  # of the robot's first try, come late
    assert answers(chief, made["id"]) == {"h502": "ok", "h201": "no_answer", "h1104": "not_reached"}
    shown = {h["home_id"]: h for h in chief.get(f"/api/campaigns/{id}").json()["homes"]}
    assert shown["h502"]["told_at"]
    assert shown["h1104"]["told_at"] is None


def test_needing_help_is_an_alarm_at_once_and_stays_so_until_a_person_ends_it(
    chief: TestClient, district: District
) -> None:
    id = UUID(start(chief, district)["id"])
    event = says(district, "dasom-1", "h502", CampaignNeedsHelp(campaign_id=id), subject="p1")
    (alarm,) = alarms(district)
    assert (alarm.id, alarm.state, alarm.person_id, alarm.data["reason"]) == (event.id, AlarmState.OPEN, "p1", "help")
    says(district, "dasom-1", "h502", CampaignOk(campaign_id=id))
    assert answers(chief, str(id))["h502"] == "needs_help"
    assert chief.get(f"/api/campaigns/{id}").json()["homes"][0]["alarm_id"] == str(event.id)


def test_needing_help_is_an_alarm_whatever_severity_a_robot_gives_it(chief: TestClient, district: District) -> None:
    id = UUID(start(chief, district)["id"])
    says(district, "dasom-1", "h502", CampaignNeedsHelp(campaign_id=id), severity=Severity.INFO)
    assert len(alarms(district)) == 1


def test_at_the_deadline_each_home_without_an_answer_is_one_alarm_and_never_two(
    chief: TestClient, district: District, clock: ManualClock
) -> None:
    id = UUID(start(chief, district)["id"])
    sent(district, "dasom-2")
    says(district, "dasom-1", "h502", CampaignOk(campaign_id=id))
    clock.advance(30 * 60 - 1)
    assert escalate(district) == []
    clock.advance(1)
    assert len(escalate(district)) == 2
    assert escalate(district) == [], "and after a restart: the database knows"
    raised = {a.home_id: a for a in alarms(district)}
    assert {home: a.data["reason"] for home, a in raised.items()} == {"h201": "no_answer", "h1104": "not_reached"}
    assert {a.origin for a in raised.values()} == {Origin.CAMPAIGN}
    says(district, "dasom-2", "h201", CampaignOk(campaign_id=id))
    assert answers(chief, str(id))["h201"] == "ok", "late, and shown"
    assert len(alarms(district)) == 2
    assert chief.post(f"/api/alarms/{raised['h201'].id}/acknowledge", json={}).status_code == 200


def test_if_the_mark_is_lost_the_alarms_are_still_not_doubled(
    chief: TestClient, district: District, clock: ManualClock
) -> None:
    id = UUID(start(chief, district)["id"])
    clock.advance(31 * 60)
    escalate(district)
    with district.database.writing() as session:
        campaigns.get(session, id).escalated_at = None
    assert escalate(district) == []
    assert len(alarms(district)) == 3


def test_a_withdrawn_campaign_is_told_to_every_robot_and_raises_nothing(
    chief: TestClient, district: District, clock: ManualClock
) -> None:
    id = start(chief, district)["id"]
    sent(district, "dasom-1")
    for _ in range(2):
        assert chief.post(f"/api/campaigns/{id}/withdraw").json()["state"] == "withdrawn"
    (told,) = sent(district, "dasom-1")
    assert isinstance(told, Campaign)
    assert told.withdrawn
    clock.advance(3600)
    assert escalate(district) == []
    with district.database.reading() as session:
        assert len(session.scalars(select(Downlink)).all()) == 6, "each robot is told twice in all"
        trail = [row.action for row in session.scalars(select(Audit).order_by(Audit.id)) if "campaign" in row.action]
    assert trail == ["start_campaign", "withdraw_campaign"]


def test_an_area_is_some_homes_and_the_preview_says_which(chief: TestClient, district: District) -> None:
    whom = chief.post("/api/campaigns/preview", json={"area": "행복마을"}).json()
    assert whom == {"homes": ["행복마을 1동 201호", "행복마을 3동 502호"], "offline": [], "robots": 2}
    assert chief.post("/api/campaigns/preview", json={}).json()["offline"] == ["은빛아파트 1104호"]
    assert answers(chief, start(chief, district, area="행복마을 1동")["id"]).keys() == {"h201"}
    assert answers(chief, start(chief, district, homes=["h1104", "h502"])["id"]).keys() == {"h1104", "h502"}
    for wrong in ({"area": "없는 동네"}, {"homes": ["h9"]}):
        response = chief.post("/api/campaigns/preview", json=wrong)
        assert response.status_code == 409
        assert "\n" not in response.json()["detail"]


@pytest.mark.parametrize("minutes", [-1, 0.5, 48 * 60 + 1])
def test_a_deadline_out_of_reason_is_refused(chief: TestClient, district: District, minutes: float) -> None:
    deadline = (district.now() + timedelta(minutes=minutes)).isoformat()
    assert chief.post("/api/campaigns", json={"texts": TEXTS, "deadline": deadline}).status_code == 409


def test_hostile_and_missing_words_are_refused(chief: TestClient, district: District) -> None:
    deadline = (district.now() + timedelta(minutes=30)).isoformat()
    for what in ("", "가" * 201, "a\x1b[2J", "a\u202eb"):
        texts = {"ko": {"what": what, "instruction": "나가세요."}}
        assert chief.post("/api/campaigns", json={"texts": texts, "deadline": deadline}).status_code == 422
    assert chief.post("/api/campaigns", json={"texts": {}, "deadline": deadline}).status_code == 422
    assert chief.get("/api/campaigns").json() == []


def test_the_same_campaign_cannot_be_started_twice(chief: TestClient, district: District) -> None:
    id = str(new_id())
    made = start(chief, district, id=id)
    asked = {"texts": TEXTS, "deadline": made["deadline"], "id": id}
    assert chief.post("/api/campaigns", json=asked).status_code == 409
    with district.database.reading() as session:
        assert len(session.scalars(select(Downlink)).all()) == 3


def test_a_report_of_a_home_that_was_not_asked_counts_nowhere_and_is_kept(
    chief: TestClient, district: District
) -> None:
    id = start(chief, district, homes=["h502"])["id"]
    says(district, "dasom-2", "h201", CampaignOk(campaign_id=UUID(id)))
    says(district, "dasom-1", "h502", CampaignOk(campaign_id=new_id()))
    assert answers(chief, id) == {"h502": "not_reached"}


def test_a_home_without_any_admitted_robot_left_is_still_an_alarm(
    chief: TestClient, district: District, clock: ManualClock
) -> None:
    start(chief, district, homes=["h502"])
    with district.database.writing() as session:
        robots.revoke(session, "dasom-1", SYSTEM, district.now())
    clock.advance(31 * 60)
    assert len(escalate(district)) == 1


def test_operators_see_campaigns_and_do_not_start_them(
    chief: TestClient, client_for: ClientFor, district: District
) -> None:
    id = start(chief, district)["id"]
    operator, technician = client_for(Role.OPERATOR), client_for(Role.TECHNICIAN)
    assert operator.get(f"/api/campaigns/{id}").status_code == 200
    assert operator.post(f"/api/campaigns/{id}/withdraw").status_code == 403
    assert technician.get("/api/campaigns").status_code == 403


def test_a_notice_goes_to_every_robot_and_can_be_taken_back(
    chief: TestClient, district: District, clock: ManualClock
) -> None:
    until = (district.now() + timedelta(hours=9)).isoformat()
    made = chief.post("/api/notices", json={"texts": {"ko": "오늘은 비가 와요."}, "until": until}).json()
    (given,) = sent(district, "dasom-1")
    assert isinstance(given, Notice)
    assert (given.texts, given.withdrawn) == ({"ko": "오늘은 비가 와요."}, False)
    assert chief.post(f"/api/notices/{made['id']}/withdraw").json()["state"] == "withdrawn"
    (gone,) = sent(district, "dasom-1")
    assert isinstance(gone, Notice)
    assert gone.withdrawn
    clock.advance(10 * 3600)
    assert chief.post("/api/notices", json={"texts": {"ko": "비"}, "until": until}).status_code == 409
    assert chief.post("/api/notices", json={"texts": {"ko": "\x00"}, "until": until}).status_code == 422
