"""The routines' pages: what is written is what is kept, seen beforehand, and lost to nobody."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples
from tests.pages.care_web.conftest import Browser, ClientFor, LogIn
from tests.web.care_pages import add_routine, robot_of

from dolbom.routines.decisions import Decisions
from dolbom.routines.following import RoutineParameters
from dolbom.routines.history import Entry
from dolbom.routines.persistence import Ledger
from dolbom.routines.routine import Routine, routine_from, validated
from dolbom.routines.wrong import Wrong
from dolbom.web.care.access import Role
from dolbom.web.care.board import Part
from dolbom.web.care.copying import copied, times_of
from dolbom.web.care.forms import Form, data_of, shown
from dolbom.web.care.home import CareHome
from dolbom.web.pictures import picture_names

TODAY = date(2026, 11, 25)
WHOLE: dict[str, Any] = {
    "id": "whole", "kind": "medicine", "title": "혈압약", "persons": ["p1"],
    "schedule": {
        "start": "2026-11-01", "end": "2027-11-01", "at": ["08:00", "20:00"], "weekend_at": ["09:00", "21:00"],
        "rrule": "FREQ=DAILY;INTERVAL=3", "rdate": ["2026-12-24T10:00:30"],
        "exdate": ["2026-12-25", "2026-12-28T08:00"],
    },
    "window_min": 90, "quiet": "", "priority": 7, "say": "약 드세요.", "picture": "pill", "recording": "딸.wav",
    "off": [{"first": "2026-12-30", "last": "2026-12-31"}],
    "after": {"event": "meal.breakfast", "delay_min": 12.5, "at_the_latest": "22:00"},
    "medicine": {"dose": "한 알", "importance": "critical", "min_gap_h": 0.3333333333, "key": "pressure",
                 "photo": "pill", "supply": {"count": 60, "each": 0.5, "refill_below": 7}},
    "ladder": {"steps": [{"at_min": n, "do": ["voice"]} for n in range(8)] + [{"at_min": 9, "do": ["centre"]}],
               "missed": "alarm", "snoozes": 2, "snooze_min": 7.5, "in_quiet_hours": True},
}  # fmt: skip


def again(routine: Routine) -> Routine:
    """As a browser sends the form back that it was given, untouched."""
    form = shown(routine)
    return validated(data_of(Form(dict(form.text), dict(form.ticked), form.base)), TODAY)


def test_a_routine_whose_form_is_sent_back_untouched_is_the_same_to_the_last_field() -> None:
    whole = routine_from(WHOLE, TODAY)
    assert again(whole) == whole


SCHEDULES = st.fixed_dictionaries(
    {
        "start": st.dates(date(2026, 1, 1), date(2027, 1, 1)).map(str),
        "at": st.lists(st.integers(0, 1439), max_size=4, unique=True, min_size=1).map(
            lambda minutes: [f"{m // 60:02}:{m % 60:02}" for m in sorted(minutes)]
        ),
        "rrule": st.sampled_from(
            ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=WEEKLY;BYDAY=WE,MO", "FREQ=DAILY;INTERVAL=4",
             "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY", "FREQ=DAILY;COUNT=3",
             "FREQ=MONTHLY;BYDAY=2TU"]
        ),
        "rdate": st.lists(st.sampled_from(["2026-12-01T10:00", "2026-12-02T23:59"]), unique=True).map(sorted),
        "weekend_at": st.sampled_from([None, [], ["10:10"]]),
    }
)  # fmt: skip


@settings(max_examples=examples(800), deadline=None)
@given(
    SCHEDULES,
    st.sampled_from(["meal", "reminder", "birthday", "game"]),
    st.sampled_from([None, "", "22:00-06:00"]),
    st.sampled_from(["", "gentle", "once"]),
    st.booleans(),
)
def test_no_schedule_is_changed_by_being_looked_at(
    schedule: dict[str, Any], kind: str, quiet: str | None, ladder: str, enabled: bool
) -> None:
    fields = {"id": "r", "kind": kind, "title": "일", "schedule": schedule, "quiet": quiet}
    routine = routine_from(fields | {"ladder": ladder, "enabled": enabled}, TODAY)
    assert again(routine) == routine


def fields_of(home: CareHome, id: str) -> dict[str, Any]:
    """What a browser sends of a routine's form."""
    now = home.routines.get(id)
    assert now.routine is not None
    form = shown(now.routine)
    return {**form.text, **{group: list(ticks) for group, ticks in form.ticked.items()}, "version": now.version}


