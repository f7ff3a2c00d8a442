"""What robots send is taken in exactly once, and what cannot be read is seen by people."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from tests.pages.district.conftest import ClientFor
from tests.web.district_pages import NAME, add_robot, raise_alarm

from dolbom.clock import ManualClock
from dolbom.district.access import Role, Who
from dolbom.district.broker import BrokerAddress
from dolbom.district.consumer import Consumer
from dolbom.district.models import Alarm, AlarmState, Change, Downlink, Event, Outcome, Quarantined, Robot
from dolbom.district.repositories import alarms, downlinks, intake, robots
from dolbom.district.repositories.alarms import NotNow
from dolbom.district.repositories.intake import Arrived, Taken
from dolbom.district.service import District
from dolbom.events import (
    CareEvent,
    DistressAttended,
    DistressCancelled,
    DistressRaised,
    Severity,
    Test,
    new_event,
    new_id,
    source,
)
from dolbom.platform.messages import Answer, Offline, Ping

MINJI, SEOYEON = Who("minji", Role.OPERATOR), Who("seoyeon", Role.SUPERVISOR)


def arrived(event: CareEvent | bytes, robot: str = "dasom-1", channel: str = "event") -> Arrived:
    payload = event.to_json() if isinstance(event, CareEvent) else event
    return Arrived(f"dolbom.v1.{NAME}.{robot}.{channel}", payload)


def take(district: District, *messages: Arrived) -> list[Taken]:
    with district.database.writing() as session:
        return intake.take_events(session, list(messages), NAME, district.now())


def alarm_event(district: District, robot: str = "dasom-1", home: str = "h502") -> CareEvent:
    now = district.now()
    raised = DistressRaised(distress_id=uuid4(), cause="voice", sources=["voice"], since=now, reason="help")
    return new_event(raised, at=now, source=source(NAME, home, robot), subject="p1")


def count(district: District, table: type) -> int:
    with district.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_event_that_comes_three_times_is_one_event_and_one_alarm_and_gets_three_receipts(district: District) -> None:
    event = alarm_event(district)
    first = take(district, arrived(event), arrived(event))
    again = take(district, arrived(event))
    assert [t.event_id for t in [*first, *again]] == [event.id] * 3
    assert [t.new for t in [*first, *again]] == [True, False, False]
    assert (count(district, Event), count(district, Alarm)) == (1, 1)


def test_an_alarm_has_a_deadline_of_a_minute_and_is_escalated_once_when_it_passes(
    district: District, clock: ManualClock
) -> None:
    id = raise_alarm(district)
    with district.database.writing() as session:
        assert alarms.get(session, id).deadline == district.now() + timedelta(seconds=60)
        assert alarms.escalate(session, district.now()) == []
    clock.advance(60)
    for expected in ([id], []):
        with district.database.writing() as session:
            assert alarms.escalate(session, district.now()) == expected


def test_an_alarm_that_somebody_took_on_is_not_escalated(district: District, clock: ManualClock) -> None:
    id = raise_alarm(district)
    with district.database.writing() as session:
        alarms.acknowledge(session, id, MINJI, district.now())
    clock.advance(600)
    with district.database.writing() as session:
        assert alarms.escalate(session, district.now()) == []


def test_an_alarm_has_one_owner_until_a_supervisor_takes_it_over(district: District) -> None:
    id = raise_alarm(district)
    with district.database.writing() as session:
        alarms.acknowledge(session, id, SEOYEON, district.now())
        alarms.acknowledge(session, id, SEOYEON, district.now())
        with pytest.raises(NotNow, match="owned"):
            alarms.acknowledge(session, id, MINJI, district.now())
        assert len(session.scalars(select(Downlink)).all()) == 1, "the robot is told once"
    other = raise_alarm(district)
    with district.database.writing() as session:
        alarms.acknowledge(session, other, MINJI, district.now())
        assert alarms.acknowledge(session, other, SEOYEON, district.now()).owner == "seoyeon"


def test_an_alarm_is_closed_with_an_outcome_by_those_who_took_it_on_and_only_once(district: District) -> None:
    id = raise_alarm(district)
    with district.database.writing() as session:
        with pytest.raises(NotNow, match="unowned"):
            alarms.close(session, id, MINJI, district.now(), Outcome.FALSE_ALARM)
        alarms.acknowledge(session, id, MINJI, district.now())
        closed = alarms.close(session, id, MINJI, district.now(), Outcome.NEEDED_HELP, "따님이 오셨음")
        assert (closed.state, closed.outcome, closed.notes[0].text) == ("closed", "needed_help", "따님이 오셨음")
        for late in (alarms.close, alarms.acknowledge):
            with pytest.raises(NotNow, match="closed"):
                late(session, id, MINJI, district.now(), *([Outcome.TEST] if late is alarms.close else []))
        kinds = [json.loads(d.json)["kind"] for d in session.scalars(select(Downlink).order_by(Downlink.id))]
        assert kinds == ["acknowledged", "closed"]


def test_that_somebody_at_the_home_is_on_the_way_stands_on_the_card_and_the_deadline_goes_on(
    district: District, clock: ManualClock, client_for: ClientFor
) -> None:
    event, desk = alarm_event(district), client_for(Role.OPERATOR)
    take(district, arrived(event))
    for state, seen in (("coming", "care worker is on the way"), ("over", "care worker says it is over")):
        told = DistressAttended(alarm_id=event.id, state=state, by="care_worker")  # type: ignore[arg-type]
        take(district, arrived(new_event(told, at=district.now(), source=event.source)))
        clock.advance(1)
        assert seen in desk.get("/").text
        assert seen in desk.get(f"/alarms/{event.id}").text
    clock.advance(60)
    with district.database.writing() as session:
        assert alarms.escalate(session, district.now()) == [event.id], "only the desk answers for the desk"


def test_what_the_person_took_back_is_added_to_the_alarm_which_stays_until_a_human_closes_it(
    district: District,
) -> None:
    event = alarm_event(district)
    take(district, arrived(event))
    back = DistressCancelled(
        distress_id=uuid4(), cause="voice", sources=["voice"], since=district.now(), alarm_id=event.id
    )
    take(district, arrived(new_event(back, at=district.now(), source=event.source)))
    with district.database.reading() as session:
        alarm = alarms.get(session, event.id)
        assert alarm.state == AlarmState.OPEN
        assert [e.kind for e in alarms.story(session, alarm)] == ["distress.cancelled"]


def test_a_poison_message_is_kept_once_with_its_count_and_stops_nobody(district: District) -> None:
    good = alarm_event(district)
    poison = arrived(b'{"id": "not-an-id", "severity"')
    taken = take(district, poison, arrived(good), poison)
    assert [t.event_id for t in taken] == [None, good.id, None]
    take(district, poison)
    with district.database.reading() as session:
        rows = session.scalars(select(Quarantined)).all()
        assert [(r.times, r.subject) for r in rows] == [(3, "dolbom.v1.mapo.dasom-1.event")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"source": source(NAME, "h502", "dasom-2")}, "says to come from"),
        ({"data": {"cause": "fall"}}, "Field required"),
        ({"type": "kr.dolbom.Fall"}, "pattern"),
        ({"extra": 1}, "not permitted"),
    ],
)
def test_an_alarm_that_cannot_be_read_is_an_alarm_all_the_same(
    district: District, change: dict[str, object], why: str
) -> None:
    wire = json.dumps({**json.loads(alarm_event(district).to_json()), **change}).encode()
    for _ in range(2):
        taken = take(district, arrived(wire))
        assert why in taken[0].quarantined
        assert taken[0].event_id is not None, "the robot need not repeat it: people see it"
    with district.database.reading() as session:
        assert [(a.cause, a.state) for a in session.scalars(select(Alarm))] == [("unreadable", "open")]


@pytest.mark.parametrize(
    "change",
    [
        {"time": "9999-12-31T23:59:00Z"},
        {"time": "0001-01-01T00:00:01Z"},
        {"time": "9999-12-31T23:59:59-23:59"},
        {"data": {"confidence": "0.9", "sources": ["fall", "sway", ""]}},
        {"data": {"asked": [{"at": 1e9, "question": "?", "understood": "silence"}]}},
        {"data": {"asked": [{"at": "9999-12-31T23:59:59Z", "question": "?", "understood": "silence"}]}},
        {
            "type": "kr.dolbom.gait.unsteady.v1",
            "data": {"asked": "twice", "sources": 3, "confidence": "high", "cause": ""},
        },
        {"type": "kr.dolbom.gait.unsteady.v1", "data": {"reason": {"a": 1}, "heard_at": "yesterday", "evidence": [1]}},
    ],
)
def test_no_event_of_one_robot_takes_the_board_away_from_everybody(
    district: District, client_for: ClientFor, change: dict[str, Any]
) -> None:
    add_robot(district, "dasom-2", "h201")
    other = alarm_event(district, "dasom-2", "h201")
    wire = json.loads(alarm_event(district).to_json())
    data = change.get("data", {}) if "type" in change else wire["data"] | change.get("data", {})
    sent = json.dumps({**wire, **change, "data": data}).encode()
    consumer = Consumer(BrokerAddress(0, "", ""), district.database, district.feed, district=NAME, civil=district.now)
    consumer._commit([arrived(sent), arrived(other, "dasom-2")])
    desk = client_for(Role.SUPERVISOR)
    raised = desk.get("/api/alarms").json()
    assert len(raised) == 2, "each is an alarm, read or not"
    pages = ["/", "/history", "/homes", "/robots", "/audit", "/api/events", *(f"/alarms/{a['id']}" for a in raised)]
    for page in pages:
        assert desk.get(page).status_code == 200, page


def test_a_kind_that_this_version_does_not_know_is_taken_as_it_is(district: District) -> None:
    wire = {**json.loads(alarm_event(district).to_json()), "type": "kr.dolbom.gait.unsteady.v1", "data": {"sway": 3}}
    assert take(district, arrived(json.dumps(wire).encode()))[0].new
    with district.database.reading() as session:
        assert session.scalars(select(Alarm.cause)).all() == ["gait"]


def test_nobody_can_take_another_robots_event_id(district: District) -> None:
    add_robot(district, "dasom-2", "h201")
    event = alarm_event(district)
    take(district, arrived(event))
    wire = {**json.loads(event.to_json()), "source": source(NAME, "h201", "dasom-2")}
    taken = take(district, arrived(json.dumps(wire).encode(), "dasom-2"))
    assert "another robot's" in taken[0].quarantined


def test_a_message_that_breaks_the_taking_is_set_aside_alone(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = Consumer(BrokerAddress(0, "", ""), district.database, district.feed, district=NAME, civil=district.now)
    good, bad = alarm_event(district), alarm_event(district)
    real = alarms.raise_from

    def fails(session: object, event: CareEvent, *rest: object) -> None:
        if event.id == bad.id:
            raise TypeError("nobody foresaw this")
        real(session, event, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(alarms, "raise_from", fails)
    taken = consumer._commit([arrived(good), arrived(bad), arrived(good)])
    assert [t.new for t in taken] == [True, False, False]
    with district.database.reading() as session:
        causes = set(session.scalars(select(Alarm.cause)))
    assert causes == {"voice", "unreadable"}, "and the alarm in it is raised all the same"


# --- signs of life ---


def watch(district: District, since_s: float = 3600) -> list[str]:
    with district.database.writing() as session:
        now = district.now()
        return robots.watch(session, now, timedelta(seconds=60), now - timedelta(seconds=since_s))


def status(district: District, message: bytes, robot: str = "dasom-1") -> bool:
    with district.database.writing() as session:
        return intake.take_status(session, arrived(message, robot, "status"), district.now())


def test_a_robot_that_is_silent_for_a_minute_is_one_alarm_that_ends_by_itself_when_it_is_heard(
    district: District, clock: ManualClock
) -> None:
    clock.advance(59)
    assert watch(district) == []
    clock.advance(1)
    assert watch(district) == ["dasom-1"]
    clock.advance(30)
    assert watch(district) == []
    take(district, arrived(new_event(Test(), at=district.now(), source=source(NAME, "h502", "dasom-1"))))
    with district.database.reading() as session:
        alarm = session.scalars(select(Alarm)).one()
        assert (alarm.origin, alarm.state, alarm.outcome) == ("watchdog", "closed", "heard_again")
    clock.advance(61)
    assert watch(district) == ["dasom-1"], "the next silence is another alarm"


def test_what_the_district_could_not_hear_itself_is_not_the_robots_silence(
    district: District, clock: ManualClock
) -> None:
    clock.advance(600)
    assert watch(district, since_s=10) == []


def test_the_last_will_shows_at_once_and_alarms_after_the_same_minute(district: District, clock: ManualClock) -> None:
    assert status(district, Offline().to_json())
    with district.database.reading() as session:
        robot = session.get(Robot, "dasom-1")
        assert robot is not None
        assert not robot.online
    assert watch(district) == []
    clock.advance(60)
    assert watch(district) == ["dasom-1"]


def test_a_robot_that_was_never_heard_or_is_revoked_raises_no_alarm(district: District, clock: ManualClock) -> None:
    with district.database.writing() as session:
        robots.invite(session, "new", "h1", MINJI, district.now())
        robots.revoke(session, "dasom-1", MINJI, district.now())
    clock.advance(3600)
    assert watch(district) == []
    assert not status(district, Offline().to_json()), "and a revoked one is not listened to"


def test_nonsense_on_status_is_refused_and_changes_nothing(district: District) -> None:
    before = count(district, Change)
    for nonsense in (b"", b"[]", b'{"kind":"heartbeat"}', b'{"kind":"offline","x":1}', b"\xff"):
        assert not status(district, nonsense)
    assert count(district, Change) == before


# --- down ---


def waiting(district: District) -> list[UUID]:
    with district.database.writing() as session:
        return [d.id for d in downlinks.to_send(session, district.now())]


def test_a_message_to_a_robot_is_repeated_until_the_robot_itself_answers_it(
    district: District, clock: ManualClock
) -> None:
    add_robot(district, "dasom-2", "h201")
    with district.database.writing() as session:
        id = downlinks.command(session, "dasom-1", Ping(id=new_id(), kind="ping"), district.now())
    assert waiting(district) == [id]
    assert waiting(district) == [], "not at once again"
    clock.advance(6)
    assert waiting(district) == [id]
    answer = Answer(to=id, at=district.now())
    status(district, answer.to_json(), "dasom-2")
    clock.advance(6)
    assert waiting(district) == [id], "another robot cannot answer for it"
    status(district, answer.to_json())
    clock.advance(6)
    assert waiting(district) == []


def test_a_robot_that_is_not_there_is_not_written_to_until_it_comes_back(district: District) -> None:
    with district.database.writing() as session:
        id = downlinks.command(session, "dasom-1", Ping(id=new_id(), kind="ping"), district.now())
    status(district, Offline().to_json())
    assert waiting(district) == []
    take(district, arrived(new_event(Test(), at=district.now(), source=source(NAME, "h502", "dasom-1"))))
    assert waiting(district) == [id]


def test_severity_decides_what_is_an_alarm(district: District) -> None:
    where = source(NAME, "h502", "dasom-1")
    events = [new_event(Test(), at=district.now(), source=where, severity=s) for s in Severity]
    take(district, *map(arrived, events))
    assert (count(district, Event), count(district, Alarm)) == (4, 1)
