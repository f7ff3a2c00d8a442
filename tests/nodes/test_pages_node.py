"""The pages node: what the graph says is on the care worker's page, and what is pressed there is on the graph."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.parse
import urllib.request
from typing import Any
from uuid import uuid4

import pytest
from dolbom_msgs.msg import Body, BodyArray, CameraState, Receipt
from dolbom_msgs.srv import NoteDose
from hri_msgs.msg import IdsMatch
from rclpy.parameter import Parameter
from std_srvs.srv import SetBool

from dolbom.clock import SystemClock
from dolbom.events import DistressRaised, new_event, source
from dolbom.platform.outbox import Outbox
from dolbom.staff import accounts
from dolbom.store.base import open_store
from dolbom.web.app import NotNowError
from dolbom.web.care.access import ROBOT, Role
from dolbom.web.care.home import open_database
from dolbom_nodes import qos
from dolbom_nodes.pages_node import PagesNode
from dolbom_nodes.web_node import WebNode

PASSWORD = "correct horse battery"


class Worker:
    """A nurse at the page, and the nodes around it."""

    def __init__(self, ros: Any, until: Any) -> None:
        self.until = until
        self.pages = ros.add(PagesNode(parameter_overrides=[Parameter("port", value=0)]))
        node = self.node = ros.plain("house")
        self.camera = node.create_publisher(CameraState, "camera_state", qos.STATE)
        self.bodies = node.create_publisher(BodyArray, "care/bodies", qos.STREAM)
        self.matches = node.create_publisher(IdsMatch, "/humans/candidate_matches", qos.EVENT)
        for publisher in (self.camera, self.bodies, self.matches):
            until(publisher.get_subscription_count)
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        database, now = open_database(), SystemClock().civil()
        with database.writing() as session:
            secret = accounts.add(session, "hana", Role.NURSE, ROBOT, now)
            accounts.set_password(session, secret, PASSWORD, "", now)
        database.close()
        self.send("/login", name="hana", password=PASSWORD)
        found = re.search(r'"X-CSRF-Token":"([^"]+)"', self.get("/"))
        assert found is not None
        self.csrf = found.group(1)

    def get(self, path: str) -> str:
        with self._opener.open(self.pages.url + path, timeout=15) as answer:
            return str(answer.read().decode())

    def now(self) -> dict[str, Any]:
        return dict(json.loads(self.get("/api/now")))

    def send(self, path: str, **fields: str) -> int:
        sent = urllib.parse.urlencode(fields | {"csrf": getattr(self, "csrf", "")}).encode()
        try:
            with self._opener.open(self.pages.url + path, sent, timeout=15) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture
def worker(ros, until) -> Worker:
    return Worker(ros, until)


def test_who_is_there_and_the_camera_are_on_the_page(worker):
    worker.camera.publish(CameraState(state=CameraState.ON))
    worker.until(lambda: worker.now()["camera"] == "on")
    worker.matches.publish(
        IdsMatch(id1="b1", id1_type=IdsMatch.BODY, id2="p1", id2_type=IdsMatch.PERSON, confidence=0.9)
    )

    def seen() -> bool:
        worker.bodies.publish(BodyArray(bodies=[Body(id="b1", posture="lying")]))
        return {"person": "p1", "posture": "lying"} in worker.now()["present"]

    worker.until(seen)
    worker.until(lambda: worker.now()["present"] == [], what="nobody is there any more")


def test_the_switch_of_the_camera_reaches_it_and_without_one_that_is_said(worker):
    assert worker.send("/camera", to="off") == 503
    asked: list[bool] = []

    def switch(request: Any, response: Any) -> Any:
        asked.append(request.data)
        response.success = True
        return response

    worker.node.create_service(SetBool, "camera_enabled", switch)
    worker.until(lambda: worker.send("/camera", to="off") == 200)
    assert asked[-1] is False


def test_an_alarm_that_is_taken_on_here_is_told_to_the_guard_by_role(worker):
    store, now = open_store(), SystemClock().civil()
    raised = DistressRaised(distress_id=uuid4(), cause="button", sources=["button"], since=now, reason="help")
    event = new_event(raised, at=now, source=source("d", "h", "r"))
    Outbox(store).append(event)
    store.close()
    heard: list[Receipt] = []
    worker.node.create_subscription(Receipt, "care/receipt", heard.append, qos.EVENT)
    assert str(event.id) in worker.get("/")
    worker.until(lambda: worker.send(f"/alarms/{event.id}/acknowledge") == 200)
    worker.until(lambda: heard)
    assert (heard[0].event_id, heard[0].kind, heard[0].by) == (str(event.id), Receipt.ACKNOWLEDGED, "nurse")
    store = open_store()
    assert [one.kind for one in Outbox(store).entries()] == ["distress.raised", "distress.attended"], "and to the desk"
    store.close()


def test_what_is_noted_of_a_dose_goes_to_the_routines_and_their_refusal_comes_back(worker):
    asked: list[NoteDose.Request] = []

    def note(request: Any, response: Any) -> Any:
        asked.append(request)
        response.success = request.due != "pill@never"
        response.message = "" if response.success else "there is no such dose"
        return response

    worker.node.create_service(NoteDose, "care/note_dose", note)
    fields = {"state": "taken", "reason": "seen"}
    worker.until(lambda: worker.send("/doses/note", due="pill@2026-11-25T08:00", **fields) == 200)
    assert (asked[-1].what, asked[-1].by, asked[-1].reason) == ("corrected", "hana", "seen")
    assert worker.send("/doses/note", due="pill@never", **fields) == 409


def test_a_part_is_taken_down_and_brought_up_again_and_one_that_is_not_there_is_said(worker, ros):
    page = ros.add(WebNode(parameter_overrides=[Parameter("port", value=0)]))
    before = page.url
    worker.until(lambda: worker.pages.restarts("web"))

    def restarted() -> bool:
        try:
            worker.pages.restart("web")
        except NotNowError:
            return False  # the two do not know each other yet
        return True

    worker.until(restarted)
    assert page.state == "active"
    assert page.url != before, "it listens at another free port now"
    assert not worker.pages.restarts("pages")
    with pytest.raises(NotNowError, match="part"):
        worker.pages.restart("camera")


def test_a_start_without_an_administrator_tells_a_one_time_link(worker):
    assert worker.pages.setup.startswith(f"{worker.pages.url}/welcome/")
    with urllib.request.urlopen(worker.pages.setup, timeout=10) as answer:
        assert answer.status == 200
