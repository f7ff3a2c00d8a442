"""How people become known on the page People: by name, by pictures that are not kept, by the camera; and forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from starlette.formparsers import MultiPartParser
from tests.drawn_faces import MOTHER, SON, draw, put
from tests.pages.care_web.conftest import Browser, ClientFor, LogIn
from tests.web.care_pages import robot_of

from dolbom.perception.pictures import DETECTOR, RECOGNISER
from dolbom.staff.uploads import LARGEST
from dolbom.store.people import Purpose
from dolbom.web.care.access import Role
from dolbom.web.care.board import Learning
from dolbom.web.care.home import CareHome

needs_models = pytest.mark.weights(DETECTOR, RECOGNISER)


def png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def faces(who: Any) -> list[bytes]:
    return [png(draw(who, turn=turn, seed=seed)) for seed, turn in enumerate((0, 18, -18))]


def send(browser: Browser, path: str, pictures: list[bytes], **fields: str) -> tuple[int, str]:
    files = [("pictures", (f"{number}.png", content, "image/png")) for number, content in enumerate(pictures)]
    answer = browser.client.post(path, data={"csrf": browser.csrf, **fields}, files=files or None)
    return answer.status_code, answer.headers.get("location", answer.text)


def test_somebody_new_is_written_down_with_their_consent_and_the_robot_calls_them_so(
    log_in: LogIn, home: CareHome
) -> None:
    nurse = log_in("hana")
    new = {"name": "이영호 님", "purpose": "check_in", "given_by": "본인"}
    assert send(nurse, "/people", [], **new) == (303, "/people")
    person = home.routines.people.ids()[-1]
    assert home.names()[person] == "이영호 님"
    assert person in home.memory.allowed(Purpose.CHECK_IN, home.now())
    assert "이영호 님" in nurse.get("/people")
    assert "이영호 님" in nurse.get("/routines/new?kind=meal"), "and can be chosen for a routine"
    code, page = send(nurse, "/people", [], **new)
    assert code == 409, "nobody is written down twice"
    assert "‘이영호 님’" in page or "이영호 님이라고" in page
    assert "already" not in page
    ends = ({"until": "2026-11-24"}, {"until": "morgen"}, {"until": "0001-01-01"})
    for wrong in ({"name": ""}, {"given_by": " "}, *ends):
        assert send(nurse, "/people", [], **({**new, "name": "박 님"} | wrong))[0] == 409, wrong
    assert send(nurse, "/people", [], **(new | {"name": "박 님", "purpose": "anything"}))[0] == 422
    assert len(home.names()) == 2
    assert send(log_in("sunhee"), "/people", [], **(new | {"name": "박 님"}))[0] == 403


@needs_models
def test_a_face_is_learnt_from_pictures_of_which_nothing_is_kept(
    log_in: LogIn, client_for: ClientFor, home: CareHome, tmp_path: Path
) -> None:
    nurse, person = log_in("hana"), home.routines.people.ids()[0]
    before = {file for file in tmp_path.rglob("*") if file.is_file()}
    code, page = send(nurse, f"/people/{person}/face", faces(MOTHER), given_by="따님", until="2027-11-30")
    assert code == 200
    assert "이제 김순자 님의 얼굴을 압니다" in page
    assert sorted(home.people()[0].views) == ["front", "left", "right"]
    after = {file for file in tmp_path.rglob("*") if file.is_file()}
    assert {file.name for file in after - before} <= {"home.db-wal", "home.db-shm", "web.db-wal", "web.db-shm"}
    assert client_for(Role.NURSE).get("/api/people").json()[0]["face"] is True
    code, page = send(nurse, "/people", faces(MOTHER), name="또 순자", purpose="face_recognition", given_by="따님")
    assert code == 409, "one face is not two people"
    assert "김순자 님의 얼굴과 구별되지 않습니다" in page
    assert len(home.names()) == 1


@needs_models
def test_pictures_that_cannot_be_used_are_named_with_the_reason_and_nothing_is_kept(
    log_in: LogIn, home: CareHome
) -> None:
    nurse, person = log_in("hana"), home.routines.people.ids()[0]
    both = draw(MOTHER, size=(640, 480), at=(150, 200))
    put(both, SON, (450, 200), 85)
    empty = np.full((200, 200, 3), 90, np.uint8)
    code, page = send(nurse, f"/people/{person}/face", [faces(MOTHER)[0], png(both), png(empty)], given_by="따님")
    assert code == 422
    assert all(why in page for why in ("여러 분이 있습니다", "얼굴이 없습니다", "2장 더 있어야"))
    assert home.people()[0].views == ()
    assert Purpose.FACE not in {one.purpose for one in home.people()[0].consents}
    assert send(nurse, f"/people/{person}/face", [b"no picture"], given_by="따님")[0] == 409


def test_without_pictures_the_camera_is_asked_and_the_page_says_what_it_wants(log_in: LogIn, home: CareHome) -> None:
    nurse, person = log_in("hana"), home.routines.people.ids()[0]
    assert "익히고 있는 얼굴이 없습니다" in nurse.get("/face")
    assert send(nurse, f"/people/{person}/face", [], given_by="따님", until="2027-11-30") == (303, "/face")
    assert robot_of(home).did == [("face", "김순자 님", "따님", "2027-11-30", person)]
    home.board.learning(Learning("김순자 님", "right", 0.75))
    page = nurse.get("/face")
    assert "고개를 오른쪽으로" in page
    assert 'value="75"' in page
    home.board.learning(Learning("김순자 님", "too_late", over=True, message="얼굴을 잘 못 봤어요."))
    page = nurse.get("/face")
    assert "얼굴을 잘 못 봤어요." in page
    assert "아무것도 남기지 않았습니다" in page
    assert nurse.post("/face/stop") == (303, "/face")
    new = {"name": "아들", "purpose": "face_recognition", "given_by": "본인"}
    assert send(nurse, "/people", [], **new) == (303, "/face")
    assert robot_of(home).did[-1] == ("face", "아들", "본인", "", "")
    robot_of(home).lost = {"face"}
    code, page = send(nurse, f"/people/{person}/face", [], given_by="따님")
    assert code == 503
    assert "로봇이 얼굴을 볼 수 없습니다" in page


def test_somebody_is_forgotten_wholly_when_their_name_is_written_for_it(log_in: LogIn, home: CareHome) -> None:
    nurse, person = log_in("hana"), home.routines.people.ids()[0]
    assert nurse.post(f"/people/{person}/forget", name="다른 이름")[0] == 409
    assert nurse.post(f"/people/{person}/forget", name="김순자 님")[0] == 303
    assert home.routines.people.ids() == []
    assert "김순자" not in nurse.get("/people")
    assert nurse.post(f"/people/{person}/forget", name="김순자 님")[0] == 404
    assert log_in("sunhee").post("/people/x/forget", name="x")[0] == 403


def test_a_form_is_read_only_after_the_permission_and_never_written_to_the_disk(
    client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MultiPartParser.spool_max_size >= LARGEST

    async def read(_: MultiPartParser) -> Any:
        raise AssertionError("it was read")

    monkeypatch.setattr(MultiPartParser, "parse", read)
    sent: Any = {"files": {"pictures": ("a.png", b"x" * 1000, "image/png")}}
    for path in ("/api/people", "/api/people/x/face", "/api/pictures", "/api/recordings", "/api/message"):
        assert client_for(None).post(path, **sent).status_code == 401
        assert client_for(Role.TECHNICIAN).post(path, **sent).status_code == 403


def test_what_is_too_large_is_refused_before_it_is_read(client_for: ClientFor) -> None:
    head = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(LARGEST + 1)}
    assert client_for(Role.NURSE).post("/api/people", headers=head, content=b"").status_code == 413
