"""Weeks side by side and the weekly report: only what was written down, and what is not known stays so."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from tests.unit.reports.conftest import GOOD, NOW, Kept

from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.reports.chart import draw
from dolbom.reports.paper import paper
from dolbom.reports.week import last_whole_week, week_report
from dolbom.reports.weeks import days_of, series, week_of, weeks_until
from dolbom.routines.due import State
from dolbom.store.people import Purpose

MONDAY = date(2026, 11, 16)


def test_what_became_of_each_dose_is_counted_in_the_week_of_its_own_time(kept: Kept) -> None:
    kept.settled("pressure", "2026-11-15T23:50", State.TAKEN, at=datetime(2026, 11, 16, 0, 5, tzinfo=SEOUL))
    kept.settled("pressure", "2026-11-16T08:00", State.MISSED)
    kept.settled("pressure", "2026-11-17T08:00", State.REFUSED)
    kept.settled("pressure", "2026-11-18T08:00", State.UNKNOWN)
    kept.settled("pressure", "2026-11-19T08:00", State.UNKNOWN)
    kept.settled("pressure", "2026-11-19T08:00", State.TAKEN, what="corrected", by="hana", reason="saw it")
    first, last, weeks = weeks_until(MONDAY, 2)
    [one] = series(kept.records.outcomes(first, last), {kept.person: []}, weeks)
    assert (one.topic, one.title, one.weeks) == ("dose", "혈압약", ("2026-W46", "2026-W47"))
    assert one.parts == ("taken", "refused", "missed", "unknown")
    assert one.counts == ((1, 0, 0, 0), (1, 1, 1, 1))


def test_sleep_and_mood_are_what_was_said_and_a_day_without_an_answer_is_no_bad_day(kept: Kept) -> None:
    kept.check_in(MONDAY, GOOD)
    kept.check_in(MONDAY + timedelta(days=1), {"sleep": "bad", "mood": "unclear", "outings": "none"})
    kept.check_in(MONDAY + timedelta(days=2), {"sleep": "not_asked"})
    states = kept.records.check_ins(kept.person, MONDAY, MONDAY + timedelta(days=6))
    found = {one.topic: one.counts[0] for one in series([], {kept.person: states}, (week_of(MONDAY),))}
    assert found == {"sleep": (1, 1, 0), "mood": (1, 0, 1), "outings": (0, 1, 0)}


def test_a_bar_is_as_high_as_what_was_counted_and_never_leaves_the_drawing(kept: Kept) -> None:
    for day in range(7):
        kept.check_in(MONDAY + timedelta(days=day), {"sleep": "good" if day else "bad"})
    states = kept.records.check_ins(kept.person, MONDAY, MONDAY + timedelta(days=6))
    [one] = series([], {kept.person: states}, ("2026-W46", week_of(MONDAY)))
    chart = draw(one)
    good, bad = chart.pieces
    assert round(good.height / bad.height) == 6
    assert good.y + good.height == chart.floor
    assert bad.y >= 0
    assert all(piece.x >= chart.left and piece.x + piece.width <= chart.width for piece in chart.pieces)
    assert (good.fill, bad.fill) == ("full", "hatched")


def test_the_report_says_what_was_not_taken_who_corrected_it_and_how_every_day_was(kept: Kept) -> None:
    kept.settled("pressure", "2026-11-16T08:00", State.TAKEN)
    kept.settled("heart", "2026-11-16T09:00", State.MISSED, by="robot", reason="no_answer")
    kept.settled("heart", "2026-11-17T09:00", State.TAKEN)
    kept.settled("heart", "2026-11-17T09:00", State.REFUSED, what="corrected", by="hana", reason="약통에 있음")
    kept.check_in(MONDAY, GOOD, screened=[2, 2])
    kept.alarm(datetime(2026, 11, 18, 3, 0, tzinfo=SEOUL), kept.person)
    report = week_report(kept.records, "2026-W47", NOW)
    [person] = report.people
    assert [(one.title, one.due, one.taken, one.missed, one.refused) for one in person.medicines] == [
        ("심장약", 2, 0, 1, 1), ("혈압약", 1, 1, 0, 0)]  # fmt: skip
    assert [(one.title, one.state, one.by) for one in person.untaken] == [
        ("심장약", State.MISSED, "robot"), ("심장약", State.REFUSED, "hana")]  # fmt: skip
    assert [day.ended for day in person.days] == ["complete", *[""] * 6]
    assert person.low is None, "without a consent to the questions on mood nothing of them is told"
    assert report.whole
    assert [one.kind for one in report.raised] == ["distress.raised"]
    kept.consent(Purpose.MOOD)
    assert week_report(kept.records, "2026-W47", NOW).people[0].low is True


def test_warnings_that_say_the_same_are_one_line_and_each_alarm_is_one(kept: Kept) -> None:
    for hour in (3, 5):
        kept.alarm(datetime(2026, 11, 18, hour, 0, tzinfo=SEOUL), kept.person)
        kept.warning(datetime(2026, 11, 18, hour, 30, tzinfo=SEOUL), kept.person)
    report = week_report(kept.records, "2026-W47", NOW)
    assert [one.at.astimezone(SEOUL).hour for one in report.raised] == [3, 5]
    [warned] = report.warned
    assert (warned.count, warned.first.astimezone(SEOUL).hour, warned.last.astimezone(SEOUL).hour) == (2, 3, 5)
    assert "모두 2번, 마지막은 2026-11-18 05:30" in paper(report, "ko", SEOUL)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_paper_says_all_of_it_in_either_language_and_no_word_that_was_said(kept: Kept, lang: str) -> None:
    kept.settled("heart", "2026-11-16T09:00", State.MISSED, by="robot", reason="no_answer")
    kept.check_in(MONDAY, GOOD)
    page = paper(week_report(kept.records, "2026-W47", NOW), lang, SEOUL)
    wanted = (
        "심장약",
        "2026-11-16 09:00",
        "김순자 님",
        "로봇은 잠을 재지 않습니다" if lang == "ko" else "does not measure sleep",
    )
    assert all(words in page for words in wanted)
    assert "무릎" not in page


def test_titles_cannot_smuggle_markup_into_the_paper(kept: Kept) -> None:
    kept.settled("x", "2026-11-16T09:00", State.MISSED, medicine="<script>alert(1)</script>")
    page = paper(week_report(kept.records, "2026-W47", NOW), "ko", SEOUL)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_weeks_are_those_of_iso_8601_also_over_new_year() -> None:
    assert week_of(date(2027, 1, 1)) == "2026-W53"
    assert days_of("2026-W53") == (date(2026, 12, 28), date(2027, 1, 3))
    assert weeks_until(date(2027, 1, 4), 2)[2] == ("2026-W53", "2027-W01")
    assert last_whole_week(date(2026, 11, 23)) == "2026-W47"
    for wrong in ("2026-W54", "2026-48", "", "2026-W00"):
        with pytest.raises(UserError):
            days_of(wrong)
