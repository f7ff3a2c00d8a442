"""The records of a home as FHIR R4: doses as MedicationAdministration, check-ins as Observation, alarms as Flag.

What the robot knows of a dose is what the person said, and every resource that rests on that says so; nobody saw the
dose being taken. Words that were said are not in it. Ids are made from our own, so that the same records exported
twice are the same resources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID, uuid5

from dolbom.companion.checkin import CheckInState
from dolbom.errors import UserError
from dolbom.events import Severity
from dolbom.exercise.sessions import TimedStands
from dolbom.i18n import phrase
from dolbom.reports.records import Outcome, Raised, Records, doses
from dolbom.routines.due import State
from dolbom.store.people import Person

BASE = "https://dolbom.kr/fhir"
"""Of our own code systems and identifiers."""
_SPACE = UUID("6f5b1f0e-6f0e-5d7c-9a51-3d0f2f3f7f10")
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_LOINC = "http://loinc.org"
_STATUS = {
    State.TAKEN: "completed", State.REFUSED: "not-done", State.MISSED: "not-done", State.UNKNOWN: "unknown",
}  # fmt: skip
_PHQ2 = ("55758-7", "Patient Health Questionnaire 2 item (PHQ-2) total score [Reported]")
_PHQ2_ITEMS = (
    ("44250-9", "Little interest or pleasure in doing things in last 2 weeks"),
    ("44255-8", "Feeling down, depressed, or hopeless in last 2 weeks"),
)
_ABSENT = {"unknown": "asked-unknown", "unclear": "unknown"}
_AS_SAID = "As the person said it to the robot; nobody saw it."

_BY_CAMERA = (
    "Seen by the robot's camera at home, arms held ahead, with nobody beside. For the person's own past; no norm holds "
    "for it, and it is no diagnosis."
)

Resource = dict[str, Any]


def bundle(
    records: Records, first: date, last: date, now: datetime, lang: str = "ko", person: str | None = None
) -> Resource:
    """Everything of these days that has a FHIR resource, validated.

    Args:
        last: the last day, included.
        now: when the bundle is made.
        lang: of what is said in words.
        person: only what is theirs.

    Returns:
        A Bundle of type collection, as plain data for JSON.

    Raises:
        UserError: for days that cannot be, or if what came of it is no valid FHIR R4 (a fault of dolbom's; nothing is
            given out then).
    """
    people = [one for one in records.people() if person in (None, one.id)]
    known = {one.id: _urn("person", one.id) for one in people}
    outcomes = [one for one in doses(records.outcomes(first, last)) if _theirs(one.person, person)]
    raised = [one for one in records.raised(first, last) if _theirs(one.person or None, person) and one.alarm]
    found = [_patient(one) for one in people]
    found += [dose(one, known, records.zone, lang) for one in outcomes]
    for one in people:
        screening = records.screening(one.id, now)
        for state in records.check_ins(one.id, first, last):
            found += observations(state, known[one.id], lang, screening=screening)
        for done in records.exercised(one.id, first, last, now):
            if done.timed is not None:
                found.append(stood_up(done.id, done.timed, done.begun.astimezone(records.zone), known[one.id], lang))
    found += [flag(one, known, lang) for one in raised]
    noticed = [one for one in records.raised(first, last, Severity.NOTICE) if _theirs(one.person or None, person)]
    found += [activity(one, known, lang) for one in noticed if one.kind.startswith(("inactivity.", "activity."))]
    made = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": now.isoformat(timespec="seconds"),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in found],
    }
    if not found:
        del made["entry"]  # R4 knows no empty lists
    validate(made)
    return made


def validate(made: Resource) -> None:
    """Reads it as FHIR R4: R4B's models, in which these resources are as in R4.

    Raises:
        UserError: if it is none.
    """
    from fhir.resources.R4B.bundle import Bundle  # a quarter of a second: only for those who need it
    from pydantic import ValidationError

    try:
        Bundle.model_validate_json(json.dumps(made))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UserError(f"these records give no valid FHIR: {where}: {first['msg']}", "please report it") from None


def dose(one: Outcome, known: dict[str, str], zone: tzinfo, lang: str) -> Resource:
    """What became of one dose."""
    taken = one.state is State.TAKEN
    # Of what staff wrote down later only the time for which the dose was due is known.
    at = one.at.astimezone(zone) if taken and not one.corrected else one.local.replace(tzinfo=zone)
    notes = [_AS_SAID] if one.by == "person" and taken else []
    if one.corrected:
        notes.append(f"Corrected by {one.by}" + (f": {one.reason}" if one.reason else ""))
    if one.dose:
        notes.append(f"Dose as written: {one.dose}")
    made: Resource = {
        "resourceType": "MedicationAdministration",
        "id": str(_uuid("dose", one.due)),
        "identifier": [{"system": f"{BASE}/dose", "value": one.due}],
        "status": _STATUS.get(one.state, "unknown"),
        "medicationCodeableConcept": {
            "coding": [{"system": f"{BASE}/medicine", "code": one.medicine}],
            "text": one.title,
        },
        "subject": _subject(one.person, known, "whoever was at home"),
        "effectiveDateTime": at.isoformat(timespec="seconds"),
        "note": [{"text": text} for text in notes],
    }
    if made["status"] == "not-done":
        reason = one.reason if one.state is State.MISSED and not one.corrected else one.state.value
        made["statusReason"] = [_concept("dose-reason", reason or one.state.value, _said(lang, one, reason))]
    if taken and one.person in known:
        made["performer"] = [{"actor": {"reference": known[one.person]}}]
    if taken and one.count:
        made["dosage"] = {"text": one.dose, "dose": {"value": one.count}} if one.dose else {
            "dose": {"value": one.count}}  # fmt: skip
    if not notes:
        del made["note"]
    return made


def _said(lang: str, one: Outcome, reason: str) -> str:
    try:
        return phrase(lang, f"desk.reason.{reason}")
    except KeyError:
        return phrase(lang, f"routines.day.state.{one.state.value}")


def observations(state: CheckInState, patient: str, lang: str, *, screening: bool) -> list[Resource]:
    """What somebody said in one check-in, topic by topic; the two questions on mood only under a consent that holds."""
    made = []
    for topic, told in state.topics.items():
        if told.grade == "not_asked":
            continue
        one = _observation("check-in", f"{state.person} {state.day} {topic}", patient, state.day)
        one["code"] = _concept("check-in-topic", topic, phrase(lang, f"desk.checkin.topic.{topic}"))
        if told.grade in _ABSENT:
            absent = f"{_TERMINOLOGY}/data-absent-reason"
            one["dataAbsentReason"] = {"coding": [{"system": absent, "code": _ABSENT[told.grade]}]}
        else:
            grade = phrase(lang, f"desk.checkin.grade.{told.grade}")
            one["valueCodeableConcept"] = _concept("check-in-grade", told.grade, grade)
        made.append(one)
    if state.ended:
        one = _observation("check-in", f"{state.person} {state.day}", patient, state.day)
        one["code"] = _concept("check-in", "check-in", phrase(lang, "routines.day.kind.check_in"))
        ended = phrase(lang, f"desk.checkin.ended.{state.ended}")
        one["valueCodeableConcept"] = _concept("check-in-ended", state.ended, ended)
        made.append(one)
    answers = [one for one in state.screened if one is not None]
    if screening and len(answers) == len(_PHQ2_ITEMS) == len(state.screened):
        one = _observation("phq-2", f"{state.person} {state.day}", patient, state.day)
        one["code"] = {"coding": [{"system": _LOINC, "code": _PHQ2[0], "display": _PHQ2[1]}]}
        one["valueInteger"] = sum(answers)
        one["component"] = [
            {"code": {"coding": [{"system": _LOINC, "code": code, "display": display}]}, "valueInteger": answer}
            for (code, display), answer in zip(_PHQ2_ITEMS, answers, strict=True)
        ]
        one["note"] = [{"text": "Asked by the robot. A screen for a person to look at, no diagnosis."}]
        made.append(one)
    return made


def stood_up(id: str, found: TimedStands, at: datetime, patient: str, lang: str) -> Resource:
    """Standing up from a chair against the clock, as the robot's camera saw it: a count, or seconds with their error.

    Its code is our own: what is coded elsewhere is a test that a trained person holds, and this is none.
    """
    one = _observation("exercise", id, patient, at.date())
    one["effectiveDateTime"] = at.isoformat(timespec="seconds")
    activity = {"system": f"{_TERMINOLOGY}/observation-category", "code": "activity", "display": "Activity"}
    one["category"] = [{"coding": [activity]}]
    one["code"] = _concept("exercise", found.test, phrase(lang, f"exercise.measured.{found.test}"))
    seconds = {"system": "http://unitsofmeasure.org", "code": "s", "unit": "s"}
    if found.test == "thirty_seconds":
        one["valueInteger"] = found.count
        limits = (("at-least", found.low), ("at-most", found.high))
        one["component"] = [
            {"code": _concept("exercise", code, phrase(lang, f"exercise.measured.{code}")), "valueInteger": number}
            for code, number in limits
        ]
    else:
        one["valueQuantity"] = {"value": found.seconds, **seconds}
        error = _concept("exercise", "standard-error", phrase(lang, "exercise.measured.standard-error"))
        one["component"] = [{"code": error, "valueQuantity": {"value": found.error, **seconds}}]
    del one["performer"]
    one["device"] = {"display": "dolbom robot, by its camera"}
    one["note"] = [{"text": _BY_CAMERA}]
    return one


def flag(one: Raised, known: dict[str, str], lang: str) -> Resource:
    """One alarm; active until the district has closed it."""
    cause = str(one.data.get("cause") or one.kind.partition(".")[0])
    text = phrase(lang, f"desk.cause.{cause}") if _has(lang, f"desk.cause.{cause}") else one.kind
    return {
        "resourceType": "Flag",
        "id": str(_uuid("alarm", str(one.id))),
        "identifier": [{"system": f"{BASE}/event", "value": str(one.id)}],
        "status": "inactive" if one.closed else "active",
        "category": [{"coding": [{"system": f"{_TERMINOLOGY}/flag-category", "code": "safety", "display": "Safety"}]}],
        "code": _concept("event", one.kind, text),
        "subject": _subject(one.person or None, known, "somebody who was not recognised"),
        "period": {"start": one.at.isoformat(timespec="seconds")},
    }


def activity(one: Raised, known: dict[str, str], lang: str) -> Resource:
    """A silence, or somebody up at night, as it was told: from the last sign of life until then."""
    began = str(one.data.get("since") or one.data.get("door_at") or one.at.isoformat())
    made: Resource = {
        "resourceType": "Observation",
        "id": str(_uuid("activity", str(one.id))),
        "identifier": [{"system": f"{BASE}/event", "value": str(one.id)}],
        "status": "final",
        "category": [
            {"coding": [{"system": f"{_TERMINOLOGY}/observation-category", "code": "activity", "display": "Activity"}]}
        ],
        "code": _concept("event", one.kind, phrase(lang, f"desk.event.{one.kind}")),
        "subject": _subject(one.person or None, known, "whoever was at home"),
        "effectivePeriod": {
            "start": min(datetime.fromisoformat(began), one.at).isoformat(timespec="seconds"),
            "end": one.at.isoformat(timespec="seconds"),
        },
        "note": [{"text": "Noticed by the robot's camera, ears and the sensors of the home. No diagnosis."}],
    }
    if one.data.get("silent_s") is not None:
        hours = round(float(one.data["silent_s"]) / 3600, 2)
        made["valueQuantity"] = {"value": hours, "unit": "h", "system": "http://unitsofmeasure.org", "code": "h"}
    elif one.data.get("ways") is not None:
        made["valueInteger"] = int(one.data["ways"])
    return made


def _patient(person: Person) -> Resource:
    return {
        "resourceType": "Patient",
        "id": str(_uuid("person", person.id)),
        "identifier": [{"system": f"{BASE}/person", "value": person.id}],
        "name": [{"text": person.name}],
    }


def _observation(kind: str, name: str, patient: str, day: date) -> Resource:
    survey = {"system": f"{_TERMINOLOGY}/observation-category", "code": "survey", "display": "Survey"}
    return {
        "resourceType": "Observation",
        "id": str(_uuid(kind, name)),
        "status": "final",
        "category": [{"coding": [survey]}],
        "code": {},
        "subject": {"reference": patient},
        "effectiveDateTime": day.isoformat(),
        "performer": [{"reference": patient}],
    }


def _concept(system: str, code: str, text: str) -> Resource:
    # R4: a code has no white space at its ends and single blanks inside.
    return {"coding": [{"system": f"{BASE}/{system}", "code": re.sub(r"\s+", "-", code.strip())}], "text": text}


def _subject(person: str | None, known: dict[str, str], otherwise: str) -> Resource:
    if person in known:
        return {"reference": known[person]}
    return {"display": otherwise if person is None else "somebody who is not known any more"}


def _theirs(person: str | None, wanted: str | None) -> bool:
    return wanted is None or person == wanted


def _has(lang: str, key: str) -> bool:
    try:
        phrase(lang, key)
    except KeyError:
        return False
    return True


def _uuid(kind: str, name: str) -> UUID:
    return uuid5(_SPACE, f"{kind} {name}")


def _urn(kind: str, name: str) -> str:
    return f"urn:uuid:{_uuid(kind, name)}"


def count(made: Resource) -> dict[str, int]:
    """How many resources of each type are in a bundle."""
    found: dict[str, int] = {}
    for entry in _entries(made):
        kind = entry["resource"]["resourceType"]
        found[kind] = found.get(kind, 0) + 1
    return dict(sorted(found.items()))


def _entries(made: Resource) -> Iterable[Resource]:
    entries: Sequence[Resource] = made.get("entry", ())
    return entries