def save(browser: Browser, id: str, fields: dict[str, Any]) -> tuple[int, str]:
    return browser.post(f"/routines/{id}", **fields)


def test_of_two_who_change_the_same_routine_the_second_is_shown_both_and_nothing_is_lost(
    log_in: LogIn, home: CareHome
) -> None:
    first, second = log_in("sunhee"), log_in("hana")
    one, other = fields_of(home, "heart"), fields_of(home, "heart")
    assert save(first, "heart", one | {"dose": "한 알"})[0] == 303
    code, page = save(second, "heart", other | {"title": "심장약 아침"})
    assert code == 409
    assert "sunhee님이 이 일과를 고쳤습니다" in page
    assert all(words in page for words in ("반 알", "한 알", "심장약 아침"))
    now = home.routines.get("heart")
    assert now.routine is not None
    assert (now.routine.medicine and now.routine.medicine.dose, now.routine.title) == ("한 알", "심장약")
    assert 'name="version" value="2"' in page, "the form goes on from what stands now"
    assert save(second, "heart", other | {"title": "심장약 아침", "dose": "한 알", "version": 2})[0] == 303
    versions = home.routines.versions("heart")
    assert [one.by for one in versions] == ["hana", "sunhee", "hana"]
    last = versions[-1].routine
    assert last is not None
    assert (last.title, last.medicine and last.medicine.dose) == ("심장약 아침", "한 알")


def test_somebody_who_changes_what_another_has_removed_is_told_so(log_in: LogIn, home: CareHome) -> None:
    fields = fields_of(home, "heart")
    home.routines.remove("heart", home.now(), "hana")
    assert save(log_in("sunhee"), "heart", fields)[0] == 404
    assert home.routines.versions("heart")[-1].routine is None


def test_programs_meet_the_same_conflict(client_for: ClientFor) -> None:
    nurse = client_for(Role.NURSE)
    now = nurse.get("/api/routines/heart").json()
    changed = {"version": now["version"], "routine": now["routine"] | {"title": "심장약 아침"}}
    assert nurse.put("/api/routines/heart", json=changed).json()["version"] == 2
    refused = nurse.put("/api/routines/heart", json=changed)
    assert refused.status_code == 409
    assert "changed meanwhile" in refused.json()["detail"]
    assert [one["act"] for one in nurse.get("/api/routines/heart/versions").json()] == ["added", "changed"]
    assert nurse.delete("/api/routines/heart?version=1").status_code == 409
    assert nurse.delete("/api/routines/heart?version=2").status_code == 204
    assert nurse.get("/api/routines/heart").status_code == 404
    assert nurse.post("/api/routines/heart/undo", json={"version": 3}).json()["routine"]["title"] == "심장약 아침"


def test_what_is_wrong_is_said_in_the_readers_words_beside_its_field_and_what_was_written_stays(
    log_in: LogIn, home: CareHome
) -> None:
    worker = log_in("sunhee")
    wrong = {"at": "8시 반", "min_gap_h": "viel", "title": ""}
    code, page = save(worker, "heart", fields_of(home, "heart") | wrong)
    assert code == 422
    assert "‘8시’는 시각이 아닙니다. 08:00이나 20:30처럼 적어 주세요" in page
    assert "‘viel’" in page
    assert 'id="fault-title"' in page
    assert 'value="8시 반"' in page
    assert len(home.routines.versions("heart")) == 1
    near = fields_of(home, "blood-pressure") | {"at": "08:00 10:00"}
    assert "08:00과 10:00 사이가 약의 최소 간격 8시간보다 짧습니다" in save(worker, "blood-pressure", near)[1]
    worker.post("/language", lang="en")
    assert "08:00 and 10:00 are nearer" in save(worker, "blood-pressure", near)[1]


