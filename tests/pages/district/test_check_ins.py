"""Daily check-ins at the desk: in the reader's words, whom somebody should look after first, live."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.web.district_pages import NAME, PASSWORD, add_robot, add_staff, take

from dolbom.clock import ManualClock
from dolbom.district.access import SYSTEM, Role
from dolbom.district.repositories import changes, checkins, homes
from dolbom.district.service import District
from dolbom.events import (
    CheckInAnswer,
    CheckInScreen,
    CheckInSummary,
    CheckInUnanswered,
    Data,
    Severity,
    new_event,
    source,
)
from dolbom.staff import audit


@pytest.fixture
def desk(app: FastAPI, district: District) -> TestClient:
    """Somebody who has logged in at the desk."""
    add_staff(district, kim=Role.OPERATOR)
    client = TestClient(app, base_url="https://desk")
    page = client.get("/login")
    assert page.status_code == 200
    answer = client.post("/login", data={"name": "kim", "password": PASSWORD}, follow_redirects=False)
    assert answer.status_code == 303
    return client


def tell(district: District, data: Data, person: str = "p1", severity: Severity | None = None, days: int = 0) -> None:
    at = district.now() - timedelta(days=days)
    event = new_event(data, at=at, source=source(NAME, "h502", "dasom-1"), subject=person, severity=severity)
    take(district, "dasom-1", event)


def summary(district: District, *grades: str, **more: object) -> CheckInSummary:
    topics = ("health", "meals", "sleep")
    answers = [
        CheckInAnswer.model_validate({"topic": topic, "grade": grade, "before": "good", **more})
        for topic, grade in zip(topics, grades, strict=False)
    ]
    return CheckInSummary(day=district.now().date(), ended="complete", answers=answers, tries=1, duration_s=90)


def test_a_summary_reads_in_the_readers_language_with_what_changed(district: District, desk: TestClient) -> None:
    tell(district, summary(district, "bad", "good", "unknown"), severity=Severity.NOTICE)
    with district.database.writing() as session:
        homes.name_person(session, "h502", "p1", "김순자", "", SYSTEM, district.now())
    page = desk.get("/check-ins?lang=ko").text
    assert "김순자" in page and "행복마을 3동 502호" in page
    assert "모두 여쭘: 몸 <b>안 좋음</b> (지난번 좋음), 식사 <b>좋음</b>, 잠 <b>모르겠다고 하심</b>" in page
    assert "불편한 데가 있음" in page


def test_words_are_shown_only_where_they_came_and_never_as_markup(district: District, desk: TestClient) -> None:
    tell(district, summary(district, "bad", said="<b>무릎</b>이 쑤셔"))
    page = desk.get("/check-ins").text
    assert "“&lt;b&gt;무릎&lt;/b&gt;이 쑤셔”" in page


def test_who_did_not_answer_and_whose_mood_is_low_come_first_and_stand_on_the_board(
    district: District, desk: TestClient
) -> None:
    add_robot(district, "dasom-2", "h503", "503호")
    tell(district, summary(district, "good"), "well")
    tell(district, summary(district, "bad"), "hurt", Severity.NOTICE)
    tell(district, CheckInUnanswered(day=district.now().date(), tries=[district.now()] * 3, days=2), "silent")
    screen = CheckInScreen(day=district.now().date(), answers=[3, 2], positive=True)
    tell(district, screen, "low", Severity.WARNING)
    with district.database.reading() as session:
        order = [one.person_id for one in checkins.newest(session, district.now())]
        assert set(order[:2]) == {"silent", "low"} and order[2:] == ["hurt", "well"]
        assert checkins.to_look_after(session, district.now()) == 2
        last = changes.since(session, 0)[-1]
    assert (last.kind, last.home_id) == ("checkin", "h502")
    assert "안부를 살펴볼 분" in desk.get("/").text
    page = desk.get("/check-ins").text
    assert "3번 여쭈었지만 대답이 없었습니다. 2일째입니다." in page
    assert "거의 매일" in page and "만나서 이야기를 나눠 봐 주세요" in page


def test_a_later_answer_ends_the_worry_and_old_ones_are_not_shown(
    district: District, desk: TestClient, clock: ManualClock
) -> None:
    silent = CheckInUnanswered(day=district.now().date(), tries=[], days=1)
    tell(district, silent)
    tell(district, silent, "gone", days=15)
    clock.advance(600)
    tell(district, summary(district, "good"))
    with district.database.reading() as session:
        (one,) = checkins.newest(session, district.now())
        assert not one.silent and checkins.to_look_after(session, district.now()) == 0
    assert "안부를 살펴볼 분" not in desk.get("/").text


def test_only_staff_see_it_and_that_is_recorded(app: FastAPI, district: District, desk: TestClient) -> None:
    stranger = TestClient(app, base_url="https://desk")
    assert stranger.get("/check-ins", follow_redirects=False).status_code == 303
    desk.get("/check-ins")
    with district.database.reading() as session:
        assert any(one.action == "view" and one.object == "check-ins" for one in audit.lines(session))
