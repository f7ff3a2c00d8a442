"""The pages People and Events: manner, consents, memory; what happened, also for a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

from tests.pages.care_web.conftest import ClientFor, LogIn
from tests.web.care_pages import raise_alarm

from dolbom.events import DoseMissed, Severity, VisitorUnknown, new_event, source
from dolbom.platform.outbox import Outbox
from dolbom.routines.decisions import Decisions
from dolbom.routines.due import State
from dolbom.routines.history import Entry
from dolbom.routines.persistence import Ledger
from dolbom.store.memory import Fact
from dolbom.store.people import Consent, Purpose
from dolbom.web.care.access import Role
from dolbom.web.care.home import CareHome


def remember(home: CareHome, utterance: str) -> str:
    person = home.routines.people.ids()[0]
    if person not in home.memory.allowed(Purpose.MEMORY, home.now()):
        home.routines.people.consent(person, Consent(Purpose.MEMORY, "herself", home.now() - timedelta(hours=1)))
    fact = Fact(kind="pain", topic="health", key=f"health:{utterance}", utterance=utterance, lang="ko",
                day=home.today(), confidence=0.9)  # fmt: skip
    return str(home.memory.put(person, fact, home.now(), home.now() + timedelta(days=90)))


def test_how_somebody_is_called_and_spoken_to_is_heard_in_what_the_robot_will_say(
    log_in: LogIn, home: CareHome
) -> None:
    worker, person = log_in("sunhee"), home.routines.people.ids()[0]
    assert "김순자 님, 점심" in worker.get("/calendar/2026-12-01")
    assert worker.post(f"/people/{person}", name="순자 할머니", rate="0.8")[0] == 303
    assert "순자 할머니, 점심" in worker.get("/calendar/2026-12-01")
    assert home.speech.own(person).rate == 0.8
    assert home.speech.own(person).pause_s is None
    assert worker.post(f"/people/{person}", name="순자 할머니", rate="9")[0] == 409
    assert home.speech.own(person).rate == 0.8


def test_how_somebody_was_called_and_spoken_to_is_one_press_away(log_in: LogIn, home: CareHome) -> None:
    worker, person = log_in("sunhee"), home.routines.people.ids()[0]
    assert worker.post(f"/people/{person}/undo")[0] == 409
    assert "바꾸기 전으로" not in worker.get("/people")
    worker.post(f"/people/{person}", name="순자 할머니", rate="0.8", text="largest")
    assert home.sight.largest() == "largest"
    assert "바꾸기 전으로" in worker.get("/people")
    assert worker.post(f"/people/{person}/undo") == (303, "/people")
    assert home.names()[person] == "김순자 님"
    assert home.speech.own(person).rate is None
    assert home.sight.of(person) == "normal"
    assert worker.post(f"/people/{person}/undo")[0] == 303
    assert home.names()[person] == "순자 할머니"


def test_a_consent_is_written_down_and_taken_back_with_what_rested_on_it(log_in: LogIn, home: CareHome) -> None:
    nurse, person = log_in("hana"), home.routines.people.ids()[0]
    remember(home, "무릎이 쑤셔")
    assert "무릎이 쑤셔" in nurse.get("/people")
    given = {"purpose": "mood_screening", "given_by": "따님"}
    assert nurse.post(f"/people/{person}/consents", **given, until="2026-11-24")[0] == 409
    assert nurse.post(f"/people/{person}/consents", **given, until="2027-11-24")[0] == 303
    assert home.memory.allowed(Purpose.MOOD, home.now()) == [person]
    assert nurse.post(f"/people/{person}/consents/memory/withdraw")[0] == 303
    page = nurse.get("/people")
    assert "무릎이 쑤셔" not in page
    assert "2026-11-25에 거둠" in page
    assert home.memory.facts(person, home.now()) == []


def test_one_thing_that_is_remembered_can_be_forgotten(log_in: LogIn, home: CareHome) -> None:
    nurse, person = log_in("hana"), home.routines.people.ids()[0]
    gone, _ = remember(home, "무릎이 쑤셔"), remember(home, "손녀가 온대")
    assert nurse.post(f"/people/{person}/memory/{gone}/forget")[0] == 303
    assert [one.fact.utterance for one in home.memory.facts(person, home.now())] == ["손녀가 온대"]
    assert nurse.post(f"/people/{person}/memory/{gone}/forget")[0] == 404
    worker = log_in("sunhee")
    assert "손녀가 온대" in worker.get("/people")
    assert worker.post(f"/people/{person}/consents/memory/withdraw")[0] == 403


def test_somebody_unknown_who_stayed_for_a_while_stands_among_the_visitors(log_in: LogIn, home: CareHome) -> None:
    assert "없었습니다" in log_in("sunhee").get("/people")
    data = VisitorUnknown(since=home.now() - timedelta(minutes=5), confidence=0.8)
    Outbox(home.store).append(new_event(data, at=home.now() - timedelta(minutes=1), source=source("d", "h", "r")))
    page = log_in("sunhee").get("/people")
    assert "2026-11-25 09:29" in page[page.index("모르는 분의 방문") :]


def missed(home: CareHome, title: str) -> None:
    person = home.routines.people.ids()[0]
    data = DoseMissed(
        dose_id="heart@2026-11-25T09:00", routine="heart", medicine="heart", title=title, dose="반 알",
        importance="critical", local=datetime(2026, 11, 25, 9, 0), due=home.now(), reason="no_answer", reminders=3,  # noqa: DTZ001
    )  # fmt: skip
    Outbox(home.store).append(new_event(data, at=home.now(), source=source("d", "h", "r"), subject=person,
                                        severity=Severity.WARNING))  # fmt: skip


def test_events_are_filtered_and_taken_out_as_a_table_that_no_spreadsheet_executes(
    client_for: ClientFor, home: CareHome
) -> None:
    nurse = client_for(Role.NURSE)
    raise_alarm(home)
    missed(home, "=심장약")
    assert [one["kind"] for one in nurse.get("/api/events").json()] == ["dose.missed", "distress.raised"]
    assert [one["kind"] for one in nurse.get("/api/events?family=dose").json()] == ["dose.missed"]
    assert [one["kind"] for one in nurse.get("/api/events?severity=alarm").json()] == ["distress.raised"]
    assert nurse.get("/api/events?until=2026-11-24").json() == []
    answer = nurse.get("/api/events.csv?family=dose")
    assert answer.headers["content-disposition"] == 'attachment; filename="events-2026-11-25.csv"'
    head, row = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head[:5] == ["time", "kind", "severity", "person", "title"]
    assert row[:5] == ["2026-11-25T09:30:00+09:00", "dose.missed", "warning", "김순자 님", "'=심장약"]
    assert client_for(Role.CARE_WORKER).get("/api/events.csv").status_code == 403


def test_adherence_is_computed_from_the_history(log_in: LogIn, client_for: ClientFor, home: CareHome) -> None:
    person, entries = home.routines.people.ids()[0], []
    for day, state in ((23, State.TAKEN), (24, State.REFUSED), (25, State.TAKEN)):
        local = datetime(2026, 11, day, 9, 0)  # noqa: DTZ001
        entries.append(
            Entry(at=home.now(), what="settled", due=f"heart@{local:%Y-%m-%dT%H:%M}@{person}", routine="heart",
                  medicine="heart", person=person, local=local, state=state, by="person")
        )  # fmt: skip
    Ledger(home.store, lambda _event, _session: None, lambda: False).write(Decisions(entries=entries))
    [week] = client_for(Role.NURSE).get("/api/adherence").json()
    assert (week["week"], week["due"], week["taken"], week["refused"]) == ("2026-W48", 3, 2, 1)
    page = log_in("sunhee").get("/events")
    assert "67 %" in page
    assert date(2026, 11, 25).isoformat() in page
