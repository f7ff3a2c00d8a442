"""Silence and nights at the desk: stages with the last evidence and its time, the gravest first, and their end."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.web.district_pages import NAME, PASSWORD, add_robot, add_staff, take

from dolbom.clock import ManualClock
from dolbom.district.access import SYSTEM, Role
from dolbom.district.repositories import activity, changes, homes
from dolbom.district.service import District
from dolbom.events import (
    ActivityLeftAtNight,
    ActivityWandering,
    ActivityWanderingOver,
    Asked,
    Data,
    InactivityAttention,
    InactivityCaution,
    InactivityOver,
    InactivityUnknown,
    LastSign,
    new_event,
    new_id,
    source,
)
from dolbom.staff import accounts, audit


@pytest.fixture
def desk(app: FastAPI, district: District) -> TestClient:
    """Somebody who has logged in at the desk."""
    add_staff(district, kim=Role.OPERATOR)
    client = TestClient(app, base_url="https://desk")
    client.get("/login")
    assert client.post("/login", data={"name": "kim", "password": PASSWORD}, follow_redirects=False).status_code == 303
    return client


def tell(district: District, data: Data, person: str = "p1", ago: timedelta = timedelta(0)) -> None:
    event = new_event(data, at=district.now() - ago, source=source(NAME, "h502", "dasom-1"), subject=person)
    take(district, "dasom-1", event)


def silence(district: District, episode: UUID, **more: object) -> dict[str, object]:
    since = district.now() - timedelta(hours=4)
    asked = Asked(at=district.now(), question="잘 계세요?", understood="silence")
    return {
        "episode_id": episode, "since": since, "last_sign": LastSign(kind="moved", at=since), "silent_s": 3 * 3600,
        "unseen_s": 0, "limit_s": 10800, "learned": False, "asked": [asked], **more,
    }  # fmt: skip


def night(district: District, episode: UUID, **more: object) -> dict[str, object]:
    day = district.now().date()
    return {
        "night": day,
        "episode_id": episode,
        "since": district.now(),
        "ways": 4,
        "up_s": 60,
        "at_the_door": False,
        **more,
    }


def test_a_stage_stands_with_the_last_evidence_and_its_time_in_the_readers_language(
    district: District, desk: TestClient
) -> None:
    tell(district, InactivityAttention(**silence(district, new_id())))  # type: ignore[arg-type]
    with district.database.writing() as session:
        homes.name_person(session, "h502", "p1", "김순자", "", SYSTEM, district.now())
    page = desk.get("/activity?lang=ko").text
    at = (district.now() - timedelta(hours=4)).astimezone(district.clock.zone)
    assert "김순자" in page and "행복마을 3동 502호" in page
    assert '<span class="badge notice">관심</span>' in page
    assert f"마지막 기척 {at:%Y-%m-%d %H:%M} (움직이심)" in page
    assert "<q>잘 계세요?</q> 대답 없음" in page
    assert "정해 둔 시간 3.0시간" in page
    with district.database.writing() as session:
        accounts.set_language(session, "kim", "en")
    english = desk.get("/activity").text
    assert '<span class="badge notice">attention</span>' in english
    assert f"last sign {at:%Y-%m-%d %H:%M} (moved)" in english


def test_a_graver_stage_replaces_the_milder_and_its_end_takes_it_off_the_count(
    district: District, desk: TestClient
) -> None:
    episode = new_id()
    tell(district, InactivityAttention(**silence(district, episode)), ago=timedelta(hours=2))  # type: ignore[arg-type]
    tell(district, InactivityCaution(**silence(district, episode)), ago=timedelta(minutes=30))  # type: ignore[arg-type]
    with district.database.reading() as session:
        (one,) = activity.newest(session, district.now())
        assert (one.state, len(one.events)) == ("caution", 2)
        assert activity.to_look_after(session, district.now()) == 1
    assert '<a href="/activity">' in desk.get("/").text
    since = district.now() - timedelta(hours=4)
    sign = LastSign(kind="answered", at=district.now())
    tell(district, InactivityOver(episode_id=episode, was="caution", since=since, sign=sign))
    with district.database.reading() as session:
        assert activity.newest(session, district.now())[0].state == ""
        assert activity.to_look_after(session, district.now()) == 0
    assert "끝남" in desk.get("/activity?lang=ko").text
    assert '<a href="/activity">' not in desk.get("/").text.split('class="alarms"')[0].split('class="summary"')[1]


def test_what_the_robot_does_not_know_is_told_apart_from_a_stage(district: District, desk: TestClient) -> None:
    what = silence(district, new_id(), unseen_s=7200, blind=["camera_off"])
    tell(district, InactivityUnknown(**what))  # type: ignore[arg-type]
    page = desk.get("/activity?lang=ko").text
    assert ">모름</span>" in page
    assert "그 밖에 못 본 시간 2.0시간: 카메라가 꺼져 있음" in page


def test_a_night_is_one_card_and_only_the_door_is_counted(district: District, desk: TestClient) -> None:
    episode = new_id()
    tell(district, ActivityWandering(**night(district, episode)))  # type: ignore[arg-type]
    with district.database.reading() as session:
        assert activity.to_look_after(session, district.now()) == 0
    door = ActivityLeftAtNight(
        night=district.now().date(), episode_id=episode, state="gone", how="sensor", door_at=district.now(),
        last_seen=None,
    )  # fmt: skip
    tell(district, door)
    tell(district, ActivityWanderingOver(ended="morning", **night(district, episode)))  # type: ignore[arg-type]
    with district.database.reading() as session:
        (one,) = activity.newest(session, district.now())
        assert (one.group, one.state) == ("night", "gone"), "who is gone is gone until they are seen again"
        assert activity.to_look_after(session, district.now()) == 1
    assert "밤에 나가신 듯함" in desk.get("/activity?lang=ko").text


def test_the_gravest_comes_first_and_an_old_one_is_not_counted(district: District, clock: ManualClock) -> None:
    add_robot(district, "dasom-2", home="h503")
    tell(district, InactivityAttention(**silence(district, new_id())))  # type: ignore[arg-type]
    event = new_event(
        InactivityCaution(**silence(district, new_id())),  # type: ignore[arg-type]
        at=district.now(), source=source(NAME, "h503", "dasom-2"),
    )  # fmt: skip
    take(district, "dasom-2", event)
    with district.database.reading() as session:
        found = activity.newest(session, district.now())
        assert [(one.home_id, one.state) for one in found] == [("h503", "caution"), ("h502", "attention")]
    clock.advance(49 * 3600)
    with district.database.reading() as session:
        assert activity.to_look_after(session, district.now()) == 0
    clock.advance(48 * 3600)
    with district.database.reading() as session:
        assert activity.newest(session, district.now()) == []


def test_open_pages_learn_of_it_and_the_view_is_in_the_trail(
    district: District, desk: TestClient, app: FastAPI
) -> None:
    with district.database.reading() as session:
        before = changes.newest(session)
    tell(district, InactivityAttention(**silence(district, new_id())))  # type: ignore[arg-type]
    with district.database.reading() as session:
        assert changes.newest(session) > before
    fragment = desk.get("/activity", headers={"HX-Request": "true"})
    assert fragment.text.startswith('<div id="activities"')
    stranger = TestClient(app, base_url="https://desk")
    assert stranger.get("/activity", follow_redirects=False).status_code == 303
    desk.get("/activity")
    with district.database.reading() as session:
        assert any(one.action == "view" and one.object == "activity" for one in audit.lines(session))


def test_the_day_of_a_home_tells_of_it_in_words(district: District, desk: TestClient) -> None:
    tell(district, ActivityWandering(**night(district, new_id(), at_the_door=True)))  # type: ignore[arg-type]
    page = desk.get("/homes/h502/day?lang=ko").text
    assert "밤에 깨어 다니심" in page and "현관에 계셨음" in page
