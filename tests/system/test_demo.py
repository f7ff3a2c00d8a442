"""The main job as a person sees it: clip, fall, question, silence, the alarm on the desk, help is coming."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import select
from tests.system.robot_process import DolbomProcess, alive, dolbom

from dolbom.district.access import SYSTEM, Role
from dolbom.district.database import Database
from dolbom.district.models import Alarm
from dolbom.runtime.demo import CLIP, free_ports
from dolbom.staff import accounts

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("demo")]


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def demo(ros_domain: int, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DolbomProcess]:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))
    process = DolbomProcess([*arguments(port, ros_domain), "--story", "fall"])
    yield process
    process.kill()


def arguments(port: int, domain: int) -> list[str]:
    return ["demo", "--json", "--port", str(port), "--domain", str(domain), "--lang", "ko"]


def test_a_fall_before_the_camera_becomes_an_alarm_and_its_acknowledgement_is_spoken(
    demo: DolbomProcess, port: int, tmp_path: Path
) -> None:
    import httpx

    assert CLIP.stat().st_size <= 2_000_000

    def happened(what: str, **values: Any) -> list[dict[str, Any]]:
        told = [one for one in demo.named("happened") if one["what"] == what]
        return [one for one in told if all(one.get(key) == value for key, value in values.items())]

    def order(*steps: tuple[str, dict[str, Any]]) -> list[int]:
        return [demo.events.index(happened(what, **values)[0]) for what, values in steps]

    demo.until(lambda: happened("receipt", kind="received"), 240)
    first = happened("receipt", kind="received")[0]
    steps = order(
        ("person", {"seen": True}),
        ("fall", {"state": "suspected"}),
        ("said", {"robot": True, "question": True}),
        ("distress", {"stage": "asked_again"}),
        ("distress", {"stage": "raised"}),
    )
    assert steps == sorted(steps)
    assert "괜찮으세요?" in happened("said", robot=True, question=True)[0]["text"]
    assert not happened("said", robot=False)

    database = Database(tmp_path / "home/demo/district/district.db")
    with database.writing() as session:
        _, token = accounts.add_token(session, "test", Role.OPERATOR, 1, SYSTEM, demo_now())
    with database.reading() as session:
        alarms = [str(alarm.id) for alarm in session.scalars(select(Alarm)) if alarm.kind == "distress.raised"]
    database.close()
    assert alarms == [first["event_id"]]
    answer = httpx.post(
        f"http://127.0.0.1:{port}/api/alarms/{alarms[0]}/acknowledge",
        headers={"Authorization": f"Bearer {token}"},
        json={},
        trust_env=False,
    )
    assert answer.is_success, answer.text
    demo.until(lambda: happened("receipt", kind="acknowledged"), 60)
    demo.until(lambda: [one for one in happened("said", robot=True) if "도와주실 분이 오고 있어요" in one["text"]], 60)

    second = dolbom("demo", "--port", str(free_ports(1)[0]))
    assert second.returncode == 2
    assert "dolbom demo already runs" in second.stderr

    family = [child.pid for child in psutil.Process(demo.pid).children(recursive=True)]
    code, took = demo.stop()
    assert code == 0
    assert took < 15
    assert not [pid for pid in family if alive(pid)]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["demo"]
    assert json.loads((tmp_path / "home/demo/identity/district.json").read_text())


@pytest.mark.slow
def test_one_medicine_is_answered_and_one_climbs_to_the_desk_and_then_the_camera_is_switched_on(
    ros_domain: int, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))
    demo = DolbomProcess(arguments(port, ros_domain))
    try:
        told = lambda **values: [  # noqa: E731
            one for one in demo.named("happened") if all(one.get(key) == value for key, value in values.items())
        ]
        demo.until(lambda: told(what="camera", state="on"), 240)
        doses = [(one["routine"], one["kind"]) for one in told(what="dose")]
        first, second = "demo-pressure", "demo-heart"
        assert doses[:2] == [(first, "reminded"), (first, "taken")]
        assert doses[2:] == [(second, "reminded")] * 3 + [(second, "unanswered"), (second, "missed")]
        (missed,) = told(what="dose", kind="missed")
        assert missed["severity"] == "alarm"
        assert told(what="receipt", kind="received", event_id=missed["event_id"])
        assert [one["text"] for one in told(what="said", robot=False)] == ["먹었어", "응"]
        database = Database(tmp_path / "home/demo/district/district.db")
        with database.reading() as session:
            assert [(alarm.kind, str(alarm.id)) for alarm in session.scalars(select(Alarm))] == [
                ("dose.missed", missed["event_id"])
            ]
        database.close()
        demo.until(lambda: told(what="fall", state="suspected"), 60)
    finally:
        demo.stop()
        demo.kill()


def demo_now() -> Any:
    from dolbom.clock import SystemClock

    return SystemClock().civil()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--camera", "none.mp4"], "none.mp4 — check the path"),
        (["--camera", "97"], "no camera at /dev/video97"),
        (["--lang", "fr"], "no language 'fr'"),
        (["--story", "opera"], "no story 'opera' — there are all, medicine, fall"),
    ],
)
def test_what_a_person_can_mend_is_one_line_at_once(tmp_path: Path, options: list[str], complaint: str) -> None:
    begin = time.monotonic()
    told = dolbom("demo", *options, DOLBOM_HOME=str(tmp_path / "home"))
    assert told.returncode == 2
    assert complaint in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1
    assert time.monotonic() - begin < 60
