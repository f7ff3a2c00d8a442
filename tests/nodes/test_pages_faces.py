"""What the care worker's pages do with the robot beside the day: a face by camera, a recorded message."""

from __future__ import annotations

import io
import json
import urllib.request
from typing import Any

import numpy as np
import soundfile
from dolbom_msgs.action import EnrolFace
from dolbom_msgs.action import Say as SayAction
from rclpy.action import ActionServer
from tests.nodes.test_pages_node import Worker, worker

from dolbom.clock import SystemClock
from dolbom.speech.own_sounds import find_sound
from dolbom.store.base import open_store
from dolbom.store.people import Consent, People, Purpose

__all__ = ["worker"]


def upload(worker: Worker, path: str, field: str, content: bytes) -> int:
    """Sends a file as browsers do."""
    edge = "edge-of-the-parts"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{worker.csrf}\r\n'.encode(),
        f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="a.wav"\r\n\r\n'.encode(),
        content,
        f"\r\n--{edge}--\r\n".encode(),
    ]
    head = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    try:
        asked = urllib.request.Request(worker.pages.url + path, b"".join(parts), head)
        with worker._opener.open(asked, timeout=15) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_face_is_learnt_with_the_camera_and_the_page_shows_what_is_wanted(worker):
    now = SystemClock().civil()
    store = open_store()
    person = People(store).add("순자 님", Consent(Purpose.CHECK_IN, "herself", now), now)
    store.close()
    path, fields = f"/people/{person}/face", {"given_by": "따님", "until": "2999-12-31"}
    assert worker.send(path, **fields) == 503, "without a face node"
    goals: list[Any] = []

    def learnt(goal: Any) -> Any:
        goal.succeed()
        return EnrolFace.Result(success=True, person=person)

    server = ActionServer(
        worker.node, EnrolFace, "care/enrol_face", execute_callback=learnt, handle_accepted_callback=goals.append
    )
    worker.until(lambda: worker.send(path, **fields) == 200)
    asked = goals[0].request
    assert (asked.name, asked.given_by, asked.until, asked.person) == ("순자 님", "따님", "2999-12-31", person)
    goals[0].publish_feedback(EnrolFace.Feedback(guidance="left", said="", progress=0.5))
    worker.until(lambda: "고개를 왼쪽으로" in worker.get("/face"))
    assert json.loads(worker.get("/api/face"))["progress"] == 0.5
    assert worker.send(path, **fields) == 503, "one at a time"
    goals[0].execute()
    worker.until(lambda: "이제 순자 님의 얼굴을 압니다" in worker.get("/face"))
    server.destroy()


def test_a_recorded_message_is_played_once_and_then_gone(worker):
    sound = io.BytesIO()
    soundfile.write(sound, np.sin(np.arange(16_000) / 8) * 0.3, 16_000, format="WAV")
    found: list[tuple[str, bool]] = []

    def play(goal: Any) -> Any:
        name = goal.request.sound
        found.append((name, find_sound(name) is not None))
        goal.succeed()
        return SayAction.Result(finished=True)

    assert upload(worker, "/talk/message", "message", sound.getvalue()) == 503, "without a voice"
    server = ActionServer(worker.node, SayAction, "say", execute_callback=play)
    worker.until(lambda: upload(worker, "/talk/message", "message", sound.getvalue()) == 200)
    worker.until(lambda: found and find_sound(found[-1][0]) is None, what="it is erased")
    name, there = found[-1]
    assert there
    assert name.startswith("message-")
    server.destroy()
