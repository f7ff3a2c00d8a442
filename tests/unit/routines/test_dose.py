"""A dose is followed until it is settled, once, and never guessed; the ladder climbs in time, and then is quiet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.unit.routines.homes import Home, routine

from dolbom.errors import UserError
from dolbom.routines.decisions import Begin, Remind, Withdraw
from dolbom.routines.due import State
from dolbom.routines.history import adherence
from dolbom.routines.keeper import Held
from dolbom.routines.observations import Corrected, Happened, Noticed, Outcome, Said, Supplied, Taken
from dolbom.routines.routine import Routine


def pill(importance: str = "normal", **fields: Any) -> Routine:
    medicine = {"dose": "한 알", "importance": importance} | fields.pop("medicine", {})
    return routine(medicine=medicine, **fields)


FIRST = "어르신, 혈압약 드실 시간이에요. 한 알이에요."
AGAIN = "어르신, 혈압약 말씀드려요. 천천히 챙기셔도 괜찮아요."
CHECK = "어르신, 혈압약 여쭤볼게요."


def test_silence_climbs_the_normal_ladder_to_the_family_and_then_to_the_centre() -> None:
    home = Home(pill(recording="daughter.wav", medicine={"photo": "pill.png"}))
    assert home.until("08:35") == [f"08:00 {FIRST}", f"08:05 {AGAIN}", f"08:10 {AGAIN}"]
    reminders = [act for act in home.acts if isinstance(act, Remind)]
    assert [(act.picture, act.come, act.recording) for act in reminders] == [
        ("", False, ""),
        ("pill.png", True, ""),
        ("", False, "daughter.wav"),
    ]
    told = [(event.kind, event.severity.value, (event.time - home.utc).total_seconds() / 60) for event in home.events]
    assert [one for one in told if one[1] != "info"] == [
        ("dose.unanswered", "notice", 80.0),
        ("dose.missed", "warning", 90.0),
    ]
    assert home.states() == {"pill 11-25 08:00": "missed"}
    assert home.until("23:00") == []


def test_a_recording_that_says_it_is_time_is_not_played_to_whoever_may_have_taken_it() -> None:
    home = Home(pill(recording="daughter.wav"))
    home.until("08:00")
    home.restart(after_s=20)
    home.until("08:12")
    reminders = [(act.text, act.recording) for act in home.acts if isinstance(act, Remind)]
    assert reminders[1:] == [(CHECK, "")] * 3


def test_a_critical_dose_that_nobody_answers_is_an_alarm_after_a_quarter_of_an_hour() -> None:
    home = Home(pill("critical"))
    home.until("08:14")
    assert "dose.missed" not in home.kinds()
    home.until("08:16")
    missed = home.events[-1]
    assert (missed.kind, missed.severity.value, missed.data["reason"]) == ("dose.missed", "alarm", "no_answer")


def test_an_optional_dose_that_nobody_answers_is_told_to_nobody() -> None:
    home = Home(pill("optional"))
    home.until("09:00")
    assert {event.severity.value for event in home.events} == {"info"}


def test_after_taken_nothing_is_said_of_it_any_more() -> None:
    home = Home(pill())
    home.until("08:05")
    home.answer("medicine_taken", "약 먹었어")
    assert home.states() == {"pill 11-25 08:00": "taken"}
    assert home.until("23:59") == []
    assert home.kinds().count("dose.taken") == 1
    assert "약 먹었어" not in "".join(event.to_json().decode() for event in home.events)


@pytest.mark.parametrize(("answer", "reason"), [("medicine_unsure", "unsure"), ("weather", "unclear")])
def test_an_answer_that_is_not_clear_is_unknown_and_goes_to_a_person(answer: str, reason: str) -> None:
    home = Home(pill())
    home.until("08:00")
    home.answer(answer)
    assert home.states() == {"pill 11-25 08:00": "unknown"}
    assert (home.events[-1].kind, home.events[-1].data["reason"]) == ("dose.unknown", reason)
    assert home.until("23:00") == []


def test_words_that_nobody_understands_are_unknown() -> None:
    home = Home(pill())
    home.until("08:00")
    home.ends(Outcome.UNCLEAR)
    assert home.states() == {"pill 11-25 08:00": "unknown"}


def test_a_refusal_ends_the_reminders_and_is_told_as_the_ladder_says() -> None:
    for importance, severity in (("critical", "warning"), ("normal", "notice"), ("optional", "info")):
        home = Home(pill(importance))
        home.until("08:00")
        home.answer("medicine_refused")
        assert home.until("23:00") == []
        assert (home.events[-1].kind, home.events[-1].severity.value) == ("dose.refused", severity)


@pytest.mark.parametrize("answer", ["medicine_not_taken", "medicine_will_take", "no"])
def test_not_yet_leaves_the_ladder_as_it_is(answer: str) -> None:
    home = Home(pill())
    home.until("08:00")
    home.answer(answer)
    assert home.until("08:06") == [f"08:05 {AGAIN}"]


def test_later_is_granted_twice_and_moves_the_rest_of_the_ladder() -> None:
    home = Home(pill())
    home.until("08:00")
    home.answer("later")
    assert home.until("08:16") == ["08:10 어르신, 아까 나중에 드신다던 혈압약 이야기예요.", f"08:15 {AGAIN}"]
    home.answer("later")
    home.answer("later")
    assert home.kinds().count("dose.snoozed") == 2
    home.until("09:30")
    assert home.states() == {"pill 11-25 08:00": "missed"}
    missed = home.events[-1].time - home.utc - timedelta(minutes=60)
    assert missed == timedelta(minutes=50, seconds=0)


def test_later_is_not_granted_beyond_the_window() -> None:
    home = Home(pill(window_min=5))
    home.until("08:00")
    home.answer("later")
    assert "dose.snoozed" not in home.kinds()
    assert home.until("08:06") == [f"08:05 {AGAIN}"]


def test_stop_is_no_answer_to_a_dose() -> None:
    home = Home(pill())
    home.until("08:00")
    home.ends(Outcome.INTERRUPTED, "stop")
    assert home.until("08:06") == [f"08:05 {AGAIN}"]


def test_an_answer_that_comes_while_the_next_reminder_is_said_still_counts() -> None:
    home = Home(pill())
    home.until("08:00")
    first = home.prompt()
    home.until("08:05")
    assert Withdraw(first.prompt) in home.acts
    from dolbom.routines.observations import Reminded

    home.observe(Reminded(home.at(), first.prompt, Outcome.ANSWERED, "medicine_taken"))
    assert home.states() == {"pill 11-25 08:00": "taken"}
    assert home.acts[-1] == Withdraw(home.prompt().prompt)


def test_an_unclear_answer_to_a_reminder_that_was_taken_back_settles_nothing() -> None:
    from dolbom.routines.observations import Reminded

    home = Home(pill())
    home.until("08:00")
    first = home.prompt()
    home.until("08:05")
    home.observe(Reminded(home.at(), first.prompt, Outcome.ANSWERED, "weather"))
    assert home.states() == {"pill 11-25 08:00": "reminded"}


# --- unasked ---


def test_said_to_be_taken_before_it_is_due_it_is_not_prompted() -> None:
    home = Home(pill())
    home.until("07:40")
    home.observe(Said(home.at(), "taken", heard="약 벌써 먹었어"))
    assert home.states() == {"pill 11-25 08:00": "taken"}
    assert home.until("23:00") == []


def test_said_to_be_taken_hours_before_it_counts_for_nothing() -> None:
    home = Home(pill(), start="2026-11-25T06:05")
    home.observe(Said(home.at(), "taken"))
    assert home.until("08:01") == [f"08:00 {FIRST}"]


def test_said_to_be_taken_after_it_was_missed_it_is_late_and_the_centre_hears_of_it() -> None:
    home = Home(pill())
    home.until("09:00")
    home.observe(Said(home.at(), "taken"))
    assert home.states() == {"pill 11-25 08:00": "taken"}
    corrected = home.events[-1]
    assert (corrected.kind, corrected.data["before"], corrected.data["after"]) == ("dose.corrected", "missed", "taken")
    assert [entry.state for entry in home.entries if entry.what == "settled"] == [State.MISSED]


def test_of_two_medicines_an_unnamed_one_is_not_guessed_but_asked_after() -> None:
    home = Home(pill(), pill(id="sugar", title="당뇨약"))
    home.until("08:00")
    home.observe(Said(home.at(), "taken"))
    assert set(home.states().values()) == {"reminded"}
    assert home.until("08:06") == [f"08:05 {CHECK}", "08:05 어르신, 당뇨약 여쭤볼게요."]
    home.observe(Said(home.at(), "taken", medicine="당뇨약"))
    assert home.states() == {"pill 11-25 08:00": "reminded", "sugar 11-25 08:00": "taken"}


def test_said_to_be_taken_and_later_not_is_unknown_and_never_prompted_again() -> None:
    home = Home(pill())
    home.until("08:00")
    home.answer("medicine_taken")
    home.wait(10)
    home.observe(Said(home.at(), "not_taken"))
    assert home.states() == {"pill 11-25 08:00": "unknown"}
    assert (home.events[-1].kind, home.events[-1].data["reason"]) == ("dose.unknown", "contradicted")
    assert home.until("23:00") == []


def test_somebody_else_does_not_settle_my_dose() -> None:
    home = Home(pill(persons=["p1"]))
    home.until("08:00")
    home.observe(Said(home.at(), "taken", person="p2"))
    assert home.states() == {"pill 11-25 08:00": "reminded"}


def test_each_of_two_people_has_a_dose_of_their_own() -> None:
    home = Home(pill(persons=["p1", "p2"]))
    home.until("08:00")
    home.answer("medicine_taken")
    assert sorted(home.keeper.dues) == ["pill@2026-11-25T08:00@p1", "pill@2026-11-25T08:00@p2"]
    assert sorted(due.state.value for due in home.keeper.dues.values()) == ["reminded", "taken"]


# --- never two doses inside the gap ---


def test_a_dose_inside_the_gap_of_the_last_waits_for_its_end() -> None:
    home = Home(pill(schedule={"at": ["08:00", "12:00"]}))
    home.until("08:30")  # missed, and then taken late
    home.observe(Said(home.at(), "taken"))
    assert home.until("12:31") == ["12:30 " + FIRST]


def test_a_dose_whose_window_lies_inside_the_gap_is_not_prompted_and_a_person_is_told() -> None:
    home = Home(pill(schedule={"at": ["08:00", "12:00"]}, window_min=20))
    home.until("08:30")
    home.observe(Said(home.at(), "taken"))
    assert home.until("13:00") == []
    assert home.events[-1].data["reason"] == "too_soon"
    assert home.states()["pill 11-25 12:00"] == "missed"


def test_an_unclear_answer_counts_as_perhaps_taken_for_the_gap() -> None:
    home = Home(pill(schedule={"at": ["08:00", "12:00"]}))
    home.until("08:05")
    home.answer("medicine_unsure")
    assert home.until("12:06") == ["12:05 " + FIRST]


def test_weekday_and_weekend_routines_of_one_medicine_keep_the_gap_together() -> None:
    one = pill(medicine={"key": "pressure"})
    other = pill(id="more", schedule={"at": ["08:30"]}, medicine={"key": "pressure"})
    home = Home(one, other)
    home.until("08:00")
    home.answer("medicine_taken")
    assert home.until("11:00") == []
    assert home.states() == {"pill 11-25 08:00": "taken", "more 11-25 08:30": "missed"}


def test_said_to_be_taken_again_is_not_a_second_dose_but_a_person_is_told() -> None:
    home = Home(pill())
    home.until("08:00")
    home.answer("medicine_taken")
    home.wait(5)
    home.observe(Said(home.at(), "taken"))  # only repeats it
    assert "dose.again" not in home.kinds()
    home.wait(60)
    home.observe(Said(home.at(), "taken"))
    assert (home.events[-1].kind, home.events[-1].severity.value) == ("dose.again", "warning")
    assert [entry.state for entry in home.entries if entry.what == "settled"] == [State.TAKEN]


def test_the_calendar_running_ahead_does_not_end_the_gap() -> None:
    home = Home(pill(schedule={"at": ["08:00", "12:00"]}))
    home.until("08:00")
    home.answer("medicine_taken")
    home.jump(hours=4)
    assert home.wait(55) == []
    home.restart()
    assert home.wait(4) == []


def test_what_is_taken_as_needed_is_never_prompted_and_only_written_down() -> None:
    home = Home(routine(title="진통제", schedule={}, medicine={"as_needed": True, "min_gap_h": 6}))
    assert home.until("12:00") == []
    home.observe(Said(home.at(), "taken", medicine="진통제"))
    assert [due.state for due in home.keeper.dues.values()] == [State.TAKEN]
    home.wait(120)
    home.observe(Taken(home.at(), "pill", by="nurse-1"))
    assert home.kinds().count("dose.taken") == 2
    assert home.events[-1].kind == "dose.again"
    assert adherence(home.entries) == []


# --- hours, days, triggers ---


def test_in_quiet_hours_only_what_is_critical_speaks() -> None:
    night = {"at": ["05:30"]}
    home = Home(
        pill(schedule=night), pill("critical", id="heart", title="심장약", schedule=night), start="2026-11-25T05:00"
    )
    assert home.until("06:00") == [
        "05:30 어르신, 심장약 드실 시간이에요. 한 알이에요.",
        "05:35 어르신, 심장약 말씀드려요. 천천히 챙기셔도 괜찮아요.",
        "05:40 어르신, 심장약 말씀드려요. 천천히 챙기셔도 괜찮아요.",
        f"06:00 {FIRST}",
    ]


def test_a_dose_whose_window_lies_in_the_quiet_hours_is_missed_without_a_word_and_told() -> None:
    home = Home(pill(schedule={"at": ["04:00"]}), start="2026-11-25T03:00")
    assert home.until("07:00") == []
    assert (home.events[-1].kind, home.events[-1].data["reason"]) == ("dose.missed", "quiet_hours")


def test_a_routine_may_have_quiet_hours_of_its_own() -> None:
    home = Home(pill(schedule={"at": ["04:00"]}, quiet=""), start="2026-11-25T03:00")
    assert home.until("04:01") == [f"04:00 {FIRST}"]


def test_after_breakfast_comes_so_long_after_it_and_at_the_latest_when_it_says() -> None:
    after = {"event": "meal.breakfast", "delay_min": 30, "at_the_latest": "10:00"}
    home = Home(pill(schedule={"at": ["07:10"]}, after=after))
    home.until("07:40")
    home.observe(Happened(home.at(), "meal.breakfast"))
    assert home.until("08:11") == [f"08:10 {FIRST}"]
    home.answer("medicine_taken")
    assert home.until("07:00") == []
    assert home.until("10:01") == [f"10:00 {FIRST}"]


def test_a_meal_that_was_eaten_is_itself_what_a_medicine_waits_for() -> None:
    after = {"event": "meal.breakfast", "delay_min": 10, "at_the_latest": "10:00"}
    breakfast = routine(id="breakfast", kind="meal", title="아침", schedule={"at": ["07:30"]})
    home = Home(breakfast, pill(schedule={"at": ["07:10"]}, after=after))
    home.until("07:35")
    home.answer("meal_eaten")
    assert home.until("07:46") == [f"07:45 {FIRST}"]


def test_what_waits_for_breakfast_goes_on_waiting_after_a_restart() -> None:
    after = {"event": "meal.breakfast", "delay_min": 30, "at_the_latest": "10:00"}
    home = Home(pill(schedule={"at": ["07:10"]}, after=after))
    home.until("07:40")
    home.observe(Happened(home.at(), "meal.breakfast"))
    home.restart(after_s=600)
    assert home.until("08:11") == [f"08:10 {FIRST}"]


# --- evidence, supply, staff ---


def test_a_hand_at_the_mouth_is_evidence_and_settles_nothing() -> None:
    home = Home(pill())
    home.until("08:01")
    home.observe(Noticed(home.at(), "hand_to_mouth", None, 0.8))
    assert home.states() == {"pill 11-25 08:00": "reminded"}
    home.until("08:31")
    assert home.events[-1].kind == "dose.missed"
    assert home.events[-1].data["evidence"] == ["hand_to_mouth 80% 08:01"]


def test_a_refill_is_asked_for_once_when_the_count_falls_below_its_bound() -> None:
    home = Home(pill(medicine={"supply": {"count": 0, "refill_below": 2}}))
    home.observe(Supplied(home.at(), "pill", 3, "nurse-1"))
    for _ in range(4):
        home.until("08:00")
        home.answer("medicine_taken")
        home.restart(after_s=60)
    refills = [event.data["left"] for event in home.events if event.kind == "dose.refill"]
    assert refills == [1.0]


def test_a_correction_by_staff_is_a_new_entry_with_author_and_reason() -> None:
    home = Home(pill())
    home.until("09:00")
    before = list(home.entries)
    id = "pill@2026-11-25T08:00"
    home.observe(Corrected(home.at(), id, State.TAKEN, "nurse-1", "딸이 드렸음"))
    assert home.entries[: len(before)] == before
    last = home.entries[-1]
    assert (last.what, last.state, last.by, last.reason) == ("corrected", State.TAKEN, "nurse-1", "딸이 드렸음")
    assert home.states() == {"pill 11-25 08:00": "taken"}
    week = adherence(home.entries)[0]
    assert (week.week, week.due, week.taken, week.rate) == ("2026-W48", 1, 1, 1.0)


def test_staff_can_settle_what_is_open_and_the_robot_is_quiet_at_once() -> None:
    home = Home(pill())
    home.until("08:00")
    home.observe(Corrected(home.at(), "pill@2026-11-25T08:00", State.TAKEN, "nurse-1", "드렸음"))
    assert home.acts[-1] == Withdraw(home.prompt().prompt)
    assert home.until("23:00") == []


@pytest.mark.parametrize(
    ("due", "state", "reason", "said"),
    [
        ("pill@2026-11-25T09:00", State.TAKEN, "x", "there is no"),
        ("pill@2026-11-25T08:00", State.TAKEN, " ", "needs a reason"),
        ("pill@2026-11-25T08:00", State.DONE, "x", "cannot become done"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(due: str, state: State, reason: str, said: str) -> None:
    home = Home(pill())
    home.until("09:00")
    with pytest.raises(UserError, match=said):
        home.observe(Corrected(home.at(), due, state, "nurse-1", reason))
    assert home.states() == {"pill 11-25 08:00": "missed"}


def test_adherence_counts_by_week_medicine_and_person_and_what_is_unknown_is_not_taken() -> None:
    home = Home(pill())
    for answer in ("medicine_taken", "medicine_unsure", "medicine_refused", "medicine_taken", "later", "yes"):
        home.until("08:00")
        home.answer(answer)
        home.wait(600)
    weeks = [(one.week, one.due, one.taken, one.unknown, one.refused, one.missed) for one in adherence(home.entries)]
    assert weeks == [("2026-W48", 5, 2, 1, 1, 1), ("2026-W49", 1, 1, 0, 0, 0)]


# --- what is no medicine ---


def test_what_is_only_told_is_done_when_it_was_told() -> None:
    home = Home(routine(id="bins", kind="bin_day", title="재활용"))
    assert home.until("08:00") == ["08:00 어르신, 오늘은 재활용 내놓는 날이에요."]
    home.ends(Outcome.ANSWERED, told=True)
    assert home.states() == {"bins 11-25 08:00": "done"}
    assert home.events == []


def test_an_appointment_that_was_not_heard_is_told_to_a_person() -> None:
    home = Home(routine(id="dentist", kind="appointment", title="치과"))
    assert len(home.until("08:30")) == 2
    assert [(event.kind, event.data["title"]) for event in home.events] == [("routine.unanswered", "치과")]


def test_a_check_in_is_begun_and_done_when_it_is_over() -> None:
    home = Home(routine(id="talk", kind="check_in", title="안부"))
    home.until("08:00")
    assert isinstance(home.acts[-1], Begin)
    home.ends(Outcome.ANSWERED, told=True)
    assert home.states() == {"talk 11-25 08:00": "done"}


def test_who_says_stop_to_a_reminder_hears_of_it_no_more_that_day() -> None:
    home = Home(routine(id="water", kind="water", title="물"))
    home.until("08:00")
    home.ends(Outcome.INTERRUPTED, "stop")
    assert home.until("12:00") == []


# --- changes of a routine ---


def test_what_is_followed_of_a_removed_routine_is_withdrawn() -> None:
    home = Home(pill())
    home.until("08:00")
    home.held = []
    home.keeper.set_routines([])
    home.tick()
    assert home.acts[-1] == Withdraw(home.prompt().prompt)
    assert home.until("09:00") == []


def test_a_new_routine_owes_nothing_for_the_time_before_it() -> None:
    home = Home(start="2026-11-25T12:00")
    home.keeper.set_routines([Held(pill(schedule={"at": ["08:00", "13:00"]}), since=home.at().civil)])
    home.jump(hours=-5)  # even if the calendar is set back over it
    home.tick()
    home.jump(hours=5)
    assert [line[:5] for line in home.until("13:01")] == ["13:00"]


def test_a_dose_that_fell_due_before_its_routine_got_more_times_is_not_lost() -> None:
    old, new = pill(), pill(schedule={"at": ["08:00", "20:00"]})
    home = Home(old, start="2026-11-25T07:55")
    since = home.at().civil + timedelta(minutes=10)
    home.held = [Held(new, 2, since, old)]
    home.restart(after_s=1200)
    home.tick()
    assert home.states() == {"pill 11-25 08:00": "reminded"}
