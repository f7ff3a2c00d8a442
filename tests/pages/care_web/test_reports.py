"""The page Reports and what is taken out of it: on paper, as numbers, as FHIR."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest
from tests.pages.care_web.conftest import ClientFor, LogIn

from dolbom.companion.checkin import CheckInState, Told
from dolbom.companion.schedule import write
from dolbom.reports.pdf import FONT
from dolbom.routines.decisions import Decisions
from dolbom.routines.due import State
from dolbom.routines.history import Entry
from dolbom.routines.persistence import Ledger
from dolbom.web.care.access import Role
from dolbom.web.care.home import CareHome


@pytest.fixture
def lived(home: CareHome) -> CareHome:
    """A week behind it: one dose taken, one missed, one check-in."""
    person, entries = home.routines.people.ids()[0], []
    for day, state in ((17, State.TAKEN), (18, State.MISSED)):
        local = datetime(2026, 11, day, 9, 0)  # noqa: DTZ001
        at = local.replace(tzinfo=home.clock.zone)
        entries.append(
            Entry(at=at, what="settled", due=f"heart@{local:%Y-%m-%dT%H:%M}@{person}", routine="heart", version=1,
                  medicine="heart", person=person, local=local, state=state, by="person")
        )  # fmt: skip
    Ledger(home.store, lambda _event, _session: None, lambda: False).write(Decisions(entries=entries))
    topics: Any = {"sleep": Told(grade="bad", said="한숨도 못 잤어")}
    write(home.memory, CheckInState(person=person, day=date(2026, 11, 17), topics=topics, ended="complete", told=True))
    return home


def test_a_week_stands_on_the_page_with_charts_and_the_same_numbers_beside_them(log_in: LogIn, lived: CareHome) -> None:
    worker = log_in("sunhee")
    page = worker.get("/reports?week=2026-W47")
    assert "2026-11-16 – 2026-11-22" in page
    assert "2026-11-18 09:00" in page
    assert page.count('<svg class="chart"') == page.count('<table class="numbers">') == 2, "doses and sleep"
    sleep = page[page.index("잠, 주마다의 수") :]
    assert re.search(r"2026-11-16</th><td>0</td><td>1</td><td>0</td>", sleep)
    assert "이 기간에 기분에 대해 적힌 것이 없습니다" in page, "what is not known is said to be so"
    assert "한숨도" not in page
    assert "FHIR" not in page, "a care worker may not take it out"
    assert "week=2026-W48" in page
    assert "다음 주" not in worker.get("/reports?on=2026-11-25"), "what is to come cannot be told"
    assert "돌봄 보고 2026-11-16" in worker.get("/reports?on=2026-11-18")
    worker.post("/language", lang="en")
    assert "does not measure sleep" in worker.get("/reports?week=2026-W47")
    assert worker.client.get("/reports?week=2026-W54").status_code == 422
    assert worker.client.get("/reports?person=nobody").status_code == 404


def test_programs_get_the_weeks_as_numbers(client_for: ClientFor, lived: CareHome) -> None:
    found = client_for(Role.CARE_WORKER).get("/api/reports/weeks?number=2").json()
    by_topic = {one["topic"]: one for one in found}
    assert by_topic["dose"]["weeks"] == ["2026-W47", "2026-W48"]
    assert by_topic["dose"]["counts"] == [[1, 0, 1, 0], [0, 0, 0, 0]]
    assert by_topic["sleep"]["counts"][0] == [0, 1, 0]
    week = client_for(Role.CARE_WORKER).get("/api/reports/2026-W47").json()
    assert [one["title"] for one in week["people"][0]["untaken"]] == ["심장약"]


def test_fhir_is_for_who_may_take_events_out(client_for: ClientFor, lived: CareHome) -> None:
    assert client_for(Role.CARE_WORKER).get("/api/fhir").status_code == 403
    answer = client_for(Role.NURSE).get("/api/fhir?since=2026-11-16&until=2026-11-22")
    assert answer.headers["content-type"] == "application/fhir+json"
    kinds = [one["resource"]["resourceType"] for one in answer.json()["entry"]]
    assert sorted(kinds) == [
        "MedicationAdministration",
        "MedicationAdministration",
        "Observation",
        "Observation",
        "Patient",
    ]
    assert client_for(Role.NURSE).get("/api/fhir?since=2020-01-01&until=2026-01-01").status_code == 422


@pytest.mark.weights(FONT)
def test_the_paper_is_taken_out_and_that_is_in_the_trail(log_in: LogIn, lived: CareHome) -> None:
    nurse = log_in("hana")
    answer = nurse.client.get("/api/report.pdf?week=2026-W47")
    assert answer.content.startswith(b"%PDF-1.7")
    assert answer.headers["content-disposition"] == 'attachment; filename="care-2026-W47.pdf"'
    log_in("hana").post("/language", lang="en")
    assert "took the weekly report on paper" in nurse.get("/audit")