def test_beside_the_form_stands_what_the_robot_will_say_and_nothing_is_changed_by_looking(
    log_in: LogIn, home: CareHome
) -> None:
    worker = log_in("sunhee")
    fields = fields_of(home, "heart") | {"dose": "두 알", "preview_on": "2026-12-01"}
    code, page = worker.post("/routines/preview", **fields)
    assert code == 200
    assert "김순자 님, 심장약" in page
    assert "두 알" in page
    assert "놓친 것으로 센터에 알림" in page, "its ladder"
    assert "점심" in page, "and the rest of that day"
    silent = worker.post("/routines/preview", **fields, preview_if="silent")[1]
    assert "(대답 없음)" in silent
    assert "놓침" in silent
    assert "두 알" not in worker.get("/routines/heart")
    assert len(home.routines.versions("heart")) == 1


def test_the_preview_is_what_the_core_would_do(log_in: LogIn, client_for: ClientFor, home: CareHome) -> None:
    said = [one["text"] for one in client_for(Role.NURSE).get("/api/day?on=2026-12-02").json()]
    page = log_in("sunhee").get("/calendar/2026-12-02")
    assert len(said) == 6
    assert all(text in page for text in said)
    assert said == [one.act.text for one in home.plan(date(2026, 12, 2)) if one.act and one.act.due.startswith(
        ("blood", "heart", "lunch", "clinic", "check"))]  # fmt: skip


def test_a_new_routine_is_written_by_form_and_an_undo_takes_it_back_step_by_step(log_in: LogIn, home: CareHome) -> None:
    worker = log_in("sunhee")
    assert 'name="id" value="meal-1"' in worker.get("/routines/new?kind=meal")
    sent = {"kind": "meal", "id": "meal-1", "title": "저녁", "repeat": "weekly", "weekdays": ["MO", "TH"],
            "at": "18:00", "enabled": "on", "version": 0}  # fmt: skip
    assert worker.post("/routines", **sent) == (303, "/routines")
    made = home.routines.get("meal-1").routine
    assert made is not None
    assert made.schedule.rrule == "FREQ=WEEKLY;BYDAY=MO,TH"
    assert home.routines.get("meal-1").by == "sunhee"
    assert worker.post("/routines/meal-1/undo", version=7)[0] == 409
    assert worker.post("/routines/meal-1/undo", version=1)[0] == 303
    assert home.routines.all(removed=True)[-1].routine is None
    history = worker.get("/routines/meal-1/history")
    assert "되돌림" in history
    assert "sunhee" in history


def test_two_who_add_a_routine_at_once_both_have_theirs(log_in: LogIn, home: CareHome) -> None:
    sent = {"kind": "water", "id": "water-1", "repeat": "daily", "at": "15:00", "enabled": "on", "version": 0}
    assert log_in("sunhee").post("/routines", **sent, title="물 하나")[0] == 303
    assert log_in("hana").post("/routines", **sent, title="물 둘")[0] == 303
    assert {one.routine.title for one in home.routines.all() if one.routine and one.routine.kind == "water"} == {
        "물 하나", "물 둘",
    }  # fmt: skip


def test_a_days_times_are_copied_to_another_day_once(log_in: LogIn, home: CareHome) -> None:
    worker = log_in("sunhee")
    copy = {"source": "2026-11-25", "target": "2026-11-27"}
    assert worker.post("/routines/clinic/copy", **copy, version=1) == (303, "/calendar/2026-11-27")
    clinic = home.routines.get("clinic").routine
    assert clinic is not None
    assert [f"{local:%d %H:%M}" for local in times_of(clinic, date(2026, 11, 27))] == ["27 14:00"]
    code, page = worker.post("/routines/clinic/copy", **copy, version=2)
    assert code == 409
    assert "2026-11-27에는 이미 있습니다" in page
    assert worker.post("/calendar/2026-11-25/copy", target="2026-12-03")[0] == 303
    assert "내과" in worker.get("/calendar/2026-12-03")
    assert home.routines.get("lunch").version == 1, "what is there already stays as it is"


