"""Doses and notices at the desk: what a person should look at first, what turned out well, a missed critical dose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient
from tests.pages.district.test_check_ins import desk, tell
from tests.web.district_pages import add_robot

from dolbom.clock import ManualClock
from dolbom.district.access import SYSTEM
from dolbom.district.repositories import alarms, changes, doses, homes
from dolbom.district.service import District
from dolbom.events import (
    DoseCorrected,
    DoseMissed,
    DoseRefill,
    DoseTaken,
    DoseUnanswered,
    DoseUnknown,
    RoutineUnanswered,
    Severity,
)

__all__ = ["desk"]


def dose(district: District, name: str = "pressure", title: str = "혈압약", **more: Any) -> dict[str, Any]:
    at = district.now().replace(hour=8, minute=0, second=0, microsecond=0)
    local = at.replace(tzinfo=None)
    return {
        "dose_id": f"{name}@{local:%Y-%m-%dT%H:%M}", "routine": name, "medicine": name, "title": title, "dose": "한 알",
        "importance": "normal", "local": local, "due": at, **more,
    }  # fmt: skip


def missed(district: District, **more: Any) -> DoseMissed:
    return DoseMissed(reason="no_answer", reminders=3, **dose(district, **more))


def test_a_missed_dose_is_listed_with_its_way_and_a_name_and_counted_on_the_board(
    district: District, desk: TestClient
) -> None:
    tell(district, DoseUnanswered(reminders=2, **dose(district)))
    tell(district, missed(district))
    with district.database.writing() as session:
        homes.name_person(session, "h502", "p1", "김순자", "", SYSTEM, district.now())
        last = changes.since(session, 0)[-2]
    assert (last.kind, last.home_id) == ("dose", "h502")
    page = desk.get("/doses?lang=ko").text
    assert "김순자" in page and "<b>혈압약</b> · 한 알" in page and "08:00" in page
    assert page.index("약을 놓침") < page.index("약 알림에 대답 없음")
    assert "살펴볼 약과 알림" in desk.get("/?lang=ko").text


def test_a_missed_critical_dose_is_an_alarm_that_names_the_medicine(district: District, desk: TestClient) -> None:
    tell(district, missed(district, importance="critical"), severity=Severity.ALARM)
    with district.database.reading() as session:
        (alarm,) = alarms.listed(session)
        (concern,) = doses.newest(session, district.now())
    assert (alarm.kind, alarm.cause, concern.severity) == ("dose.missed", "dose", Severity.ALARM)
    assert "혈압약" in desk.get("/").text
    assert "<b>혈압약</b> · 한 알" in desk.get(f"/alarms/{alarm.id}").text


def test_what_turned_out_well_comes_last_and_is_not_counted(
    district: District, desk: TestClient, clock: ManualClock
) -> None:
    add_robot(district, "dasom-2", "h503", "503호")
    tell(district, DoseUnanswered(reminders=2, **dose(district)))
    tell(district, DoseUnknown(reason="unclear", **dose(district, "sugar", "당뇨약")), severity=Severity.NOTICE)
    tell(district, missed(district, name="heart", title="심장약"))
    clock.advance(600)
    tell(district, DoseTaken(taken_at=district.now(), **dose(district)))
    with district.database.reading() as session:
        found = doses.newest(session, district.now())
        assert [one.newest.data["title"] for one in found] == ["심장약", "당뇨약", "혈압약"]
        assert [one.settled for one in found] == [False, False, True]
        assert doses.to_look_after(session, district.now()) == 2
    correction = DoseCorrected(
        before="missed", after="taken", by="nurse", reason="x", **dose(district, "heart", "심장약")
    )
    tell(district, correction)
    assert "해결됨" in desk.get("/doses?lang=ko").text
    clock.advance(90_000)
    with district.database.reading() as session:
        assert doses.to_look_after(session, district.now()) == 0, "of the day before"
        assert len(doses.newest(session, district.now())) == 3
        assert doses.newest(session, district.now() + timedelta(days=7)) == []


def test_taken_doses_are_not_listed_and_other_notices_are(district: District, desk: TestClient) -> None:
    assert "살펴볼 것이 없습니다." in desk.get("/doses?lang=ko").text
    tell(district, DoseTaken(taken_at=district.now(), **dose(district)))
    tell(district, DoseRefill(medicine="pressure", title="혈압약", left=4))
    local = district.now().replace(tzinfo=None)
    tell(district, RoutineUnanswered(routine="eye", what="appointment", title="안과", local=local, reminders=2))
    with district.database.reading() as session:
        kinds = [one.newest.kind for one in doses.newest(session, district.now())]
    assert sorted(kinds) == ["dose.refill", "routine.unanswered"]
    assert "4개 남음" in desk.get("/doses?lang=ko").text


def test_only_staff_see_it(district: District, desk: TestClient) -> None:
    desk.cookies.clear()
    assert desk.get("/doses", follow_redirects=False).status_code == 303
