"""The records as FHIR R4: valid, the same twice, and nothing that is not known."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.unit.reports.conftest import GOOD, NOW, Kept

from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.events import ActivityWandering, InactivityCaution, LastSign, new_event, new_id, source
from dolbom.platform.outbox import Outbox
from dolbom.reports.fhir import bundle, count, validate
from dolbom.routines.due import State
from dolbom.store.people import Purpose

FIRST, LAST = date(2026, 11, 16), date(2026, 11, 22)


def of(made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["resource"] for one in made.get("entry", []) if one["resource"]["resourceType"] == kind]


def test_doses_are_what_was_said_of_them_and_never_more(kept: Kept) -> None:
    kept.settled("pressure", "2026-11-16T08:00", State.TAKEN, count=1.0)
    kept.settled("heart", "2026-11-16T09:00", State.REFUSED)
    kept.settled("heart", "2026-11-17T09:00", State.MISSED, by="robot", reason="no_answer")
    kept.settled("heart", "2026-11-18T09:00", State.UNKNOWN, reason="unclear")
    kept.settled("heart", "2026-11-19T09:00", State.TAKEN, what="corrected", by="hana", reason="직접 드림")
    made = bundle(kept.records, FIRST, LAST, NOW)
    taken, refused, missed, unknown, corrected = of(made, "MedicationAdministration")
    assert [one["status"] for one in (taken, refused, missed, unknown, corrected)] == [
        "completed", "not-done", "not-done", "unknown", "completed"]  # fmt: skip
    assert taken["effectiveDateTime"] == "2026-11-16T08:04:00+09:00"
    assert taken["dosage"] == {"text": "한 알", "dose": {"value": 1.0}}
    assert "nobody saw it" in taken["note"][0]["text"]
    assert missed["statusReason"][0]["coding"][0]["code"] == "no_answer"
    assert "dosage" not in corrected, "R4 wants an amount beside a dosage's text, and none is known (mad-1)"
    assert corrected["effectiveDateTime"] == "2026-11-19T09:00:00+09:00", "when staff gave it nobody wrote down"
    assert {note["text"] for note in corrected["note"]} == {"Corrected by hana: 직접 드림", "Dose as written: 반 알"}
    patient = of(made, "Patient")[0]
    assert all(one["subject"]["reference"] == f"urn:uuid:{patient['id']}" for one in (taken, refused, missed))


def test_check_ins_are_observations_without_the_words_and_mood_only_with_its_consent(kept: Kept) -> None:
    kept.check_in(FIRST, GOOD | {"health": "unknown", "meals": "not_asked"}, screened=[1, 3])
    made = bundle(kept.records, FIRST, LAST, NOW, "en")
    codes = [one["code"]["coding"][0]["code"] for one in of(made, "Observation")]
    assert codes == ["sleep", "mood", "health", "check-in"]
    health = of(made, "Observation")[2]
    assert health["dataAbsentReason"]["coding"][0]["code"] == "asked-unknown"
    assert "valueCodeableConcept" not in health, "R4 allows no value beside why there is none (obs-6)"
    assert "쑤셔" not in json.dumps(made, ensure_ascii=False)
    kept.consent(Purpose.MOOD)
    phq2 = of(bundle(kept.records, FIRST, LAST, NOW), "Observation")[-1]
    assert phq2["code"]["coding"][0]["code"] == "55758-7"
    assert phq2["valueInteger"] == 4
    assert [one["valueInteger"] for one in phq2["component"]] == [1, 3]


def test_alarms_are_flags_also_of_somebody_who_was_not_recognised(kept: Kept) -> None:
    known = kept.alarm(datetime(2026, 11, 18, 3, 0, tzinfo=SEOUL), kept.person)
    kept.alarm(datetime(2026, 11, 19, 3, 0, tzinfo=SEOUL), None)
    mine, stranger = of(bundle(kept.records, FIRST, LAST, NOW), "Flag")
    assert mine["identifier"][0]["value"] == str(known)
    assert mine["status"] == "active"
    assert mine["code"]["text"] == "넘어짐"
    assert "reference" not in stranger["subject"]
    assert [one["id"] for one in of(bundle(kept.records, FIRST, LAST, NOW, person=kept.person), "Flag")] == [mine["id"]]


def test_silences_and_nights_are_observations_from_the_last_sign_on_and_no_diagnosis(kept: Kept) -> None:
    at = datetime(2026, 11, 18, 11, 30, tzinfo=SEOUL)
    since = at - timedelta(hours=4)
    silence = InactivityCaution(
        episode_id=new_id(), since=since, last_sign=LastSign(kind="moved", at=since), silent_s=4.5 * 3600, unseen_s=0,
        limit_s=10800, learned=False,
    )  # fmt: skip
    night = ActivityWandering(
        night=date(2026, 11, 18), episode_id=new_id(), since=at, ways=5, up_s=60, at_the_door=False
    )
    for data in (silence, night):
        Outbox(kept.store).append(new_event(data, at=at, source=source("d", "h", "r"), subject=kept.person))
    quiet, wander = of(bundle(kept.records, FIRST, LAST, NOW), "Observation")
    assert quiet["code"]["coding"][0]["code"] == "inactivity.caution"
    assert quiet["code"]["text"] == "주의 — 여전히 기척이 없음"
    assert quiet["valueQuantity"] == {"value": 4.5, "unit": "h", "system": "http://unitsofmeasure.org", "code": "h"}
    start, end = (datetime.fromisoformat(quiet["effectivePeriod"][one]) for one in ("start", "end"))
    assert (start, end) == (since, at)
    assert "No diagnosis" in quiet["note"][0]["text"]
    assert (wander["code"]["coding"][0]["code"], wander["valueInteger"]) == ("activity.wandering", 5)
    assert of(bundle(kept.records, FIRST, LAST, NOW, person="somebody-else"), "Observation") == []


def test_the_same_records_are_the_same_resources_and_all_references_lead_into_the_bundle(kept: Kept) -> None:
    kept.settled("pressure", "2026-11-16T08:00", State.TAKEN)
    kept.check_in(FIRST, GOOD)
    first, second = (bundle(kept.records, FIRST, LAST, NOW) for _ in range(2))
    assert first == second
    urls = {one["fullUrl"] for one in first["entry"]}
    assert len(urls) == len(first["entry"])
    assert set(re.findall(r'"reference": "([^"]+)"', json.dumps(first))) <= urls
    assert count(first) == {"MedicationAdministration": 1, "Observation": 3, "Patient": 1}


def test_what_is_no_fhir_is_not_given_out(kept: Kept) -> None:
    validate(bundle(kept.records, date(2020, 1, 1), date(2020, 1, 2), NOW))
    with pytest.raises(UserError, match="no valid FHIR"):
        validate({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Flag"}}]})
    with pytest.raises(UserError, match="before"):
        bundle(kept.records, LAST, FIRST, NOW)
