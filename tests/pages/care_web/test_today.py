"""The page of today: what was and will be, alarms on top, what is pressed reaches the robot."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

from tests.pages.care_web.conftest import ClientFor, LogIn
from tests.web.care_pages import raise_alarm, robot_of, settle

from dolbom.events import LastSign
from dolbom.platform.outbox import Outbox
from dolbom.platform.outbox import State as Sent
from dolbom.routines.due import State
from dolbom.sensors.decisions import Decisions
from dolbom.sensors.persistence import Ledger
from dolbom.sensors.state import Away, Quiet, Stage
from dolbom.web.care.access import Role
from dolbom.web.care.board import CareBoard, Part, Present
from dolbom.web.care.home import CareHome


def test_the_day_is_one_line_of_what_was_and_what_will_be(client_for: ClientFor) -> None:
    found = client_for(Role.CARE_WORKER).get("/api/timeline").json()
    assert [(one["at"][11:16], one["title"], one["state"]) for one in found] == [
        ("08:00", "혈압약", "taken"),
        ("09:00", "심장약", "missed"),
        ("10:30", "안부", "planned"),
        ("12:30", "점심", "planned"),
        ("14:00", "내과", "planned"),
        ("20:00", "혈압약", "planned"),
    ]
    assert "한 알" in found[-1]["what"][0]
    assert [one["past"] for one in found] == [True, True, False, False, False, False]


def test_today_shows_who_is_there_how_the_camera_stands_and_what_is_next(log_in: LogIn, home: CareHome) -> None:
    page = log_in("sunhee").get("/")
    assert "김순자 님 · 앉아 계심" in page
    assert '<p id="camera">켜짐</p>' in page
    assert page.index("다음") < page.index("10:30</b> 안부")
    home.board.camera("off")
    home.board.present(())
    assert "카메라가 꺼져 있어 알 수 없습니다" in log_in("sunhee").get("/")


def test_today_shows_the_last_sign_of_life_and_the_stage_of_the_silence_since(log_in: LogIn, home: CareHome) -> None:
    assert "기척" not in log_in("sunhee").get("/"), "nothing is known yet"
    since = home.now() - timedelta(hours=4)
    quiet = Quiet(since=since, last=LastSign(kind="appliance", at=since, place="kettle"), stage=Stage.CAUTION)
    ledger = Ledger(home.store, lambda _event, _session: None, lambda: False)
    ledger.write(Decisions(quiet={"": quiet}), home.now())
    page = log_in("sunhee").get("/")
    assert '<span class="badge warning">주의</span>' in page
    assert f"마지막 기척 {since:%Y-%m-%d %H:%M:%S} (가전을 쓰심)" in page
    quiet.stage, quiet.away = Stage.NONE, Away(since=since, because="words")
    ledger.write(Decisions(quiet={"": quiet}), home.now())
    assert f"{since:%Y-%m-%d %H:%M:%S}에 나가심" in log_in("sunhee").get("/")


def test_an_alarm_stands_on_top_until_somebody_took_it_on_and_closed_it(log_in: LogIn, home: CareHome) -> None:
    alarm, worker = raise_alarm(home), log_in("sunhee")
    page = worker.get("/")
    assert page.index("괜찮으세요?") < page.index("혈압약")
    assert 'data-open="1"' in page
    assert worker.post(f"/alarms/{alarm}/acknowledge")[0] == 303
    assert robot_of(home).did[0] == ("guard", alarm, "care_worker")
    page = worker.get("/")
    assert "09:30에 sunhee님이 맡음" in page
    assert 'data-open="0"' in page
    assert Outbox(home.store).entries()[-1].state is Sent.PENDING, "for the district it is as it was"
    assert worker.post(f"/alarms/{alarm}/done")[0] == 303
    assert "괜찮으세요?" not in worker.get("/")
    assert worker.client.post(f"/alarms/{uuid4()}/acknowledge", data={"csrf": worker.csrf}).status_code == 404


def test_the_desk_is_told_once_that_somebody_comes_and_once_that_it_is_said_to_be_over(
    log_in: LogIn, client_for: ClientFor, home: CareHome
) -> None:
    person = home.routines.people.ids()[0]
    alarm, worker = raise_alarm(home, person), log_in("sunhee")
    for act in ("acknowledge", "acknowledge", "done", "done"):
        assert worker.post(f"/alarms/{alarm}/{act}")[0] == 303
    assert [one for one in robot_of(home).did if one[0] == "outbox"] == [
        ("outbox", alarm, "coming", "care_worker", person),
        ("outbox", alarm, "over", "care_worker", person),
    ]
    robot_of(home).lost = {"outbox"}
    other, nurse = raise_alarm(home), client_for(Role.NURSE)
    assert nurse.post(f"/api/alarms/{other}/acknowledge").status_code == 503
    assert [one["taken_by"] for one in nurse.get("/api/alarms").json()] == [""], "what could not be told is not done"


def test_an_alarm_that_the_robot_cannot_answer_is_not_taken_on(log_in: LogIn, home: CareHome) -> None:
    alarm, worker = raise_alarm(home), log_in("sunhee")
    robot_of(home).lost = {"guard"}
    assert worker.post(f"/alarms/{alarm}/acknowledge")[0] == 503
    assert 'data-open="1"' in worker.get("/")


def test_what_the_district_took_on_and_closed_shows(client_for: ClientFor, home: CareHome) -> None:
    alarm, worker = raise_alarm(home), client_for(Role.NURSE)
    for state, shown in ((Sent.ACKNOWLEDGED, ["acknowledged"]), (Sent.CLOSED, [])):
        with Outbox(home.store).recording() as progress:
            progress.receipts([alarm], state, home.now(), "operator")
        assert [one["state"] for one in worker.get("/api/alarms").json()] == shown


def test_a_correction_needs_its_reason_and_carries_its_author(log_in: LogIn, home: CareHome) -> None:
    worker = log_in("sunhee")
    due = "heart@2026-11-25T09:00"
    assert worker.post("/doses/note", due=due, state="taken", reason="  ")[0] == 409
    assert robot_of(home).did == []
    assert worker.post("/doses/note", due=due, state="taken", reason="제가 드렸어요")[0] == 303
    [(what, note)] = robot_of(home).did
    assert what == "routines"
    assert (note["what"], note["due"], note["state"], note["by"]) == ("corrected", due, "taken", "sunhee")
    assert note["reason"] == "제가 드렸어요"


def test_an_open_page_hears_at_once_that_something_changed() -> None:
    async def listen() -> list[str]:
        board, heard = CareBoard(), []
        stream = board.follow()
        heard.append(await anext(stream))
        board.changed("raised", "an-alarm")
        heard.append(await asyncio.wait_for(anext(stream), 5))
        board.present((Present("p1", "lying"),))
        heard.append(await asyncio.wait_for(anext(stream), 5))
        return heard

    first, raised, calm = asyncio.run(listen())
    assert first == "retry: 1000\nid: 0\n\n"
    assert json.loads(raised.split("data: ")[1]) == {"change": "raised", "alarm": "an-alarm", "home": None}
    assert '"home"' in calm


def test_the_robots_page_tells_of_a_part_that_fell_silent(log_in: LogIn, home: CareHome) -> None:
    home.board.part("voice", Part("error", "the speaker is gone", {}))
    home.board.gone("camera")
    page = log_in("junho").get("/robot")
    assert "the speaker is gone" in page
    assert "소식 없음" in page


def test_another_day_is_shown_as_it_was(log_in: LogIn, home: CareHome) -> None:
    person = home.routines.people.ids()[0]
    settle(home, "heart", "2026-11-24T09:00", State.REFUSED, person)
    page = log_in("sunhee").get("/?on=2026-11-24")
    assert "안 하신다고 함" in page