def test_a_copy_brings_back_what_was_left_out_and_refuses_what_cannot_be() -> None:
    fields = {"id": "r", "kind": "meal", "title": "점심"}
    schedule = {"start": "2026-11-01", "end": "2026-12-31", "at": ["12:00"], "exdate": ["2026-12-02"]}
    lunch = routine_from(fields | {"schedule": schedule}, TODAY)
    back = copied(lunch, date(2026, 12, 1), date(2026, 12, 2))
    assert back.schedule.exdate == ()
    assert back.schedule.rdate == ()
    for source, target in ((date(2026, 12, 2), date(2026, 12, 3)), (date(2026, 12, 1), date(2027, 1, 1)),
                           (date(2026, 12, 1), date(2026, 12, 3))):  # fmt: skip
        with pytest.raises(Wrong):
            copied(lunch, source, target)


def test_the_list_and_the_calendar_show_what_there_is(log_in: LogIn, home: CareHome) -> None:
    add_routine(
        home, id="weekly", kind="bin_day", title="재활용", schedule={"at": ["07:00"], "rrule": "FREQ=WEEKLY;BYDAY=FR"}
    )
    worker = log_in("sunhee")
    listed = worker.get("/routines")
    assert all(title in listed for title in ("혈압약", "심장약", "점심", "내과", "재활용"))
    assert "금 · 07:00" in listed
    month = worker.get("/calendar?month=2026-12")
    assert month.count("재활용") >= 4
    assert worker.client.get("/calendar?month=2026-13").status_code == 422
    assert worker.client.get("/calendar/0001-01-01").status_code == 404


def test_the_preview_keeps_the_quiet_hours_that_the_robot_runs_with(log_in: LogIn, home: CareHome) -> None:
    worker = log_in("sunhee")
    assert "조용한 시간이라 기다림" not in worker.get("/calendar/2026-12-01?if=silent")
    home.board.part("routines", Part("ok", "", {"times": RoutineParameters(quiet="12:00-13:00").model_dump_json()}))
    assert "조용한 시간" in worker.get("/calendar/2026-12-01?if=silent"), "lunch at 12:30 has to wait"
    home.board.part("routines", Part("ok", "", {"times": "of a newer robot"}))
    assert "점심" in worker.get("/calendar/2026-12-01")


def test_a_medicine_is_counted_or_given_out_of_turn_and_what_runs_out_stands_on_the_day(
    log_in: LogIn, home: CareHome
) -> None:
    worker, person = log_in("sunhee"), home.routines.people.ids()[0]
    assert worker.post("/medicines/blood-pressure/count", count="8,5") == (303, "/routines")
    assert worker.post("/medicines/blood-pressure/given", person=person) == (303, "/")
    counted, given = (one[1] for one in robot_of(home).did)
    assert (counted["what"], counted["routine"], counted["count"], counted["by"]) == (
        "counted", "blood-pressure", 8.5, "sunhee")  # fmt: skip
    assert (given["what"], given["person"]) == ("taken", person)
    for wrong in ("", "many", "-1", "nan", "1e9"):
        assert worker.post("/medicines/blood-pressure/count", count=wrong)[0] == 409, wrong
    assert "떨어져 가는 약" not in worker.get("/")
    entry = Entry(at=home.now(), what="supplied", medicine="blood-pressure", count=8.5, by="sunhee")
    Ledger(home.store, lambda _event, _session: None, lambda: False).write(Decisions(entries=[entry]))
    assert "떨어져 가는 약" in worker.get("/")
    assert "8.5개 남음" in worker.get("/routines")


def test_a_medicines_photo_stands_beside_its_dose(log_in: LogIn, home: CareHome) -> None:
    fields = fields_of(home, "heart") | {"photo": picture_names()[0]}
    worker = log_in("sunhee")
    assert save(worker, "heart", fields)[0] == 303
    for page in ("/routines", "/routines/heart"):
        assert f'src="/api/pictures/{picture_names()[0]}" alt="심장약 사진"' in worker.get(page)
