"""A care event on the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dolbom import events

AT = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
SOURCE = events.source("jongno", "h1", "r1")


def fall(confidence: float = 0.9) -> events.FallDown:
    return events.FallDown(since=AT, confidence=confidence, evidence="shoulders fell, then low for 2 s")


def test_an_event_comes_back_from_the_wire_as_it_was() -> None:
    event = events.new_event(fall(), at=AT, source=SOURCE, subject="p1")
    assert events.CareEvent.from_json(event.to_json()) == event
    assert event.typed() == fall()


def test_the_wire_form_is_cloudevents_1_0() -> None:
    wire = json.loads(events.new_event(fall(), at=AT, source=SOURCE, subject="p1").to_json())
    assert wire["specversion"] == "1.0"
    assert wire["type"] == "kr.dolbom.fall.down.v1"
    assert wire["source"] == "/district/jongno/home/h1/robot/r1"
    assert wire["subject"] == "p1"
    assert wire["severity"] == "warning"


def test_a_later_event_has_a_greater_id() -> None:
    ids = [events.new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1000
    assert {made.version for made in ids} == {7}


@pytest.mark.parametrize("kind", events.kinds())
def test_every_kind_has_a_schema_and_a_severity(kind: str) -> None:
    model = events.kinds()[kind]
    assert model.model_json_schema()["additionalProperties"] is False
    assert model.severity in events.Severity
    assert model.__doc__


def test_severities_are_ordered() -> None:
    ranks = [events.Severity(s).rank for s in ("info", "notice", "warning", "alarm")]
    assert ranks == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"source": "somewhere"},
        {"type": "kr.dolbom.fall.v1"},
        {"time": "2026-11-22T03:10:00"},
        {"subject": "김영희"},
        {"data": {"since": "2026-11-22T03:10:00Z", "confidence": 7}},
        {"data": {"since": "2026-11-22T03:10:00Z", "confidence": 0.5, "photo": "…"}},
        {"extra": 1},
    ],
)
def test_what_is_not_a_care_event_is_refused(change: dict[str, object]) -> None:
    wire = json.loads(events.new_event(fall(), at=AT, source=SOURCE).to_json()) | change
    with pytest.raises(ValidationError):
        events.CareEvent.from_json(json.dumps(wire))


def test_a_picture_does_not_fit_into_an_event() -> None:
    wire = json.loads(events.new_event(fall(), at=AT, source=SOURCE).to_json())
    wire["type"] = "kr.dolbom.future.kind.v1"
    wire["data"] = {"pixels": "A" * 20_000}
    with pytest.raises(ValidationError, match="16 kB"):
        events.CareEvent.from_json(json.dumps(wire))


def test_a_kind_of_a_newer_robot_is_kept_untyped() -> None:
    wire = json.loads(events.new_event(fall(), at=AT, source=SOURCE).to_json())
    wire["type"], wire["data"] = "kr.dolbom.future.kind.v1", {"anything": 1}
    event = events.CareEvent.from_json(json.dumps(wire))
    with pytest.raises(KeyError):
        event.typed()


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_noise_on_the_wire_is_refused_and_never_crashes(wire: bytes | str) -> None:
    with pytest.raises(ValidationError):
        events.CareEvent.from_json(wire)
